"""References of the move plugin."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from math import pi
from pathlib import Path

from benchmarks.references.bundled import load, number
from benchmarks.references.reference import Reference
from benchmarks.references.roads import write_pbf
from benchmarks.references.vrplib import c101, cvrp
from copilot.plugin_api import InputFile

_HAND = "by hand"


def references() -> Iterator[Reference]:
    move = load("move")
    with tempfile.TemporaryDirectory() as folder:
        found = move.route(InputFile(write_pbf(Path(folder) / "map.osm.pbf")), "1", "3", weight=10.0)
    # Two hundredths of a degree along the equator of the mean sphere, at 65 km/h.
    km = 0.02 / 180 * pi * 6371.0088
    yield Reference(
        "move.route", "two hundredths of a degree, km", "arc of the mean sphere", km, number(found, "distance")
    )
    yield Reference("move.route", "the same at 65 km/h, minutes", _HAND, km / 65 * 60, number(found, "time"))
    march = move.march_table(40.0, 50.0, 62, 80.0, gaps=2, consumption=0.4)
    for quantity, published, name in (
        ("62 vehicles at 40 km/h, pass time, minutes", 15.58, "pass_time"),
        ("road space, km", 10.3867, "road_space"),
        ("80 km, travel time of the head, minutes", 120, "head_time"),
        ("80 km at 0.4 L/km, fuel, L", 1984, "fuel"),
    ):
        yield Reference("move.march_table", quantity, _HAND, published, number(march, name))
    stops, distances, capacity = cvrp("A-n32-k5")
    result = move.tours(stops, 5, capacity, distances=distances, iterations=2_000)
    yield Reference("move.tours", "A-n32-k5, 2000 iterations", "CVRPLIB", 784, number(result, "distance"))
    stops, distances, capacity, vehicles = c101()
    result = move.tours(stops, vehicles, capacity, distances=distances, speed=60.0, iterations=1_000)
    yield Reference("move.tours", "C101, 1000 iterations", "Solomon 1987, DIMACS", 827.3, number(result, "distance"))
