"""Spares in two echelons: which stocks at a depot and its sites leave the fewest backorders within a budget."""

from __future__ import annotations

from supply_metric import Part, Point, hull, judge, read_parts, spend

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    Scalar,
    Solver,
    SolverStatus,
    ToolError,
    Value,
    report_progress,
    say,
    written,
)


def network_result(items: DataTable, sites: DataTable, budget: float | None) -> Result:
    """Judge the stocks of the tables, or choose stocks for `budget` by marginal analysis on each part's convex hull."""
    parts = read_parts(items, sites)
    if budget is None:
        if not (items.has("depot_stock") and sites.has("stock")):
            raise ToolError(
                say(
                    "Give a budget, or the columns “depot_stock” and “stock” with the stocks to judge.",
                    "Donnez un budget, ou les colonnes « depot_stock » et « stock » avec les stocks à juger.",
                )
            )
        chosen = [judge(part, part.depot_stock, part.stocks) for part in parts]
        return _result(parts, chosen, None, ())
    hulls = []
    for done, part in enumerate(parts):
        hulls.append(hull(part, budget))
        report_progress((done + 1) / len(parts))
    chosen, course, bound = spend(parts, hulls, budget)
    total = sum(point.backorders for point in chosen)
    gap = (total - bound) / total if total else 0.0
    solver = Solver(
        say("marginal analysis", "analyse marginale"),
        SolverStatus.OPTIMAL if gap < 1e-9 else SolverStatus.FEASIBLE,
        total,
        bound,
        gap,
    )
    return _result(parts, chosen, solver, course)


def _result(
    parts: list[Part], chosen: list[Point], solver: Solver | None, course: tuple[tuple[float, float], ...]
) -> Result:
    total = sum(point.backorders for point in chosen)
    metric = sum(
        judge(part, point.depot, point.stocks, False).backorders for part, point in zip(parts, chosen, strict=True)
    )
    cost = sum(part.cost * (point.depot + sum(point.stocks)) for part, point in zip(parts, chosen, strict=True))
    values = [
        Value("backorders", total, None, say("Mean backorders at the sites", "Manquants moyens sur les sites")),
        Value("cost", cost, None, say("Cost of the spares", "Coût des rechanges")),
        Value("metric", metric, None, say("The same by METRIC", "Le même par METRIC")),
    ]
    readiness = _availability(parts, chosen)
    if readiness:
        label = say("Lowest availability of a site", "Disponibilité du site le plus bas")
        values.append(Value("availability", min(readiness.values()), None, label))
    figure = None
    if len(course) > 1:
        costs, missing = zip(*course, strict=True)
        figure = Figure(
            FigureKind.SERIES,
            say("Backorders by budget", "Manquants selon le budget"),
            lines=(Line(say("Backorders", "Manquants"), costs, missing),),
            x_label="Budget",
            y_label=say("Mean backorders", "Manquants moyens"),
        )
    return Result(
        values=tuple(values),
        tables=_tables(parts, chosen, readiness),
        figure=figure,
        assumptions=_assumptions(solver is not None, bool(readiness)),
        warnings=_warnings(total, metric),
        solver=solver,
    )


def _availability(parts: list[Part], chosen: list[Point]) -> dict[str, float]:
    """Return for each site the product of ``1 - EBO / systems`` over its parts; empty where no system is counted."""
    found: dict[str, float] = {}
    for part, point in zip(parts, chosen, strict=True):
        for site, systems, missing in zip(part.sites, part.systems, point.missing, strict=True):
            if systems:
                found[site] = found.get(site, 1.0) * max(0.0, 1 - missing / systems)
    return found


def _tables(parts: list[Part], chosen: list[Point], readiness: dict[str, float]) -> tuple[ResultTable, ...]:
    depot = say("depot", "dépôt")
    rows: list[tuple[Scalar, ...]] = []
    for part, point in zip(parts, chosen, strict=True):
        rows.append((part.name, depot, point.depot, part.depot_mean, point.depot_missing))
        rows += zip([part.name] * len(part.sites), part.sites, point.stocks, point.means, point.missing, strict=True)
    stocks = ResultTable(
        "stocks",
        (
            Column("item", None, say("Part", "Pièce")),
            Column("site", None, "Site"),
            Column("stock", None, "Stock"),
            Column("pipeline", None, say("On their way, mean", "En circulation, moyenne")),
            Column("backorders", None, say("Mean backorders", "Manquants moyens")),
        ),
        tuple(rows),
        say("Stocks", "Stocks des pièces"),
    )
    if not readiness:
        return (stocks,)
    columns = (Column("site", None, "Site"), Column("availability", None, say("Availability", "Disponibilité")))
    return (
        stocks,
        ResultTable("sites", columns, tuple(readiness.items()), say("Availability by site", "Disponibilité par site")),
    )


def _assumptions(chose: bool, judged: bool) -> tuple[str, ...]:
    found = [
        say(
            "Removals are Poisson; parts are replaced one for one; repairs do not queue; sites do not help each other; "
            "the depot serves in the order of demands.",
            "Les déposes suivent une loi de Poisson ; les pièces sont remplacées une pour une ; les réparations "
            "n'attendent pas ; les sites ne s'entraident pas ; le dépôt sert dans l'ordre des demandes.",
        ),
        say(
            "VARI-METRIC (Sherbrooke 1986): the pipeline of a site is fitted by mean and variance with a negative "
            "binomial law.",
            "VARI-METRIC (Sherbrooke 1986) : les pièces en circulation d'un site suivent une loi binomiale négative de "
            "mêmes moyenne et variance.",
        ),
    ]
    if chose:
        found.append(
            say(
                "The budget starts from no spares at all; the bound is that of spares in fractions.",
                "Le budget part d'aucun rechange ; la borne est celle de rechanges fractionnés.",
            )
        )
    if judged:
        found.append(
            say(
                "A system is available when none of its parts is missing; each carries one of each part.",
                "Un système est disponible quand aucune de ses pièces ne manque ; chacun en porte une de chaque.",
            )
        )
    return tuple(found)


def _warnings(total: float, metric: float) -> tuple[str, ...]:
    if total <= 0 or (total - metric) / total < 0.05:
        return ()
    share = written((total - metric) / total, ".0%")
    return (
        say(
            f"METRIC, which many tables use, would tell {share} fewer backorders.",
            f"METRIC, que beaucoup de tables emploient, annoncerait {share} de manquants en moins.",
        ),
    )
