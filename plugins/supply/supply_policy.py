"""Levels s and S for demand by chance, by the exact algorithm of Zheng and Federgruen (1991)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.plugin_api import (
    Column,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    Solver,
    SolverStatus,
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

_MOST_DEMAND = 2000.0
_MOST_LEVELS = 8000


@dataclass(frozen=True, slots=True)
class Demand:
    """Whole demand of one period (`once[k]` is the probability of k) and of lead time plus one period (`over`)."""

    once: Array
    over: Array


def demand_of(mean: float, deviation: float | None, lead_time: int) -> Demand:
    """Return Poisson demand, or negative binomial where the variance exceeds the mean."""
    import numpy as np

    stats = need("scipy.stats", "plan")
    periods = lead_time + 1
    if deviation is not None and deviation**2 > mean * (1 + 1e-9):
        chance = mean / deviation**2
        size = mean * chance / (1 - chance)
        laws = (stats.nbinom(size, chance), stats.nbinom(size * periods, chance))
    else:
        laws = (stats.poisson(mean), stats.poisson(mean * periods))
    masses = []
    for law in laws:
        last = int(law.isf(1e-13)) + 2
        mass = law.pmf(np.arange(last + 1))
        masses.append(mass / mass.sum())
    return Demand(*masses)


@dataclass(slots=True)
class Costs:
    """The cost of a policy (s, S) per period, in the renewal form of Veinott and Wagner.

    `renewal[j]` is how often, in one cycle, the position stands j below S; `one_period(y)` the cost at position y.
    """

    demand: Demand
    order: float
    holding: float
    shortage: float
    renewal: Array
    cumulated: Array

    @classmethod
    def of(cls, demand: Demand, order: float, holding: float, shortage: float, levels: int) -> Costs:
        import numpy as np

        once = demand.once
        renewal = np.zeros(levels)
        renewal[0] = 1 / (1 - once[0])
        for j in range(1, levels):
            most = min(j, len(once) - 1)
            renewal[j] = renewal[0] * float(once[1 : most + 1] @ renewal[j - most : j][::-1])
        return cls(demand, order, holding, shortage, renewal, np.concatenate([[0.0], np.cumsum(renewal)]))

    def expectations(self, position: int) -> tuple[float, float]:
        """Return the mean stock and the mean shortage at the end of the period that `position` covers."""
        import numpy as np

        away = position - np.arange(len(self.demand.over))
        return float(self.demand.over @ np.maximum(away, 0)), float(self.demand.over @ np.maximum(-away, 0))

    def one_period(self, position: int) -> float:
        stock, missing = self.expectations(position)
        return self.holding * stock + self.shortage * missing

    def of_policy(self, low: int, high: int) -> float:
        """Return c(s, S) = (K + sum of m(j) G(S - j)) / M(S - s)."""
        carried = sum(float(self.renewal[j]) * self.one_period(high - j) for j in range(high - low))
        return (self.order + carried) / float(self.cumulated[high - low])

    def best(self) -> tuple[int, int, float]:
        """Return the optimal s, S and cost: order when the position is at s or below, up to S."""
        top = 0
        while self.one_period(top + 1) < self.one_period(top):
            top += 1
        low, high = top - 1, top
        cost = self.of_policy(low, high)
        while cost > self.one_period(low):
            low -= 1
            self._within(high - low)
            cost = self.of_policy(low, high)
        trial = high + 1
        while self.one_period(trial) <= cost:
            self._within(trial - low)
            other = self.of_policy(low, trial)
            if other < cost:
                high, cost = trial, other
                while low + 1 < high and self.of_policy(low, high) <= self.one_period(low + 1):
                    low += 1
                cost = self.of_policy(low, high)
            trial += 1
        return low, high, cost

    def _within(self, span: int) -> None:
        if span >= len(self.renewal):
            raise ToolError(
                say(
                    f"The levels lie more than {len(self.renewal)} units apart; use larger units (packs, pallets).",
                    f"Les niveaux sont distants de plus de {len(self.renewal)} unités ; comptez par lots ou palettes.",
                )
            )


def reorder_levels_result(
    mean: float, order_cost: float, holding: float, shortage: float, deviation: float | None, lead_time: int
) -> Result:
    """Find s and S, and say what service they give."""
    if mean * (lead_time + 1) > _MOST_DEMAND or (deviation or 0.0) > _MOST_DEMAND:
        raise ToolError(
            say(
                f"Demand over the lead time exceeds {written(_MOST_DEMAND)} units; count in larger units (packs, "
                "pallets).",
                f"Le besoin pendant le délai dépasse {written(_MOST_DEMAND)} unités ; comptez par lots ou palettes.",
            )
        )
    demand = demand_of(mean, deviation, lead_time)
    costs = Costs.of(demand, order_cost, holding, shortage, _MOST_LEVELS)
    low, high, cost = costs.best()
    span = high - low
    share = [float(costs.renewal[j] / costs.cumulated[span]) for j in range(span)]
    both = [costs.expectations(high - j) for j in range(span)]
    stock = sum(one * pair[0] for one, pair in zip(share, both, strict=True))
    missing = sum(one * pair[1] for one, pair in zip(share, both, strict=True))
    ready = sum(one * float(demand.over[: max(0, high - j + 1)].sum()) for j, one in enumerate(share))
    highs = range(max(low + 1, high - 12), high + 13)
    curve = [costs.of_policy(low, one) for one in highs]
    return Result(
        values=(
            Value(
                "s", low, None, say("Order when the position falls to (s)", "Commander quand la position tombe à (s)")
            ),
            Value("S", high, None, say("Order up to (S)", "Recompléter à (S)")),
            Value("cost", cost, None, say("Mean cost per period", "Coût moyen par période")),
            Value("stock", stock, None, say("Mean stock", "Stock moyen")),
            Value("missing", missing, None, say("Mean shortage", "Manque moyen")),
            Value("ready", ready, None, say("Share of periods without a shortage", "Part des périodes sans manque")),
            Value("orders", 1 / float(costs.cumulated[span]), None, say("Orders per period", "Commandes par période")),
        ),
        tables=(
            ResultTable(
                "nearby",
                (
                    Column("S", None, "S"),
                    Column("cost", None, say("Mean cost per period", "Coût moyen par période")),
                ),
                tuple((one, value) for one, value in zip(highs, curve, strict=True)),
                say("Cost of other levels S, at the same s", "Coût d'autres niveaux S, au même s"),
            ),
        ),
        figure=Figure(
            FigureKind.SERIES,
            say("Cost by the level S", "Coût selon le niveau S"),
            lines=(Line(say("Cost per period", "Coût par période"), tuple(map(float, highs)), tuple(curve)),),
            x_label="S",
            y_label=say("Cost per period", "Coût par période"),
        ),
        assumptions=_assumptions(mean, deviation, lead_time),
        warnings=_warnings(mean, deviation),
        solver=Solver("Zheng-Federgruen", SolverStatus.OPTIMAL, cost, cost, 0.0),
    )


def _assumptions(mean: float, deviation: float | None, lead_time: int) -> tuple[str, ...]:
    wide = deviation is not None and deviation**2 > mean
    return (
        say(
            "Demand of a period is whole, independent of other periods, and "
            + ("negative binomial." if wide else "Poisson."),
            "Le besoin d'une période est entier, indépendant des autres périodes, et suit une loi "
            + ("binomiale négative." if wide else "de Poisson."),
        ),
        say(
            "The position (stock, plus on order, less missing) is looked at when a period begins; an order placed then "
            f"is there {lead_time} periods later, before that period's demand.",
            "La position (stock, plus commandes, moins manques) est regardée au début d'une période ; une commande "
            f"passée alors arrive {lead_time} périodes plus tard, avant le besoin de cette période.",
        ),
        say(
            "What is missing is delivered later; costs are counted at the end of each period.",
            "Ce qui manque est livré plus tard ; les coûts sont comptés en fin de période.",
        ),
    )


def _warnings(mean: float, deviation: float | None) -> tuple[str, ...]:
    if deviation is None or deviation**2 >= mean * (1 - 1e-9):
        return ()
    return (
        say(
            f"The deviation given is below that of a Poisson demand ({written(mean**0.5, '.3g')}): Poisson was used, "
            "and the levels are on the safe side.",
            f"L'écart-type donné est inférieur à celui d'un besoin de Poisson ({written(mean**0.5, '.3g')}) : Poisson "
            "a été retenu, les niveaux sont donc prudents.",
        ),
    )
