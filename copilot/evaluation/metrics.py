"""Rank metrics, as the literature defines them: gains are 2^relevance - 1 and discounts log2(rank + 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Return the normalised discounted cumulative gain at `depth`, 0..1 (Järvelin and Kekäläinen, 2002)."""
    gained = sum(
        (2 ** relevant.get(key, 0) - 1) / math.log2(rank + 1) for rank, key in enumerate(ranking[:depth], start=1)
    )
    ideal = sorted(relevant.values(), reverse=True)[:depth]
    possible = sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(ideal, start=1))
    return gained / possible if possible else 0.0


def recall(ranking: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Return the share of the relevant documents among the first `depth`."""
    wanted = {key for key, grade in relevant.items() if grade > 0}
    return len(wanted.intersection(ranking[:depth])) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], depth: int) -> float:
    """Return 1 / rank of the first relevant document among the first `depth`, else 0."""
    for rank, key in enumerate(ranking[:depth], start=1):
        if relevant.get(key, 0) > 0:
            return 1 / rank
    return 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie, by nearest rank; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
