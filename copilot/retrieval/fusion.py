"""Fusing dense and lexical scores by a convex combination.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023): each score is scaled by its
theoretical minimum and the query's maximum, then mixed; unlike reciprocal ranks this keeps how much better the first
hit is than the second, which matters where one half is weak (an English embedder on French).
"""

from __future__ import annotations

from collections.abc import Mapping

# A cosine is at least -1; a BM25 score at least 0.
_LEAST_COSINE = -1.0


def scaled(score: float, least: float, greatest: float) -> float:
    """Return `score` on 0..1 between the theoretical `least` and the `greatest` of this query."""
    return (score - least) / (greatest - least) if greatest > least else 0.0


def convex(dense: Mapping[int, float], lexical: Mapping[int, float], dense_weight: float) -> dict[int, float]:
    """Return the fused score, 0..1, of every key of either side; a side that lacks a key gives it its least score."""
    best_cosine = max(dense.values(), default=0.0)
    best_bm25 = max(lexical.values(), default=0.0)
    return {
        key: dense_weight * scaled(dense.get(key, _LEAST_COSINE), _LEAST_COSINE, best_cosine)
        + (1 - dense_weight) * scaled(lexical.get(key, 0.0), 0.0, best_bm25)
        for key in dense.keys() | lexical.keys()
    }


def reciprocal_ranks(rankings: list[list[int]], constant: int = 60) -> dict[int, float]:
    """Return the reciprocal rank fusion of several rankings (Cormack et al., 2009), for comparison."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            fused[key] = fused.get(key, 0.0) + 1 / (constant + rank)
    return fused
