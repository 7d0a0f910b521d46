"""What tables of lives say: how long each item ran, whether it failed, and the share that survives."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.plugin_api import DataTable, ToolError, say, written

_YES = frozenset({"1", "1.0", "true", "yes", "y", "oui", "o", "vrai", "x"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "non", "faux", ""})


def read_lives(lives: DataTable) -> tuple[list[float], list[bool]]:
    """Return how long each item ran, and whether it failed then (or was still running: censored)."""
    times = lives.numbers("time")
    failed: list[bool] = []
    for row, (time, cell) in enumerate(zip(times, lives.texts("failed"), strict=True), start=2):
        word = cell.casefold()
        if time <= 0:
            raise ToolError(
                say(
                    f"Row {row}: the time {written(time)} must be above 0.",
                    f"Ligne {row} : le temps {written(time)} doit dépasser 0.",
                )
            )
        if word not in _YES | _NO:
            raise ToolError(
                say(
                    f"Row {row}: “{cell}” does not say whether the item failed; write 1 (failed) or 0 (still running).",
                    f"Ligne {row} : « {cell} » ne dit pas s'il y a eu panne ; écrivez 1 (panne) ou 0 (en service).",
                )
            )
        failed.append(word in _YES)
    return times, failed


def steps(times: Sequence[float], failed: Sequence[bool]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the Kaplan-Meier estimate of the share that survives, at 0 and after each failure."""
    left = len(times)
    ages, shares = [0.0], [1.0]
    for time in sorted(set(times)):
        there = [one for other, one in zip(times, failed, strict=True) if other == time]
        if any(there):
            ages.append(time)
            shares.append(shares[-1] * (1 - sum(there) / left))
        left -= len(there)
    return tuple(ages), tuple(shares)
