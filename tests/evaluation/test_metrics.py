"""Rank metrics against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from copilot.evaluation.metrics import ndcg, percentile, recall, reciprocal_rank

RELEVANT = {"a": 2, "b": 1, "c": 0}


def test_gains_are_exponential_and_discounted() -> None:
    ideal = 3 / 1 + 1 / math.log2(3)
    assert ndcg(["a", "b"], RELEVANT, 10) == 1.0
    assert ndcg(["b", "x", "a"], RELEVANT, 10) == pytest.approx((1 + 3 / 2) / ideal)
    assert ndcg(["x", "y", "a"], RELEVANT, 2) == 0.0
    assert ndcg(["x", "a"], RELEVANT, 1) == 0.0
    assert ndcg(["a"], RELEVANT, 1) == 1.0
    assert ndcg(["c"], {"c": 0}, 10) == 0.0


def test_recall_counts_relevant_ones_only() -> None:
    assert recall(["a", "c", "x"], RELEVANT, 3) == 0.5
    assert recall(["x", "a", "b"], RELEVANT, 2) == 0.5
    assert recall(["a", "b"], RELEVANT, 10) == 1.0
    assert recall(["a"], {}, 10) == 0.0


def test_reciprocal_rank_is_of_the_first_relevant() -> None:
    assert reciprocal_rank(["c", "b", "a"], RELEVANT, 10) == 0.5
    assert reciprocal_rank(["x", "x", "a"], RELEVANT, 2) == 0.0
    assert reciprocal_rank([], RELEVANT, 10) == 0.0


def test_percentiles_by_nearest_rank() -> None:
    values = [15.0, 20, 35, 40, 50]
    assert [percentile(values, share) for share in (0.05, 0.3, 0.4, 0.5, 1.0)] == [15, 20, 20, 35, 50]
    assert percentile(values[::-1], 0.5) == 35
    assert percentile([], 0.5) == 0.0
    assert percentile([7.0], 0.95) == 7.0
