"""Remaining life from the sensors of items that ran to failure, and an error measured on items it never saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.plugin_api import DataTable, ToolError, report_progress, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


FEWEST_UNITS = 10
_RIDGE = 1.0
_BINS = 5
# At how many moments of its life a held-out item is looked at: as many for a long life as for a short one.
_MOMENTS = 50


@dataclass(frozen=True, slots=True)
class Track:
    """One item: its readings, one row a cycle, in the order of the cycles."""

    unit: str
    cycles: Array
    readings: Array


def read_tracks(table: DataTable, sensors: Sequence[str]) -> list[Track]:
    """Return the items of a table in order of appearance."""
    import numpy as np

    units = table.texts("unit")
    cycles = np.array(table.numbers("cycle"))
    readings = np.array([table.numbers(name) for name in sensors]).T
    tracks = []
    for unit in dict.fromkeys(units):
        rows = np.array([i for i, one in enumerate(units) if one == unit])
        rows = rows[np.argsort(cycles[rows], kind="stable")]
        if len(set(cycles[rows])) < len(rows):
            raise ToolError(
                say(
                    f"Unit “{unit}” has two rows for one cycle.",
                    f"L'unité « {unit} » a deux lignes pour un même cycle.",
                )
            )
        tracks.append(Track(unit, cycles[rows], readings[rows]))
    return tracks


def features(track: Track, window: int, last_only: bool = False) -> Array:
    """Return, for each cycle from the first whole window on, the window's means, slopes, and squares of the means."""
    import numpy as np

    ends = range(min(window, len(track.cycles)), len(track.cycles) + 1)
    found = []
    for end in ends if not last_only else list(ends)[-1:]:
        part = track.readings[max(0, end - window) : end]
        steps = np.arange(len(part)) - (len(part) - 1) / 2
        slope = steps @ part / max(float(steps @ steps), 1.0)
        mean = part.mean(axis=0)
        found.append(np.concatenate([mean, slope, mean**2]))
    return np.array(found)


def remaining(track: Track, window: int, cap: float) -> Array:
    """Return the life left at each of those cycles, counted up to `cap` (Heimes, 2008)."""
    import numpy as np

    first = min(window, len(track.cycles)) - 1
    return np.asarray(np.minimum(track.cycles[-1] - track.cycles[first:], cap))


@dataclass(frozen=True, slots=True)
class Ridge:
    """A linear prediction from standardised features."""

    middle: Array
    spread: Array
    weights: Array
    mean: float
    cap: float

    def predict(self, rows: Array) -> Array:
        import numpy as np

        return np.asarray(np.clip((rows - self.middle) / self.spread @ self.weights + self.mean, 0.0, self.cap))


def fit(rows: Array, lives: Array, cap: float) -> Ridge:
    import numpy as np

    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    # A sensor that never moves says nothing: its column becomes zero.
    spread = np.where(spread > 1e-9 * np.maximum(1.0, np.abs(middle)), spread, np.inf)
    scaled = (rows - middle) / spread
    inner = scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1])
    weights = np.linalg.solve(inner, scaled.T @ (lives - lives.mean()))
    return Ridge(middle, spread, weights, float(lives.mean()), cap)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What was predicted for each item by a model that never saw it, and what was true."""

    predicted: list[Array]
    true: list[Array]
    by_age: list[Array]

    def errors(self) -> Array:
        import numpy as np

        return np.concatenate(self.predicted) - np.concatenate(self.true)

    def age_errors(self) -> Array:
        import numpy as np

        return np.concatenate(self.by_age) - np.concatenate(self.true)


def hold_out(tracks: Sequence[Track], window: int, cap: float, folds: int) -> HeldOut:
    """Predict every item by a model of the other folds; beside it, what age alone would have said."""
    import numpy as np

    rows = [features(one, window) for one in tracks]
    lives = [remaining(one, window, cap) for one in tracks]
    true: list[Array] = [np.empty(0)] * len(tracks)
    predicted: list[Array] = [np.empty(0)] * len(tracks)
    by_age: list[Array] = [np.empty(0)] * len(tracks)
    for fold in range(folds):
        out = range(fold, len(tracks), folds)
        seen = [i for i in range(len(tracks)) if i % folds != fold]
        model = fit(np.concatenate([rows[i] for i in seen]), np.concatenate([lives[i] for i in seen]), cap)
        ends = np.array([tracks[i].cycles[-1] for i in seen])
        for i in out:
            last = len(lives[i]) - 1
            at = np.unique(np.linspace(0, last, _MOMENTS).round().astype(int))
            true[i] = lives[i][at]
            predicted[i] = model.predict(rows[i][at])
            by_age[i] = age_alone(tracks[i].cycles[-1 - last :][at], ends, cap)
        report_progress(0.9 * (fold + 1) / folds)
    return HeldOut(predicted, true, by_age)


def age_alone(cycles: Array, ends: Array, cap: float) -> Array:
    """Return the mean capped life left of those `ends` that came after each cycle."""
    import numpy as np

    left = [np.minimum(ends[ends > age] - age, cap) for age in cycles]
    return np.array([float(one.mean()) if len(one) else 0.0 for one in left])


@dataclass(frozen=True, slots=True)
class Bands:
    """Ranges of predicted life, and between which errors the wanted share of the true lives lay in each."""

    edges: Array
    low: Array
    high: Array

    def around(self, predicted: Array, cap: float) -> tuple[Array, Array]:
        import numpy as np

        at = np.searchsorted(self.edges, predicted)
        return np.clip(predicted + self.low[at], 0, cap), np.clip(predicted + self.high[at], 0, cap)


def bands(predicted: Iterable[Array], true: Iterable[Array], level: float) -> Bands:
    import numpy as np

    guess, truth = np.concatenate(list(predicted)), np.concatenate(list(true))
    edges = np.quantile(guess, np.arange(1, _BINS) / _BINS)
    at = np.searchsorted(edges, guess)
    misses = [(truth - guess)[at == one] for one in range(_BINS)]
    misses = [one if len(one) else truth - guess for one in misses]
    return Bands(
        edges,
        np.array([np.quantile(one, (1 - level) / 2) for one in misses]),
        np.array([np.quantile(one, (1 + level) / 2) for one in misses]),
    )


def coverage(held: HeldOut, level: float, cap: float) -> float:
    """Return how often the true life lay in the band, each item's band made from the other items only."""
    import numpy as np

    hits: list[Array] = []
    for i in range(len(held.true)):
        others = [j for j in range(len(held.true)) if j != i]
        made = bands([held.predicted[j] for j in others], [held.true[j] for j in others], level)
        low, high = made.around(held.predicted[i], cap)
        hits.append(np.asarray((low <= held.true[i] + 1e-9) & (held.true[i] - 1e-9 <= high), dtype=float))
    return float(np.concatenate(hits).mean())
