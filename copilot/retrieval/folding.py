"""Folding hits that say the same: copies and near-copies of a passage, and documents that a later one replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from copilot.language.words import tokenize
from copilot.records import Passage

# Two passages with this share of their words in common are one passage to a reader ...
_SAME_WORDS = 0.85
# ... unless they differ in a number: tables and daily reports repeat their words, and numbers are what is asked for.


def fold_passages(ranked: Sequence[Passage]) -> list[Passage]:
    """Keep the first of each group of like passages, in rank order; the others' paths go into its `also_in`.

    Within a group a passage in service is preferred to one that a later document replaced, then the newest.
    """
    groups: list[list[Passage]] = []
    words: list[tuple[frozenset[str], tuple[str, ...]]] = []
    for passage in ranked:
        mine = _fingerprint(passage.text)
        for index, theirs in enumerate(words):
            if mine[1] == theirs[1] and _jaccard(mine[0], theirs[0]) >= _SAME_WORDS:
                groups[index].append(passage)
                break
        else:
            groups.append([passage])
            words.append(mine)
    return [_keep(group) for group in groups]


def _keep(group: list[Passage]) -> Passage:
    best = max(group, key=lambda p: (p.superseded_by is None, p.date or "", -group.index(p)))
    others = dict.fromkeys(p.path for p in group if p.document_id != best.document_id)
    others |= dict.fromkeys(path for p in group for path in p.also_in if path != best.path)
    return replace(best, scores=group[0].scores, also_in=tuple(others)) if others else best


def prefer_current(ranked: Sequence[Passage]) -> list[Passage]:
    """Move passages of replaced documents behind all others: they can still be found, but do not come first."""
    return sorted(ranked, key=lambda passage: passage.superseded_by is not None)


def _fingerprint(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = [word.text for word in tokenize(text)]
    return frozenset(words), tuple(sorted(word for word in words if word[:1].isdigit()))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
