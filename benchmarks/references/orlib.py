"""Instances of OR-Library as tables; `data/README.md` says where they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from copilot.plugin_api import DataTable, Scalar

DATA = Path(__file__).parent / "data"


def pmed1() -> tuple[DataTable, int]:
    """Return the distances between all nodes, and how many sites to open. A pair given twice counts as given last."""
    nodes, edges, count, *rest = map(int, (DATA / "pmed1.txt").read_text(encoding="utf-8").split())
    away = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(away, 0)
    for a, b, length in np.array(rest).reshape(edges, 3):
        away[a - 1, b - 1] = away[b - 1, a - 1] = length
    for k in range(nodes):
        away = np.minimum(away, away[:, k, None] + away[None, k, :])
    sites = tuple(f"site {j + 1}" for j in range(nodes))
    rows: tuple[tuple[Scalar, ...], ...] = tuple((str(i + 1), 1, *map(float, away[i])) for i in range(nodes))
    return DataTable(("client", "demand", *sites), rows), count


def cap41() -> tuple[DataTable, DataTable]:
    """Return the costs of serving all of a client from each site, and the sites."""
    numbers = list(map(float, (DATA / "cap41.txt").read_text(encoding="utf-8").split()))
    sites, clients = int(numbers[0]), int(numbers[1])
    ends = 2 + 2 * sites
    names = tuple(f"W{j + 1}" for j in range(sites))
    limits = tuple((names[j], numbers[2 + 2 * j], numbers[3 + 2 * j]) for j in range(sites))
    blocks = [numbers[ends + i * (sites + 1) : ends + (i + 1) * (sites + 1)] for i in range(clients)]
    rows: tuple[tuple[Scalar, ...], ...] = tuple((f"C{i + 1}", *block) for i, block in enumerate(blocks))
    return DataTable(("client", "demand", *names), rows), DataTable(("site", "capacity", "fixed_cost"), limits)
