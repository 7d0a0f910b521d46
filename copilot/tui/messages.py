"""What the desks tell the screen: typed messages, handled in its own thread."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from textual.message import Message

from copilot.app.approval import Decision
from copilot.app.events import AskEvent, SyncEvent
from copilot.app.quarantine import Standing
from copilot.audit.entries import Entry
from copilot.ports import Cancellation
from copilot.records import Citation, Tool, ToolCall, ToolRun
from copilot.store.conversations import ConversationRow, TurnRow
from copilot.store.document_rows import DocumentSummary
from copilot.tui.graphics.drawing import Drawing


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
    """A question is over; without an answer `message` says why. `turns` is the conversation as it is kept now."""

    turn_id: int
    state: str
    message: str
    turns: list[TurnRow]


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
class StandingRead(Message):
    """How a document stands that may go into quarantine or come out of it."""

    standing: Standing


@dataclass
class PageRead(Message):
    """The page that a citation stands on; `start` and `end` are the quote's place in `text`."""

    citation: Citation
    text: str
    start: int
    end: int


@dataclass
class PageDrawn(Message):
    """The picture of a citation's page, for so many columns; without one `message` says why, empty when cancelled."""

    citation: Citation
    columns: int
    cancel: Cancellation
    drawing: Drawing | None
    marked: bool = False
    message: str = ""


@dataclass
class SyncAdvanced(Message):
    """An event of the sync that is running."""

    event: SyncEvent


@dataclass
class SyncEnded(Message):
    """The sync is over; `message` is empty where it went well."""

    message: str = ""


@dataclass
class EntriesRead(Message):
    """The latest entries of the log of what was done, the newest last."""

    entries: list[Entry]


@dataclass
class ToolsListed(Message):
    """The tools that may be run."""

    tools: list[Tool]


@dataclass
class ApprovalAsked(Message):
    """A tool wants to run; `reply` takes what the user decides."""

    call: ToolCall
    tool: Tool
    reply: Future[Decision]


@dataclass
class ToolRunAdvanced(Message):
    """An event of the tool that was started by its form."""

    event: AskEvent


@dataclass
class ToolRunEnded(Message):
    """The tool that was started by its form is over; `run` is None where `message` says why."""

    run: ToolRun | None
    message: str = ""


@dataclass
class ModelAdded(Message):
    """A language model was added and is used from now on."""

    name: str


@dataclass
class CopyReady(Message):
    """The log tells that a text is copied; it is to go to the clipboard now."""

    text: str


@dataclass
class Noticed(Message):
    """Something to tell the user: our own words, or an error's."""

    text: str
    error: bool = False
