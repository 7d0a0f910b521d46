"""Passages to verify against."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from copilot.records import Passage

MakePassage = Callable[..., Passage]


@pytest.fixture
def make_passage() -> MakePassage:
    """Return a maker of passages that stand at offset 1000 of their document."""

    def make(text: str, *, context: str = "", language: str = "fr", number: int = 1, title: str = "Note") -> Passage:
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

    return make
