"""Recording what a question and a sync do, by listening to their events: every face leaves the same trail.

An entry is on the disk before its event reaches the face: nothing is shown that was not recorded.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict
from enum import StrEnum
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from copilot.app.events import (
    AskEvent,
    BlankRead,
    BlankSearched,
    Planned,
    Retrieved,
    SyncEvent,
    SyncPlanned,
    SyncReport,
    ToolApproved,
    ToolDenied,
    ToolFailed,
    ToolProposed,
    ToolRan,
    Verified,
)
from copilot.app.session import Session
from copilot.app.trail import Trail
from copilot.errors import CancelledError, StoreError
from copilot.records import Answer, Argument, Citation, Origin, Passage, PlannedCall, ToolCall, ToolRun

if TYPE_CHECKING:
    from copilot.app.scans import Count, Match
    from copilot.store.document_rows import DocumentRow

P = ParamSpec("P")
Event = TypeVar("Event")
Told = tuple[str, dict[str, Any]]
# With these the work is done: whoever stops listening afterwards interrupts nothing.
_LAST = frozenset({"answer", "sync"})


def records_questions(
    run: Callable[Concatenate[Session, str, P], Iterator[AskEvent]],
) -> Callable[Concatenate[Session, str, P], Generator[AskEvent, None, None]]:
    """Have a function that answers a question leave a trail."""

    @wraps(run)
    def recorded(
        session: Session, question: str, /, *args: P.args, **kwargs: P.kwargs
    ) -> Generator[AskEvent, None, None]:
        trail = session.trail
        asked: dict[str, Any] = {"text": trail.text(question)}
        number = trail.record("question", {**asked, **_enclave(session)})
        yield from _following(trail, {"question": number}, run(session, question, *args, **kwargs), _told_by_question)

    return recorded


def records_syncs(
    run: Callable[Concatenate[Session, P], Iterator[SyncEvent]],
) -> Callable[Concatenate[Session, P], Generator[SyncEvent, None, None]]:
    """Have a function that brings folders up to date leave a trail."""

    @wraps(run)
    def recorded(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> Generator[SyncEvent, None, None]:
        if kwargs.get("dry_run"):
            yield from run(session, *args, **kwargs)
        else:
            yield from _following(session.trail, {}, run(session, *args, **kwargs), _told_by_sync)

    return recorded


def record_calls(trail: Trail, events: Iterator[AskEvent]) -> Generator[AskEvent, None, None]:
    """Have calls of tools that belong to no question leave a trail."""
    return _following(trail, {}, events, _told_by_tool)


class RecordedApprovals:
    """A session's standing decisions, each recorded before it is kept; implements `copilot.app.approval.Memory`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remembered(self, tool: str, plugin_sha256: str) -> bool | None:
        return self._session.truth.approvals.remembered(tool, plugin_sha256)

    def remember(self, tool: str, plugin_sha256: str, *, allowed: bool) -> None:
        told = {"tool": tool, "plugin_sha256": plugin_sha256, "allowed": allowed}
        self._session.trail.record("standing", told)
        self._session.truth.approvals.remember(tool, plugin_sha256, allowed=allowed)


def record_search(session: Session, query: str, passages: Sequence[Passage]) -> None:
    """Record a search without an answer."""
    trail = session.trail
    trail.record("search", {"text": trail.text(query), "passages": [_passage(trail, one) for one in passages]})


def record_count(session: Session, query: str, found: Count) -> None:
    """Record a count over every page: what was counted, and the numbers."""
    told = {
        "documents": len(found.documents),
        "pages": found.pages,
        "occurrences": sum(found.occurrences.values()),
        "documents_scanned": found.documents_scanned,
        "pages_scanned": found.pages_scanned,
    }
    session.trail.record("count", {"text": session.trail.text(query), **told})


def record_matches(
    session: Session, pattern: str, matches: Iterator[Match], *, ignore_case: bool, fixed: bool
) -> Generator[Match, None, None]:
    """Record a pattern search before its first match, and how many were read when it ends, wherever that is."""
    trail = session.trail
    asked = {"text": trail.text(pattern), "ignore_case": ignore_case, "fixed": fixed}
    number = trail.record("grep", asked)
    read, documents, is_whole = 0, set(), False
    try:
        for match in matches:
            read += 1
            documents.add(match.document_id)
            yield match
        is_whole = True
    finally:
        told = {"grep": number, "matches": read, "documents": len(documents), "whole": is_whole}
        # The pattern is on the disk already; what ended the search is what the user must hear of.
        with nullcontext() if is_whole else suppress(StoreError):
            trail.record("grep_done", told)


