"""Asking a person about a tool call from the thread of a question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from textual.message import Message

from copilot.app.approval import Decision, Verdict
from copilot.ports import Cancellation
from copilot.records import Tool, ToolCall
from copilot.tui.messages import ApprovalAsked

_LOOK_SECONDS = 0.1


class ScreenApprover:
    """Posts the call to the screen and waits for the answer; a question that is cancelled meanwhile denies."""

    def __init__(self, post: Callable[[Message], object], cancel: Cancellation) -> None:
        self._post = post
        self._cancel = cancel

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        reply: Future[ToolCall | None] = Future()
        self._post(ApprovalAsked(call, tool, reply))
        while not self._cancel.is_asked:
            try:
                approved = reply.result(_LOOK_SECONDS)
            except TimeoutError:
                continue
            if approved is None:
                return Decision(Verdict.DENIED_BY_USER, call)
            return Decision(Verdict.APPROVED, approved)
        return Decision(Verdict.NOBODY_TO_ASK, call)
