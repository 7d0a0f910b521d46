"""The typed events that long work yields: the faces render these and know nothing else of what happens."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.app.sync_plan import SyncPlan
from copilot.records import Answer, Coverage, DraftClaim, Passage

# --- sync -------------------------------------------------------------------------------------------------------------


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
    """The end of a sync. `failed` are (name, reason, message); `skipped` are (path, reason)."""

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


SyncEvent = Scanning | SyncPlanned | FileRead | Embedding | Indexing | SyncReport

# --- a question -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """The searches that the question asks for, chosen before any document is read."""

    queries: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The numbered passages that the generator will read, and how much was searched for them."""

    passages: tuple[Passage, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Drafted:
    """One claim as the generator wrote it, not yet verified."""

    claim: DraftClaim


@dataclass(frozen=True, slots=True)
class Verified:
    """The checked answer: the last event of a question."""

    answer: Answer


AskEvent = Planned | Retrieved | Drafted | Verified
