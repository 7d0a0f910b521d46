"""What the desks do for the screen: each job reads or asks, and posts what came of it.

Whatever ends a job, its last message is posted: the screen never waits for one that does not come.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from textual.message import Message

from copilot.app.approval import Approver, DenyAll
from copilot.app.assist import assistants_of, open_model
from copilot.app.configuration import add_model, use_model
from copilot.app.conversations import ask_in_conversation
from copilot.app.events import FileRead, SyncEvent, SyncReport, ToolRan
from copilot.app.export import answer_to_copy, export_answers
from copilot.app.quarantine import quarantine, release, standing_of
from copilot.app.recording import Shown, delete_conversation
from copilot.app.session import Session
from copilot.app.sync_apart import sync_apart
from copilot.app.tool_runs import run_tool
from copilot.app.tooling import Tooling
from copilot.errors import CancelledError
from copilot.i18n import current_language, t
from copilot.ports import Cancellation
from copilot.records import Answer, Citation, PlannedCall, SearchFilter, ToolRun
from copilot.store.document_rows import DocumentRow, DocumentSummary
from copilot.tui import messages
from copilot.tui.approver import ScreenApprover
from copilot.tui.desk import Job, told
from copilot.tui.graphics.detect import Graphics
from copilot.tui.graphics.drawing import drawing_of, room
from copilot.tui.viewed import Viewed

Post = Callable[[Message], object]
# The tools of a session, with who is asked before one runs; none where there are none.
OpenTooling = Callable[[Session, Approver], Tooling | None]
_ENTRIES_SHOWN = 200
# How often what goes on in a sync is told anew.
_EVENT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """A question as the screen puts it: where it hangs, what it is limited to, what stops it."""

    conversation_id: str | None
    parent_id: int | None
    question: str
    chosen: SearchFilter
    cancel: Cancellation


def ask_job(post: Post, request: Request, open_tooling: OpenTooling) -> Job:
    """Keep a question and answer it; every event is posted."""

    def run(session: Session) -> None:
        kept = session.truth.conversations
        turn = kept.begin(request.conversation_id, request.parent_id, request.question)
        post(messages.TurnBegun(turn))
        state, message = "answered", ""
        try:
            assistants = assistants_of(session, open_model(session))
            if assistants.planner is not None:
                tooling = open_tooling(session, ScreenApprover(post, request.cancel))
                assistants = replace(assistants, tooling=tooling)
            with closing(
                ask_in_conversation(
                    session,
                    turn,
                    language=current_language(),
                    chosen=request.chosen,
                    assistants=assistants,
                    cancel=request.cancel,
                )
            ) as events:
                for event in events:
                    post(messages.TurnAdvanced(turn.turn_id, event))
        except CancelledError as error:
            state, message = "cancelled", str(error)
        except Exception as error:  # noqa: BLE001 - the question is over, and the screen must hear why
            state, message = "failed", told(error)
            kept.finish(turn.turn_id, state, message=message)
        post(messages.TurnEnded(turn.turn_id, state, message, kept.turns(turn.conversation_id)))

    return run


def load_job(post: Post, conversation_id: str) -> Job:
    """Read a conversation."""

    def run(session: Session) -> None:
        post(messages.ConversationLoaded(conversation_id, session.truth.conversations.turns(conversation_id)))

    return run


def start_job(post: Post) -> Job:
    """Read what the first screen shows, and mark what was cut short when the program last ended."""

    def run(session: Session) -> None:
        kept = session.truth.conversations
        kept.abandon_unfinished(t("tui.cut_short"))
        post(messages.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))
        rows = kept.list()
        post(messages.ConversationsListed(rows))
        latest = rows[0].conversation_id if rows else None
        post(messages.ConversationLoaded(latest, kept.turns(latest) if latest else []))

    return run


def documents_job(post: Post) -> Job:
    """List the documents."""

    def run(session: Session) -> None:
        post(messages.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))

    return run


@dataclass
class Watch:
    """What a look at the database found last, kept from one look to the next; `is_due` while none is under way."""

    commits: int = -1
    listed: tuple[list[DocumentSummary], dict[str, int]] | None = None
    failure: str = ""
    is_due: bool = True


def watch_job(post: Post, watch: Watch) -> Job:
    """List the documents if any process has committed since the last look; a failure is told once."""

    def run(session: Session) -> None:
        try:
            commits = session.truth.foreign_commits()
            if commits != watch.commits:
                listed = (session.truth.documents.summaries(), session.truth.counts())
                if listed != watch.listed:
                    post(messages.DocumentsListed(*listed))
                watch.commits, watch.listed = commits, listed
            watch.failure = ""
        except Exception as error:
            if told(error) != watch.failure:
                watch.failure = told(error)
                raise
        finally:
            watch.is_due = True

    return run


def standing_job(post: Post, document_id: int) -> Job:
    """Read how a document stands before it goes into quarantine or out of it."""

    def run(session: Session) -> None:
        post(messages.StandingRead(standing_of(session, document_id)))

    return run


def quarantine_job(post: Post, row: DocumentRow, reason: str) -> Job:
    """Take a document out of service, list the documents, and show which answers it was read for."""

    def run(session: Session) -> None:
        for path in quarantine(session, [row], reason).paths:
            post(messages.Noticed(t("cli.quarantine.done", path=path)))
        post(messages.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))
        post(messages.StandingRead(standing_of(session, row.document_id)))

    return run


def release_job(post: Post, row: DocumentRow) -> Job:
    """Put a document back into service and list the documents."""

    def run(session: Session) -> None:
        release(session, [row])
        post(messages.Noticed(t("cli.quarantine.released", path=row.path)))
        post(messages.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))

    return run


def conversations_job(post: Post, words: str) -> Job:
    """List conversations, all or those that hold `words`."""

    def run(session: Session) -> None:
        post(messages.ConversationsListed(session.truth.conversations.list(words)))

    return run


def forget_conversation_job(post: Post, conversation_id: str, words: str) -> Job:
    """Delete a conversation and list those that are left."""

    def run(session: Session) -> None:
        delete_conversation(session, conversation_id)
        post(messages.ConversationsListed(session.truth.conversations.list(words)))

    return run


def page_job(post: Post, citation: Citation, viewed: Viewed | None) -> Job:
    """Read the page of a citation from the version that was cited, superseded or not.

    It is recorded first where it is looked at now, so that `viewed` is given.
    """

    def run(session: Session) -> None:
        found = session.truth.page_at(citation.version_id, citation.start)
        if found is None:
            post(messages.Noticed(t("tui.page_gone"), error=True))
            return
        text, start = found
        if viewed is not None:
            _tell_unrecorded(post, viewed.record(session, citation))
        post(messages.PageRead(citation, text, citation.start - start, citation.end - start))

    return run


def view_job(post: Post, citation: Citation, viewed: Viewed, shown: Shown) -> Job:
    """Record that the page of a citation, read before, is looked at now."""

    def run(session: Session) -> None:
        _tell_unrecorded(post, viewed.record(session, citation, shown))

    return run


def _tell_unrecorded(post: Post, problem: str) -> None:
    if problem:
        post(messages.Noticed(problem, error=True))


def picture_job(
    post: Post, citation: Citation, columns: int, graphics: Graphics, cancel: Cancellation, viewed: Viewed | None
) -> Job:
    """Draw the page of a citation from its original, as wide as so many columns; recorded as `page_job` does."""

    def run(session: Session) -> None:
        # Nobody who wants no picture waits for pdfium at the start.
        from copilot.app.page_images import page_image

        try:
            root, settings = session.workspace.root, session.settings
            page = page_image(root, settings, citation, room(graphics, columns), cancel)
            drawing = drawing_of(page, graphics)
        except CancelledError:
            post(messages.PageDrawn(citation, columns, cancel, None))
        except Exception as error:  # noqa: BLE001 - the text stays, and the screen must hear why
            post(messages.PageDrawn(citation, columns, cancel, None, message=told(error)))
        else:
            if viewed is not None:
                _tell_unrecorded(post, viewed.record(session, citation, Shown.PICTURE))
            post(messages.PageDrawn(citation, columns, cancel, drawing, page.marked))

    return run


def entries_job(post: Post) -> Job:
    """Read the end of the log of what was done."""

    def run(session: Session) -> None:
        post(messages.EntriesRead(list(deque(session.trail.log.entries(), maxlen=_ENTRIES_SHOWN))))

    return run


def sync_job(post: Post, folders: list[Path], cancel: Cancellation, *, retry: bool = False) -> Job:
    """Bring folders up to date; with none given, those that were synced before."""

    def run(session: Session) -> None:
        message = ""
        try:
            with closing(sync_apart(session, folders, retry_failed=retry, cancel=cancel)) as events:
                for event in worth_showing(events):
                    post(messages.SyncAdvanced(event))
        except Exception as error:  # noqa: BLE001 - the sync is over, and the screen must hear why
            message = told(error)
        post(messages.SyncEnded(message))
        post(messages.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))

    return run


def worth_showing(events: Iterable[SyncEvent]) -> Iterator[SyncEvent]:
    """Leave out what the eye could not follow: of events of one kind, all but one in a while and those that matter.

    Hundreds come at once where files are small, and each costs the screen as much as a key does.
    """
    kind, shown_at = None, 0.0
    for event in events:
        matters = isinstance(event, SyncReport) or (isinstance(event, FileRead) and event.reason is not None)
        if matters or type(event) is not kind or time.monotonic() - shown_at >= _EVENT_SECONDS:
            kind, shown_at = type(event), time.monotonic()
            yield event


def export_job(post: Post, answers: Sequence[Answer], path: Path) -> Job:
    """Write answers to a file, recorded by the session of the desk."""

    def run(session: Session) -> None:
        post(messages.Noticed(t("tui.exported", path=export_answers(answers, path, session.trail))))

    return run


def copy_job(post: Post, answer: Answer) -> Job:
    """Have an answer copied, once the session of the desk has recorded it."""

    def run(session: Session) -> None:
        post(messages.CopyReady(answer_to_copy(answer, session.trail)))

    return run


def add_model_job(post: Post, path: Path) -> Job:
    """Add a language model and use it; hashing gigabytes takes a while."""

    def run(session: Session) -> None:  # noqa: ARG001
        entry = use_model(add_model(path, None).name)
        post(messages.ModelAdded(entry.name))

    return run


def tools_job(post: Post, open_tooling: OpenTooling) -> Job:
    """List the tools that may be run."""

    def run(session: Session) -> None:
        tooling = open_tooling(session, DenyAll())
        post(messages.ToolsListed([] if tooling is None else list(tooling.catalogue.tools())))

    return run


def tool_job(
    post: Post, call: PlannedCall, chosen: SearchFilter, open_tooling: OpenTooling, cancel: Cancellation
) -> Job:
    """Run a tool with the values of its form; blanks among them are read from the documents first."""

    def run(session: Session) -> None:
        found: ToolRun | None = None
        message = ""
        try:
            tooling = open_tooling(session, ScreenApprover(post, cancel))
            if tooling is None:
                message = t("tui.tools.none")
            else:
                with closing(
                    run_tool(session, call, tooling, language=current_language(), chosen=chosen, cancel=cancel)
                ) as events:
                    for event in events:
                        post(messages.ToolRunAdvanced(event))
                        if isinstance(event, ToolRan):
                            found = event.run
        except CancelledError as error:
            message = str(error)
        except Exception as error:  # noqa: BLE001 - the run is over, and the screen must hear why
            message = told(error)
        post(messages.ToolRunEnded(found, message))

    return run
