"""Weibull lives from failures and running items, with intervals from the likelihood itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maintenance_lives import read_lives, steps

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
    written,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


_ANGLES = 1440


@dataclass(frozen=True, slots=True)
class Weibull:
    """A fitted life: survival ``exp(-(t / scale)^shape)``, and the edge of what the data cannot rule out.

    `edge` holds pairs of shape and scale where the likelihood has fallen by half the chi-square quantile of one degree
    of freedom. The range of a function over that region is its profile-likelihood interval (Meeker and Escobar, 1998).
    """

    shape: float
    scale: float
    edge: tuple[Array, Array]
    closed: bool

    def interval(self, of: Callable[[Array, Array], Array]) -> tuple[float, float]:
        found = of(*self.edge)
        return float(found.min()), float(found.max())


def fit_weibull(times: Sequence[float], failed: Sequence[bool], confidence: float) -> Weibull:
    """Fit by maximum likelihood with right censoring; ToolError where the data do not determine a life."""
    import numpy as np

    distinct = {time for time, one in zip(times, failed, strict=True) if one}
    if len(distinct) < 2:
        raise ToolError(
            say(
                f"A life needs failures at two different times at least; there are {len(distinct)}. "
                "Wait for more failures, or use what is known of a like item.",
                f"Une durée de vie demande au moins deux pannes à des temps différents ; il y en a {len(distinct)}. "
                "Attendez d'autres pannes ou reprenez ce qui est connu d'un matériel semblable.",
            )
        )
    # In parts of the longest time, no power overflows.
    longest = max(times)
    logs = np.log(np.asarray(times) / longest)
    count = sum(failed)
    mean_log = float(logs[np.asarray(failed)].mean())

    def slope(log_shape: float) -> float:
        weights = np.exp(math.exp(log_shape) * logs)
        return float(weights @ logs / weights.sum()) - math.exp(-log_shape) - mean_log

    shape = math.exp(need("scipy.optimize", "maintenance").brentq(slope, math.log(1e-3), math.log(1e4), xtol=1e-13))
    log_scale = float(np.log(np.exp(shape * logs).sum() / count)) / shape
    best = _likelihood(logs, count, mean_log, np.array([math.log(shape)]), np.array([log_scale]))[0]
    drop = need("scipy.stats", "maintenance").chi2.ppf(confidence, 1) / 2
    shapes, log_scales, closed = _edge(logs, count, mean_log, (math.log(shape), log_scale), best - drop)
    edge = (np.exp(shapes), longest * np.exp(log_scales))
    return Weibull(shape, longest * math.exp(log_scale), edge, closed)


def _likelihood(logs: Array, count: int, mean_log: float, log_shape: Array, log_scale: Array) -> Array:
    """Return the log-likelihood at each pair of parameters."""
    import numpy as np

    shape = np.exp(log_shape)
    with np.errstate(over="ignore"):
        hazard = np.exp(shape[:, None] * (logs[None, :] - log_scale[:, None])).sum(axis=1)
    return np.asarray(count * (log_shape - shape * log_scale + (shape - 1) * mean_log) - hazard)


def _edge(
    logs: Array, count: int, mean_log: float, best: tuple[float, float], level: float
) -> tuple[Array, Array, bool]:
    """Walk out from the best fit in all directions, by halves, to where the likelihood falls to `level`."""
    import numpy as np

    angles = np.linspace(0, 2 * math.pi, _ANGLES, endpoint=False)
    # Near the best fit the region is about as wide as these in the logarithms of shape and scale.
    wide = 1 / math.sqrt(count)
    ways = (np.cos(angles) * wide, np.sin(angles) * wide * math.exp(-best[0]))

    def inside(radius: Array) -> NDArray[np.bool_]:
        there = (best[0] + radius * ways[0], best[1] + radius * ways[1])
        return np.asarray(_likelihood(logs, count, mean_log, *there) > level)

    far = np.ones(_ANGLES)
    for _ in range(7):
        far = np.where(inside(far), far * 2, far)
    closed = not bool(inside(far).any())
    near = np.zeros(_ANGLES)
    for _ in range(50):
        middle = (near + far) / 2
        within = inside(middle)
        near, far = np.where(within, middle, near), np.where(within, far, middle)
    return best[0] + near * ways[0], best[1] + near * ways[1], closed


def life_at(share: float) -> Callable[[Array, Array], Array]:
    """Return the age by which `share` of the items have failed, of shape and scale."""
    return lambda shape, scale: scale * (-math.log1p(-share)) ** (1 / shape)


def failure_within(age: float, span: float) -> Callable[[Array, Array], Array]:
    """Return the probability that an item alive at `age` fails within `span`, of shape and scale."""
    import numpy as np

    return lambda shape, scale: -np.expm1((age / scale) ** shape - ((age + span) / scale) ** shape)


def mean_life(shape: float, scale: float) -> float:
    return scale * math.gamma(1 + 1 / shape)


def weibull_result(lives: DataTable, time_unit: str, age: float, span: float | None, confidence: float) -> Result:
    """Fit the lives and lay out what they say."""
    times, failed = read_lives(lives)
    fitted = fit_weibull(times, failed, confidence)
    shape, scale = fitted.shape, fitted.scale
    b10 = life_at(0.1)
    import numpy as np

    point = (np.array([shape]), np.array([scale]))
    asked: list[tuple[str, float, tuple[float, float], str | None, str]] = [
        ("shape", shape, fitted.interval(lambda a, _: a), None, say("Shape", "Forme")),
        ("scale", scale, fitted.interval(lambda _, b: b), time_unit, say("Scale", "Échelle")),
        ("b10", float(b10(*point)[0]), fitted.interval(b10), time_unit, say("Age when 10 % have failed (B10)", "B10")),
    ]
    if span is not None:
        risk = failure_within(age, span)
        label = say(
            f"Failure within {written(span)}, alive at {written(age)}",
            f"Panne dans les {written(span)} suivants, en marche à {written(age)}",
        )
        asked.append(("failure", float(risk(*point)[0]), fitted.interval(risk), None, label))
    values = [Value(name, found, unit, label) for name, found, _, unit, label in asked]
    values.append(Value("mean_life", mean_life(shape, scale), time_unit, say("Mean life", "Durée de vie moyenne")))
    values.append(Value("failures", sum(failed), None, say("Failures", "Pannes")))
    values.append(Value("running", len(failed) - sum(failed), None, say("Still running", "Encore en service")))
    ages, shares = steps(times, failed)
    grid = [max(times) * i / 60 for i in range(61)]
    told = []
    if sum(failed) < 5 or not fitted.closed:
        told.append(
            say("Very few failures: read the intervals, not the values.", "Très peu de pannes : lisez les intervalles.")
        )
    if asked[0][2][0] < 1 < asked[0][2][1]:
        told.append(
            say(
                "The interval of the shape holds 1: the data do not tell wear from chance.",
                "L'intervalle de la forme contient 1 : les données ne distinguent pas l'usure du hasard.",
            )
        )
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "intervals",
                (
                    Column("quantity", None, say("Quantity", "Grandeur")),
                    Column("value", None, say("Value", "Valeur")),
                    Column("low", None, say("Low", "Bas")),
                    Column("high", None, say("High", "Haut")),
                    Column("unit", None, say("Unit", "Unité")),
                ),
                tuple((label, found, low, high, unit) for _, found, (low, high), unit, label in asked),
                say(f"Intervals at {written(confidence, '.0%')}", f"Intervalles à {written(confidence, '.0%')}"),
            ),
        ),
        figure=Figure(
            FigureKind.SERIES,
            say("Share still running", "Part encore en service"),
            lines=(
                Line(say("Observed", "Observée"), ages, shares),
                Line("Weibull", tuple(grid), tuple(math.exp(-((one / scale) ** shape)) for one in grid)),
            ),
            x_label=say("Age", "Âge"),
            x_unit=time_unit,
        ),
        assumptions=(
            say(
                "One Weibull law for all items, whose lives are independent; an item still running tells nothing "
                "but that.",
                "Une même loi de Weibull pour tous, des vies indépendantes ; un matériel en service n'apprend "
                "que cela.",
            ),
            say(
                "Maximum likelihood; intervals where the likelihood ratio stays below its chi-square limit.",
                "Maximum de vraisemblance ; intervalles là où le rapport de vraisemblance reste sous sa limite "
                "du khi-deux.",
            ),
        ),
        warnings=tuple(told),
    )
