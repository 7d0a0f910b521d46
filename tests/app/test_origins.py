"""What a result is made of: a value read from a document that is replaced, alone or contradicted is said to be so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from rich.console import Console

from copilot.app.approval import ApproveAll, Decision
from copilot.app.engine import Assistants, ask
from copilot.app.events import ToolRan, Verified
from copilot.app.plugins import open_runner, open_tooling
from copilot.app.session import Session
from copilot.app.tool_runs import run_tool
from copilot.i18n import set_language
from copilot.presentation import markdown, plain
from copilot.presentation.as_json import run_to_json
from copilot.presentation.results import run_view
from copilot.presentation.wording import caution_lines
from copilot.records import (
    Answer,
    Argument,
    DraftClaim,
    Origin,
    OriginKind,
    Plan,
    PlannedArgument,
    PlannedCall,
    Status,
    Tool,
    ToolCall,
    ToolRun,
)
from tests.makers import new_session, run_sync

QUESTION = "Combien de jours dure le stock de gazole du dépôt de Cholet à 5 L par jour ?"
FACT = "Le dépôt de Cholet détient un stock de 5 L de gazole."
REPORT = f"Compte rendu\n\n{FACT}\n\n" + " ".join(
    f"Le groupe {number} a parcouru {number * 7} km vers le secteur {number + 3} avant la nuit." for number in range(30)
)
BLANK = PlannedArgument("stock", blank="stock de gazole du dépôt")
CALL = PlannedCall("supply.days_of_supply", (BLANK, PlannedArgument("per_day", 5, "L/jour")))


class PlanStock:
    """Plans the one call."""

    def plan(self, question: str, *_: Any) -> Iterator[Plan]:
        yield Plan((question,), (CALL,))


class WriteDays:
    """Writes what the tool found, and nothing of a document."""

    name = model_hash = "double"

    def provenance(self) -> Mapping[str, str]:
        return {}

    def write_claims(
        self, question: str, passages: object, language: str, runs: Sequence[ToolRun] = (), *_: object
    ) -> Iterator[DraftClaim]:
        yield DraftClaim("Le stock dure 1 jour.", (), tuple(run.number for run in runs))


class Person(ApproveAll):
    """Approves, and keeps the stock as it was shown."""

    shown: Argument

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        [self.shown] = [one for one in call.arguments if one.name == "stock"]
        return super().decide(call, tool)


Workspace = Callable[..., Session]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Open a workspace of these texts, by name, beside a report that holds the stock."""
    set_language("fr")
    docs = tmp_path / "work" / "docs"
    docs.mkdir(parents=True)
    session = new_session(docs.parent)

    def make(**texts: str) -> Session:
        for name, text in {"rapport_v1": REPORT, **texts}.items():
            (docs / f"{name}.txt").write_text(text, encoding="utf-8")
        run_sync(session, docs, embed=False)
        return session

    with session:
        yield make


def asked(session: Session) -> tuple[Answer, Origin]:
    """Ask, and return the answer with where the stock comes from, as the person was shown it."""
    person = Person()
    assistants = Assistants(WriteDays(), PlanStock(), open_tooling(person, open_runner(session.workspace)))
    *_, last = ask(session, QUESTION, language="fr", assistants=assistants)
    assert isinstance(last, Verified)
    answer = last.answer
    assert answer.status is Status.SUPPORTED
    assert (person.shown.value, person.shown.unit) == (5, "L")
    origin = person.shown.origin
    assert origin.kind is OriginKind.DOCUMENT
    assert origin.passage is not None
    assert origin.quote == FACT
    [claim] = answer.claims
    assert (claim.citations, claim.tools) == ((), (1,))
    adapter = TypeAdapter(Answer)
    assert adapter.validate_json(adapter.dump_json(answer)) == answer, "as a conversation keeps it"
    return answer, origin


def test_a_value_that_one_document_alone_gives(workspace: Workspace) -> None:
    answer, origin = asked(workspace())
    assert answer.claims[0].cautions == ("single_source",)
    told = plain.render_answer(answer)
    assert "[T1] (une seule source)" in told
    assert "Le résultat [T1] part d'une valeur que donne un seul document." in told
    assert caution_lines(origin) == []


def test_a_value_that_a_second_document_gives(workspace: Workspace) -> None:
    answer, origin = asked(
        workspace(inventaire="Inventaire du matin, fait avec le chef du dépôt.\n\nLe dépôt de Cholet a 5 L de gazole.")
    )
    assert answer.claims[0].cautions == ()
    assert answer.warnings == ()
    assert origin.also_in == ("docs/inventaire.txt",)


