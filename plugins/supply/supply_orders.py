"""How much to order when demand is known: economic order quantity, Wagner-Whitin."""

from __future__ import annotations

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    Solver,
    SolverStatus,
    ToolError,
    Value,
    say,
    written,
)

_YEAR = 365.0
_MOST_PERIODS = 2000


def economic_order_result(
    demand: float,
    order_cost: float,
    holding: float,
    lead_days: float,
    backorder: float | None,
    output: float | None,
    pack: float | None,
) -> Result:
    """Return the order quantity of Harris (1913): ``Q = sqrt(2 K D / (h rho) (h + b) / b)``.

    ``rho = 1 - D / P`` where an order comes in at the rate P; the share ``h / (h + b)`` of demand waits where a unit
    short costs b a year.
    """
    if output is not None and output <= demand:
        raise ToolError(
            say(
                f"The source delivers {written(output)} a year, no more than the demand: there is nothing to plan.",
                f"La source livre {written(output)} par an, pas plus que le besoin : il n'y a rien à planifier.",
            )
        )
    slack = 1.0 - demand / output if output is not None else 1.0
    late = holding / (holding + backorder) if backorder is not None else 0.0
    unit = holding * slack * ((1 - late) ** 2 + (backorder or 0.0) / holding * late**2)

    def cost(quantity: float) -> float:
        return order_cost * demand / quantity + unit * quantity / 2

    free = (2 * order_cost * demand / unit) ** 0.5
    quantity = free
    if pack is not None:
        low = max(1.0, free // pack) * pack
        quantity = min((low, low + pack), key=cost)
    waiting = quantity * slack * late
    lead_demand = demand * lead_days / _YEAR
    cycle = quantity / demand * _YEAR
    values = [
        Value("quantity", quantity, None, say("Quantity to order", "Quantité à commander")),
        Value("cost", cost(quantity), None, say("Cost per year", "Coût par an")),
        Value("orders", demand / quantity, None, say("Orders per year", "Commandes par an")),
        Value("cycle", cycle, "day", say("Time between orders", "Temps entre commandes")),
        Value("highest_stock", quantity * slack - waiting, None, say("Highest stock", "Stock maximal")),
    ]
    if backorder is not None:
        values.append(Value("waiting", waiting, None, say("Most units waiting", "Unités en attente au plus")))
        values.append(Value("late_share", late, None, say("Share of demand that waits", "Part du besoin en attente")))
    if lead_days and output is None:
        label = say("Order when the position falls to", "Commander quand la position tombe à")
        values.append(Value("order_point", lead_demand - waiting, None, label))
        if backorder is None:
            label = say("That is, at a stock on hand of", "Soit à un stock physique de")
            values.append(Value("order_stock", lead_demand % quantity, None, label))
    steps = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "sensitivity",
                (
                    Column("quantity", None, say("Order", "Commande")),
                    Column("cost", None, say("Cost per year", "Coût par an")),
                    Column("excess", None, say("Above the least cost", "Au-dessus du minimum")),
                ),
                tuple((one * free, cost(one * free), cost(one * free) / cost(free) - 1) for one in steps),
                say("What another quantity would cost", "Ce que coûterait une autre quantité"),
            ),
        ),
        figure=Figure(
            FigureKind.SERIES,
            say("Cost by order quantity", "Coût selon la quantité"),
            lines=(
                Line(
                    say("Cost per year", "Coût par an"),
                    tuple(free * one / 20 for one in range(8, 61)),
                    tuple(cost(free * one / 20) for one in range(8, 61)),
                ),
            ),
            x_label=say("Order", "Commande"),
            y_label=say("Cost per year", "Coût par an"),
        ),
        assumptions=_steady(backorder, output, lead_days),
    )


def _steady(backorder: float | None, output: float | None, lead_days: float) -> tuple[str, ...]:
    found = [
        say(
            "Demand is steady and known, costs are constant, and there is no discount for quantity.",
            "Le besoin est régulier et connu, les coûts constants, sans remise de quantité.",
        ),
        say(
            "Shortages are caught up later, at a cost in proportion to their time."
            if backorder is not None
            else "There are no shortages.",
            "Les manques sont rattrapés plus tard, à un coût proportionnel à leur durée."
            if backorder is not None
            else "Il n'y a pas de rupture.",
        ),
        say(
            "An order comes in gradually, at the source's rate." if output is not None else "An order comes in whole.",
            "Une commande arrive peu à peu, au rythme de la source."
            if output is not None
            else "Une commande arrive en une fois.",
        ),
    ]
    if lead_days:
        found.append(
            say(
                "A year has 365 days; the position is stock plus what is on order less what waits.",
                "Une année a 365 jours ; la position est le stock plus les commandes moins ce qui attend.",
            )
        )
    return tuple(found)


