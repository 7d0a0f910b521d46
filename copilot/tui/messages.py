"""What the desks tell the screen: typed messages, handled in its own thread."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from copilot.app.events import AskEvent, SyncEvent
from copilot.records import Citation
from copilot.store.conversations import ConversationRow, TurnRow
from copilot.store.document_rows import DocumentSummary


@dataclass
class TurnBegun(Message):
    """A question is kept and on its way."""

    turn: TurnRow


@dataclass
class TurnAdvanced(Message):
    """An event of the question that is on its way."""

    turn_id: int
    event: AskEvent


@dataclass
class TurnEnded(Message):
    """A question is over; without an answer `message` says why."""

    turn_id: int
    state: str
    message: str = ""


@dataclass
class ConversationLoaded(Message):
    """All turns of a conversation were read."""

    conversation_id: str | None
    turns: list[TurnRow]


@dataclass
class ConversationsListed(Message):
    """The list of conversations was read."""

    rows: list[ConversationRow]


@dataclass
class DocumentsListed(Message):
    """The list of documents was read, with the counts of the whole."""

    rows: list[DocumentSummary]
    counts: dict[str, int]


@dataclass
class PageRead(Message):
    """The page that a citation stands on; `start` and `end` are the quote's place in `text`."""

    citation: Citation
    text: str
    start: int
    end: int


@dataclass
class SyncAdvanced(Message):
    """An event of the sync that is running."""

    event: SyncEvent


@dataclass
class SyncEnded(Message):
    """The sync is over; `message` is empty where it went well."""

    message: str = ""


@dataclass
class Noticed(Message):
    """Something to tell the user: our own words, or an error's."""

    text: str
    error: bool = False
