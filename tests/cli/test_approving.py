"""Who decides whether a tool may run, and what the person at the terminal sees and can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.app.approval import ApproveAll, Checking, DenyAll, Remembering, Verdict
from copilot.cli.approving import TerminalApprover, choose_approver, describe_argument
from copilot.errors import ToolFailedError, UsageError
from copilot.i18n import set_language
from copilot.records import Argument, Origin, OriginKind, Parameter, ParameterKind, Rival, Tool, ToolCall
from copilot.store.truth import Truth
from tests.presentation.samples import PASSAGE

STOCK = Parameter("stock", ParameterKind.NUMBER, "Stock", "What is there.", unit="L")
RATE = Parameter("rate", ParameterKind.NUMBER, "Rate", "What is used.", unit="L/day")
TOOL = Tool("supply.days", "supply", "Days of supply", "How long.", (STOCK, RATE), bundled=True, plugin_sha256="aa")
QUESTION = Argument("stock", 42000.0, "L", Origin(OriginKind.QUESTION))


class Person:
    """Answers in turn, and keeps what was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        return self._answers.pop(0)


def call(*arguments: Argument, missing: tuple[str, ...] = ()) -> ToolCall:
    return ToolCall(1, TOOL.name, arguments, missing)


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Truth]:
    with Truth(tmp_path / "truth.db") as opened:
        yield opened


@pytest.mark.parametrize(
    ("answers", "verdict", "remember"),
    [
        (("y",), Verdict.APPROVED, False),
        (("Y",), Verdict.APPROVED, False),
        (("n",), Verdict.DENIED_BY_USER, False),
        (("a",), Verdict.APPROVED, True),
        (("never",), Verdict.DENIED_BY_USER, True),
        (("", "what", "n"), Verdict.DENIED_BY_USER, False),
    ],
)
def test_a_person_decides(answers: tuple[str, ...], verdict: Verdict, remember: bool) -> None:
    person = Person(*answers)
    decision = TerminalApprover(person).decide(call(QUESTION), TOOL)
    assert (decision.verdict, decision.remember) == (verdict, remember)
    assert len(person.asked) == len(answers)


def test_the_keys_are_those_of_the_language() -> None:
    set_language("fr")
    person = Person("o")
    assert TerminalApprover(person).decide(call(QUESTION), TOOL).verdict is Verdict.APPROVED
    assert "[o]ui, [n]on, [m]odifier, [t]oujours" in person.asked[0]


def test_each_argument_is_shown_with_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "3,8 m3 par jour\x1b]52;c;eA==\x07"
    document = Argument("rate", 3.8, "m3/day", Origin(OriginKind.DOCUMENT, hostile, PASSAGE, 3, "rate"))
    TerminalApprover(Person("n")).decide(call(QUESTION, document), TOOL)
    told = capsys.readouterr().err
    assert "Tool: Days of supply (supply.days)" in told
    assert "Stock [stock] = 42,000 L (" in told
    assert "Rate [rate] = 3.8 m3/day (" in told
    assert "p. 3" in told
    assert "3,8 m3 par jour<U+001B>" in told
    assert "\x1b" not in told
    assert describe_argument(QUESTION, TOOL).startswith("Stock [stock] = 42,000 L")


