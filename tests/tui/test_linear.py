"""The interface line by line: the same journeys, said in order."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from copilot.app.approval import Decision, Verdict
from copilot.app.engine import Assistants
from copilot.app.session import Session
from copilot.planning.reading import LexicalBlankReader
from copilot.records import Argument, Origin, OriginKind, Tool, ToolCall
from copilot.sanitise import visible
from copilot.tui import linear
from copilot.tui.app import plugin_tooling
from copilot.tui.linear import Linear
from copilot.tui.work import OpenTooling
from tests.makers import new_session, store
from tests.tui.conftest import contradict, no_tools, unwritable_log
from tests.tui.doubles import OpenTooling as DoubleTooling
from tests.tui.doubles import PlanDays, Reader, Runner, Writer

GAZOLE = "Combien de litres de gazole détient le dépôt de Cholet ?"
DAYS = "Combien de jours dure le stock de gazole de Cholet à 3 800 litres par jour ?"


def talk(root: Path, lines: Sequence[str | type[BaseException]], tools: OpenTooling = no_tools) -> str:
    """Say these lines one after the other and return all that was said back."""
    said: list[str] = []
    waiting = iter(lines)

    def read(prompt: str) -> str:
        said.append(prompt)
        line = next(waiting, EOFError)
        if isinstance(line, str):
            return line
        raise line

    with new_session(root) as session:
        Linear(session, tools, read, said.append).run()
    return "".join(said)


def test_a_question_its_source_and_its_export(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "rapport.md"
    said = talk(root, [GAZOLE, "/source 1", "/source 7", f"/export {target}", "/quit"])
    assert "2 documents sont prêts" in said
    assert "ÉTAYÉE" in said
    assert "Citation : Le dépôt de Cholet détient 38 000 litres de gazole. Fin de citation." in " ".join(said.split())
    assert "Il n'y a pas de source [7] ici." in said
    assert "38 000 litres" in target.read_text(encoding="utf-8")
    with new_session(root) as session:
        told = [entry.data for entry in session.trail.log.entries() if entry.kind == "export"]
    assert [one["path"] for one in told] == [str(target)]
    assert len(told[0]["answers"]) == 1
    # Said once: nothing is drawn over, no bar, no box.
    assert not set("█░│─\r\x1b") & set(said)


def test_a_source_is_recorded_and_said_even_where_the_log_cannot_be_written(root: Path) -> None:
    talk(root, [GAZOLE, "/source 1", "/source 7"])
    with new_session(root) as session:
        [told] = [entry.data for entry in session.trail.log.entries() if entry.kind == "show"]
        assert session.trail.verify().problem is None
    assert (told["what"], Path(str(told["path"])).name) == ("text", "stocks.txt")
    assert (told["pages"], told["first"], told["last"]) == (1, 1, 1)
    with unwritable_log(root):
        said = talk(root, ["/history gazole", "/open 1", "/source 1"])
    assert "il n'en dit rien" in said
    assert "Fin de citation." in said


def test_conversations_are_found_and_gone_on_with(root: Path) -> None:
    talk(root, [GAZOLE])
    said = talk(root, ["/history gazole", "/open 1", "Et à Angers ?", "/history introuvable", "/new"])
    assert "1. Combien de litres" in said
    assert said.count("38 000 litres") >= 1
    with new_session(root) as session:
        [row] = session.truth.conversations.list()
        assert row.turns == 2


def test_an_empty_workspace_says_how_to_begin_and_reads_a_folder(empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "note.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")
    (folder / "casse.pdf").write_bytes(b"%PDF-1.4 nothing")
    said = talk(empty, ["Rien ?", f"/sync {folder}", "/library", "Combien porte le pont d'Orval ?", "/help", "/x"])
    assert "/demo lit les documents" in said
    assert "NON LU" in said
    assert "26 tonnes" in said
    assert "/export FICHIER" in said
    assert "Il n'y a pas de commande /x" in said


def test_the_language_changes(root: Path) -> None:
    said = talk(root, ["/language", GAZOLE])
    assert "SUPPORTED" in said


def test_ctrl_c_stops_and_leaves_nothing_half(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    stopped = Assistants(generator=Writer())
    monkeypatch.setattr(Writer, "write_claims", interrupt)
    monkeypatch.setattr(linear, "assistants_of", lambda session, model: stopped)
    said = talk(root, [GAZOLE, KeyboardInterrupt, "/quit"])
    assert said.count("Arrêté.") == 2
    with new_session(root) as session:
        [row] = session.truth.conversations.list()
        [turn] = session.truth.conversations.turns(row.conversation_id)
        assert turn.state == "cancelled"


@pytest.mark.parametrize(("reply", "runs"), [("oui", 1), ("non", 0), ("", 0)])
def test_a_tool_runs_on_yes_alone(root: Path, monkeypatch: pytest.MonkeyPatch, reply: str, runs: int) -> None:
    planning = Assistants(generator=Writer(), planner=PlanDays())
    monkeypatch.setattr(linear, "assistants_of", lambda session, model: planning)
    runner = Runner()
    said = talk(root, ["Combien de jours ?", reply], DoubleTooling(runner))
    assert "per_day = 3" in said
    assert len(runner.calls) == runs


def test_a_value_that_the_tool_would_not_take_is_said_instead_of_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning = Assistants(generator=Writer(), planner=PlanDays())
    monkeypatch.setattr(linear, "assistants_of", lambda session, model: planning)
    runner = Runner()
    said = talk(root, ["Combien de jours ?", "oui", "non"], DoubleTooling(runner, Reader("kg")))
    assert said.count("l'unité « kg » ne se convertit pas") == 1
    assert runner.calls == []


def test_the_tools_of_the_program_check_before_they_run(root: Path) -> None:
    asked: list[ToolCall] = []

    class Yes:
        def decide(self, call: ToolCall, tool: Tool) -> Decision:
            asked.append(call)
            return Decision(Verdict.DENIED_BY_USER if call.problem else Verdict.APPROVED, call)

    with new_session(root) as session:
        tooling = plugin_tooling(session, Yes())
        assert tooling is not None
        tool = next(tool for tool in tooling.catalogue.tools() if any(one.unit == "L" for one in tool.parameters))
        name = next(one.name for one in tool.parameters if one.unit == "L")
        wrong = ToolCall(1, tool.name, (Argument(name, 3.0, "kg", Origin(OriginKind.QUESTION)),))
        assert tooling.approver.decide(wrong, tool).verdict is Verdict.DENIED_BY_USER
    assert [bool(call.problem) for call in asked] == [False, True]


def test_a_fault_in_one_question_does_not_end_the_conversation(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(session: Session, model: str | None) -> Assistants:
        raise RecursionError("deep")

    monkeypatch.setattr(linear, "assistants_of", broken)
    said = talk(root, [GAZOLE, "/library"])
    assert "RecursionError: deep" in said
    assert "stocks" in said[said.index("RecursionError") :]


def test_what_speaks_against_an_argument_is_said_before_the_reply(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contradict(root)
    planning = Assistants(generator=Writer(), planner=PlanDays())
    monkeypatch.setattr(linear, "assistants_of", lambda session, model: planning)
    said = talk(root, [DAYS, "non"], DoubleTooling(Runner(), LexicalBlankReader()))
    stock, caution, rate = said[said.index("stock = 38") :].splitlines()[:3]
    assert "Le dépôt de Cholet détient 38 000 litres de gazole." in stock
    assert caution == "attention : un autre document donne un autre chiffre, Relevé<U+202E>, p. 1 : 5 000 litres"
    assert rate.startswith("per_day = 3")


def test_nothing_that_acts_is_said(tmp_path: Path) -> None:
    hostile = "\x1b]52;c;ZXZpbA==\x07\u202egpj\U000e0041\x9b2J"
    with new_session(tmp_path) as session:
        store(session.truth, f"{hostile}.txt", f"Le dépôt détient 3 litres. {hostile}", title=hostile, marking=hostile)
    said = talk(tmp_path, [f"Que détient le dépôt ? {hostile}", "/source 1", "/library", "/history", f"/{hostile}"])
    assert visible(said, multiline=True) == said
    assert "3 litres" in said


def test_the_program_speaks_line_by_line_when_asked_to(root: Path) -> None:
    command = [sys.executable, "-m", "copilot.cli.main", "--lang", "fr", "--linear"]
    done = subprocess.run(
        command,
        input=f"{GAZOLE}\n",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "COPILOT_WORKSPACE": str(root)},
    )
    assert "38 000 litres" in done.stdout, done.stderr
    assert done.stderr == ""
