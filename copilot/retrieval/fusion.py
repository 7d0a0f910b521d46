"""Fusing dense and lexical scores by a convex combination.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023): each score is scaled by its
minimum and the query's maximum, then mixed; unlike reciprocal ranks this keeps how much better the first
hit is than the second, which matters where one half is weak (an English embedder on French). For cosines the minimum is
that of the query's own dense ranking, since models differ in what an unrelated text gets.
"""

from __future__ import annotations

from collections.abc import Mapping

# A BM25 score is at least 0. Cosines have no such floor in practice: many models give unrelated texts 0.7 and more.
_LEAST_BM25 = 0.0


def scaled(score: float, least: float, greatest: float) -> float:
    """Return `score` on 0..1 between `least` and `greatest`."""
    return max(0.0, (score - least) / (greatest - least)) if greatest > least else 0.0


def convex(
    dense: Mapping[int, float], lexical: Mapping[int, float], dense_weight: float, *, least_cosine: float
) -> dict[int, float]:
    """Return the fused score, 0..1, of every key of either side.

    `least_cosine` is what an unrelated passage has for this query, as the end of the dense ranking shows it. A key that
    a side lacks, or that lies below, counts nothing there.
    """
    best_cosine = max(dense.values(), default=least_cosine)
    best_bm25 = max(lexical.values(), default=_LEAST_BM25)
    return {
        key: dense_weight * scaled(dense.get(key, least_cosine), least_cosine, best_cosine)
        + (1 - dense_weight) * scaled(lexical.get(key, _LEAST_BM25), _LEAST_BM25, best_bm25)
        for key in dense.keys() | lexical.keys()
    }


def reciprocal_ranks(rankings: list[list[int]], constant: int = 60) -> dict[int, float]:
    """Return the reciprocal rank fusion of several rankings (Cormack et al., 2009), for comparison."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            fused[key] = fused.get(key, 0.0) + 1 / (constant + rank)
    return fused