def test_a_copy_is_no_second_source(workspace: Workspace) -> None:
    answer, origin = asked(workspace(zz_copie=REPORT))
    assert answer.claims[0].cautions == ("single_source",)
    assert origin.also_in == ()


def test_a_value_of_a_document_that_is_replaced(workspace: Workspace) -> None:
    later = REPORT.replace(FACT, "Tout le stock est parti, celui de gazole aussi.")
    answer, origin = asked(workspace(rapport_v2=later))
    assert answer.claims[0].cautions == ("single_source", "superseded")
    assert "[T1] (une seule source, périmée)" in plain.render_answer(answer)
    told = markdown.answer_to_markdown(answer).replace("\\", "")
    assert "Le résultat [T1] part d'une valeur d'un document périmé, remplacé par : docs/rapport_v2.txt." in told
    line = "attention : ce document est périmé, remplacé par : docs/rapport_v2.txt"
    assert caution_lines(origin) == [line]
    set_language("en")
    assert caution_lines(origin) == ["caution: this document is out of date; in its place: docs/rapport_v2.txt"]


def test_a_value_that_another_document_contradicts(workspace: Workspace) -> None:
    session = workspace(inventaire="DIFFUSION RESTREINTE\n\nLe dépôt de Cholet a 38 000 L de gazole.")
    answer, origin = asked(session)
    assert answer.claims[0].cautions == ("disagreement", "single_source")
    [warning] = [one for one in answer.warnings if one.kind == "disagreement"]
    assert (warning.citations, warning.tools, warning.detail) == ((1,), (1,), "5 L / 38 000 L")
    assert answer.citations[0].quote == "Le dépôt de Cholet a 38 000 L de gazole."
    assert answer.marking == "DIFFUSION RESTREINTE", "what is shown beside the result counts"
    told = plain.render_answer(answer)
    assert "[T1] (contestée, une seule source)" in told
    assert "Une valeur dont part le résultat [T1] est contredite par [1] : 5 L / 38 000 L." in told
    [line] = caution_lines(origin)
    assert line.startswith("attention : un autre document donne un autre chiffre, docs/inventaire.txt, p. 1")
    assert line.endswith("DIFFUSION RESTREINTE : 38 000 L")
    assert told.count(line) == 1
    [entry] = [one.data for one in session.trail.log.entries() if one.kind == "tool_approved"]
    [stock] = [one["origin"] for one in entry["arguments"] if one["name"] == "stock"]
    assert [one["path"] for one in stock["contradicted_by"]] == ["docs/inventaire.txt"]


@pytest.mark.parametrize(
    "other",
    [
        "Inventaire du matin, fait avec le chef du dépôt.\n\nLe dépôt d’Angers a 38 000 L de gazole.",  # another depot
        "Inventaire du matin, fait avec le chef du dépôt.\n\nLe dépôt de Cholet a 38 000 t de gazole.",  # another unit
        "Au dépôt de Cholet, le gazole est livré le 12 mars.",
    ],
)
def test_what_speaks_of_something_else_contradicts_nothing(workspace: Workspace, other: str) -> None:
    answer, origin = asked(workspace(autre=other))
    assert answer.claims[0].cautions == ("single_source",)
    assert origin.rivals == ()


def test_a_run_without_a_question_says_so_too(workspace: Workspace) -> None:
    session = workspace(
        inventaire="Inventaire du matin, fait avec le chef du dépôt.\n\nLe dépôt de Cholet a 38 000 L de gazole."
    )
    call = PlannedCall(
        CALL.tool, (PlannedArgument("stock", blank="stock de gazole du dépôt de Cholet"), *CALL.arguments[1:])
    )
    tooling = open_tooling(ApproveAll(), open_runner(session.workspace))
    [run] = [event.run for event in run_tool(session, call, tooling, language="fr") if isinstance(event, ToolRan)]
    assert (
        _screen(run).count("attention : un autre document donne un autre chiffre, docs/inventaire.txt, p. 1 : 38 000 L")
        == 1
    )
    [stock] = [one for one in run_to_json(run)["arguments"] if one["name"] == "stock"]
    [against] = stock["contradicted_by"]
    assert (against["path"], against["figure"]) == ("docs/inventaire.txt", "38 000 L")


def _screen(run: ToolRun) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as said:
        console.print(run_view(run))
    return said.get()
