"""One queue before like servers: drawn customer by customer, and the exact value where theory has one."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.plugin_api import (
    Column,
    Result,
    ResultTable,
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

_WARM_UP = 0.2


def erlang_c(load: float, servers: int) -> float:
    """Return the probability that a customer waits in M/M/c; `load` is arrivals times service time, below c."""
    block = 1.0
    for count in range(1, servers + 1):
        block = load * block / (count + load * block)
    return block / (1 - load / servers * (1 - block))


def gaps(generator: np.random.Generator, mean: float, variation: float, count: int) -> Array:
    """Draw times of a mean and a coefficient of variation: constant at 0, exponential at 1, else gamma."""
    import numpy as np

    if variation == 0:
        return np.full(count, mean)
    shape = 1 / variation**2
    return generator.gamma(shape, mean / shape, count)


def waits(arrivals: Array, services: Array, servers: int) -> Array:
    """Return how long each customer waits, first come first served (Kiefer and Wolfowitz, 1955)."""
    import numpy as np

    free = [0.0] * servers
    found = np.empty(len(arrivals))
    for i, (at, service) in enumerate(zip(arrivals.tolist(), services.tolist(), strict=True)):
        start = max(at, free[0])
        heapq.heapreplace(free, start + service)
        found[i] = start - at
    return found


def interval(samples: Sequence[float], confidence: float) -> tuple[float, float, float]:
    """Return the mean of independent replications and its Student interval."""
    import numpy as np

    mean = float(np.mean(samples))
    spread = float(np.std(samples, ddof=1)) / math.sqrt(len(samples))
    reach = float(need("scipy.stats", "plan").t.ppf((1 + confidence) / 2, len(samples) - 1)) * spread
    return mean, mean - reach, mean + reach


def queue_result(
    arrival_rate: float,
    service_time: float,
    servers: int,
    arrival_variation: float,
    service_variation: float,
    limit: float | None,
    customers: int,
    replications: int,
    seed: int,
) -> Result:
    """Draw the queue many times; times in hours."""
    import numpy as np

    load = arrival_rate * service_time
    if load >= servers:
        least = math.floor(load) + 1
        raise ToolError(
            say(
                f"The queue grows for ever: the work of {written(load, '.3g')} servers arrives for {servers}. "
                f"It takes {least} servers, or fewer arrivals.",
                f"La file croît sans fin : il arrive le travail de {written(load, '.3g')} serveurs pour {servers}. "
                f"Il faut {least} serveurs, ou moins d'arrivées.",
            )
        )
    skipped = int(_WARM_UP * customers)
    means, delayed, late, busy = [], [], [], []
    for number, stream in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        arriving, serving = (np.random.default_rng(one) for one in stream.spawn(2))
        arrivals = np.cumsum(gaps(arriving, 1 / arrival_rate, arrival_variation, customers))
        services = gaps(serving, service_time, service_variation, customers)
        found = waits(arrivals, services, servers)[skipped:]
        means.append(float(found.mean()))
        delayed.append(float((found > 0).mean()))
        busy.append(float(services[skipped:].sum() / (arrivals[-1] - arrivals[skipped]) / servers))
        if limit is not None:
            late.append(float((found > limit).mean()))
        report_progress((number + 1) / replications)
    rows: list[tuple[str, str | None, float, float, float]] = [
        (say("Mean wait", "Attente moyenne"), "hour", *interval(means, 0.95))
    ]
    rows.append((say("Share that waits", "Part qui attend"), None, *interval(delayed, 0.95)))
    if limit is not None:
        rows.append(
            (
                say(f"Share that waits over {written(limit)} h", f"Part au-delà de {written(limit)} h"),
                None,
                *interval(late, 0.95),
            )
        )
    exact = exact_wait(arrival_rate, service_time, servers, arrival_variation, service_variation)
    mean, low, high = interval(means, 0.95)
    values = [
        Value("wait", mean, "hour", say("Mean wait in the queue", "Attente moyenne en file")),
        Value("wait_low", low, "hour", say("95 % interval, low", "Intervalle à 95 %, bas")),
        Value("wait_high", high, "hour", say("95 % interval, high", "Intervalle à 95 %, haut")),
        Value("queue", mean * arrival_rate, None, say("Mean length of the queue", "Longueur moyenne de la file")),
        Value("delayed", float(np.mean(delayed)), None, say("Share that waits", "Part qui attend")),
        Value("use", float(np.mean(busy)), None, say("Share of time servers are busy", "Taux d'occupation")),
    ]
    if limit is not None:
        values.append(Value("late", float(np.mean(late)), None, rows[-1][0]))
    told = []
    if exact is not None:
        values.append(
            Value("exact_wait", exact, "hour", say("Mean wait, by theory", "Attente moyenne, par la théorie"))
        )
        if not low <= exact <= high:
            told.append(
                say(
                    "Theory lies outside the interval: raise “customers”, the queue is slow to settle.",
                    "La théorie sort de l'intervalle : augmentez « customers », la file se stabilise lentement.",
                )
            )
    if load / servers > 0.95:
        told.append(
            say(
                "Servers are busy nearly all the time: a small rise in arrivals makes waits explode.",
                "Les serveurs sont presque toujours occupés : un peu plus d'arrivées et l'attente explose.",
            )
        )
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "intervals",
                (
                    Column("quantity", None, say("Quantity", "Grandeur")),
                    Column("unit", None, say("Unit", "Unité")),
                    Column("mean", None, say("Mean", "Moyenne")),
                    Column("low", None, say("Low", "Bas")),
                    Column("high", None, say("High", "Haut")),
                ),
                tuple(rows),
                say(
                    f"95 % intervals over {replications} replications",
                    f"Intervalles à 95 % sur {replications} répliques",
                ),
            ),
        ),
        assumptions=(
            say(
                "First come, first served, unlimited room, nobody leaves; arrivals and service times are independent.",
                "Premier arrivé, premier servi, place illimitée, nul n'abandonne ; arrivées et services indépendants.",
            ),
            say(
                f"Each replication draws {customers} customers from an empty start; the first {skipped} are not "
                "counted.",
                f"Chaque réplique tire {customers} clients depuis une file vide ; les {skipped} premiers ne "
                "comptent pas.",
            ),
        ),
        warnings=tuple(told),
        seed=seed,
    )


def exact_wait(
    arrival_rate: float, service_time: float, servers: int, arrival_variation: float, service_variation: float
) -> float | None:
    """Return the mean wait where it is known exactly: M/M/c (Erlang), M/G/1 (Pollaczek and Khinchine)."""
    load = arrival_rate * service_time
    if arrival_variation == 1 and service_variation == 1:
        return erlang_c(load, servers) * service_time / (servers - load)
    if arrival_variation == 1 and servers == 1:
        return load * service_time * (1 + service_variation**2) / (2 * (1 - load))
    return None
