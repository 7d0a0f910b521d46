"""One call of each tool of the supply, move, geo and load plugins, for the tests that hold of every tool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from benchmarks.references.bundled import load, table
from benchmarks.references.supply import two_echelons, wagner_whitin
from copilot.plugin_api import Result

CALLS: dict[str, Callable[[], Result]] = {
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
