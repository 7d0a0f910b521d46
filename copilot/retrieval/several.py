"""Joining what several searches for one question found: the question's own hits keep two places of three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from copilot.records import Passage
from copilot.retrieval.folding import fold_passages
from copilot.retrieval.retriever import SearchResult

_OWN_PLACES = 2


def join_results(own: SearchResult, others: Sequence[SearchResult], limit: int) -> SearchResult:
    """Return the `limit` passages to read: two of `own`, then one of the others in turn, none twice.

    A search that went astray takes a third of the places at most.
    """
    if not others:
        return own
    taken = list(islice(_alternating(own.passages, list(_in_turn([one.passages for one in others]))), 2 * limit))
    return replace(own, passages=fold_passages(taken)[:limit])


def _alternating(own: Sequence[Passage], others: Sequence[Passage]) -> Iterator[Passage]:
    seen: set[int] = set()
    mine = (passage for passage in own if passage.chunk_id not in seen)
    theirs = (passage for passage in others if passage.chunk_id not in seen)
    while True:
        found = [*islice(mine, _OWN_PLACES)]
        seen.update(passage.chunk_id for passage in found)
        yield from found
        further = [*islice(theirs, 1)]
        seen.update(passage.chunk_id for passage in further)
        yield from further
        if not found and not further:
            return


def _in_turn(lists: Sequence[Sequence[Passage]]) -> Iterator[Passage]:
    for rank in range(max(map(len, lists), default=0)):
        yield from (passages[rank] for passages in lists if rank < len(passages))
