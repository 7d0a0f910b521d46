"""The typed events that long work yields: the faces render these and know nothing else of what happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copilot.app.approval import ApprovedBy
from copilot.app.sync_plan import SyncPlan
from copilot.records import (
    Answer,
    BlankReading,
    ContextUse,
    Coverage,
    DraftClaim,
    Passage,
    PlannedCall,
    PromptProgress,
    Tool,
    ToolCall,
    ToolProgress,
    ToolRun,
)

# --- sync -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingForSync:
    """Another sync is at work in this workspace, in the process `holder`; told again while it is waited for."""

    holder: str


@dataclass(frozen=True, slots=True)
class Scanning:
    """The folders are being read; `files` so far."""

    files: int
    current: str


@dataclass(frozen=True, slots=True)
class SyncPlanned:
    """What the sync will do; nothing has been written yet."""

    plan: SyncPlan


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file is acknowledged, or could not be read (`reason` and `message` say why)."""

    name: str
    done: int
    total: int
    reason: str | None = None
    message: str | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Embedding:
    """`done` of `total` distinct passages have their vector."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Indexing:
    """A derived index is being brought up to date: ``lexical`` or ``vectors``."""

    index: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The end of a sync. `failed` are (name, reason, message); `skipped` are (path, reason).

    `quarantined` documents are not among `documents`.
    """

    new: int
    changed: int
    moved: int
    deleted: int
    unchanged: int
    failed: tuple[tuple[str, str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    documents: int
    passages: int
    pages_read: int
    unread_pages: int
    embedded: int
    seconds: float
    quarantined: int = 0


SyncEvent = WaitingForSync | Scanning | SyncPlanned | FileRead | Embedding | Indexing | SyncReport

# --- a question -------------------------------------------------------------------------------------------------------


class Phase(StrEnum):
    """Which work of the model an event belongs to."""

    PLAN = "plan"
    BLANKS = "blanks"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class ModelReading:
    """The model is reading its prompt."""

    phase: Phase
    progress: PromptProgress


@dataclass(frozen=True, slots=True)
class ModelWriting:
    """The model wrote a piece of its structured output: a sign of life, not yet a claim."""

    phase: Phase
    text: str


@dataclass(frozen=True, slots=True)
class ContextFilled:
    """What went into the model's window, and what was left out and why."""

    phase: Phase
    use: ContextUse


@dataclass(frozen=True, slots=True)
class Planned:
    """The searches and tool calls that the question asks for, chosen before any document is read."""

    queries: tuple[str, ...]
    language: str
    calls: tuple[PlannedCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The numbered passages that the generator will read, and how much was searched for them."""

    passages: tuple[Passage, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class BlankSearched:
    """The passages in which a blank of call `number` is about to be read."""

    number: int
    tool: str
    argument: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class BlankRead:
    """A blank of call `number` was looked up; `reading` is None where the documents do not say."""

    number: int
    tool: str
    argument: str
    reading: BlankReading | None


@dataclass(frozen=True, slots=True)
class ToolProposed:
    """A call with the origin of every argument, before the user decides."""

    call: ToolCall
    tool: Tool


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """A call that is about to run; `edited` are the arguments that were changed or added since it was proposed."""

    call: ToolCall
    tool: Tool
    by: ApprovedBy
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolDenied:
    """A call that will not run: ``user``, ``remembered``, ``flag``, ``missing`` arguments, or nobody to ask."""

    call: ToolCall
    reason: str


@dataclass(frozen=True, slots=True)
class ToolAdvanced:
    """A running tool tells how far it is."""

    number: int
    progress: ToolProgress


@dataclass(frozen=True, slots=True)
class ToolRan:
    """A call ran; its result is evidence ``[T<number>]``."""

    run: ToolRun


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """A call failed; the answer goes on without it. `reason` is that of the `ToolFailedError`."""

    call: ToolCall
    message: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """One claim as the generator wrote it, not yet verified."""

    claim: DraftClaim


@dataclass(frozen=True, slots=True)
class Verified:
    """The checked answer: the last event of a question."""

    answer: Answer


AskEvent = (
    ModelReading
    | ModelWriting
    | ContextFilled
    | Planned
    | Retrieved
    | BlankSearched
    | BlankRead
    | ToolProposed
    | ToolApproved
    | ToolDenied
    | ToolAdvanced
    | ToolRan
    | ToolFailed
    | Drafted
    | Verified
)
