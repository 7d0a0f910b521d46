"""Asking with a model and tools, and the same answer written again from its record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from copilot.app.approval import ApproveAll
from copilot.app.engine import Assistants, ask
from copilot.app.events import Retrieved, Verified
from copilot.app.replay import replay
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.errors import IndexMissingError, ModelError, UsageError
from copilot.generation.cited import CitedSettings, ModelGenerator
from copilot.inference.doubles import ScriptedModel
from copilot.records import (
    Answer,
    Column,
    Exchange,
    Parameter,
    ParameterKind,
    Plan,
    PlannedArgument,
    PlannedCall,
    ResultTable,
    Sampling,
    Solver,
    SolverStatus,
    Status,
    Tool,
    ToolCall,
    ToolResult,
    ToolRun,
    Value,
)
from copilot.settings import Settings
from tests.makers import run_sync

FACT = "Le dépôt de Cholet détient 38 000 litres de gazole."
QUESTION = "Combien de jours de gazole à Cholet à 3 800 litres par jour ?"
TOOL = Tool(
    "supply.days",
    "supply",
    "Jours de stock",
    "",
    (Parameter("per_day", ParameterKind.NUMBER, "Par jour", "", unit="L/day"),),
    bundled=True,
    plugin_sha256="f" * 64,
)
TABLE = ResultTable("days", (Column("day", "day"), Column("left", "L")), ((1, 34200.0), (2, None)))
RESULT = ToolResult(
    (Value("days", 10.0, "day", "Jours"), Value("note", "tient")),
    (TABLE,),
    assumptions=("débit constant",),
    solver=Solver("x", SolverStatus.OPTIMAL, 1.0),
)
REPLY = json.dumps(
    {
        "claims": [
            {"text": "Cholet détient 38 000 litres de gazole.", "quotes": ["1.1"], "tools": []},
            {"text": "Le stock dure 10 jours.", "quotes": [], "tools": [1]},
        ]
    },
    ensure_ascii=False,
    separators=(",", ":"),
)


@dataclass
class OnePlan:
    """Plans what it was given; a catalogue and a runner of one tool."""

    made: Plan

    def plan(
        self,
        question: str,
        tools: Sequence[Tool],
        language: str,
        cancel: object = None,
        earlier: Sequence[str] = (),
    ) -> Iterator[Plan]:
        yield self.made

    def tools(self) -> Sequence[Tool]:
        return (TOOL,)

    def find(self, name: str) -> Tool:
        return TOOL

    def run(self, call: ToolCall, cancel: object = None) -> Iterator[ToolRun]:
        yield ToolRun(call.number, call.tool, TOOL.title, call.arguments, RESULT, TOOL.plugin_sha256, 0.1)


@pytest.fixture
def library(session: Session, docs: Path) -> Path:
    (docs / "a.txt").write_text(f"{FACT}\n", encoding="utf-8")
    (docs / "b.txt").write_text(f"{FACT}\n", encoding="utf-8")
    (docs / "c.txt").write_text("Les pneus du convoi se changent à Angers.\n", encoding="utf-8")
    (docs / "d.txt").write_text("À Cholet, les jours de gazole se comptent en litres par jour.\n", encoding="utf-8")
    (docs / "e.txt").write_text("Combien de litres de gazole par jour : on ne sait pas.\n", encoding="utf-8")
    run_sync(session, docs)
    return docs


def asked(session: Session, plan: Plan, reply: str = REPLY) -> tuple[list[str], Answer]:
    model = ScriptedModel([reply])
    session.language_model = model
    one = OnePlan(plan)
    settings = CitedSettings(300, 3, Sampling(0.5, seed=7))
    assistants = Assistants(ModelGenerator(model, settings), one, Tooling(one, one, ApproveAll()))
    history = [Exchange("Et hier ?", "Rien.")]
    read: list[str] = []
    answer = None
    for event in ask(session, QUESTION, language="fr", assistants=assistants, passages=3, history=history):
        if isinstance(event, Retrieved):
            read = [passage.path for passage in event.passages]
        if isinstance(event, Verified):
            answer = event.answer
    assert answer is not None
    return read, answer


CALL = PlannedCall(TOOL.name, (PlannedArgument("per_day", 3800, "L/day"),))


def test_an_answer_with_tools_comes_out_the_same(session: Session, library: Path) -> None:
    _, answer = asked(session, Plan((QUESTION,), (CALL,)))
    assert [claim.status for claim in answer.claims] == [Status.SUPPORTED] * 2
    assert answer.citations[0].also_in, "there is a copy, of which the passage as stored knows nothing"
    outcome = replay(session, answer.answer_id)
    assert (outcome.same, outcome.differing) == (True, ())
    model = session.language_model
    assert isinstance(model, ScriptedModel)
    first, again = model.requests
    assert first == again, "the same prompt, grammar and sampling, whatever the settings say"


def test_what_differs_is_told(session: Session, library: Path) -> None:
    _, answer = asked(session, Plan((QUESTION,), (CALL,)))
    other = ScriptedModel(['{"claims":[]}'])
    session.language_model = other
    with pytest.raises(ModelError, match="scripted"):
        replay(session, answer.answer_id)
    other.model_hash = answer.hashes["model"]
    other.runtime = "another build"
    outcome = replay(session, answer.answer_id)
    assert (outcome.same, outcome.differing) == (False, ("runtime",))
    assert '"status": "refused"' in outcome.now


def recorded(session: Session) -> list[tuple[str, dict[str, Any]]]:
    return [(entry.kind, dict(entry.data)) for entry in session.trail.log.entries()]


def test_a_replay_is_recorded_before_the_model_reads(session: Session, library: Path) -> None:
    _, answer = asked(session, Plan((QUESTION,), (CALL,)))
    model = session.language_model
    assert isinstance(model, ScriptedModel)
    known: list[str] = []
    write = model.generate

    def listening(*args: Any, **kwargs: Any) -> Any:
        known.extend(kind for kind, _ in recorded(session))
        return write(*args, **kwargs)

    model.generate = listening  # type: ignore[method-assign]
    session.settings = Settings.model_validate({**session.settings.model_dump(), "enclave": {"hosts": ("10.0.0.9",)}})
    replay(session, answer.answer_id)
    assert known[-1] == "replay"
    (kind, told), (end, outcome) = recorded(session)[-2:]
    assert (kind, told["answer_id"], told["text"]) == ("replay", answer.answer_id, QUESTION)
    assert [one["chunk"] for one in told["passages"]] == list(answer.passages_read)
    assert told["enclave"] == ["10.0.0.9"]
    assert (end, outcome["same"], outcome["differing"]) == ("replayed", True, [])
    assert outcome["replay"] == len(recorded(session)) - 1
    model.model_hash = "another"
    with pytest.raises(ModelError):
        replay(session, answer.answer_id)
    assert recorded(session)[-1][0] == "ended"
    assert recorded(session)[-1][1]["error"] == "ModelError"


def test_what_is_not_there(session: Session, library: Path) -> None:
    _, answer = asked(session, Plan((QUESTION,)), '{"claims":[]}')
    assert answer.status is Status.REFUSED
    assert replay(session, answer.answer_id).same
    with pytest.raises(UsageError):
        replay(session, "0000")
    record = session.truth.answer_record(answer.answer_id)
    assert record is not None
    for number, change in (("gone", {"passages_read": [10**9]}), ("old", {"passages_read": None})):
        changed = {key: value for key, value in {**record, **change, "answer_id": number}.items() if value is not None}
        session.truth.store_answer(number, QUESTION, "refused", changed)
        with pytest.raises(IndexMissingError):
            replay(session, number)


def test_what_the_plan_says_is_searched(session: Session, library: Path) -> None:
    alone, _ = asked(session, Plan((QUESTION,)), '{"claims":[]}')
    more, _ = asked(session, Plan((QUESTION, "pneus convoi")), '{"claims":[]}')
    other, _ = asked(session, Plan(("pneus convoi",)), '{"claims":[]}')
    assert not any(path.endswith("c.txt") for path in alone)
    assert any(path.endswith("c.txt") for path in more)
    assert other == more, "the question itself is searched whatever the plan says"
