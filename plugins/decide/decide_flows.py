"""What to send along which way: transport between two sides, and flow through a network, at least cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copilot.plugin_api import (
    Column,
    DataTable,
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

_ZERO = 1e-9


def flow_result(arcs: DataTable, nodes: DataTable) -> Result:
    """Send what the supplies hold to the demands at least cost."""
    import numpy as np

    names = nodes.texts("node")
    place = {name: i for i, name in enumerate(names)}
    supply = np.array(nodes.numbers("supply"))
    if len(place) < len(names):
        raise ToolError(say("A node stands twice in the table.", "Un nœud figure deux fois dans le tableau."))
    ends: list[tuple[int, int]] = []
    for row, pair in enumerate(zip(arcs.texts("from"), arcs.texts("to"), strict=True), start=2):
        for name in pair:
            if name not in place:
                raise ToolError(
                    say(
                        f"Row {row}: “{name}” is no node of the table of nodes.",
                        f"Ligne {row} : « {name} » n'est pas un nœud du tableau des nœuds.",
                    )
                )
        ends.append((place[pair[0]], place[pair[1]]))
    capacity, cost = np.array(arcs.numbers("capacity")), np.array(arcs.numbers("cost"))
    if not ends or (capacity < 0).any() or (cost < 0).any():
        raise ToolError(
            say("It takes an arc, and no capacity or cost below 0.", "Il faut un arc, ni capacité ni coût négatif.")
        )
    flow, price, total = _solve(ends, capacity, cost, supply, names)
    rows = tuple(
        (names[a], names[b], float(flow[k]), float(capacity[k]), float(cost[k]), float(flow[k] * cost[k]))
        for k, (a, b) in enumerate(ends)
    )
    full = [f"{names[a]} → {names[b]}" for k, (a, b) in enumerate(ends) if 0 < capacity[k] <= flow[k] + _ZERO]
    unused = float(supply.sum())
    told = []
    if unused > _ZERO:
        told.append(
            say(
                f"{written(unused)} of the supply is not asked for.",
                f"{written(unused)} de l'offre reste sans demande.",
            )
        )
    return Result(
        values=(
            Value("total", total, None, say("Total cost", "Coût total")),
            Value("sent", float(-supply[supply < 0].sum()), None, say("Delivered", "Livré")),
            Value("full", ", ".join(full), None, say("Arcs that are full", "Arcs saturés")),
        ),
        tables=(
            ResultTable(
                "flows",
                (
                    Column("from", None, say("From", "De")),
                    Column("to", None, say("To", "Vers")),
                    Column("flow", None, say("Sent", "Envoyé")),
                    Column("capacity", None, say("Capacity", "Capacité")),
                    Column("unit_cost", None, say("Unit cost", "Coût unitaire")),
                    Column("cost", None, say("Cost", "Coût")),
                ),
                rows,
                say("Flows", "Flux"),
            ),
            _prices_table([(name, float(supply[i]), float(price[i])) for i, name in enumerate(names)]),
        ),
        assumptions=_assumptions(),
        warnings=tuple(told),
        solver=Solver("HiGHS", SolverStatus.OPTIMAL, total, total, 0.0),
    )


def transport_result(costs: DataTable, origins: DataTable) -> Result:
    """Send from origins to destinations at least cost: a flow with an arc a pair."""
    import numpy as np

    names, stock = origins.texts("origin"), np.array(origins.numbers("supply"))
    places, wanted = costs.texts("destination"), np.array(costs.numbers("demand"))
    unit = np.array([costs.numbers(name) for name in names])
    if not len(names) or not len(places) or min(stock.min(), wanted.min(), unit.min()) < 0:
        raise ToolError(
            say(
                "It takes an origin and a destination, and no supply, demand or cost below 0.",
                "Il faut une origine et une destination, et ni offre, ni demande, ni coût négatif.",
            )
        )
    ends = [(i, len(names) + j) for i in range(len(names)) for j in range(len(places))]
    limit = np.minimum(stock[:, None], wanted[None, :]).ravel()
    supply = np.concatenate([stock, -wanted])
    flow, price, total = _solve(ends, limit, unit.ravel(), supply, [*names, *places])
    sent = flow.reshape(unit.shape)
    left = stock - sent.sum(axis=1)
    rows = tuple(
        (names[i], places[j], float(sent[i, j]), float(unit[i, j]), float(sent[i, j] * unit[i, j]))
        for i in range(len(names))
        for j in range(len(places))
        if sent[i, j] > _ZERO
    )
    return Result(
        values=(
            Value("total", total, None, say("Total cost", "Coût total")),
            Value("sent", float(sent.sum()), None, say("Delivered", "Livré")),
            Value("left", float(left.sum()), None, say("Left at the origins", "Reste aux origines")),
        ),
        tables=(
            ResultTable(
                "shipments",
                (
                    Column("from", None, say("From", "De")),
                    Column("to", None, say("To", "Vers")),
                    Column("sent", None, say("Sent", "Envoyé")),
                    Column("unit_cost", None, say("Unit cost", "Coût unitaire")),
                    Column("cost", None, say("Cost", "Coût")),
                ),
                rows,
                say("Shipments", "Envois"),
            ),
            _prices_table([(name, float(-wanted[j]), float(price[len(names) + j])) for j, name in enumerate(places)]),
        ),
        assumptions=_assumptions(),
        solver=Solver("HiGHS", SolverStatus.OPTIMAL, total, total, 0.0),
    )


def _solve(
    ends: list[tuple[int, int]], capacity: Array, cost: Array, supply: Array, names: list[str]
) -> tuple[Array, Array, float]:
    """Return the flow of each arc, what one more unit costs at each node, and the cost.

    The simplex ends in a corner, so whole supplies and capacities give whole flows.
    """
    import numpy as np

    optimize, sparse = need("scipy.optimize", "plan"), need("scipy.sparse", "plan")
    arcs = np.arange(len(ends))
    tails, heads = np.array([a for a, _ in ends]), np.array([b for _, b in ends])
    shape = (len(names), len(ends))
    leaves = sparse.csr_matrix((np.ones(len(ends)), (tails, arcs)), shape)
    enters = sparse.csr_matrix((np.ones(len(ends)), (heads, arcs)), shape)
    # A node sends on at most what it gets and has: what flows out less what flows in stays below its supply.
    bounds = np.column_stack([np.zeros(len(ends)), capacity])
    found = optimize.linprog(cost, A_ub=leaves - enters, b_ub=supply, bounds=bounds, method="highs-ds")
    if found.status == 2:
        _tell_shortfall(leaves - enters, bounds, supply, names)
    if found.status != 0:
        raise ToolError(say("The solver found no least cost.", "Le solveur n'a pas trouvé de moindre coût."))
    return np.asarray(found.x), -np.asarray(found.ineqlin.marginals), float(found.fun)


def _tell_shortfall(balance: Any, bounds: Array, supply: Array, names: list[str]) -> None:
    """Raise an error that says how much cannot be delivered, and where."""
    import numpy as np

    optimize, sparse = need("scipy.optimize", "plan"), need("scipy.sparse", "plan")
    arcs = balance.shape[1]
    short = np.column_stack([np.zeros(len(names)), np.maximum(-supply, 0.0)])
    found = optimize.linprog(
        np.concatenate([np.zeros(arcs), np.ones(len(names))]),
        A_ub=sparse.hstack([balance, -sparse.eye(len(names))]),
        b_ub=supply,
        bounds=np.vstack([bounds, short]),
        method="highs-ds",
    )
    missing = found.x[arcs:]
    where = ", ".join(f"{name} ({written(missing[i])})" for i, name in enumerate(names) if missing[i] > _ZERO)
    raise ToolError(
        say(
            f"{written(missing.sum())} cannot be delivered at best, for instance: {where}. Add supply or capacity.",
            f"Au mieux {written(missing.sum())} ne peut être livré, par exemple : {where}. Ajoutez de l'offre ou de la "
            "capacité.",
        )
    )


def _prices_table(rows: list[tuple[str, float, float]]) -> ResultTable:
    return ResultTable(
        "prices",
        (
            Column("node", None, say("Place", "Lieu")),
            Column("supply", None, say("Supply (below 0: demand)", "Offre (< 0 : demande)")),
            Column("price", None, say("Saved by one unit less to deliver", "Gain pour une unité de moins à livrer")),
        ),
        tuple(rows),
        say("What a unit costs at each place", "Ce que coûte une unité en chaque lieu"),
    )


def _assumptions() -> tuple[str, ...]:
    return (
        say(
            "Costs are in proportion to what is sent; every demand is met in full, supplies may stay unused.",
            "Les coûts sont proportionnels aux envois ; toute demande est servie, l'offre peut rester inemployée.",
        ),
        say(
            "The price of a unit holds for small changes only.",
            "Le prix d'une unité ne vaut que pour de petites variations.",
        ),
    )
