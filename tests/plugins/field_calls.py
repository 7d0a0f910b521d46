"""One call of each tool of the supply, move, geo and load plugins, for the tests that hold of every tool."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.references.bundled import load, table
from benchmarks.references.roads import write_pbf
from benchmarks.references.supply import two_echelons, wagner_whitin
from copilot.plugin_api import InputFile, Result


def on_a_map() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        found: Result = load("move").route(InputFile(write_pbf(Path(folder) / "map.pbf")), "1", "3", weight=20.0)
    return found


CALLS: dict[str, Callable[[], Result]] = {
    "geo.coordinates": lambda: load("geo").coordinates("31U DQ 482 119"),
    "geo.distance": lambda: load("geo").distance("40.6, -73.8", "51.6, -0.5"),
    "geo.sun_moon": lambda: load("geo").sun_moon("69.65, 18.96", dt.date(2026, 6, 21), 2.0),
    "geo.convert": lambda: load("geo").convert("1 gal", "L"),
    "load.bins": lambda: load("load").bins(table("item size quantity", ("a", 3, 4), ("b", 9, 1)), 5.0, 2),
    "load.pallets": lambda: load("load").pallets(
        table("box length width height quantity weight", ("a", 400, 300, 250, 100, 12), ("b", 9999, 1, 1, 1, 1))
    ),
    "load.axle_loads": lambda: load("load").axle_loads(
        table("item mass position", ("tail", 6_000, 9)),
        table("axle position empty limit", ("front", 0, 4500, 8000), ("rear", 5, 3500, 11500)),
    ),
    "move.route": on_a_map,
    "move.march_table": lambda: load("move").march_table(
        40.0,
        50.0,
        gaps=2,
        start=dt.datetime.fromisoformat("2026-05-04T06:30"),
        points=table("point km halt", ("x", 20, 10), ("y", 60, "")),
        serials=table("serial vehicles", ("A", 20), ("B", 22)),
        consumption=0.5,
        tank=20.0,
    ),
    "move.tours": lambda: load("move").tours(
        table("stop demand lat lon due", ("d", 0, 48, 2, ""), ("a", 1, 48.1, 2, "08:00"), ("b", 99, 48, 2.1, 50)),
        1,
        5.0,
    ),
    "supply.days_of_supply": lambda: load("supply").days_of_supply(
        900.0, 100.0, 3.0, table("day quantity", (12, 500)), dt.date(2026, 3, 1)
    ),
    "supply.stock_status": lambda: load("supply").stock_status(table("item stock per_day", ("a", 1, 1), ("b", 1, 0))),
    "supply.economic_order": lambda: load("supply").economic_order(1300.0, 8.0, 0.225, 10.0, 5.0, 1700.0, 7.0),
    "supply.lot_sizes": lambda: load("supply").lot_sizes(wagner_whitin(), 500.0, 2.0),
    "supply.reorder_levels": lambda: load("supply").reorder_levels(6.0, 5.0, 1.0, 4.0, 1.0),
    "supply.safety_stock": lambda: load("supply").safety_stock(10.0, 50.0, 5.0, 1.0, order_quantity=500.0),
    "supply.spares": lambda: load("supply").spares(30, 8.0, 1000.0, 15.0),
    "supply.spares_network": lambda: load("supply").spares_network(*two_echelons(), budget=9000.0),
}
