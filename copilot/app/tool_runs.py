"""Running one tool by itself, with values that the user typed and others that are to be read from documents."""

from __future__ import annotations

from collections.abc import Generator

from copilot.app.approval import ApprovedBy, Approver, Decision, Verdict
from copilot.app.events import AskEvent
from copilot.app.origins import Documents
from copilot.app.recording import records_questions
from copilot.app.session import Session
from copilot.app.tooling import Tooling, run_calls
from copilot.ports import Cancellation
from copilot.records import Argument, Origin, OriginKind, Plan, PlannedCall, SearchFilter, Tool, ToolCall
from copilot.retrieval.retriever import EVERYTHING


class FormApprover:
    """Approves what the user typed and started; asks `other` where a value was read from a document or is missing."""

    def __init__(self, other: Approver) -> None:
        self._other = other

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        typed = ToolCall(call.number, call.tool, tuple(_as_typed(one) for one in call.arguments), call.missing)
        if call.missing or any(one.origin.kind is OriginKind.DOCUMENT for one in call.arguments):
            return self._other.decide(typed, tool)
        return Decision(Verdict.APPROVED, typed, by=ApprovedBy.FORM)


def _as_typed(argument: Argument) -> Argument:
    """A planned literal is the question's; here the form is the question, and the user filled it in."""
    if argument.origin.kind is not OriginKind.QUESTION:
        return argument
    return Argument(argument.name, argument.value, argument.unit, Origin(OriginKind.USER))


def run_tool(
    session: Session,
    call: PlannedCall,
    tooling: Tooling,
    *,
    language: str,
    chosen: SearchFilter = EVERYTHING,
    cancel: Cancellation | None = None,
) -> Generator[AskEvent, None, None]:
    """Fill the blanks of `call`, have it approved where that is needed, and run it; recorded as a question is.

    Raises:
        UsageError: there is no such tool.
        CancelledError: `cancel` was asked for.
    """
    own = Tooling(tooling.catalogue, tooling.runner, FormApprover(tooling.approver), tooling.reader)
    return _run_tool(session, call.tool, call, own, language, chosen, cancel)


@records_questions
def _run_tool(
    session: Session,
    name: str,  # noqa: ARG001 - what is recorded as asked
    call: PlannedCall,
    tooling: Tooling,
    language: str,
    chosen: SearchFilter,
    cancel: Cancellation | None,
) -> Generator[AskEvent, None, None]:
    documents = Documents(session, session.settings.answer.passages, chosen, language)
    yield from run_calls(Plan((), (call,)), tooling, documents, language, cancel)
