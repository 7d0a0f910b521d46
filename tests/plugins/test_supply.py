"""The supply plugin against textbooks, exact laws, and brute force."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import numpy as np
import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.supply import POLICIES, two_echelons, wagner_whitin
from benchmarks.references.two_echelons import exact_backorders
from copilot.plugin_api import DataTable, Scalar, SolverStatus, ToolError

supply = load("supply")
orders = load("supply_orders", "supply")
policy = load("supply_policy", "supply")
metric = load("supply_metric", "supply")


def test_days_of_supply_with_a_receipt() -> None:
    receipts = table("day quantity", ("J+6", "10 000"))
    result = supply.days_of_supply(42_000.0, 3_800.0, 3.0, receipts, dt.date(2026, 3, 1))
    assert number(result, "days") == pytest.approx(11.0526, abs=1e-4)
    assert number(result, "stock_out") == pytest.approx(13.6842, abs=1e-4)
    assert number(result, "below_reserve") == pytest.approx(10.6842, abs=1e-4)
    assert value(result, "stock_out_date") == "2026-03-14"
    assert value(result, "below_reserve_date") == "2026-03-11"
    (step,) = rows(result, "receipts")
    assert step == {"day": 6, "before": 19_200, "receipt": 10_000, "after": 29_200, "date": "2026-03-07"}
    assert not result.warnings
    dated = table("day quantity", (dt.date(2026, 3, 7).isoformat(), 10_000))
    assert supply.days_of_supply(42_000.0, 3_800.0, 3.0, dated, dt.date(2026, 3, 1)) == result


def test_a_receipt_that_comes_too_late_leaves_a_gap() -> None:
    result = supply.days_of_supply(1000.0, 100.0, receipts=table("day quantity", (12, 500), (30, 100)))
    assert number(result, "stock_out") == 10
    assert number(result, "last_stock_out") == 31
    # Empty on days 10 to 12 and 17 to 30.
    assert number(result, "unmet") == pytest.approx(100 * (2 + 13))
    assert "before the receipt of day 12" in result.warnings[0]
    assert result.figure is not None
    assert min(result.figure.lines[0].y) == 0


@pytest.mark.parametrize("seed", range(5))
def test_what_is_used_and_left_adds_up(seed: int) -> None:
    dice = random.Random(seed)
    coming: list[tuple[Scalar, ...]] = [(dice.uniform(0, 40), dice.uniform(0, 400)) for _ in range(8)]
    result = supply.days_of_supply(500.0, 50.0, 2.0, table("day quantity", *coming))
    last = number(result, "last_stock_out") if result.warnings else number(result, "stock_out")
    unmet = number(result, "unmet") if result.warnings else 0.0
    assert 500 + sum(float(str(row[1])) for row in coming) == pytest.approx(last * 50 - unmet)


@pytest.mark.parametrize(("day", "start"), [("soon", None), ("2026-03-07", None), (-1, None), ("2026-02-01", 1)])
def test_days_that_cannot_be(day: Scalar, start: int | None) -> None:
    begin = None if start is None else dt.date(2026, 3, start)
    with pytest.raises(ToolError, match="Row 2 of the receipts"):
        supply.days_of_supply(10.0, 1.0, receipts=table("day quantity", (day, 5)), start=begin)
    with pytest.raises(ToolError, match="century"):
        supply.days_of_supply(1e9, 1.0)


def test_items_are_listed_from_the_shortest() -> None:
    items = table(
        "item stock per_day unit minimum_days",
        ("diesel", "42 000", "3 800", "L", 12),
        ("rations", 4500, 600, "", ""),
        ("spares", 3, 0, "", None),
    )
    result = supply.stock_status(items, 5.0)
    assert [one["item"] for one in rows(result, "status")] == ["rations", "diesel", "spares"]
    assert rows(result, "status")[1]["missing"] == pytest.approx(12 * 3800 - 42_000)
    assert rows(result, "status")[2]["days"] is None
    assert value(result, "below") == 1
    assert "“diesel” has 11.1 days" in result.warnings[0]
    with pytest.raises(ToolError, match="Row 2"):
        supply.stock_status(table("item stock per_day", ("a", -1, 1)))


def test_the_economic_order_is_the_cheapest() -> None:
    result = supply.economic_order(1300.0, 8.0, 0.225, 30.0)
    assert number(result, "quantity") == pytest.approx(304.0467800264368)
    assert number(result, "cost") == pytest.approx(68.41052550594829)
    assert number(result, "order_point") == pytest.approx(1300 * 30 / 365)
    assert all(float(str(one["excess"])) >= 0 for one in rows(result, "sensitivity"))
    # A quantity twice the best costs a quarter more: (2 + 1 / 2) / 2.
    assert rows(result, "sensitivity")[-1]["excess"] == pytest.approx(0.25)
    assert number(supply.economic_order(1300.0, 8.0, 0.225, pack=100.0), "quantity") == 300
    assert number(supply.economic_order(1300.0, 8.0, 0.225, pack=1000.0), "quantity") == 1000


def test_backorders_and_gradual_delivery() -> None:
    waiting = supply.economic_order(1300.0, 8.0, 0.225, backorder_cost=5.0)
    assert number(waiting, "quantity") == pytest.approx(310.81255515896464)
    assert number(waiting, "cost") == pytest.approx(66.92136355097325)
    assert number(waiting, "late_share") == pytest.approx(0.0430622009569378)
    gradual = supply.economic_order(1300.0, 8.0, 0.225, output_per_year=1700.0)
    assert number(gradual, "quantity") == pytest.approx(626.8084945889684)
    assert number(gradual, "cost") == pytest.approx(33.183979125298336)
    with pytest.raises(ToolError, match="no more than the demand"):
        supply.economic_order(1300.0, 8.0, 0.225, output_per_year=1300.0)


def test_wagner_whitin_of_the_textbook() -> None:
    result = supply.lot_sizes(wagner_whitin(), 500.0, 2.0)
    assert number(result, "cost") == 1380
    assert [one["order"] for one in rows(result, "plan")] == [210, 0, 150, 0]


@pytest.mark.parametrize("seed", range(6))
def test_lot_sizes_are_the_best_of_all_plans(seed: int) -> None:
    dice = random.Random(seed)
    needs = [dice.choice([0, 20, 50, 90, 140]) for _ in range(8)]
    costs = [dice.choice([50, 100, 300]) for _ in needs]
    stock = dice.choice([0, 60])
    demands = table("period demand order_cost", *((i, *pair) for i, pair in enumerate(zip(needs, costs, strict=True))))
    result = supply.lot_sizes(demands, 0.0, 1.5, float(stock))
    best = min(_cost(needs, costs, stock, when) for when in itertools.product((False, True), repeat=8))
    assert number(result, "cost") == pytest.approx(best)
    level = float(stock)
    for one in rows(result, "plan"):
        level += float(str(one["order"])) - float(str(one["demand"]))
        assert level == pytest.approx(one["stock"])
        assert level >= -1e-9


def _cost(needs: list[int], costs: list[int], stock: int, when: tuple[bool, ...]) -> float:
    """Order at the given periods what is missing until the next of them."""
    level, total = float(stock), 0.0
    for i, one in enumerate(needs):
        if when[i]:
            after = next((j for j in range(i + 1, len(needs)) if when[j]), len(needs))
            level += max(0.0, sum(needs[i:after]) - level)
            total += costs[i]
        level -= one
        if level < 0:
            return float("inf")
        total += 1.5 * level
    return total


@pytest.mark.parametrize(("mean", "low", "high", "cost"), POLICIES)
def test_the_policies_of_zheng_and_federgruen(mean: int, low: int, high: int, cost: float) -> None:
    result = supply.reorder_levels(float(mean), 64.0, 1.0, 9.0)
    assert (value(result, "s"), value(result, "S")) == (low, high)
    assert number(result, "cost") == pytest.approx(cost, abs=1e-3)


@pytest.mark.parametrize(("deviation", "lead_time", "order_cost"), [(None, 2, 20.0), (5.0, 1, 20.0), (4.0, 0, 0.0)])
def test_levels_are_the_best_of_all(deviation: float | None, lead_time: int, order_cost: float) -> None:
    result = supply.reorder_levels(4.0, order_cost, 1.0, 8.0, deviation, lead_time)
    costs = policy.Costs.of(policy.demand_of(4.0, deviation, lead_time), order_cost, 1.0, 8.0, 200)
    best = min(costs.of_policy(s, top) for s in range(-5, 40) for top in range(s + 1, 70))
    assert number(result, "cost") == pytest.approx(best)


def test_what_the_levels_do_is_what_a_simulation_sees() -> None:
    result = supply.reorder_levels(4.0, 20.0, 1.0, 8.0, 5.0, 1)
    low, high = int(number(result, "s")), int(number(result, "S"))
    dice = np.random.default_rng(7)
    # Variance 25 for a mean of 4: chance .16, size 4 * .16 / .84.
    demand = dice.negative_binomial(4 * 0.16 / 0.84, 0.16, 200_000)
    stock, coming, ends, placed = high, 0, [], 0
    for one in demand:
        ordered = high - stock - coming if stock + coming <= low else 0
        placed += ordered > 0
        stock, coming = stock + coming - int(one), ordered
        ends.append(stock)
    levels = np.array(ends)
    assert number(result, "stock") == pytest.approx(np.maximum(levels, 0).mean(), rel=0.03)
    assert number(result, "missing") == pytest.approx(np.maximum(-levels, 0).mean(), rel=0.06)
    assert number(result, "ready") == pytest.approx((levels >= 0).mean(), abs=0.01)
    assert number(result, "orders") == pytest.approx(placed / len(levels), rel=0.02)


def test_levels_that_cannot_be_found_are_refused() -> None:
    with pytest.raises(ToolError, match="larger units"):
        supply.reorder_levels(5000.0, 1.0, 1.0, 2.0)
    assert "Poisson was used" in supply.reorder_levels(9.0, 10.0, 1.0, 5.0, 1.0).warnings[0]


def test_safety_stock_of_the_textbook() -> None:
    dell = supply.safety_stock(2500.0, 500.0, 7.0, 7.0, 0.9)
    assert number(dell, "deviation") == pytest.approx(17_550, abs=1)
    assert number(dell, "safety_stock") == pytest.approx(22_491, abs=1)
    assert number(dell, "order_point") == pytest.approx(17_500 + 22_491, abs=1)
    filled = supply.safety_stock(2500 / 7, 500 / 7**0.5, 14.0, 0.0, 0.975, "fill_rate", 10_000.0)
    assert number(filled, "safety_stock") == pytest.approx(67, abs=0.5)
    assert number(filled, "fill_rate") == pytest.approx(0.975)


def test_safety_stock_at_its_limits() -> None:
    assert number(supply.safety_stock(10.0, 0.0, 5.0), "safety_stock") == 0
    large = supply.safety_stock(10.0, 2.0, 5.0, 0.0, 0.9, "fill_rate", 1000.0)
    assert number(large, "safety_stock") == 0
    assert "without any safety stock" in large.warnings[0]
    assert number(large, "fill_rate") > 0.9
    with pytest.raises(ToolError, match="give order_quantity"):
        supply.safety_stock(10.0, 2.0, 5.0, kind="fill_rate")


def test_both_definitions_of_a_spare() -> None:
    result = supply.spares(30, 8.0, 1000.0, 15.0)
    assert number(result, "pipeline") == pytest.approx(3.6)
    assert (value(result, "stock_no_shortage"), value(result, "stock_filled")) == (7, 8)
    stocks = {one["stock"]: one for one in rows(result, "stocks")}
    assert stocks[6]["no_shortage"] == pytest.approx(0.9267265843710332)
    assert stocks[7]["no_shortage"] == pytest.approx(0.9692107246403425)
    assert stocks[7]["filled"] == stocks[6]["no_shortage"]
    assert stocks[8]["backorders"] == pytest.approx(0.017470093387019325)
    few = supply.spares(1, 1.0, 1e6, 1.0)
    assert (value(few, "stock_no_shortage"), value(few, "stock_filled")) == (0, 1)
    with pytest.raises(ToolError, match="check the figures"):
        supply.spares(10**6, 24.0, 1.0, 100.0)


@pytest.mark.parametrize("depot_stock", [0, 2, 5, 8])
@pytest.mark.parametrize("stock", [0, 1, 2])
def test_a_network_is_near_the_exact_law(depot_stock: int, stock: int) -> None:
    items, sites = two_echelons(depot_stock, stock)
    exact = exact_backorders(items, sites)
    result = supply.spares_network(items, sites)
    assert number(result, "backorders") == pytest.approx(exact, rel=0.01, abs=2e-3)
    # METRIC takes the variance for the mean, and never tells more.
    assert number(result, "metric") <= number(result, "backorders") + 1e-12


def parts() -> tuple[DataTable, DataTable]:
    items = table("item cost depot_days", ("pump", 3, 12), ("radio", 2, 8))
    header = "item site per_day local_share local_days transit_days"
    lines = [("pump", "north", 0.1, 0.3), ("pump", "south", 0.05, 0.0), ("radio", "north", 0.2, 0.5)]
    return items, table(header, *((*line, 3, 4) for line in lines))


def test_spares_within_a_budget_are_the_best_of_all_or_near_the_bound() -> None:
    items, sites = parts()
    pump, radio = metric.read_parts(items, sites)

    def best(budget: int) -> float:
        found = float("inf")
        for d, a, b, e, c in itertools.product(range(6), range(4), range(4), range(5), range(5)):
            if 3 * (d + a + b) + 2 * (e + c) <= budget:
                left = metric.judge(pump, d, (a, b)).backorders + metric.judge(radio, e, (c,)).backorders
                found = min(found, left)
        return found

    for budget in (0, 10):
        result = supply.spares_network(items, sites, float(budget))
        solver = result.solver
        assert solver is not None
        assert number(result, "cost") <= budget
        least = best(budget)
        assert solver.bound is not None
        assert solver.bound <= least + 1e-9
        assert number(result, "backorders") == pytest.approx(least, rel=0.1)
        assert number(result, "backorders") >= least - 1e-9


def test_more_budget_leaves_no_more_backorders() -> None:
    items, sites = parts()
    left = [number(supply.spares_network(items, sites, float(one)), "backorders") for one in range(0, 40, 4)]
    assert left == sorted(left, reverse=True)
    rich = supply.spares_network(items, sites, 1e9)
    assert number(rich, "backorders") < 1e-4
    assert rich.solver is not None
    assert rich.solver.status is SolverStatus.OPTIMAL


def test_networks_that_cannot_be() -> None:
    items, sites = parts()
    with pytest.raises(ToolError, match="Give a budget"):
        supply.spares_network(items, sites)
    with pytest.raises(ToolError, match="“radio” is no part"):
        supply.spares_network(table("item cost depot_days", ("pump", 3, 12)), sites, 10.0)
    with pytest.raises(ToolError, match="at least one row"):
        supply.spares_network(table("item cost depot_days", *items.rows, ("tyre", 1, 1)), sites, 10.0)
    with pytest.raises(ToolError, match="Costs must be above 0"):
        supply.spares_network(table("item cost depot_days", ("pump", 0, 12), ("radio", 2, 8)), sites, 10.0)
