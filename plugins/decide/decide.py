"""Choices: options on weighted criteria, weights from comparisons, where to open sites, what to send where."""

from __future__ import annotations

from typing import Annotated, Literal

from decide_ahp import ahp_result
from decide_flows import flow_result, transport_result
from decide_ranking import ranking_result
from decide_sites import location_result, p_median_result

from copilot.plugin_api import Columns, DataTable, Ge, Result, tool


@tool
def rank(
    options: Annotated[DataTable, Columns("option")],
    criteria: Annotated[DataTable, Columns("criterion", "weight", "better")],
    method: Literal["weighted_sum", "topsis"] = "weighted_sum",
) -> Result:
    """Rank options on weighted criteria, and say at which weights another would come first.

    Args:
        options: One option a row, and a column of figures for each criterion.
        criteria: One criterion a row: its weight, and “max” where more is better or “min” where less is.
        method: How the figures are put together.
    """
    return ranking_result(options, criteria, method)


@tool
def ahp(comparisons: Annotated[DataTable, Columns("criterion")]) -> Result:
    """Draw weights from comparisons of criteria two by two, and check that the comparisons agree (Saaty's AHP).

    Args:
        comparisons: A square table: one criterion a row and a column, how many times the row matters more (1 to 9,
            or 1/2 to 1/9); one half may stay blank.
    """
    return ahp_result(comparisons)


@tool
def p_median(
    distances: Annotated[DataTable, Columns("client", "demand")],
    count: Annotated[int, Ge(1)],
) -> Result:
    """Choose which sites to open so that clients are nearest on the whole.

    Args:
        distances: One client a row with its demand, and one column a possible site: the distance to it.
        count: How many sites to open.
    """
    return p_median_result(distances, count)


@tool
def capacitated_location(
    costs: Annotated[DataTable, Columns("client", "demand")],
    sites: Annotated[DataTable, Columns("site", "capacity", "fixed_cost")],
    cost_of: Literal["one_unit", "all_demand"] = "one_unit",
    one_site_each: bool = False,
) -> Result:
    """Choose which sites to open, at a fixed cost and within their capacities, to serve all clients most cheaply.

    Args:
        costs: One client a row with its demand, and one column a site: what it costs to serve the client from there.
        sites: One site a row: its capacity, and what opening it costs.
        cost_of: Whether those costs are for one unit or for all of a client's demand.
        one_site_each: Whether each client is served by a single site.
    """
    return location_result(costs, sites, cost_of, one_site_each)


@tool
def transport(
    costs: Annotated[DataTable, Columns("destination", "demand")],
    origins: Annotated[DataTable, Columns("origin", "supply")],
) -> Result:
    """Share out what several origins hold among destinations at least cost.

    Args:
        costs: One destination a row with its demand, and one column an origin: the cost of one unit from there.
        origins: One origin a row, and what it holds.
    """
    return transport_result(costs, origins)


@tool
def min_cost_flow(
    arcs: Annotated[DataTable, Columns("from", "to", "capacity", "cost")],
    nodes: Annotated[DataTable, Columns("node", "supply")],
) -> Result:
    """Send supplies through a network with limited arcs to where they are wanted, at least cost.

    Args:
        arcs: One arc a row: where it leads from and to, what it can carry, and the cost of one unit.
        nodes: One node a row: its supply, below 0 where it wants some.
    """
    return flow_result(arcs, nodes)
