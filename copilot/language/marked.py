"""Sentences of sources with marks to cite them by: ``3.2`` is the second sentence of the third source.

A model that cites a mark spends four tokens where a quote takes forty, and cannot misquote: the quote is cut from the
source by us.
"""

from __future__ import annotations

from dataclasses import dataclass

from copilot.language.sentences import sentences


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence of source `source`, which begins at `start` of its text."""

    mark: str
    source: int
    start: int
    text: str


def mark_sentences(source: int, text: str) -> list[MarkedSentence]:
    """Return the sentences of one source, marked in their order."""
    return [
        MarkedSentence(f"{source}.{number}", source, start, text[start:end])
        for number, (start, end) in enumerate(sentences(text), start=1)
    ]
