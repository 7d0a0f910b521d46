"""Ten questions that need documents and tools at once, over the shipped documents, with every input traced.

python -m benchmarks.mixed_questions

The model is scripted: it plans, points at sentences and writes as prepared. All else is the product: grammars, search,
the check that a quote stands in its document, approval, units, walls, the tool, verification.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import Report, Table
from copilot.app.approval import ApproveAll, Decision
from copilot.app.engine import Assistants, ask
from copilot.app.events import ToolProposed, Verified
from copilot.app.plugins import open_catalogue, open_tooling
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.generation.cited import ModelGenerator
from copilot.i18n import current_language, set_language
from copilot.inference.doubles import ScriptedModel
from copilot.planning.planner import ModelPlanner
from copilot.presentation.wording import argument_of
from copilot.records import Answer, ModelRequest, OriginKind, Tool, ToolCall
from copilot.resources import demo_folder
from copilot.settings import Settings
from copilot.tools.runner import WalledToolRunner
from copilot.workspace import create_workspace

SETTINGS = Settings.model_validate({"embedding": {"model": "hash"}, "documents": {"ocr": False, "workers": 2}})
_DOCUMENTS = "documents"
_MARKED = re.compile(r"^(\d+\.\d+) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Blank:
    """What the documents must say: the words looked up, a part of the sentence that says it, and its figure."""

    words: str
    sentence: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """A question, the call that it wants, and the claims that answer it.

    A claim is its text and the sentences of documents that it quotes; each rests on the tool too, but for those of
    `from_documents_alone`.
    """

    question: str
    language: str
    tool: str
    said: dict[str, Any] = field(default_factory=dict)
    blanks: dict[str, Blank] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    from_documents_alone: tuple[tuple[str, str], ...] = ()
    expected: dict[str, float] = field(default_factory=dict)


_OPENING = Blank("gazole à l'ouverture du dépôt de Lambresac", "Lambresac ouvre avec 42 000 litres", 42000, "litres")
_USE = Blank("consommation prévue du dépôt de Lambresac", "est de 3 800 litres par jour", 3800, "litres par jour")
_OPENING_EN = Blank("dépôt de Lambresac ouvre avec gazole", "Lambresac ouvre avec 42 000 litres", 42000, "litres")

QUESTIONS = (
    Mixed(
        "Combien de jours le dépôt de Lambresac tient-il avec le gazole qu'il a à l'ouverture ?", "fr",
        "supply.days_of_supply", {}, {"stock": _OPENING, "per_day": _USE},
        ("Le dépôt de Lambresac tient 11,05 jours.",), expected={"days": 42000 / 3800},
    ),
    Mixed(
        "How many days would the diesel that the Lambresac depot opens with last at 4,500 L/day?", "en",
        "supply.days_of_supply", {"per_day": {"value": 4500, "unit": "L/day"}}, {"stock": _OPENING_EN},
        ("It would last 9.33 days.",), expected={"days": 42000 / 4500},
    ),
    Mixed(
        "Quel jour le dépôt de Lambresac passe-t-il sous une réserve de 3 jours, parti du gazole à l'ouverture ?", "fr",
        "supply.days_of_supply", {"reserve": {"value": 3, "unit": "jours"}}, {"stock": _OPENING, "per_day": _USE},
        ("Il passe sous la réserve le jour 8,05.",), expected={"below_reserve": 42000 / 3800 - 3},
    ),
    Mixed(
        "How long would 2,000 litres last the excavator of the engineer troop?", "en",
        "supply.days_of_supply", {"stock": {"value": 2000, "unit": "litres"}},
        {"per_day": Blank("excavator fuel litres a day", "Excavator fuel: 180 litres a day", 180, "litres a day")},
        ("2,000 litres would last 11.11 days.",), expected={"days": 2000 / 180},
    ),
    Mixed(
        "Combien de jours 5 000 L durent-ils à l'hôpital de Port-Sauvray ?", "fr",
        "supply.days_of_supply", {"stock": {"value": 5000, "unit": "L"}},
        {"per_day": Blank("litres par jour de l'hôpital de Port-Sauvray", "Port-Sauvray : 620 litres par jour", 620,
                          "litres par jour")},
        ("5 000 L durent 8,06 jours.",), expected={"days": 5000 / 620},
    ),
    Mixed(
        "Combien de jours 3 m3 durent-ils à la station de pompage de Kerdoual ?", "fr",
        "supply.days_of_supply", {"stock": {"value": 3, "unit": "m3"}},
        {"per_day": Blank("litres par jour de la station de pompage de Kerdoual", "Kerdoual : 310 litres par jour", 310,
                          "litres par jour")},
        ("Le stock dure 9,68 jours.",), expected={"days": 3000 / 310},
    ),
    Mixed(
        "How many days do 10,000 L of diesel last the contingent at its planning consumption?", "en",
        "supply.days_of_supply", {"stock": {"value": 10000, "unit": "L"}},
        {"per_day": Blank("planning consumption of the contingent in litres a day",
                          "Planning consumption is 410 litres a day", 410, "litres a day")},
        ("10,000 L last 24.39 days.",), expected={"days": 10000 / 410},
    ),
    Mixed(
        "Combien de jours 6 000 L durent-ils au camp de Saint-Aubry pour l'énergie et le chauffage ?", "fr",
        "supply.days_of_supply", {"stock": {"value": 6000, "unit": "L"}},
        {"per_day": Blank("litres par jour du camp de Saint-Aubry pour l'énergie et le chauffage",
                          "Saint-Aubry : 540 litres par jour", 540, "litres par jour")},
        ("6 000 L durent 11,11 jours.",), expected={"days": 6000 / 540},
    ),
    Mixed(
        "Combien de lignes a 03_stocks/stock_carburants.csv, et quelle consommation est prévue à Lambresac ?", "fr",
        "tables.profile", {"table": {"value": "03_stocks/stock_carburants.csv"}}, {},
        ("Le tableau compte 12 lignes.",),
        (("La consommation prévue est de 3 800 litres par jour.", "est de 3 800 litres par jour"),),
        expected={"rows": 12, "empty_cells": 0},
    ),
    Mixed(
        "How many spares for 6 pumps running 20 hours a day, with 400 hours between removals, 10 days of turnaround "
        "and a service of 0.95, and what is the fuel of the excavator of the engineer troop?", "en",
        "supply.spares",
        {"in_use": {"value": 6}, "hours_per_day": {"value": 20, "unit": "hours a day"},
         "mean_life": {"value": 400, "unit": "hours"}, "turnaround": {"value": 10, "unit": "days"},
         "service": {"value": 0.95}}, {},
        ("In the pipeline there are 3 spares on average.",),
        (("Excavator fuel is 180 litres a day.", "Excavator fuel: 180 litres a day"),),
        expected={"pipeline": 6 * 20 / 400 * 10},
    ),
)  # fmt: skip


class Analyst(ScriptedModel):
    """Plans, reads and writes as one question wants it; it finds the sentences by what they say, as a model would."""

    def __init__(self, question: Mixed) -> None:
        super().__init__([question.question], name="scripted", context_tokens=16_384)
        self._wanted = question

    def _reply(self, request: ModelRequest) -> str:
        prompt = request.messages[-1].text
        self._replies = [
            _json({"plugin": self._wanted.tool.partition(".")[0]}),
            self._plan(),
            *self._readings(prompt),
            self._answer(prompt),
        ]
        return super()._reply(request)

    def _plan(self) -> str:
        arguments: dict[str, Any] = dict(self._wanted.said)
        arguments |= {name: {"blank": blank.words} for name, blank in self._wanted.blanks.items()}
        tool = next(one for one in open_catalogue().tools() if one.name == self._wanted.tool)
        ordered = sorted(tool.parameters, key=lambda one: not one.required)
        kept = {one.name: arguments[one.name] for one in ordered if one.name in arguments}
        return _json({"queries": [self._wanted.question[:100]], "calls": [{"tool": tool.name, "arguments": kept}]})

    def _readings(self, prompt: str) -> Iterator[str]:
        for blank in self._wanted.blanks.values():
            if blank.words in prompt.rpartition("\n")[2] and (mark := _mark_of(blank.sentence, prompt)):
                yield _json({"sentence": mark, "value": blank.value, "unit": blank.unit[:16]})

    def _answer(self, prompt: str) -> str:
        quotes = [mark for blank in self._wanted.blanks.values() if (mark := _mark_of(blank.sentence, prompt))]
        claims = [{"text": text, "quotes": quotes[:2], "tools": [1]} for text in self._wanted.claims]
        for text, sentence in self._wanted.from_documents_alone:
            claims.append({"text": text, "quotes": [_mark_of(sentence, prompt) or ""], "tools": []})
        return _json({"claims": claims})


def _mark_of(sentence: str, prompt: str) -> str | None:
    plain = _plain(sentence)
    return next((mark for mark, text in _MARKED.findall(prompt) if plain in _plain(text)), None)


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


class Watching(ApproveAll):
    """Approves, and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[ToolCall] = []

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        self.shown.append(call)
        return super().decide(call, tool)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer, and the calls that were put before whoever approves."""

    question: Mixed
    answer: Answer
    shown: tuple[ToolCall, ...]
    proposed: tuple[ToolCall, ...]


@contextmanager
def demo_session(folder: Path) -> Iterator[Session]:
    """Copy the shipped documents into a workspace, sync them, and open it."""
    workspace, _ = create_workspace(folder)
    shutil.copytree(demo_folder() / "corpus", folder / _DOCUMENTS)
    with Session(workspace, SETTINGS) as session:
        for _event in sync(session, roots_of(session, [folder / _DOCUMENTS], "demo")):
            pass
        yield session


def ask_mixed(session: Session, question: Mixed) -> Asked:
    """Ask one question with its scripted model."""
    before = current_language()
    set_language(question.language)
    try:
        model = Analyst(question)
        approver = Watching()
        runner = WalledToolRunner(open_catalogue(), [session.workspace.root / _DOCUMENTS])
        helpers = Assistants(ModelGenerator(model), ModelPlanner(model), open_tooling(approver, runner, model))
        events = list(ask(session, question.question, language=question.language, assistants=helpers))
    finally:
        set_language(before)
    [answer] = [event.answer for event in events if isinstance(event, Verified)]
    proposed = tuple(event.call for event in events if isinstance(event, ToolProposed))
    return Asked(question, answer, tuple(approver.shown), proposed)


def main() -> None:
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as folder, demo_session(Path(folder)) as session:
        for question in QUESTIONS:
            asked = ask_mixed(session, question)
            set_language(question.language)
            [run] = asked.answer.runs
            inputs = "<br>".join(
                argument_of(argument) for argument in run.arguments if argument.origin.kind is not OriginKind.DEFAULT
            )
            found = ", ".join(
                f"{one.name} = {one.value:.6g}" for one in run.result.values if one.name in question.expected
            )
            claims = "<br>".join(f"{claim.text} ({claim.status})" for claim in asked.answer.claims)
            rows.append((question.question, run.tool, inputs, found, claims, asked.answer.status.value))
            set_language("en")
    notes = """
- The model is scripted: what is shown is that every input has an origin, that quotes stand in their documents, that the
  tool computes what is expected, and that the claims about its numbers are verified. It says nothing about a model's
  talent.
- Documents are those that ship with the program, embedded by the hash double.
"""
    columns = ("question", "tool", "inputs with their origins", "result", "claims", "answer")
    Report(
        "mixed_questions", "Questions that mix documents and tools", [Table("Questions", columns, rows)], notes
    ).write()


if __name__ == "__main__":
    main()
