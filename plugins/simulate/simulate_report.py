"""What a simulated workshop says, alone or against another way to run it."""

from __future__ import annotations

from collections.abc import Sequence

from simulate_queue import interval
from simulate_workshop import Outcome, Shop, read_shop, run_many

from copilot.plugin_api import Column, DataTable, Figure, FigureKind, Line, Result, ResultTable, Value, say, written


def workshop_result(
    stations: DataTable,
    routes: DataTable,
    arrivals: DataTable,
    days: float,
    hours_a_day: float,
    variation: float,
    replications: int,
    seed: int,
) -> Result:
    """Run the workshop and say how long items take, and where they wait."""
    import numpy as np

    shop = read_shop(stations, routes, arrivals, hours_a_day)
    found = run_many(shop, days * hours_a_day, variation, replications, seed)
    mean, low, high = interval([one.mean for one in found], 0.95)
    narrow = max(shop.servers, key=lambda name: shop.loads()[name] / shop.servers[name])
    everything = np.concatenate([hours for one in found for hours in one.hours.values()])
    counts, edges = np.histogram(everything, bins=40)
    return Result(
        values=(
            Value("turnaround", mean, "hour", say("Mean time through the shop", "Délai moyen de passage")),
            Value("turnaround_low", low, "hour", say("95 % interval, low", "Intervalle à 95 %, bas")),
            Value("turnaround_high", high, "hour", say("95 % interval, high", "Intervalle à 95 %, haut")),
            Value("p90", float(np.percentile(everything, 90)), "hour", say("Nine in ten within", "Neuf sur dix en")),
            Value("in_shop", mean * sum(shop.rates.values()), None, say("Mean number in the shop", "En-cours moyen")),
            Value("bottleneck", narrow, None, say("Bottleneck", "Goulot")),
        ),
        tables=(_types_table(shop, found), _stations_table(shop, found)),
        figure=Figure(
            FigureKind.HISTOGRAM,
            say("Time through the shop", "Délai de passage"),
            lines=(Line(say("Items", "Matériels"), tuple(map(float, edges[:-1])), tuple(map(float, counts))),),
            y_label=say("Items", "Matériels"),
            x_unit="hour",
        ),
        assumptions=_assumptions(variation),
        warnings=_load_warnings(shop),
        seed=seed,
    )


def compare_result(
    stations: DataTable,
    routes: DataTable,
    arrivals: DataTable,
    days: float,
    hours_a_day: float,
    variation: float,
    replications: int,
    seed: int,
) -> Result:
    """Run two ways with common random numbers, and give the interval of their difference."""
    import numpy as np

    one, other = (read_shop(stations, routes, arrivals, hours_a_day, way) for way in ("", "_b"))
    runs = [run_many(shop, days * hours_a_day, variation, replications, seed) for shop in (one, other)]
    means = [np.array([run.mean for run in way]) for way in runs]
    apart, low, high = interval((means[1] - means[0]).tolist(), 0.95)
    paired = float((means[1] - means[0]).var(ddof=1))
    alone = float(means[0].var(ddof=1) + means[1].var(ddof=1))
    told = []
    if one == other:
        told.append(
            say(
                "Both ways are the same: give a column servers_b, hours_b or per_day_b.",
                "Les deux façons sont identiques : donnez une colonne servers_b, hours_b ou per_day_b.",
            )
        )
    elif low <= 0 <= high:
        told.append(
            say(
                "The interval holds 0: no difference is shown. Ask for more days or replications.",
                "L'intervalle contient 0 : aucune différence n'est montrée. Demandez plus de jours ou de répliques.",
            )
        )
    rows = tuple(
        (label, *interval(samples, 0.95)) for label, samples in (("A", means[0].tolist()), ("B", means[1].tolist()))
    )
    return Result(
        values=(
            Value("difference", apart, "hour", say("B less A, mean time through", "B moins A, délai moyen")),
            Value("difference_low", low, "hour", say("95 % interval, low", "Intervalle à 95 %, bas")),
            Value("difference_high", high, "hour", say("95 % interval, high", "Intervalle à 95 %, haut")),
            Value("a", float(means[0].mean()), "hour", say("A, mean time through", "A, délai moyen")),
            Value("b", float(means[1].mean()), "hour", say("B, mean time through", "B, délai moyen")),
            Value(
                "variance_ratio",
                paired / alone if alone else 0.0,
                None,
                say("Variance left by common random numbers", "Variance laissée par les nombres communs"),
            ),
        ),
        tables=(
            ResultTable(
                "ways",
                (
                    Column("way", None, say("Way", "Façon")),
                    Column("mean", "hour", say("Mean time through", "Délai moyen")),
                    Column("low", "hour", say("Low", "Bas")),
                    Column("high", "hour", say("High", "Haut")),
                ),
                rows,
                say("Both ways", "Les deux façons"),
            ),
            _use_table(one, other, runs),
        ),
        assumptions=(
            *_assumptions(variation),
            say(
                "Both ways meet the same items with the same luck; the interval is that of the paired differences.",
                "Les deux façons reçoivent les mêmes matériels et le même hasard ; l'intervalle est celui des "
                "écarts appariés.",
            ),
        ),
        warnings=(*told, *_load_warnings(one), *_load_warnings(other)),
        seed=seed,
    )


