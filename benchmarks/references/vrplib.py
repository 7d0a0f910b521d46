"""Instances of vehicle routing as tables; `data/README.md` says where they come from.

Coordinates count as km, and times as minutes at 60 km/h, so that one unit of distance takes one of time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from copilot.plugin_api import DataTable, Scalar

DATA = Path(__file__).parent / "data"
Place = tuple[float, float]


def cvrp(name: str) -> tuple[DataTable, DataTable, float]:
    """Return stops, distances rounded to the whole as TSPLIB does (EUC_2D), and the capacity."""
    text = (DATA / f"{name}.vrp").read_text(encoding="utf-8")
    capacity = float(text.split("CAPACITY")[1].split()[1])
    body = text.split("NODE_COORD_SECTION")[1]
    nodes, demands = body.split("DEPOT_SECTION")[0].split("DEMAND_SECTION")
    places: dict[str, Place] = {}
    for line in nodes.strip().splitlines():
        node, x, y = line.split()
        places[node] = (float(x), float(y))
    wanted = dict(line.split() for line in demands.strip().splitlines())
    stops = DataTable(
        ("stop", "demand", "x", "y"), tuple((node, float(wanted[node]), *place) for node, place in places.items())
    )
    return stops, _matrix(places, lambda one: float(math.floor(one + 0.5))), capacity


def c101() -> tuple[DataTable, DataTable, float, int]:
    """Return stops with time windows, distances cut to one decimal (DIMACS), capacity and number of vehicles."""
    lines = (DATA / "C101.txt").read_text(encoding="utf-8").splitlines()
    vehicles, capacity = map(int, lines[4].split())
    rows = [list(map(float, line.split())) for line in lines[9:] if line.strip()]
    places = {str(int(row[0])): (row[1], row[2]) for row in rows}
    header = ("stop", "x", "y", "demand", "ready", "due", "service")
    stops = DataTable(header, tuple((str(int(row[0])), *row[1:]) for row in rows))
    return stops, _matrix(places, lambda one: math.floor(one * 10) / 10), float(capacity), vehicles


def _matrix(places: dict[str, Place], rounded: Callable[[float], float]) -> DataTable:
    rows: list[tuple[Scalar, ...]] = [
        (name, *(rounded(math.dist(place, other)) for other in places.values())) for name, place in places.items()
    ]
    return DataTable(("from", *places), tuple(rows))