class Shown(StrEnum):
    """As what a document is shown: pages as text or picture, or the list of its versions."""

    TEXT = "text"
    PICTURE = "picture"
    VERSIONS = "versions"


def record_show(
    session: Session,
    document: DocumentRow | Citation,
    version: int | None = None,
    pages: Sequence[int] = (),
    shown: Shown = Shown.TEXT,
) -> None:
    """Record that pages of a version of a document are shown, or which versions there are."""
    trail = session.trail
    told: dict[str, Any] = {"what": shown.value, "path": trail.text(document.path), "document": document.document_id}
    if pages:
        told |= {"version": version, "pages": len(pages), "first": pages[0], "last": pages[-1]}
    trail.record("show", told)


def delete_conversation(session: Session, conversation_id: str) -> None:
    """Delete a conversation, recorded first."""
    kept = session.truth.conversations
    told = {"conversation": conversation_id, "turns": len(kept.turns(conversation_id))}
    session.trail.record("conversation_deleted", told)
    kept.delete(conversation_id)


class RecordedReplay:
    """Records that an answer is written once more: before anything is read for it, what came of it, or its early end.

    A context; what is still open at its end was not compared.
    """

    def __init__(self, session: Session, answer_id: str, question: str, passages: Sequence[Passage]) -> None:
        self._trail = trail = session.trail
        asked = {
            "answer_id": answer_id,
            "text": trail.text(question),
            "passages": [_passage(trail, one) for one in passages],
        }
        self._about = {"replay": trail.record("replay", {**asked, **_enclave(session)})}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _record_end(self._trail, self._about, error)

    def compared(self, differing: Sequence[str], *, same: bool) -> None:
        """Record what came of it."""
        self._trail.record("replayed", {**self._about, "same": same, "differing": list(differing)})


def _following(
    trail: Trail,
    about: dict[str, Any],
    events: Iterator[Event],
    tell: Callable[[Trail, Event], Told | None],
) -> Generator[Event, None, None]:
    """Pass the events on, each recorded first; an end before the last one is recorded too."""
    is_over = False
    try:
        for event in events:
            told = tell(trail, event)
            if told is not None:
                trail.record(told[0], {**about, **told[1]})
                is_over = told[0] in _LAST
            yield event
    except BaseException as error:
        # A face that fails stops listening: what it failed of is what ended the work.
        cause = error.__context__ or error if isinstance(error, GeneratorExit) else error
        if not (is_over and _how(cause) == "cancelled"):
            _record_end(trail, about, cause)
        raise
    finally:
        # The iterator's own end, now: a sync ends its parser processes there.
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _record_end(trail: Trail, about: Mapping[str, Any], cause: BaseException) -> None:
    # What ended the work is what the user must hear of, not that this could not be written either.
    with suppress(StoreError):
        trail.record("ended", {**about, "how": _how(cause), "error": type(cause).__name__})


def _how(cause: BaseException) -> str:
    return "cancelled" if isinstance(cause, GeneratorExit | KeyboardInterrupt | CancelledError) else "failed"


def _enclave(session: Session) -> dict[str, Any]:
    """Return the servers that may be sent what is asked and read."""
    hosts = session.settings.enclave.hosts
    return {"enclave": [session.trail.text(host) for host in hosts]} if hosts else {}


def _told_by_question(trail: Trail, event: AskEvent) -> Told | None:
    if isinstance(event, Planned):
        return "plan", {
            "queries": [trail.text(query) for query in event.queries],
            "calls": [_planned(trail, call) for call in event.calls],
        }
    if isinstance(event, Retrieved):
        return "passages", {"passages": [_passage(trail, one) for one in event.passages]}
    if isinstance(event, Verified):
        return "answer", _answer(trail, event.answer)
    return _told_by_tool(trail, event)


def _told_by_tool(trail: Trail, event: AskEvent) -> Told | None:
    if isinstance(event, BlankSearched):
        told = {"call": event.number, "tool": event.tool, "argument": event.argument}
        return "passages", {**told, "passages": [_passage(trail, one) for one in event.passages]}
    if isinstance(event, BlankRead):
        reading = event.reading
        found = None
        if reading is not None:
            found = {
                "value": _value(trail, reading.value),
                "unit": trail.text(reading.unit),
                "quote": trail.text(reading.quote),
                "passage": _passage(trail, reading.passage),
                "page": reading.page,
            }
        return "blank", {"call": event.number, "tool": event.tool, "argument": event.argument, "reading": found}
    if isinstance(event, ToolProposed):
        return "tool_proposed", {**_call(trail, event.call), "plugin_sha256": event.tool.plugin_sha256}
    if isinstance(event, ToolApproved):
        told = {"by": event.by.value, "edited": list(event.edited), "plugin_sha256": event.tool.plugin_sha256}
        return "tool_approved", {**_call(trail, event.call), **told}
    if isinstance(event, ToolDenied):
        return "tool_denied", {**_call(trail, event.call), "reason": event.reason}
    if isinstance(event, ToolFailed):
        return "tool_failed", {**_call(trail, event.call), "message": trail.text(event.message)}
    if isinstance(event, ToolRan):
        return "tool_ran", _run(trail, event.run)
    return None


