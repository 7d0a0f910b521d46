"""VARI-METRIC (Sherbrooke 1986; Optimal Inventory Modeling of Systems, 2004, chapter 5) for a depot and its sites."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

from copilot.plugin_api import DataTable, ToolError, need, parse_number, say

_MOST_SPARES = 400
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its cost, the depot's repair days, and for each site removals a day, repairs there, days of transit."""

    name: str
    cost: float
    depot_days: float
    sites: tuple[str, ...]
    per_day: tuple[float, ...]
    local_share: tuple[float, ...]
    local_days: tuple[float, ...]
    transit_days: tuple[float, ...]
    stocks: tuple[int, ...]
    systems: tuple[float, ...]
    depot_stock: int

    @property
    def to_depot(self) -> list[float]:
        """Removals a day of each site that the depot repairs."""
        return [rate * (1 - share) for rate, share in zip(self.per_day, self.local_share, strict=True)]

    @property
    def depot_mean(self) -> float:
        return sum(self.to_depot) * self.depot_days


@dataclass(frozen=True, slots=True)
class Point:
    """Stocks of one part, and what they leave: backorders of the depot, pipelines and backorders of the sites."""

    depot: int
    stocks: tuple[int, ...]
    depot_missing: float
    means: tuple[float, ...]
    missing: tuple[float, ...]

    @property
    def spares(self) -> int:
        return self.depot + sum(self.stocks)

    @property
    def backorders(self) -> float:
        return sum(self.missing)


def read_parts(items: DataTable, sites: DataTable) -> list[Part]:
    """Join the two tables; ToolError for a part without a site or a site without its part, and figures out of range."""
    lines: dict[str, list[int]] = {name: [] for name in items.texts("item")}
    for row, name in enumerate(sites.texts("item")):
        if name not in lines:
            raise ToolError(
                say(
                    f"Row {row + 2} of the sites: “{name}” is no part of the other table.",
                    f"Ligne {row + 2} des sites : « {name} » n'est pas une pièce de l'autre tableau.",
                )
            )
        lines[name].append(row)
    if not lines or len(lines) < len(items) or not all(lines.values()):
        raise ToolError(
            say(
                "Each part needs a name of its own and at least one row in the table of sites.",
                "Chaque pièce doit avoir un nom à elle et au moins une ligne dans le tableau des sites.",
            )
        )
    columns = {name: sites.numbers(name) for name in ("per_day", "local_share", "local_days", "transit_days")}
    named, held, systems = sites.texts("site"), _counts(sites, "stock"), _counts(sites, "systems")
    costs, depot_days, depot = items.numbers("cost"), items.numbers("depot_days"), _counts(items, "depot_stock")
    if min(costs) <= 0 or min(depot_days) < 0 or max(columns["local_share"]) > 1 or min(map(min, columns.values())) < 0:
        raise ToolError(
            say(
                "Costs must be above 0, shares of repair from 0 to 1, and no rate or time negative.",
                "Coûts au-dessus de 0, parts de réparation de 0 à 1, ni taux ni durée négatifs.",
            )
        )
    return [
        Part(
            name,
            costs[i],
            depot_days[i],
            tuple(named[row] for row in rows),
            *(tuple(column[row] for row in rows) for column in columns.values()),
            stocks=tuple(int(held[row]) for row in rows),
            systems=tuple(systems[row] for row in rows),
            depot_stock=int(depot[i]),
        )
        for i, (name, rows) in enumerate(lines.items())
    ]


def _counts(table: DataTable, column: str) -> list[float]:
    if not table.has(column):
        return [0.0] * len(table)
    found = []
    for row, cells in enumerate(table.rows, start=2):
        value = parse_number(cells[table.position(column)]) or 0.0
        if value < 0 or value != int(value) or value > 1e6:
            raise ToolError(
                say(
                    f"Row {row}, column “{column}”: a whole number from 0 is wanted.",
                    f"Ligne {row}, colonne « {column} » : il faut un nombre entier positif ou nul.",
                )
            )
        found.append(value)
    return found


def law_of(mean: float, variance: float) -> Any:
    """Return the law of scipy with this mean and variance: negative binomial, or Poisson where they are equal."""
    stats = need("scipy.stats", "plan")
    if variance <= mean * (1 + 1e-9):
        return stats.poisson(mean)
    chance = mean / variance
    return stats.nbinom(mean * chance / (1 - chance), chance)


def losses(law: Any, most: int) -> Any:
    """Return ``E (X - s)+`` for s from 0 to `most`, from the tail: ``EBO(s) = EBO(s - 1) - P(X >= s)``."""
    import numpy as np

    tails = law.sf(np.arange(most))
    return np.maximum(0.0, law.mean() - np.concatenate([[0.0], np.cumsum(tails)]))


