"""Passages for tests of whatever reads them."""

from __future__ import annotations

from copilot.records import Passage


def passage(text: str, *, number: int = 1, title: str = "Note", context: str = "", language: str = "fr") -> Passage:
    """A passage on page `number` of a document of its own."""
    return Passage(
        chunk_id=number,
        document_id=number,
        version_id=number,
        path=f"note{number}.txt",
        sha256="0" * 64,
        title=title,
        date=None,
        language=language,
        marking=None,
        collection="default",
        page_first=number,
        page_last=number,
        page_label=None,
        start=1000,
        end=1000 + len(text),
        text=text,
        context=context,
    )