def _told_by_sync(trail: Trail, event: SyncEvent) -> Told | None:
    if isinstance(event, SyncPlanned):
        plan = event.plan
        return "sync_started", {
            "new": len(plan.new),
            "changed": len(plan.changed),
            "moved": len(plan.moved),
            "deleted": trail.texts([row.path for row in plan.deleted]),
            "unchanged": plan.unchanged,
        }
    if isinstance(event, SyncReport):
        counts = asdict(event)
        return "sync", {
            **{key: counts[key] for key in ("new", "changed", "moved", "deleted", "documents", "passages", "embedded")},
            "failed": trail.texts([name for name, _, _ in event.failed]),
            "skipped": len(event.skipped),
        }
    return None


def _answer(trail: Trail, answer: Answer) -> dict[str, Any]:
    return {
        "answer_id": answer.answer_id,
        "status": answer.status.value,
        "generator": trail.text(answer.generator),
        "language": answer.language,
        "marking": trail.text(answer.marking),
        "hashes": {name: trail.hash(value) for name, value in answer.hashes.items()},
        "refusal": trail.text(answer.refusal),
        "claims": [
            {"text": trail.text(claim.text), "status": claim.status.value, "citations": list(claim.citations)}
            for claim in answer.claims
        ],
        "citations": [
            {
                "number": one.number,
                "path": trail.text(one.path),
                "sha256": trail.hash(one.sha256),
                "chunk": one.chunk_id,
                "start": one.start,
                "end": one.end,
                "quote": trail.text(one.quote),
            }
            for one in answer.citations
        ],
        "warnings": [warning.kind for warning in answer.warnings],
    }


def _passage(trail: Trail, passage: Passage) -> dict[str, Any]:
    return {
        "chunk": passage.chunk_id,
        "version": passage.version_id,
        "path": trail.text(passage.path),
        "sha256": trail.hash(passage.sha256),
        "start": passage.start,
        "end": passage.end,
        "text_sha256": trail.hash(_sha256(passage.text)),
    }


def _planned(trail: Trail, call: PlannedCall) -> dict[str, Any]:
    arguments = [
        {
            "name": one.name,
            "value": _value(trail, one.value),
            "unit": trail.text(one.unit),
            "blank": trail.text(one.blank),
        }
        for one in call.arguments
    ]
    return {"tool": call.tool, "arguments": arguments}


def _call(trail: Trail, call: ToolCall) -> dict[str, Any]:
    return {
        "call": call.number,
        "tool": call.tool,
        "arguments": [_argument(trail, argument) for argument in call.arguments],
        "missing": list(call.missing),
    }


def _run(trail: Trail, run: ToolRun) -> dict[str, Any]:
    result = json.dumps(asdict(run.result), sort_keys=True, default=str)
    return {
        "call": run.number,
        "tool": run.tool,
        "arguments": [_argument(trail, argument) for argument in run.arguments],
        "plugin_sha256": run.plugin_sha256,
        "result_sha256": trail.hash(_sha256(result)),
    }


def _argument(trail: Trail, argument: Argument) -> dict[str, Any]:
    return {
        "name": argument.name,
        "value": _value(trail, argument.value),
        "unit": trail.text(argument.unit),
        "origin": _origin(trail, argument.origin),
    }


def _origin(trail: Trail, origin: Origin) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": origin.kind.value}
    if origin.passage is not None:
        told |= {"quote": trail.text(origin.quote), "passage": _passage(trail, origin.passage), "page": origin.page}
        if origin.rivals:
            told["contradicted_by"] = [_passage(trail, rival.passage) for rival in origin.rivals]
    return told


def _value(trail: Trail, value: object) -> Any:
    """Return a value as JSON can say it: a number that is none becomes its name. With hashes only it is one, too."""
    if isinstance(value, str):
        return trail.text(value)
    if isinstance(value, tuple):
        return [_value(trail, one) for one in value]
    if trail.is_keyed and value is not None:
        return trail.text(repr(value))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
