"""Asking at the terminal whether a tool may run: each argument with where it comes from, to approve, edit or deny."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from copilot.app.approval import ApproveAll, Checking, Decision, DenyAll, Remembering, Verdict
from copilot.cli.opening import one_of
from copilot.i18n import t
from copilot.presentation.wording import caution_lines, origin_of, with_unit
from copilot.records import Argument, Origin, OriginKind, Tool, ToolCall
from copilot.sanitise import one_line, visible

if TYPE_CHECKING:
    from copilot.app.approval import Approver, Memory

Asker = Callable[[str], str]
Check = Callable[[ToolCall], object]


def choose_approver(
    memory: Memory | None,
    *,
    yes: bool,
    deny: bool,
    check: Check | None = None,
    around: Callable[[], None] | None = None,
) -> Approver:
    """Return who decides: a flag, the person at the terminal and what was decided before, or nobody.

    `check` raises where the arguments would not be taken; `around` clears the terminal before it is written to.

    Raises:
        UsageError: both flags are given.
    """
    one_of({"--yes-read-only": yes, "--deny": deny})
    if deny:
        return DenyAll()
    if yes:
        return ApproveAll()
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        return DenyAll(Verdict.NOBODY_TO_ASK)
    asking: Approver = TerminalApprover(_ask_on_terminal, around)
    if check is not None:
        asking = Checking(asking, check)
    return asking if memory is None else Remembering(asking, memory)


def _ask_on_terminal(question: str) -> str:
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


class TerminalApprover:
    """Shows a call and asks until it is approved or denied; values that are missing or edited are the user's own."""

    def __init__(self, ask: Asker, around: Callable[[], None] | None = None) -> None:
        self._ask = ask
        self._around = around

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        if self._around is not None:
            self._around()
        yes, no, edit, always, never = (
            t(f"ask.approval.keys.{key}") for key in ("yes", "no", "edit", "always", "never")
        )
        while True:
            self._show(call, tool)
            call = self._complete(call, tool)
            if call.missing:
                return Decision(Verdict.DENIED_BY_USER, call)
            answer = self._ask(t("ask.approval.question")).lower()
            if answer in (yes, always):
                return Decision(Verdict.APPROVED, call, remember=answer == always)
            if answer in (no, never):
                return Decision(Verdict.DENIED_BY_USER, call, remember=answer == never)
            if answer == edit:
                call = self._edited(call, tool)

    def _show(self, call: ToolCall, tool: Tool) -> None:
        _say(t("ask.approval.call", title=one_line(tool.title), name=tool.name))
        for argument in call.arguments:
            _say(f"  {describe_argument(argument, tool)}")
            for line in caution_lines(argument.origin):
                _say(f"    {line}")
        if call.problem:
            _say(call.problem)

    def _complete(self, call: ToolCall, tool: Tool) -> ToolCall:
        """Ask for what nothing filled; an empty answer leaves it open."""
        for name in call.missing:
            parameter = tool.parameter(name)
            label = name if parameter is None else parameter.label
            unit = f" ({one_line(parameter.unit)})" if parameter is not None and parameter.unit else ""
            value = self._ask(t("ask.approval.missing", name=one_line(label), unit=unit))
            if not value:
                return call
            call = with_value(call, name, value)
        return call

    def _edited(self, call: ToolCall, tool: Tool) -> ToolCall:
        name, mark, value = self._ask(t("ask.approval.edit")).partition("=")
        if not mark or tool.parameter(name.strip()) is None:
            _say(t("ask.approval.no_such", names=", ".join(one.name for one in tool.parameters)))
            return call
        return with_value(call, name.strip(), value.strip())


def describe_argument(argument: Argument, tool: Tool) -> str:
    """Return an argument by its label, with its value and where that comes from: quote and page of a document."""
    parameter = tool.parameter(argument.name)
    label = argument.name if parameter is None else parameter.label
    values = argument.value if isinstance(argument.value, tuple) else (argument.value,)
    written = ", ".join(with_unit(value, argument.unit) for value in values)
    return f"{one_line(label)} [{argument.name}] = {written} ({origin_of(argument.origin)})"


def with_value(call: ToolCall, name: str, value: str) -> ToolCall:
    """Return the call with an argument as the user typed it."""
    typed = Argument(name, value, None, Origin(OriginKind.USER))
    others = [argument for argument in call.arguments if argument.name != name]
    missing = tuple(one for one in call.missing if one != name)
    return replace(call, arguments=(*others, typed), missing=missing, problem="")


def _say(text: str) -> None:
    sys.stderr.write(visible(text) + "\n")
