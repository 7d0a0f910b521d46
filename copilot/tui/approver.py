"""Asking a person about a tool call from the thread of a question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from textual.message import Message

from copilot.app.approval import Decision, Verdict
from copilot.records import Tool, ToolCall
from copilot.tui.messages import ApprovalAsked


class ScreenApprover:
    """Posts the call to the screen and waits for the answer; a screen that goes away denies."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        reply: Future[ToolCall | None] = Future()
        if not self._post(ApprovalAsked(call, tool, reply)):
            return Decision(Verdict.NOBODY_TO_ASK, call)
        approved = reply.result()
        if approved is None:
            return Decision(Verdict.DENIED_BY_USER, call)
        return Decision(Verdict.APPROVED, approved)