def test_what_speaks_against_an_argument_stands_under_it(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "Relevé\x1b]52;c;eA==\x07"
    other = replace(PASSAGE, title=hostile, superseded_by=None, marking=None, date=None, page_first=2, page_last=2)
    rival = Rival(0, other, 0, 10, ("3,8 m3", "4\x1b m3"))
    older = replace(PASSAGE, superseded_by="plan_v2\u202e.pdf")
    origin = Origin(OriginKind.DOCUMENT, "3,8 m3 par jour", older, 3, "rate", (rival,))
    TerminalApprover(Person("n")).decide(call(QUESTION, Argument("rate", 3.8, "m3/day", origin)), TOOL)
    lines = capsys.readouterr().err.splitlines()
    [place] = [number for number, line in enumerate(lines) if "Rate [rate]" in line]
    assert lines[place + 1] == (
        "    caution: this document is out of date; in its place: plan_v2<U+202E>.pdf; "
        "another document gives another figure, Relevé<U+001B>]52;c;eA==<U+0007>, p. 2: 4<U+001B> m3"
    )
    assert len([line for line in lines if "caution" in line]) == 1


def test_a_value_is_edited_and_becomes_the_users() -> None:
    person = Person("e", "rate = 4000 L/day", "e", "nothing=3", "e", "stock", "y")
    decision = TerminalApprover(person).decide(call(QUESTION), TOOL)
    assert decision.verdict is Verdict.APPROVED
    found = {argument.name: (argument.value, argument.origin.kind) for argument in decision.call.arguments}
    assert found == {"stock": (42000.0, OriginKind.QUESTION), "rate": ("4000 L/day", OriginKind.USER)}


def test_what_nothing_filled_is_asked_for() -> None:
    person = Person("3800", "y")
    decision = TerminalApprover(person).decide(call(QUESTION, missing=("rate",)), TOOL)
    assert (decision.verdict, decision.call.missing) == (Verdict.APPROVED, ())
    assert decision.call.arguments[-1].value == "3800"
    assert "Rate (L/day) is not known" in person.asked[0]
    left = TerminalApprover(Person("")).decide(call(QUESTION, missing=("rate",)), TOOL)
    assert (left.verdict, left.call.missing) == (Verdict.DENIED_BY_USER, ("rate",))


def test_values_that_the_tool_would_not_take_are_not_approved(capsys: pytest.CaptureFixture[str]) -> None:
    def check(asked: ToolCall) -> None:
        if asked.arguments[-1].value == "much":
            raise ToolFailedError("“much” is not a number", reason="arguments")

    person = Person("e", "stock=much", "y", "e", "stock=5", "y")
    decision = Checking(TerminalApprover(person), check).decide(call(QUESTION), TOOL)
    assert (decision.call.arguments[-1].value, decision.call.problem) == ("5", "")
    assert capsys.readouterr().err.count("“much” is not a number") == 1
    refused = Checking(TerminalApprover(Person("e", "stock=much", "y", "n")), check).decide(call(QUESTION), TOOL)
    assert refused.verdict is Verdict.DENIED_BY_USER
    # What lacks a value was never approved in earnest, and is told as missing.
    lacking = Checking(ApproveAll(), check).decide(call(missing=("stock",)), TOOL)
    assert lacking.call.missing == ("stock",)


def test_a_standing_decision_holds_for_this_plugin_only(truth: Truth) -> None:
    asked = Person("a", "never", "n")
    approver = Remembering(TerminalApprover(asked), truth.approvals)
    assert approver.decide(call(QUESTION), TOOL).verdict is Verdict.APPROVED
    assert approver.decide(call(QUESTION), TOOL).verdict is Verdict.APPROVED
    assert len(asked.asked) == 1
    changed = Tool(TOOL.name, "supply", "", "", TOOL.parameters, bundled=True, plugin_sha256="bb")
    assert approver.decide(call(QUESTION), changed).verdict is Verdict.DENIED_BY_USER
    assert approver.decide(call(QUESTION), changed).verdict is Verdict.DENIED_BEFORE
    assert truth.approvals.remembered(TOOL.name, "aa") is True
    assert truth.approvals.forget_all() == 2
    assert approver.decide(call(QUESTION), TOOL).verdict is Verdict.DENIED_BY_USER


def test_a_call_that_lacks_a_value_is_asked_about_in_any_case(truth: Truth) -> None:
    truth.approvals.remember(TOOL.name, "aa", allowed=True)
    asked = Person("3800", "n")
    decision = Remembering(TerminalApprover(asked), truth.approvals).decide(call(missing=("rate",)), TOOL)
    assert decision.verdict is Verdict.DENIED_BY_USER


def test_who_decides(truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(choose_approver(truth.approvals, yes=True, deny=False), ApproveAll)
    assert isinstance(choose_approver(truth.approvals, yes=False, deny=True), DenyAll)
    with pytest.raises(UsageError):
        choose_approver(truth.approvals, yes=True, deny=True)
    # No terminal here: nobody is asked, and nothing runs.
    nobody = choose_approver(truth.approvals, yes=False, deny=False)
    assert nobody.decide(call(QUESTION), TOOL).verdict is Verdict.NOBODY_TO_ASK
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert isinstance(choose_approver(truth.approvals, yes=False, deny=False), Remembering)
