"""Stocks: how long they last, when and how much to order, how many spares to hold and where."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from supply_network import network_result
from supply_orders import economic_order_result, lot_sizes_result
from supply_policy import reorder_levels_result
from supply_safety import safety_stock_result
from supply_spares import spares_result
from supply_stock import days_result, status_result

from copilot.plugin_api import Columns, DataTable, Ge, Gt, Le, Lt, Result, Unit, tool


@tool
def days_of_supply(
    stock: Annotated[float, Unit("L"), Ge(0)],
    per_day: Annotated[float, Unit("L/day"), Gt(0)],
    reserve: Annotated[float, Unit("day"), Ge(0)] = 0.0,
    receipts: Annotated[DataTable, Columns("day", "quantity")] | None = None,
    start: dt.date | None = None,
) -> Result:
    """Say how many days a stock of fuel or water lasts, with what is to come in, and when it runs out.

    Args:
        stock: What is there at the start.
        per_day: What is used each day.
        reserve: Days of supply that should stay in stock; the day is told on which the stock falls below them.
        receipts: One delivery a row: its day (6, D+6, or a date if the start is given) and its quantity in litres.
        start: The date of day 0; with it, days are told as dates too.
    """
    return days_result(stock, per_day, reserve, receipts, start)


@tool
def stock_status(
    items: Annotated[DataTable, Columns("item", "stock", "per_day")],
    minimum: Annotated[float, Unit("day"), Ge(0)] = 3.0,
) -> Result:
    """Say how many days each of many items lasts, shortest first, and which stand below their minimum.

    Args:
        items: One item a row, stock and daily use in one unit; columns “unit” and “minimum_days” may be added.
        minimum: The days of supply each item should have where its row says nothing.
    """
    return status_result(items, minimum)


@tool
def economic_order(
    demand_per_year: Annotated[float, Gt(0)],
    order_cost: Annotated[float, Gt(0)],
    holding_cost: Annotated[float, Gt(0)],
    lead_time: Annotated[float, Unit("day"), Ge(0)] = 0.0,
    backorder_cost: Annotated[float, Gt(0)] | None = None,
    output_per_year: Annotated[float, Gt(0)] | None = None,
    pack: Annotated[float, Gt(0)] | None = None,
) -> Result:
    """Find the quantity to order at a time when demand is steady (EOQ, with backorders or gradual delivery).

    Args:
        demand_per_year: What is used in a year.
        order_cost: The cost of placing one order, whatever its size.
        holding_cost: The cost of holding one unit for a year.
        lead_time: Time from order to delivery, for the stock level at which to order.
        backorder_cost: The cost of one unit missing for a year, where shortages may be caught up later.
        output_per_year: What the source delivers in a year while it delivers, where an order comes in gradually.
        pack: The order must be a multiple of this.
    """
    return economic_order_result(
        demand_per_year, order_cost, holding_cost, lead_time, backorder_cost, output_per_year, pack
    )


@tool
def lot_sizes(
    demands: Annotated[DataTable, Columns("period", "demand")],
    order_cost: Annotated[float, Ge(0)],
    holding_cost: Annotated[float, Ge(0)],
    stock: Annotated[float, Ge(0)] = 0.0,
) -> Result:
    """Find when and how much to order for demands that are known and vary, at least cost (Wagner-Whitin).

    Args:
        demands: One period a row, in order, and what is wanted in it; a column “order_cost” may give each period's own.
        order_cost: The cost of placing one order, whatever its size.
        holding_cost: The cost of carrying one unit from one period to the next.
        stock: What is there at the start.
    """
    return lot_sizes_result(demands, order_cost, holding_cost, stock)


@tool
def reorder_levels(
    mean: Annotated[float, Gt(0)],
    order_cost: Annotated[float, Ge(0)],
    holding_cost: Annotated[float, Gt(0)],
    shortage_cost: Annotated[float, Gt(0)],
    deviation: Annotated[float, Gt(0)] | None = None,
    lead_time: Annotated[int, Ge(0), Le(100)] = 0,
) -> Result:
    """Find the level s at which to order and the level S up to which, for demand by chance, at least cost.

    Args:
        mean: Mean demand in a period.
        order_cost: The cost of placing one order, whatever its size.
        holding_cost: The cost of one unit in stock at the end of a period.
        shortage_cost: The cost of one unit missing at the end of a period.
        deviation: Standard deviation of demand in a period; left out, demand is Poisson.
        lead_time: How many whole periods a delivery takes.
    """
    return reorder_levels_result(mean, order_cost, holding_cost, shortage_cost, deviation, lead_time)


@tool
def safety_stock(
    daily_demand: Annotated[float, Gt(0)],
    demand_deviation: Annotated[float, Ge(0)],
    lead_time: Annotated[float, Unit("day"), Gt(0)],
    lead_time_deviation: Annotated[float, Unit("day"), Ge(0)] = 0.0,
    service: Annotated[float, Gt(0), Lt(1)] = 0.95,
    kind: Literal["cycle", "fill_rate"] = "cycle",
    order_quantity: Annotated[float, Gt(0)] | None = None,
) -> Result:
    """Say how much to hold beyond mean demand so that chance in demand and in lead times does no harm.

    Args:
        daily_demand: Mean demand a day.
        demand_deviation: Standard deviation of the demand of one day.
        lead_time: Mean time from order to delivery.
        lead_time_deviation: Standard deviation of that time.
        service: The service wanted, as a share: 0.95 for 95 %.
        kind: Whether service is the share of order cycles without a shortage or the share of demand met from stock.
        order_quantity: What is ordered at a time; needed for a fill rate.
    """
    return safety_stock_result(
        daily_demand, demand_deviation, lead_time, lead_time_deviation, service, kind, order_quantity
    )


@tool
def spares(
    in_use: Annotated[int, Gt(0)],
    hours_per_day: Annotated[float, Unit("hour/day"), Gt(0), Le(24)],
    mean_life: Annotated[float, Unit("hour"), Gt(0)],
    turnaround: Annotated[float, Unit("day"), Gt(0)],
    service: Annotated[float, Gt(0), Lt(1)] = 0.95,
) -> Result:
    """Say how many spares of a part to hold, by both definitions of service (Poisson pipeline).

    Args:
        in_use: How many of the part are in use.
        hours_per_day: Hours each of them works a day.
        mean_life: Mean working hours between removals of the part.
        turnaround: Days until a removed part is replaced in stock: repair or resupply.
        service: The service wanted, as a share: 0.95 for 95 %.
    """
    return spares_result(in_use, hours_per_day, mean_life, turnaround, service)


@tool
def spares_network(
    items: Annotated[DataTable, Columns("item", "cost", "depot_days")],
    sites: Annotated[DataTable, Columns("item", "site", "per_day", "local_share", "local_days", "transit_days")],
    budget: Annotated[float, Ge(0)] | None = None,
) -> Result:
    """Share out spares among a depot and its sites for the fewest backorders within a budget (VARI-METRIC).

    Args:
        items: One part a row: its cost and the mean days of a repair at the depot; “depot_stock” may be added.
        sites: One part at one site a row: removals a day, share repaired on site, days of that repair, days of transit
            from the depot; “stock” and “systems” (how many systems there carry the part) may be added.
        budget: What the spares may cost; left out, the stocks of the two tables are judged as they are.
    """
    return network_result(items, sites, budget)
