"""Which documents a filter of the library leaves, and what a list says of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copilot.i18n import t
from copilot.store.document_rows import DocumentSummary


def state_of(row: DocumentSummary) -> str:
    """Return live, failed (its present file could not be read) or quarantined, which outweighs both."""
    return row.state if row.reason is None or row.state == "quarantined" else "failed"


# Words that limit a field, in both languages: ``langue:fr date:2026-10 mention:diffusion état:quarantaine``.
_FIELDS: dict[str, Callable[[DocumentSummary], str]] = {
    "collection": lambda row: row.collection,
    "lang": lambda row: row.language or "",
    "langue": lambda row: row.language or "",
    "date": lambda row: row.date or "",
    "marking": lambda row: row.marking or "",
    "mention": lambda row: row.marking or "",
    "type": lambda row: row.media_type or "",
    "state": lambda row: t(f"tui.state.{state_of(row)}"),
    "état": lambda row: t(f"tui.state.{state_of(row)}"),
}


def matching(rows: Sequence[DocumentSummary], words: str) -> list[DocumentSummary]:
    """Return the rows in which each word stands; ``field:word`` looks in that field alone, ``!`` keeps the unread."""
    wanted = words.casefold().split()
    return [row for row in rows if all(_holds(row, word) for word in wanted)]


def _holds(row: DocumentSummary, word: str) -> bool:
    if word == "!":
        return row.reason is not None
    field, colon, value = word.partition(":")
    if colon and field in _FIELDS:
        found = _FIELDS[field](row).casefold()
        return found.startswith(value) if field == "date" else value in found
    return any(word in part.casefold() for part in (row.path, row.title or "", row.marking or "", row.collection))


def name_of(row: DocumentSummary) -> str:
    """Return the file's name, with its member's where it comes from an archive."""
    return row.path.replace("\\", "/").rsplit("/", 1)[-1]