def wagner_whitin(needs: list[float], order_costs: list[float], holding: float) -> tuple[float, list[float]]:
    """Return the least cost and what to order in each period (Wagner and Whitin 1958), by dynamic programming.

    An order covers the needs of its period and of those up to the next order; carrying is charged at the end of each.
    """
    count = len(needs)
    best = [0.0] * (count + 1)
    until = [count] * count
    for first in reversed(range(count)):
        if needs[first] == 0:
            best[first], until[first] = best[first + 1], first
        else:
            best[first] = float("inf")
        cost = order_costs[first]
        for last in range(first, count):
            cost += holding * (last - first) * needs[last]
            if cost + best[last + 1] < best[first] - 1e-12:
                best[first], until[first] = cost + best[last + 1], last + 1
    orders = [0.0] * count
    period = 0
    while period < count:
        end = until[period]
        if end > period:
            orders[period] = sum(needs[period:end])
        period = max(end, period + 1)
    return best[0], orders


def lot_sizes_result(demands: DataTable, order_cost: float, holding: float, stock: float) -> Result:
    """Plan orders for known demands; what is in stock is used first, and its carrying cost is added."""
    periods, wanted = demands.texts("period"), demands.numbers("demand")
    if not periods or min(wanted) < 0 or len(periods) > _MOST_PERIODS:
        raise ToolError(
            say(
                f"It takes 1 to {_MOST_PERIODS} periods with demands that are not negative.",
                f"Il faut de 1 à {_MOST_PERIODS} périodes, sans besoin négatif.",
            )
        )
    costs = demands.numbers("order_cost") if demands.has("order_cost") else [order_cost] * len(periods)
    if min(costs) < 0:
        raise ToolError(say("An order cost is negative.", "Un coût de commande est négatif."))
    left, needs, carried = stock, [], 0.0
    for one in wanted:
        needs.append(max(0.0, one - left))
        left = max(0.0, left - one)
        carried += holding * left
    total, orders = wagner_whitin(needs, costs, holding)
    total += carried
    single = carried + sum(cost for cost, need in zip(costs, needs, strict=True) if need)
    level, rows, levels = stock, [], []
    for name, one, order in zip(periods, wanted, orders, strict=True):
        level = max(0.0, level + order - one)
        levels.append(level)
        rows.append((name, one, order, level))
    placed = sum(1 for one in orders if one)
    return Result(
        values=(
            Value("cost", total, None, say("Least cost", "Coût minimal")),
            Value("orders", placed, None, say("Number of orders", "Nombre de commandes")),
            Value("ordered", sum(orders), None, say("Ordered in all", "Total commandé")),
            Value(
                "each_period_cost", single, None, say("Cost of ordering every time", "Coût en commandant chaque fois")
            ),
        ),
        tables=(
            ResultTable(
                "plan",
                (
                    Column("period", None, say("Period", "Période")),
                    Column("demand", None, say("Demand", "Besoin")),
                    Column("order", None, say("Order", "Commande")),
                    Column("stock", None, say("Stock at the end", "Stock en fin de période")),
                ),
                tuple(rows),
                say("Orders", "Commandes"),
            ),
        ),
        figure=Figure(
            FigureKind.SERIES,
            say("Stock at the end of each period", "Stock en fin de période"),
            lines=(Line("Stock", tuple(float(i) for i in range(1, len(levels) + 1)), tuple(levels)),),
            x_label=say("Period", "Période"),
            y_label="Stock",
        ),
        assumptions=(
            say(
                "Demands are known; an order is there when its period begins, without limit of size.",
                "Les besoins sont connus ; une commande est là au début de sa période, sans limite de taille.",
            ),
            say(
                "Carrying is charged on what is left at the end of each period; no shortage is allowed.",
                "Le stockage est compté sur ce qui reste en fin de période ; aucune rupture n'est permise.",
            ),
        ),
        solver=Solver("Wagner-Whitin", SolverStatus.OPTIMAL, total, total, 0.0),
    )
