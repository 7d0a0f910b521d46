"""Cutting one paragraph that is longer than a passage: at sentence ends, else between words, else anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from copilot.language.sentences import sentences

# A last sentence of at most this share of the room is said again at the start of the next passage, for its pronouns.
_OVERLAP_SHARE = 5


def split_long(
    text: str, start: int, end: int, count_tokens: Callable[[str], int], room: int
) -> Iterator[tuple[int, int]]:
    """Yield spans within ``text[start:end]``, in order, each of at most `room` tokens; together they cover it."""
    pieces: list[tuple[int, int, int]] = []
    for first, last in sentences(text[start:end]):
        pieces.extend(
            (begin, stop, count_tokens(text[begin:stop]))
            for begin, stop in _fitting(text, start + first, start + last, count_tokens, room)
        )
    held: list[tuple[int, int, int]] = []
    for piece in pieces:
        if held and sum(tokens + 1 for _, _, tokens in held) + piece[2] > room:
            yield held[0][0], held[-1][1]
            again = held[-1]
            fits = len(held) > 1 and again[2] <= room // _OVERLAP_SHARE and again[2] + 1 + piece[2] <= room
            held = [again] if fits else []
        held.append(piece)
    if held:
        yield held[0][0], held[-1][1]


def _fitting(
    text: str, start: int, end: int, count_tokens: Callable[[str], int], room: int
) -> Iterator[tuple[int, int]]:
    """Yield the span itself, or halves of it cut between words (or anywhere where there are none) until they fit."""
    if count_tokens(text[start:end]) <= room or end - start <= 1:
        yield start, end
        return
    middle = (start + end) // 2
    cut = text.rfind(" ", start + 1, middle)
    cut = cut if cut > start else text.find(" ", middle, end - 1)
    cut = cut if cut > start else middle
    for first, last in ((start, cut), (cut, end)):
        while first < last and text[first].isspace():
            first += 1
        if first < last:
            yield from _fitting(text, first, last, count_tokens, room)
