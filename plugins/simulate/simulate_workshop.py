"""A workshop: items of several types go through stations; drawn with SimPy, two ways with the same random numbers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulate_queue import gaps

from copilot.plugin_api import DataTable, ToolError, need, report_progress, say, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Items that come in the first fifth of the time meet an empty workshop; those of the last tenth may not be done.
WARM_UP, TAIL = 0.2, 0.1
_MOST_STEPS = 600_000


@dataclass(frozen=True, slots=True)
class Shop:
    """Servers by station; for each type its arrivals an hour, its priority (lower goes first), its steps in hours."""

    servers: dict[str, int]
    rates: dict[str, float]
    priorities: dict[str, float]
    routes: dict[str, tuple[tuple[str, float], ...]]

    def loads(self) -> dict[str, float]:
        """Return, for each station, how many servers its work keeps busy on average."""
        busy = dict.fromkeys(self.servers, 0.0)
        for name, steps in self.routes.items():
            for station, hours in steps:
                busy[station] += self.rates[name] * hours
        return busy


def read_shop(stations: DataTable, routes: DataTable, arrivals: DataTable, hours_a_day: float, way: str = "") -> Shop:
    """Read a workshop; `way` ends the names of the columns of a second way (“_b”), where they are there."""

    def column(table: DataTable, name: str) -> list[float]:
        return table.numbers(name + way if table.has(name + way) else name)

    servers = {}
    for name, count in zip(stations.texts("station"), column(stations, "servers"), strict=True):
        if count < 1 or count != int(count) or name in servers:
            raise ToolError(
                say(
                    f"Station “{name}”: name it once, with a whole number of servers from 1.",
                    f"Poste « {name} » : nommez-le une fois, avec un nombre entier de serveurs à partir de 1.",
                )
            )
        servers[name] = int(count)
    types = arrivals.texts("type")
    rates = {name: one / hours_a_day for name, one in zip(types, column(arrivals, "per_day"), strict=True)}
    order = arrivals.numbers("priority") if arrivals.has("priority") else [0.0] * len(types)
    steps: dict[str, list[tuple[float, str, float]]] = {name: [] for name in types}
    hours = column(routes, "hours")
    places = zip(routes.texts("type"), routes.numbers("step"), routes.texts("station"), hours, strict=True)
    for row, (name, step, station, long) in enumerate(places, start=2):
        if name not in steps or station not in servers or long < 0:
            raise ToolError(
                say(
                    f"Row {row} of the routes: the type “{name}” or the station “{station}” is unknown, "
                    "or the hours are below 0.",
                    f"Ligne {row} des gammes : type « {name} » ou poste « {station} » inconnu, ou heures négatives.",
                )
            )
        steps[name].append((step, station, long))
    for name in types:
        if not steps[name] or rates[name] <= 0:
            raise ToolError(
                say(
                    f"The type “{name}” has no step, or does not arrive; leave it out or complete it.",
                    f"Le type « {name} » n'a pas d'étape ou n'arrive pas ; retirez-le ou complétez-le.",
                )
            )
    routes_of = {name: tuple((station, long) for _, station, long in sorted(found)) for name, found in steps.items()}
    shop = Shop(servers, rates, dict(zip(types, order, strict=True)), routes_of)
    for station, busy in shop.loads().items():
        if busy >= servers[station]:
            raise ToolError(
                say(
                    f"Station “{station}” is overloaded: its work keeps {written(busy, '.3g')} servers busy, it has "
                    f"{servers[station]}. Add servers or send it less.",
                    f"Le poste « {station} » est saturé : son travail occupe {written(busy, '.3g')} serveurs, il en a "
                    f"{servers[station]}. Ajoutez des serveurs ou envoyez-lui moins.",
                )
            )
    return shop


@dataclass(frozen=True, slots=True)
class Outcome:
    """One replication: hours through the shop of each counted item by type, and the busy share of each station."""

    hours: dict[str, Array]
    use: dict[str, float]

    @property
    def mean(self) -> float:
        import numpy as np

        return float(np.concatenate(list(self.hours.values())).mean())


def run_once(shop: Shop, horizon: float, variation: float, seed: np.random.SeedSequence) -> Outcome:
    """Run the shop for `horizon` hours from empty.

    Each type draws its arrivals, and each of its steps its times, from a stream of its own, item by item: another way
    to run the shop meets the same items with the same luck (common random numbers).
    """
    import numpy as np

    simpy = need("simpy", "plan")
    environment = simpy.Environment()
    desks = {name: simpy.PriorityResource(environment, count) for name, count in shop.servers.items()}
    first, last = WARM_UP * horizon, (1 - TAIL) * horizon
    done: dict[str, list[float]] = {name: [] for name in shop.routes}
    busy = dict.fromkeys(shop.servers, 0.0)

    def item(name: str, times: Sequence[float]) -> Generator[Any, Any, None]:
        came = environment.now
        for (station, _), long in zip(shop.routes[name], times, strict=True):
            with desks[station].request(priority=shop.priorities[name]) as turn:
                yield turn
                begun = environment.now
                yield environment.timeout(long)
                busy[station] += max(0.0, min(last, environment.now) - max(first, begun))
        if first <= came < last:
            done[name].append(environment.now - came)

    def source(name: str, between: Array, times: Array) -> Generator[Any, Any, None]:
        for gap, mine in zip(between.tolist(), times.tolist(), strict=True):
            yield environment.timeout(gap)
            environment.process(item(name, mine))

    for (name, steps), stream in zip(shop.routes.items(), seed.spawn(len(shop.routes)), strict=True):
        arriving, *serving = (np.random.default_rng(one) for one in stream.spawn(1 + len(steps)))
        expected = shop.rates[name] * horizon
        count = int(expected + 6 * expected**0.5 + 10)
        between = gaps(arriving, 1 / shop.rates[name], 1.0, count)
        between = between[np.cumsum(between) <= horizon]
        times = [
            gaps(one, hours, variation, count)[: len(between)] for one, (_, hours) in zip(serving, steps, strict=True)
        ]
        environment.process(source(name, between, np.array(times).T))
    environment.run()
    span = last - first
    use = {name: busy[name] / (span * count) for name, count in shop.servers.items()}
    return Outcome({name: np.array(found) for name, found in done.items()}, use)


def run_many(shop: Shop, horizon: float, variation: float, replications: int, seed: int) -> list[Outcome]:
    """Run replications whose random numbers depend on the seed, the replication, the type and the step only."""
    import numpy as np

    steps = sum(shop.rates[name] * len(route) for name, route in shop.routes.items()) * horizon * replications
    if steps > _MOST_STEPS:
        raise ToolError(
            say(
                f"That is {written(steps, ',.0f')} steps to draw; {written(_MOST_STEPS, ',')} at most. Ask for "
                "fewer days or "
                "replications.",
                f"Cela fait {written(steps, ',.0f')} étapes à tirer ; {written(_MOST_STEPS, ',')} au plus. "
                "Réduisez les jours "
                "ou les "
                "répliques.",
            )
        )
    found = []
    for number, stream in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        found.append(run_once(shop, horizon, variation, stream))
        report_progress((number + 1) / replications)
    if not all(len(hours) for one in found for hours in one.hours.values()):
        raise ToolError(
            say(
                "In some replication a type never came: ask for more days.",
                "Dans une réplique, un type n'est jamais venu : demandez plus de jours.",
            )
        )
    return found