def depot_backorders(part: Part, stock: int) -> tuple[float, float]:
    """Return mean and variance of the depot's backorders; its pipeline is Poisson (Palm)."""
    import numpy as np

    law = law_of(part.depot_mean, part.depot_mean)
    below = np.arange(stock + 1)
    short = (stock - below) * law.pmf(below)
    mean = max(0.0, part.depot_mean - stock + float(short.sum()))
    second = part.depot_mean + (part.depot_mean - stock) ** 2 - float(((stock - below) * short).sum())
    return mean, max(0.0, second - mean**2)


def pipelines(part: Part, depot_stock: int, varied: bool = True) -> tuple[float, list[tuple[float, float]]]:
    """Return the depot's mean backorders, and mean and variance of what is on its way to each site.

    A share f of the depot's backorders is the site's: mean ``f EBO``, variance ``f (1 - f) EBO + f^2 VBO``. METRIC
    (`varied` false) takes the variance for the mean.
    """
    missing, spread = depot_backorders(part, depot_stock)
    total = sum(part.to_depot)
    found = []
    for i, rate in enumerate(part.to_depot):
        share = rate / total if total else 0.0
        sure = part.per_day[i] * part.local_share[i] * part.local_days[i] + rate * part.transit_days[i]
        mean = sure + share * missing
        variance = sure + share * (1 - share) * missing + share**2 * spread if varied else mean
        found.append((mean, variance))
    return missing, found


def judge(part: Part, depot_stock: int, stocks: tuple[int, ...], varied: bool = True) -> Point:
    """Return what given stocks leave."""
    missing, ways = pipelines(part, depot_stock, varied)
    left = tuple(float(losses(law_of(*way), stock)[stock]) for way, stock in zip(ways, stocks, strict=True))
    return Point(depot_stock, stocks, missing, tuple(mean for mean, _ in ways), left)


def hull(part: Part, budget: float) -> list[Point]:
    """Return the best points of one part by number of spares, those on the lower convex hull, up to the budget.

    For each stock of the depot, the sites' spares are added one by one where they save most: backorders are convex in a
    site's stock, so that this is the best for their number.
    """
    most = int(min(_MOST_SPARES, budget // part.cost))
    best: dict[int, tuple[float, int, tuple[int, ...]]] = {}
    for depot in range(most + 1):
        missing, ways = pipelines(part, depot)
        curves = [losses(law_of(*way), most - depot) for way in ways]
        stocks = [0] * len(curves)
        total = sum(float(curve[0]) for curve in curves)
        for used in range(depot, most + 1):
            if used not in best or total < best[used][0] - 1e-12:
                best[used] = (total, depot, tuple(stocks))
            if used == most or total < _NEGLIGIBLE:
                break
            site = max(range(len(curves)), key=lambda i: float(curves[i][stocks[i]] - curves[i][stocks[i] + 1]))
            total -= float(curves[site][stocks[site]] - curves[site][stocks[site] + 1])
            stocks[site] += 1
        if missing < _NEGLIGIBLE:
            break
    kept: list[int] = []
    for used in sorted(best):
        if kept and best[used][0] > best[kept[-1]][0] - 1e-12:
            continue
        while len(kept) > 1 and _above(kept[-2], kept[-1], used, best):
            kept.pop()
        kept.append(used)
    return [judge(part, best[used][1], best[used][2]) for used in kept]


def _above(a: int, b: int, c: int, best: dict[int, tuple[float, int, tuple[int, ...]]]) -> bool:
    """Say whether the middle point lies on or above the line from the first to the last."""
    return (best[b][0] - best[a][0]) * (c - a) >= (best[c][0] - best[a][0]) * (b - a)


def spend(
    parts: list[Part], hulls: list[list[Point]], budget: float
) -> tuple[list[Point], tuple[tuple[float, float], ...], float]:
    """Go along the hulls by what a unit of cost saves; return the points, the course (cost, backorders) and the bound.

    The bound is the value at which the course would use up the budget exactly, spares taken in fractions.
    """
    at = [0] * len(parts)
    steps: list[tuple[float, int]] = []

    def offer(i: int) -> None:
        if at[i] + 1 < len(hulls[i]):
            here, there = hulls[i][at[i]], hulls[i][at[i] + 1]
            price = parts[i].cost * (there.spares - here.spares)
            heapq.heappush(steps, (-(here.backorders - there.backorders) / price, i))

    for i in range(len(parts)):
        offer(i)
    spent, total = 0.0, sum(points[0].backorders for points in hulls)
    course, bound = [(0.0, total)], None
    while steps:
        saving, i = heapq.heappop(steps)
        here, there = hulls[i][at[i]], hulls[i][at[i] + 1]
        price = parts[i].cost * (there.spares - here.spares)
        if spent + price > budget * (1 + 1e-12):
            # Another part may still fit; the bound is where the first step that does not fit meets the budget.
            if bound is None:
                bound = total + saving * (budget - spent)
            continue
        at[i] += 1
        spent += price
        total += there.backorders - here.backorders
        course.append((spent, total))
        offer(i)
    chosen = [points[k] for points, k in zip(hulls, at, strict=True)]
    return chosen, tuple(course), total if bound is None else min(bound, total)
