"""Run-to-failure histories in the form of C-MAPSS FD001, drawn from a stated law.

The public set is not at hand. Each unit lives 120 to 340 cycles; its wear grows as ``(cycle / life)^4`` from a start of
its own; 14 of 21 sensors follow wear, each with its own slope and noise, and 7 never move, as in FD001.
"""

from __future__ import annotations

import numpy as np

from copilot.plugin_api import DataTable, Scalar

SENSORS = tuple(f"s{i}" for i in range(1, 22))
STILL = (1, 5, 6, 10, 16, 18, 19)


def histories(units: int, seed: int, cut: bool = False, wear: bool = True) -> tuple[DataTable, dict[str, int]]:
    """Return readings of units, and the cycles each has left; with `cut` they stop at a moment before failure."""
    law = np.random.default_rng(1)
    level, slope, noise = law.uniform(50, 600, 21), law.normal(0, 1, 21), law.uniform(0.15, 0.35, 21)
    slope += np.sign(slope) * 0.5
    for one in STILL:
        slope[one - 1] = noise[one - 1] = 0.0
    dice = np.random.default_rng(seed)
    rows: list[tuple[Scalar, ...]] = []
    left: dict[str, int] = {}
    for unit in range(1, units + 1):
        life = int(np.clip(dice.normal(206, 46), 120, 340))
        seen = int(dice.integers(20, life + 1)) if cut else life
        left[str(unit)] = life - seen
        start = dice.uniform(0, 0.1)
        for cycle in range(1, seen + 1):
            worn = start + (cycle / life) ** 4 if wear else 0.0
            readings = level + slope * worn + noise * dice.normal(size=21)
            rows.append((unit, cycle, *(round(float(one), 4) for one in readings)))
    return DataTable(("unit", "cycle", *SENSORS), tuple(rows)), left
