"""Where the level of a series changes: the best cuts, how many, and how surely each is placed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    ToolError,
    Value,
    need,
    say,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def best_cuts(values: Array, most: int, shortest: int) -> list[tuple[int, ...]]:
    """Return, for 0 to `most` changes, the cuts of least squared error; a cut counts the values before it.

    The search is exact and looks at every place (ruptures' default of every fifth would miss one).
    """
    ruptures = need("ruptures", "maintenance")
    search = ruptures.KernelCPD(kernel="linear", min_size=shortest).fit(values.reshape(-1, 1))
    most = min(most, len(values) // shortest - 1)
    return [(), *(tuple(search.predict(n_bkps=count)[:-1]) for count in range(1, most + 1))]


def squared_error(values: Array, cuts: Sequence[int]) -> float:
    import numpy as np

    return sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(values, list(cuts)))


def bic(values: Array, cuts: Sequence[int]) -> float:
    """Return the Bayesian criterion, as R's strucchange counts it: a level and a place for each part."""
    count = len(values)
    error = max(squared_error(values, cuts), 1e-12 * count)
    return count * (math.log(2 * math.pi * error / count) + 1) + 2 * (len(cuts) + 1) * math.log(count)


def place_interval(values: Array, cuts: Sequence[int], which: int, confidence: float) -> tuple[int, int]:
    """Return between which places a change lies (Bai, 1997: shift of a mean, one variance, independent errors)."""
    bounds = [0, *cuts, len(values)]
    before = values[bounds[which] : bounds[which + 1]]
    after = values[bounds[which + 1] : bounds[which + 2]]
    variance = squared_error(values, cuts) / (len(values) - len(cuts) - 1)
    shift = float(after.mean() - before.mean())
    reach = bai_quantile((1 + confidence) / 2) * variance / shift**2 if shift else math.inf
    place = cuts[which]
    wide = int(min(reach, len(values))) + 1
    return max(1, place - wide), min(len(values) - 1, place + wide)


def bai_quantile(share: float) -> float:
    """Return a quantile of where ``W(s) - |s| / 2`` is greatest, W a two-sided Brownian motion (Yao, 1987)."""
    special = need("scipy.special", "maintenance")

    def below(x: float) -> float:
        root = math.sqrt(x)
        tail = math.exp(x + float(special.log_ndtr(-1.5 * root)))
        return float(
            1
            + math.sqrt(x / (2 * math.pi)) * math.exp(-x / 8)
            - (x + 5) / 2 * float(special.ndtr(-root / 2))
            + 1.5 * tail
        )

    return float(need("scipy.optimize", "maintenance").brentq(lambda x: below(x) - share, 1e-9, 1000.0))


def autocorrelation(values: Array, cuts: Sequence[int]) -> float:
    """Return how far each value's distance from its level goes with the next one's, -1 to 1."""
    import numpy as np

    left = np.concatenate([part - part.mean() for part in np.split(values, list(cuts))])
    whole = float(left @ left)
    return float(left[1:] @ left[:-1]) / whole if whole else 0.0


def changes_result(series: DataTable, most: int, shortest: int, confidence: float) -> Result:
    """Find the changes and lay them out."""
    import numpy as np

    labels = series.texts("time")
    values = np.array(series.numbers("value"))
    if len(values) < 2 * shortest or len(values) > 20_000:
        raise ToolError(
            say(
                f"{len(values)} observations: it takes from {2 * shortest} to 20000.",
                f"{len(values)} observations : il en faut de {2 * shortest} à 20000.",
            )
        )
    tried = best_cuts(values, most, shortest)
    scores = [bic(values, cuts) for cuts in tried]
    cuts = tried[scores.index(min(scores))]
    bounds = [0, *cuts, len(values)]
    rows = []
    for which, cut in enumerate(cuts):
        low, high = place_interval(values, cuts, which, confidence)
        before, after = values[bounds[which] : cut].mean(), values[cut : bounds[which + 2]].mean()
        rows.append((cut, labels[cut - 1], labels[low - 1], labels[high - 1], float(before), float(after)))
    levels = [float(values[a:b].mean()) for a, b in itertools.pairwise(bounds) for _ in range(a, b)]
    together = autocorrelation(values, cuts)
    places = tuple(float(i + 1) for i in range(len(values)))
    return Result(
        values=(
            Value("changes", len(cuts), None, say("Changes of level", "Changements de niveau")),
            *(
                Value(f"change_{i}", row[1], None, say(f"Last before change {i}", f"Dernière avant le changement {i}"))
                for i, row in enumerate(rows, start=1)
            ),
            Value("autocorrelation", together, None, say("Correlation of neighbours", "Corrélation entre voisines")),
        ),
        tables=(
            ResultTable(
                "changes",
                (
                    Column("after", None, say("After observation", "Après l'observation")),
                    Column("last", None, say("Last of the old level", "Dernière de l'ancien niveau")),
                    Column("low", None, say("Not before", "Pas avant")),
                    Column("high", None, say("Not after", "Pas après")),
                    Column("before_mean", None, say("Level before", "Niveau avant")),
                    Column("after_mean", None, say("Level after", "Niveau après")),
                ),
                tuple(rows),
                say("Changes", "Changements"),
            ),
        ),
        figure=Figure(
            FigureKind.SERIES,
            say("Series and its levels", "Série et niveaux"),
            lines=(
                Line(say("Values", "Valeurs"), places, tuple(map(float, values))),
                Line(say("Level", "Niveau"), places, tuple(levels)),
            ),
            x_label=say("Observation", "Observation"),
        ),
        assumptions=(
            say(
                "Constant levels with independent errors of one variance; how many changes, by the Bayesian criterion.",
                "Niveaux constants, erreurs indépendantes de même variance ; nombre de changements par le critère BIC.",
            ),
            say("Intervals of the dates after Bai (1997).", "Intervalles des dates selon Bai (1997)."),
        ),
        warnings=(
            say(
                "Neighbouring values go together: a slow drift can look like changes of level.",
                "Les valeurs voisines sont liées : une dérive lente peut passer pour des changements de niveau.",
            ),
        )
        if together > 0.3
        else (),
    )
