"""Who decides whether a proposed tool call runs: the person, what the person said before, a form, or a flag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from copilot.errors import ToolFailedError, UsageError
from copilot.records import Tool, ToolCall


class Verdict(StrEnum):
    """The outcome of a decision, and who took it where it is a refusal."""

    APPROVED = "approved"
    DENIED_BY_USER = "user"
    DENIED_BY_FLAG = "flag"
    DENIED_BEFORE = "remembered"
    NOBODY_TO_ASK = "nobody"


class ApprovedBy(StrEnum):
    """Whose word an approval is."""

    PERSON = "person"
    OPTION = "option"
    STANDING = "standing"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a call; `call` may have been edited: the values the user typed say so in their origin.

    `remember` asks that every later call of this tool be decided so, as long as its plugin stays the same. `by` is
    whose word an approval is.
    """

    verdict: Verdict
    call: ToolCall
    remember: bool = False
    by: ApprovedBy = ApprovedBy.PERSON


class Approver(Protocol):
    """Decides about one call at a time; may wait for a person. Runs in the thread of the question."""

    def decide(self, call: ToolCall, tool: Tool) -> Decision: ...


class ApproveAll:
    """Approves every complete call: ``--yes-read-only``. Tools read what they are given and write nothing."""

    def decide(self, call: ToolCall, tool: Tool) -> Decision:  # noqa: ARG002
        return Decision(Verdict.APPROVED, call, by=ApprovedBy.OPTION)


class DenyAll:
    """Denies every call: by flag, or because nobody is there to ask."""

    def __init__(self, verdict: Verdict = Verdict.DENIED_BY_FLAG) -> None:
        self._verdict = verdict

    def decide(self, call: ToolCall, tool: Tool) -> Decision:  # noqa: ARG002
        return Decision(self._verdict, call)


class Checking:
    """Asks again, with the reason, where a call was approved whose values the tool would not take.

    `check` raises ToolFailedError or UsageError over such a call. For approvers behind whom a person sits: a flag would
    say yes for ever.
    """

    def __init__(self, asked: Approver, check: Callable[[ToolCall], object]) -> None:
        self._asked = asked
        self._check = check

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        while True:
            decision = self._asked.decide(call, tool)
            call = replace(decision.call, problem="")
            if decision.verdict is not Verdict.APPROVED or call.missing:
                return replace(decision, call=call)
            try:
                self._check(call)
            except (ToolFailedError, UsageError) as error:
                call = replace(call, problem=error.message)
            else:
                return replace(decision, call=call)


class Memory(Protocol):
    """Standing decisions by tool and plugin hash (`copilot.app.recording.RecordedApprovals`)."""

    def remembered(self, tool: str, plugin_sha256: str) -> bool | None: ...
    def remember(self, tool: str, plugin_sha256: str, *, allowed: bool) -> None: ...


class Remembering:
    """Decides as it was decided before for this tool of exactly this plugin, else asks, and keeps what is to be kept.

    A call that lacks a value is asked about in any case.
    """

    def __init__(self, asked: Approver, memory: Memory) -> None:
        self._asked = asked
        self._memory = memory

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        before = self._memory.remembered(tool.name, tool.plugin_sha256)
        if before is False:
            return Decision(Verdict.DENIED_BEFORE, call)
        if before and not call.missing:
            return Decision(Verdict.APPROVED, call, by=ApprovedBy.STANDING)
        decision = self._asked.decide(call, tool)
        if decision.remember:
            allowed = decision.verdict is Verdict.APPROVED
            self._memory.remember(tool.name, tool.plugin_sha256, allowed=allowed)
        return decision
