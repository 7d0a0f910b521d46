"""References of the supply plugin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.references.bundled import load, number, table
from benchmarks.references.reference import Reference
from benchmarks.references.two_echelons import exact_backorders
from copilot.plugin_api import DataTable

_SNYDER = "Snyder and Shen, Fundamentals of Supply Chain Theory"
_ZHENG = "Zheng and Federgruen 1991, K = 64, p = 9, h = 1"
_CHOPRA = "Chopra and Meindl, Supply Chain Management, chapter on safety inventory"
_POISSON = "Poisson law, pipeline 3.6"
# Zheng and Federgruen, Finding optimal (s, S) policies is about as simple as evaluating a single policy, Operations
# Research 39 (1991): mean of the Poisson demand, then s, S and the cost.
POLICIES = ((10, 6, 40, 35.022), (15, 10, 49, 42.698), (20, 14, 62, 49.173), (25, 19, 56, 54.262), (30, 23, 66, 57.819))


def references() -> Iterator[Reference]:
    supply = load("supply")
    stock = supply.days_of_supply(42_000.0, 3_800.0, 3.0)
    later = supply.days_of_supply(42_000.0, 3_800.0, 3.0, table("day quantity", ("D+6", 10_000)))
    for quantity, published, result, name in (
        ("42,000 L at 3,800 L/day, days", 11.0526, stock, "days"),
        ("the same, below 3 days on day", 8.0526, stock, "below_reserve"),
        ("10,000 L on D+6, below 3 days on day", 10.6842, later, "below_reserve"),
        ("10,000 L on D+6, stock-out on day", 13.6842, later, "stock_out"),
    ):
        yield Reference("supply.days_of_supply", quantity, "by hand", published, number(result, name))
    status = supply.stock_status(table("item stock per_day", ("rations", 4500, 600), ("water", 9000, 1000)))
    yield Reference(
        "supply.stock_status", "rations, 4,500 at 600 a day", "by hand", 7.5, number(status, "shortest_days")
    )
    yield from _orders()
    yield from _chance()
    items, sites = two_echelons()
    yield Reference(
        "supply.spares_network",
        "backorders of five sites and a depot",
        "exact law (Graves 1985), by convolution",
        exact_backorders(items, sites),
        number(supply.spares_network(items, sites), "backorders"),
        "VARI-METRIC fits two moments",
    )


def _orders() -> Iterator[Reference]:
    supply = load("supply")
    plain = supply.economic_order(1300.0, 8.0, 0.225)
    waiting = supply.economic_order(1300.0, 8.0, 0.225, backorder_cost=5.0)
    gradual = supply.economic_order(1300.0, 8.0, 0.225, output_per_year=1700.0)
    for quantity, published, result, name in (
        ("example 3.1, quantity", 304.1, plain, "quantity"),
        ("example 3.1, cost", 68.41, plain, "cost"),
        ("the same with backorders at 5, quantity", 310.81, waiting, "quantity"),
        ("the same with backorders at 5, share late", 0.0431, waiting, "late_share"),
        ("the same from a source of 1700 a year, quantity", 626.8, gradual, "quantity"),
    ):
        yield Reference("supply.economic_order", quantity, _SNYDER, published, number(result, name))
    plan = supply.lot_sizes(wagner_whitin(), 500.0, 2.0)
    yield Reference("supply.lot_sizes", "example 3.9, cost", _SNYDER, 1380, number(plan, "cost"))
    result = supply.reorder_levels(6.0, 5.0, 1.0, 4.0)
    yield Reference("supply.reorder_levels", "example 4.7, s", _SNYDER, 4, number(result, "s"))
    yield Reference("supply.reorder_levels", "example 4.7, S", _SNYDER, 10, number(result, "S"))
    yield Reference("supply.reorder_levels", "example 4.7, cost", _SNYDER, 8.034, number(result, "cost"))
    for mean, low, high, cost in POLICIES:
        result = supply.reorder_levels(float(mean), 64.0, 1.0, 9.0)
        for name, published in (("s", low), ("S", high), ("cost", cost)):
            quantity = f"mean {mean}, {name}"
            yield Reference("supply.reorder_levels", quantity, _ZHENG, published, number(result, name))


def _chance() -> Iterator[Reference]:
    supply = load("supply")
    # Dell: 2,500 tablets a day with deviation 500, lead time 7 days with deviation 7, cycle service 90 %.
    dell = supply.safety_stock(2500.0, 500.0, 7.0, 7.0, 0.9)
    yield Reference("supply.safety_stock", "Dell, safety stock", _CHOPRA, 22_491, number(dell, "safety_stock"))
    # B&M: 2,500 a week with deviation 500, two weeks, lots of 10,000, fill rate 97.5 %.
    filled = supply.safety_stock(2500 / 7, 500 / 7**0.5, 14.0, 0.0, 0.975, "fill_rate", 10_000.0)
    yield Reference(
        "supply.safety_stock", "B&M, fill rate 97.5 %", _CHOPRA, 67, number(filled, "safety_stock"), "printed whole"
    )
    spares = supply.spares(30, 8.0, 1000.0, 15.0)
    for quantity, published, name in (
        ("no shortage at 95 %", 7, "stock_no_shortage"),
        ("filled at once at 95 %", 8, "stock_filled"),
        ("service of 7", 0.96921, "no_shortage"),
        ("backorders at 7", 0.048259, "backorders"),
    ):
        yield Reference("supply.spares", quantity, _POISSON, published, number(spares, name))


def wagner_whitin() -> DataTable:
    """Snyder and Shen, example 3.9: orders of 210 and 150, cost 1380 (order cost 500, holding cost 2)."""
    return table("period demand", (1, 90), (2, 120), (3, 80), (4, 70))


def two_echelons(depot_stock: int = 3, stock: int = 1) -> tuple[DataTable, DataTable]:
    """Five sites of one depot, without and with repair on site."""
    items = table("item cost depot_days depot_stock", ("pump", 1000, 20, depot_stock))
    header = "item site per_day local_share local_days transit_days stock systems"
    shares = (0.0, 0.2, 0.0, 0.5, 0.1)
    return items, table(
        header, *(("pump", f"site {i + 1}", 0.04 + 0.01 * i, one, 4, 5, stock, 10) for i, one in enumerate(shares))
    )
