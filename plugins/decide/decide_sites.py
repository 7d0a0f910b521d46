"""Which sites to open: p-median and capacitated location, as mixed-integer programs with their bound."""

from __future__ import annotations

from dataclasses import dataclass
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
    report_progress,
    say,
    written,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_MOST_PAIRS = 40_000
# Seconds after which the solver stops; what it has found by then depends on the machine, and is told as such.
_WALL = 240.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Clients (rows) and sites (columns): the demand of each client, and the figure of each pair."""

    clients: tuple[str, ...]
    sites: tuple[str, ...]
    demand: Array
    figures: Array


def read_pairs(table: DataTable, sites: tuple[str, ...] = ()) -> Pairs:
    """Read a table with a row a client and a column a site; with no `sites` named, every other column is one."""
    import numpy as np

    names = sites or tuple(one for one in table.columns if one not in ("client", "demand"))
    demand = np.array(table.numbers("demand"))
    figures = np.array([table.numbers(name) for name in names]).T
    if not len(table) or not names:
        raise ToolError(say("It takes a client and a site.", "Il faut un client et un site."))
    if (demand < 0).any() or (figures < 0).any():
        raise ToolError(say("A demand or a figure is negative.", "Une demande ou un coût est négatif."))
    if figures.size > _MOST_PAIRS:
        raise ToolError(
            say(
                f"{figures.size} pairs of a client and a site are too many; {_MOST_PAIRS} at most. Group clients.",
                f"{figures.size} couples client-site, c'est trop ; {_MOST_PAIRS} au plus. Regroupez des clients.",
            )
        )
    return Pairs(tuple(table.texts("client")), names, demand, figures)


def open_sites(
    costs: Array, fixed: Array, limits: list[Any], whole_clients: bool
) -> tuple[NDArray[np.bool_], Array, Solver, bool]:
    """Solve: shares of clients by site, a site used only where open; return what is open, the shares, what is proved.

    `costs` are those of serving all of a client from a site; `limits` are further constraints on (shares, open).
    """
    import numpy as np

    optimize, sparse = need("scipy.optimize", "plan"), need("scipy.sparse", "plan")
    clients, sites = costs.shape
    pairs = clients * sites
    served = sparse.hstack([sparse.kron(sparse.eye(clients), np.ones((1, sites))), sparse.csr_matrix((clients, sites))])
    only_open = sparse.hstack([sparse.eye(pairs), sparse.kron(np.ones((clients, 1)), -sparse.eye(sites))])
    report_progress(0.1, say("Searching", "Recherche"))
    found = optimize.milp(
        np.concatenate([costs.ravel(), fixed]),
        constraints=[
            optimize.LinearConstraint(served, 1, 1),
            optimize.LinearConstraint(only_open, -np.inf, 0),
            *limits,
        ],
        integrality=np.concatenate([np.full(pairs, int(whole_clients)), np.ones(sites)]),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": _WALL, "mip_rel_gap": 0.0},
    )
    if found.status == 2:
        raise ToolError(
            say(
                "No choice of sites serves everyone within the limits; add a site or capacity, or let clients be "
                "shared.",
                "Aucun choix de sites ne sert tout le monde dans les limites ; ajoutez un site ou de la capacité, "
                "ou laissez partager les clients.",
            )
        )
    if found.x is None:
        raise ToolError(
            say(
                "No answer was found in time; group clients or leave out sites.",
                "Aucune réponse trouvée à temps ; regroupez des clients ou retirez des sites.",
            )
        )
    chosen = np.asarray(found.x[pairs:] > 0.5)
    shares = np.asarray(found.x[:pairs]).reshape(clients, sites)
    total, bound = float(found.fun), float(found.mip_dual_bound)
    gap = max(0.0, total - bound) / abs(total) if total else 0.0
    status = SolverStatus.OPTIMAL if found.status == 0 else SolverStatus.FEASIBLE
    return chosen, shares, Solver("HiGHS", status, total, bound, gap), found.status == 1


def p_median_result(distances: DataTable, count: int) -> Result:
    """Open `count` sites for the least sum of demand times distance; each client goes to the nearest."""
    import numpy as np

    pairs = read_pairs(distances)
    if count > len(pairs.sites):
        raise ToolError(
            say(f"There are only {len(pairs.sites)} sites.", f"Il n'y a que {len(pairs.sites)} sites possibles.")
        )
    optimize = need("scipy.optimize", "plan")
    exactly = np.concatenate([np.zeros(pairs.figures.size), np.ones(len(pairs.sites))])
    costs = pairs.demand[:, None] * pairs.figures
    chosen, _, solver, by_clock = open_sites(
        costs, np.zeros(len(pairs.sites)), [optimize.LinearConstraint(exactly, count, count)], False
    )
    opened = [j for j, one in enumerate(chosen) if one]
    nearest = [min(opened, key=lambda j: (pairs.figures[i, j], j)) for i in range(len(pairs.clients))]
    away = np.array([pairs.figures[i, j] for i, j in enumerate(nearest)])
    total = float(pairs.demand @ away)
    names = ", ".join(pairs.sites[j] for j in opened)
    return Result(
        values=(
            Value("total", total, None, say("Sum of demand × distance", "Somme demande × distance")),
            Value("sites", names, None, say("Sites to open", "Sites à ouvrir")),
            Value("mean", total / float(pairs.demand.sum() or 1), None, say("Mean distance", "Distance moyenne")),
            Value("farthest", float(away.max()), None, say("Farthest client", "Client le plus loin")),
        ),
        tables=(
            _sites_table([(pairs.sites[j], float(pairs.demand[np.array(nearest) == j].sum())) for j in opened]),
            _links_table(
                [
                    (name, pairs.sites[j], float(pairs.demand[i]), float(away[i]))
                    for i, (name, j) in enumerate(zip(pairs.clients, nearest, strict=True))
                ],
                say("Distance", "Distance"),
            ),
        ),
        assumptions=(
            say(
                "Sites have no limit of capacity and cost the same; each client goes to the nearest that is open.",
                "Les sites n'ont pas de limite de capacité et coûtent autant ; chaque client va au plus proche ouvert.",
            ),
        ),
        warnings=clock_warning(by_clock),
        solver=solver,
    )


def location_result(costs: DataTable, sites: DataTable, cost_of: str, whole_clients: bool) -> Result:
    """Open sites and share out clients for the least fixed and service cost, within capacities."""
    import numpy as np

    names = tuple(sites.texts("site"))
    capacity, fixed = np.array(sites.numbers("capacity")), np.array(sites.numbers("fixed_cost"))
    pairs = read_pairs(costs, names)
    if (capacity < 0).any() or (fixed < 0).any():
        raise ToolError(say("A capacity or fixed cost is negative.", "Une capacité ou un coût fixe est négatif."))
    if capacity.sum() < pairs.demand.sum():
        raise ToolError(
            say(
                f"All sites together hold {written(capacity.sum())}, the clients ask for "
                f"{written(pairs.demand.sum())}: "
                "add a site or capacity.",
                f"Tous les sites ensemble offrent {written(capacity.sum())}, les clients demandent "
                f"{written(pairs.demand.sum())} : "
                "ajoutez un site ou de la capacité.",
            )
        )
    largest = int(np.argmax(pairs.demand))
    if whole_clients and pairs.demand[largest] > capacity.max():
        name = pairs.clients[largest]
        raise ToolError(
            say(
                f"Client “{name}” asks for {written(pairs.demand[largest])}, more than any one site holds: let clients "
                "be shared.",
                f"Le client « {name} » demande {written(pairs.demand[largest])}, plus qu'aucun site seul : "
                "laissez partager les clients.",
            )
        )
    whole = pairs.figures if cost_of == "all_demand" else pairs.figures * pairs.demand[:, None]
    optimize, sparse = need("scipy.optimize", "plan"), need("scipy.sparse", "plan")
    load = sparse.hstack([sparse.kron(pairs.demand[None, :], sparse.eye(len(names))), sparse.diags(-capacity)])
    chosen, shares, solver, by_clock = open_sites(
        whole, fixed, [optimize.LinearConstraint(load, -np.inf, 0)], whole_clients
    )
    total = float(fixed[chosen].sum() + (whole * shares).sum())
    used = pairs.demand @ shares
    links = [
        (client, names[j], float(shares[i, j] * pairs.demand[i]), float(shares[i, j] * whole[i, j]))
        for i, client in enumerate(pairs.clients)
        for j in range(len(names))
        if shares[i, j] > 1e-7
    ]
    opened = ", ".join(name for name, one in zip(names, chosen, strict=True) if one)
    return Result(
        values=(
            Value("total", total, None, say("Total cost", "Coût total")),
            Value("fixed", float(fixed[chosen].sum()), None, say("Of which fixed", "Dont fixe")),
            Value("sites", opened, None, say("Sites to open", "Sites à ouvrir")),
        ),
        tables=(
            _sites_table([(names[j], float(used[j]), float(capacity[j])) for j in range(len(names)) if chosen[j]]),
            _links_table(links, say("Cost", "Coût")),
        ),
        assumptions=(
            say("Each client is served by one site.", "Chaque client est servi par un seul site.")
            if whole_clients
            else say(
                "A client may be served by several sites, in any share.",
                "Un client peut être servi par plusieurs sites, en toutes parts.",
            ),
            say(
                "Costs grow in proportion to what is served.", "Les coûts croissent en proportion de ce qui est servi."
            ),
        ),
        warnings=clock_warning(by_clock),
        solver=solver,
    )


def clock_warning(by_clock: bool) -> tuple[str, ...]:
    if not by_clock:
        return ()
    return (
        say(
            "The clock ended the search: the bound tells how much better another answer could be.",
            "L'horloge a mis fin à la recherche : la borne dit de combien une autre réponse pourrait être meilleure.",
        ),
    )


def _sites_table(rows: list[Any]) -> ResultTable:
    columns = (
        Column("site", None, "Site"),
        Column("served", None, say("Demand served", "Demande servie")),
        Column("capacity", None, say("Capacity", "Capacité")),
    )
    return ResultTable("sites", columns[: len(rows[0])], tuple(rows), say("Sites to open", "Sites à ouvrir"))


def _links_table(rows: list[Any], last: str) -> ResultTable:
    columns = (
        Column("client", None, "Client"),
        Column("site", None, "Site"),
        Column("demand", None, say("Demand", "Demande")),
        Column("figure", None, last),
    )
    return ResultTable("links", columns, tuple(rows), say("Who serves whom", "Qui sert qui"))
