"""Bin packing as a flow (Valério de Carvalho 1999): a path of arcs from 0 to the capacity is one bin."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.plugin_api import need

_MOST_ARCS = 60_000
# Nodes of the search tree, the same on any machine; the clock is a backstop only.
_NODES = 3_000
_WALL = 200.0


@dataclass(frozen=True, slots=True)
class Packing:
    """Bins as counts by kind (empty: none found), the bound in bins, whether the bins are proved the best, whether "
    "the clock ended it."""

    bins: list[dict[int, int]]
    bound: int
    proved: bool
    by_clock: bool


def build(sizes: Sequence[int], counts: Sequence[int], capacity: int) -> list[tuple[int, int, int]] | None:
    """Return arcs (from, to, kind) for items that follow each other by falling size; None where there are too many."""
    reached = {0}
    arcs: set[tuple[int, int, int]] = set()
    for kind, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        for begin in sorted(reached):
            at = begin
            for _ in range(count):
                if at + size > capacity:
                    break
                arcs.add((at, at + size, kind))
                reached.add(at + size)
                at += size
            if len(arcs) > _MOST_ARCS:
                return None
    return sorted(arcs)


def solve_arcs(sizes: Sequence[int], counts: Sequence[int], capacity: int, limit: int | None) -> Packing | None:
    """Find the fewest bins, or with a `limit` of bins the greatest load; None where the flow is too large to solve."""
    import numpy as np

    merged = _merge(sizes, counts)
    arcs = build([size for size, _ in merged], [count for _, count in merged], capacity)
    if arcs is None:
        return None
    optimize, sparse = need("scipy.optimize", "plan"), need("scipy.sparse", "plan")
    nodes = sorted({0, *(node for a, b, _ in arcs for node in (a, b))})
    index = {node: i for i, node in enumerate(nodes)}
    # A bin may end at any node: the flow into a node is at least the flow out of it.
    count = len(arcs)
    tails, heads = [index[a] for a, _, _ in arcs], [index[b] for _, b, _ in arcs]
    ones = np.ones(count)
    balance = sparse.coo_matrix((ones, (heads, range(count))), (len(nodes), count)) - sparse.coo_matrix(
        (ones, (tails, range(count))), (len(nodes), count)
    )
    kept = sparse.csr_matrix(balance)[1:]
    used = sparse.csr_matrix((ones, ([kind for _, _, kind in arcs], range(count))), (len(merged), count))
    begin = np.array([float(a == 0) for a, _, _ in arcs])
    wanted = np.array([float(number) for _, number in merged])
    most = np.array([wanted[kind] for _, _, kind in arcs])
    constraints = [optimize.LinearConstraint(kept, 0, np.inf)]
    if limit is None:
        goal = begin
        constraints.append(optimize.LinearConstraint(used, wanted, wanted))
    else:
        goal = -np.array([float(b - a) for a, b, _ in arcs])
        constraints += [
            optimize.LinearConstraint(used, 0, wanted),
            optimize.LinearConstraint(sparse.csr_matrix(begin), 0, limit),
        ]
    begun = time.monotonic()
    found = optimize.milp(
        goal,
        constraints=constraints,
        integrality=np.ones(count),
        bounds=optimize.Bounds(0, most),
        options={"node_limit": _NODES, "time_limit": _WALL, "mip_rel_gap": 0.0},
    )
    dual = found.mip_dual_bound
    bound = 0 if limit is not None or dual is None or not math.isfinite(dual) else math.ceil(dual - 1e-6)
    late = found.status == 1 and time.monotonic() - begun >= _WALL
    if found.x is None:
        return Packing([], bound, False, late)
    flow = [round(float(one)) for one in found.x]
    return Packing(_names(_paths(arcs, flow), merged, sizes, counts), bound, found.status == 0, late)


def _merge(sizes: Sequence[int], counts: Sequence[int]) -> list[tuple[int, int]]:
    """Return distinct sizes, falling, and how many there are of each."""
    total: dict[int, int] = {}
    for size, count in zip(sizes, counts, strict=True):
        total[size] = total.get(size, 0) + count
    return sorted(total.items(), reverse=True)


def _paths(arcs: Sequence[tuple[int, int, int]], flow: list[int]) -> list[list[int]]:
    """Take the flow apart into paths from 0, each a list of kinds; a path ends where nothing flows on."""
    leaving: dict[int, list[int]] = {}
    for i, (a, _, _) in enumerate(arcs):
        leaving.setdefault(a, []).append(i)
    left, paths = list(flow), []
    while True:
        node, path = 0, []
        while True:
            onward = next((i for i in leaving.get(node, ()) if left[i]), None)
            if onward is None:
                break
            left[onward] -= 1
            path.append(arcs[onward][2])
            node = arcs[onward][1]
        if not path:
            return paths
        paths.append(path)


def _names(
    paths: list[list[int]], merged: list[tuple[int, int]], sizes: Sequence[int], counts: Sequence[int]
) -> list[dict[int, int]]:
    """Give each item of a path back to a kind of its size that still has some."""
    stock = {size: [[i, counts[i]] for i, one in enumerate(sizes) if one == size] for size, _ in merged}
    bins = []
    for path in paths:
        held: dict[int, int] = {}
        for kind in path:
            first = next(one for one in stock[merged[kind][0]] if one[1])
            first[1] -= 1
            held[first[0]] = held.get(first[0], 0) + 1
        bins.append(held)
    return bins
