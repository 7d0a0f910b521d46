"""References of the simulate plugin: queueing theory, and moments known by formula."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.references.bundled import load, number, table
from benchmarks.references.reference import Reference


def references() -> Iterator[Reference]:
    simulate = load("simulate")
    queue = simulate.queue(0.2, 10.0, 3)
    label = "mean wait of M/M/3, arrivals .2, service .1"
    yield Reference("simulate.queue", label, "Erlang C", 40 / 9, number(queue, "wait"), _interval(queue, "wait"))
    queue = simulate.queue(0.7, 1.0, 1, service_variation=0.0)
    label = "mean wait of M/D/1, load .7"
    source = "Pollaczek and Khinchine"
    yield Reference("simulate.queue", label, source, 0.7 / 0.6, number(queue, "wait"), _interval(queue, "wait"))
    stations = table("station servers", ("one", 1), ("two", 3))
    arrivals = table("type per_day", ("item", 4.8))
    routes = table("type step station hours hours_b", ("item", 1, "one", 3, 2.7), ("item", 2, "two", 10, 10))
    shop = simulate.workshop(stations, routes, arrivals, days=1500.0)
    label = "mean time through M/M/1 and M/M/3"
    note = _interval(shop, "turnaround")
    yield Reference("simulate.workshop", label, "Jackson 1957", 7.5 + 10 + 40 / 9, number(shop, "turnaround"), note)
    both = simulate.compare(stations, routes, arrivals, days=1500.0)
    label = "gain of a first step of 2.7 h for 3 h"
    note = f"{_interval(both, 'difference')}; variance left: {number(both, 'variance_ratio'):.2f}"
    exact = 2.7 / 0.46 - 3 / 0.4
    yield Reference("simulate.compare", label, "Jackson 1957", exact, number(both, "difference"), note)
    wide = 1.2815515655446004
    inputs = table(
        "input low base high distribution",
        ("a", 10 - wide, 10, 10 + wide, "normal"),
        ("b", 20 - 2 * wide, 20, 20 + 2 * wide, "normal"),
    )
    spread = number(simulate.what_if("a + b", inputs, runs=200_000), "deviation")
    yield Reference("simulate.what_if", "deviation of a sum of normals", "by formula", math.sqrt(5), spread)


def _interval(result: object, name: str) -> str:
    from copilot.plugin_api import Result

    assert isinstance(result, Result)
    return f"95 % interval {number(result, name + '_low'):.3f} to {number(result, name + '_high'):.3f}"
