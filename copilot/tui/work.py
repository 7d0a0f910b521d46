"""What the desks do for the screen: each job reads or asks, and posts what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from textual.message import Message

from copilot.app.assist import assistants_of, open_model
from copilot.app.conversations import ask_in_conversation
from copilot.app.events import SyncReport
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.errors import CancelledError, CopilotError
from copilot.i18n import current_language, t
from copilot.ports import Cancellation
from copilot.records import Citation, SearchFilter
from copilot.tui import messages as told
from copilot.tui.desk import Job

Post = Callable[[Message], object]


def ask_job(
    post: Post,
    conversation_id: str | None,
    parent_id: int | None,
    question: str,
    chosen: SearchFilter,
    cancel: Cancellation,
) -> Job:
    """Keep a question and answer it; every event is posted."""

    def run(session: Session) -> None:
        turn = session.truth.conversations.begin(conversation_id, parent_id, question)
        post(told.TurnBegun(turn))
        state, message = "answered", ""
        try:
            assistants = assistants_of(session, open_model(session))
            with closing(
                ask_in_conversation(
                    session, turn, language=current_language(), chosen=chosen, assistants=assistants, cancel=cancel
                )
            ) as events:
                for event in events:
                    post(told.TurnAdvanced(turn.turn_id, event))
        except CancelledError as error:
            state, message = "cancelled", str(error)
        except CopilotError as error:
            state, message = "failed", str(error)
            session.truth.conversations.finish(turn.turn_id, state, message=message)
        post(told.TurnEnded(turn.turn_id, state, message))

    return run


def load_job(post: Post, conversation_id: str) -> Job:
    """Read a conversation."""

    def run(session: Session) -> None:
        post(told.ConversationLoaded(conversation_id, session.truth.conversations.turns(conversation_id)))

    return run


def start_job(post: Post) -> Job:
    """Read what the first screen shows, and mark what was cut short when the program last ended."""

    def run(session: Session) -> None:
        session.truth.conversations.abandon_unfinished(t("tui.cut_short"))
        rows = session.truth.conversations.list()
        post(told.ConversationsListed(rows))
        post(told.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))
        latest = rows[0].conversation_id if rows else None
        turns = session.truth.conversations.turns(latest) if latest else []
        post(told.ConversationLoaded(latest, turns))

    return run


def conversations_job(post: Post, words: str) -> Job:
    """List conversations, all or those that hold `words`."""

    def run(session: Session) -> None:
        post(told.ConversationsListed(session.truth.conversations.list(words)))

    return run


def documents_job(post: Post) -> Job:
    """List the documents."""

    def run(session: Session) -> None:
        post(told.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))

    return run


def page_job(post: Post, citation: Citation) -> Job:
    """Read the page of a citation from the version that was cited, superseded or not."""

    def run(session: Session) -> None:
        found = session.truth.page_at(citation.version_id, citation.start)
        if found is None:
            post(told.Noticed(t("tui.page_gone"), error=True))
            return
        text, start = found
        post(told.PageRead(citation, text, citation.start - start, citation.end - start))

    return run


def sync_job(post: Post, folders: list[Path], cancel: Cancellation, *, retry: bool = False) -> Job:
    """Bring folders up to date; with none given, those that were synced before."""

    def run(session: Session) -> None:
        message = ""
        try:
            with closing(sync(session, roots_of(session, folders, None), retry_failed=retry)) as events:
                for event in events:
                    post(told.SyncAdvanced(event))
                    if cancel.is_asked and not isinstance(event, SyncReport):
                        message = t("tui.sync_stopped")
                        break
        except CopilotError as error:
            message = str(error)
        post(told.SyncEnded(message))
        post(told.DocumentsListed(session.truth.documents.summaries(), session.truth.counts()))

    return run
