"""Joining what several searches for one question found: the question's own hits keep two places of three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from copilot.records import Passage
from copilot.retrieval.folding import fold_passages
from copilot.retrieval.retriever import SearchResult

_OWN_PLACES = 2


def join_results(own: Sequence[SearchResult], others: Sequence[SearchResult], limit: int) -> SearchResult:
    """Return the `limit` passages to read: two of `own` in turn, then one of the others in turn, none twice.

    A search that went astray takes a third of the places at most. What goes unread of `own` comes after.
    """
    first = own[0]
    if len(own) == 1 and not others:
        return first
    mine, theirs = (list(_in_turn([one.passages for one in results])) for results in (own, others))
    taken = fold_passages(list(islice(_alternating(mine, theirs), 2 * limit)))[:limit]
    read = {passage.chunk_id for passage in taken}
    rest = {one.chunk_id: one for result in own for one in (*result.passages, *result.further)}
    return replace(first, passages=taken, further=[one for number, one in rest.items() if number not in read])


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