def _types_table(shop: Shop, found: Sequence[Outcome]) -> ResultTable:
    import numpy as np

    rows = []
    for name in shop.routes:
        mean, low, high = interval([float(one.hours[name].mean()) for one in found], 0.95)
        work = sum(hours for _, hours in shop.routes[name])
        late = float(np.percentile(np.concatenate([one.hours[name] for one in found]), 90))
        rows.append((name, mean, low, high, late, work))
    return ResultTable(
        "types",
        (
            Column("type", None, "Type"),
            Column("mean", "hour", say("Mean time through", "Délai moyen")),
            Column("low", "hour", say("Low (95 %)", "Bas (95 %)")),
            Column("high", "hour", say("High (95 %)", "Haut (95 %)")),
            Column("p90", "hour", say("Nine in ten within", "Neuf sur dix en")),
            Column("work", "hour", say("Of which work", "Dont travail")),
        ),
        tuple(rows),
        say("Types", "Types"),
    )


def _stations_table(shop: Shop, found: Sequence[Outcome]) -> ResultTable:
    loads = shop.loads()
    rows = []
    for name, servers in shop.servers.items():
        mean, low, high = interval([one.use[name] for one in found], 0.95)
        rows.append((name, servers, mean, low, high, loads[name] / servers))
    return ResultTable(
        "stations",
        (
            Column("station", None, say("Station", "Poste")),
            Column("servers", None, say("Servers", "Serveurs")),
            Column("use", None, say("Share of time busy", "Taux d'occupation")),
            Column("low", None, say("Low (95 %)", "Bas (95 %)")),
            Column("high", None, say("High (95 %)", "Haut (95 %)")),
            Column("expected", None, say("Expected", "Attendu")),
        ),
        tuple(rows),
        say("Stations", "Postes"),
    )


def _use_table(one: Shop, other: Shop, runs: Sequence[Sequence[Outcome]]) -> ResultTable:
    rows = []
    for name in one.servers:
        use = [interval([run.use[name] for run in way], 0.95)[0] for way in runs]
        rows.append((name, one.servers[name], other.servers[name], use[0], use[1]))
    return ResultTable(
        "stations",
        (
            Column("station", None, say("Station", "Poste")),
            Column("servers_a", None, say("Servers, A", "Serveurs, A")),
            Column("servers_b", None, say("Servers, B", "Serveurs, B")),
            Column("use_a", None, say("Busy, A", "Occupation, A")),
            Column("use_b", None, say("Busy, B", "Occupation, B")),
        ),
        tuple(rows),
        say("Stations", "Postes"),
    )


def _assumptions(variation: float) -> tuple[str, ...]:
    law = say(
        f"times of a step vary by {written(variation)} (1: exponential, 0: constant)",
        f"les temps d'une étape varient de {written(variation)} (1 : exponentiels, 0 : constants)",
    )
    return (
        say(f"Items come at random (Poisson); {law}.", f"Les matériels arrivent au hasard (Poisson) ; {law}."),
        say(
            "Queues are unlimited, lower priority figures go first, then first come; work once begun is not "
            "broken off.",
            "Files illimitées, la priorité la plus basse passe devant, puis l'ordre d'arrivée ; "
            "un travail commencé n'est pas interrompu.",
        ),
        say(
            "The shop starts empty: items of the first fifth and of the last tenth of the time are not counted.",
            "L'atelier part vide : les matériels du premier cinquième et du dernier dixième du temps ne comptent pas.",
        ),
    )


def _load_warnings(shop: Shop) -> tuple[str, ...]:
    told = []
    for name, busy in shop.loads().items():
        share = busy / shop.servers[name]
        if share > 0.9:
            told.append(
                say(
                    f"Station “{name}” is {written(share, '.0%')} busy: waits there are long and hard to foresee.",
                    f"Le poste « {name} » est occupé à {written(share, '.0%')} : l'attente y est longue et peu "
                    "prévisible.",
                )
            )
    return tuple(told)
