"""Rows about documents, as the store takes and gives them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What identifies a file at one moment. `path` is as the workspace names it; a member's is ``container!member``."""

    path: str
    root: str
    collection: str
    size: int
    mtime_ns: int
    sha256: str
    container_id: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One known document. `state` is live, failed (no version could ever be read) or deleted.

    `reason` and `message` tell why the file as it is now could not be read; a live document with a reason still serves
    its last good version.
    """

    document_id: int
    path: str
    root: str
    collection: str
    container_id: int | None
    state: str
    size: int
    mtime_ns: int
    sha256: str
    members_pending: bool
    reason: str | None
    message: str | None
    current_version: int | None
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document with what its current version says of itself, as lists show it."""

    document_id: int
    path: str
    collection: str
    state: str
    reason: str | None
    message: str | None
    title: str | None
    author: str | None
    date: str | None
    language: str | None
    marking: str | None
    media_type: str | None
    sha256: str
    pages: int
    unread_pages: int
    chunks: int
    versions: int
    superseded_by: str | None
    duplicate_of: str | None
    warnings: tuple[str, ...]
