"""What chance does: a formula with uncertain inputs, queues, workshops, and two ways compared fairly."""

from __future__ import annotations

from typing import Annotated

from simulate_queue import queue_result
from simulate_report import compare_result, workshop_result
from simulate_what_if import what_if_result

from copilot.plugin_api import Columns, DataTable, Ge, Gt, Le, Result, Unit, tool

Variation = Annotated[float, Ge(0), Le(3)]
Replications = Annotated[int, Ge(5), Le(200)]
Seed = Annotated[int, Ge(0)]
Stations = Annotated[DataTable, Columns("station", "servers")]
Routes = Annotated[DataTable, Columns("type", "step", "station", "hours")]
Arrivals = Annotated[DataTable, Columns("type", "per_day")]


@tool
def what_if(
    formula: str,
    inputs: Annotated[DataTable, Columns("input", "low", "base", "high")],
    threshold: float | None = None,
    result_unit: str = "",
    runs: Annotated[int, Ge(1000), Le(1_000_000)] = 50_000,
    seed: Seed = 1,
) -> Result:
    """Say how far a result may spread when its inputs are uncertain, and which input moves it most.

    Args:
        formula: How the result follows from the inputs, for instance stock / per_day.
        inputs: One input a row: its low, base and high; a column distribution may say pert, triangular, uniform,
            normal, lognormal or fixed.
        threshold: A result whose odds of not being exceeded are asked.
        result_unit: The unit of the result.
        runs: How many times the inputs are drawn.
        seed: The start of the random numbers; the same seed gives the same result.
    """
    return what_if_result(formula, inputs, threshold, result_unit, runs, seed)


@tool
def queue(
    arrival_rate: Annotated[float, Unit("1/hour"), Gt(0)],
    service_time: Annotated[float, Unit("hour"), Gt(0)],
    servers: Annotated[int, Ge(1), Le(1000)] = 1,
    arrival_variation: Variation = 1.0,
    service_variation: Variation = 1.0,
    limit: Annotated[float, Unit("hour"), Ge(0)] | None = None,
    customers: Annotated[int, Ge(1000), Le(200_000)] = 20_000,
    replications: Replications = 20,
    seed: Seed = 1,
) -> Result:
    """Say how long one waits in a queue before one or more like servers.

    Args:
        arrival_rate: How many come on average.
        service_time: How long serving one takes on average.
        servers: How many serve at the same time.
        arrival_variation: Standard deviation of the time between arrivals over its mean; 1 is chance, 0 a timetable.
        service_variation: The same of the time to serve.
        limit: A wait whose odds of being exceeded are asked.
        customers: How many come in one replication.
        replications: How many times the queue is drawn afresh.
        seed: The start of the random numbers; the same seed gives the same result.
    """
    return queue_result(
        arrival_rate,
        service_time,
        servers,
        arrival_variation,
        service_variation,
        limit,
        customers,
        replications,
        seed,
    )


@tool
def workshop(
    stations: Stations,
    routes: Routes,
    arrivals: Arrivals,
    days: Annotated[float, Gt(0), Le(3650)] = 365.0,
    hours_a_day: Annotated[float, Gt(0), Le(24)] = 24.0,
    variation: Variation = 1.0,
    replications: Replications = 20,
    seed: Seed = 1,
) -> Result:
    """Say how long items of several types take through a workshop, and which station holds them up.

    Args:
        stations: One station a row, and how many work there at the same time.
        routes: One step of a type a row: the type, the number of the step, the station, and the mean hours of work.
        arrivals: One type a row, and how many come a day; a column priority may say which goes first (lowest).
        days: How long the workshop runs in one replication.
        hours_a_day: How many hours it works a day.
        variation: Standard deviation of the work of a step over its mean; 1 is exponential, 0 constant.
        replications: How many times it is drawn afresh.
        seed: The start of the random numbers; the same seed gives the same result.
    """
    return workshop_result(stations, routes, arrivals, days, hours_a_day, variation, replications, seed)


@tool
def compare(
    stations: Stations,
    routes: Routes,
    arrivals: Arrivals,
    days: Annotated[float, Gt(0), Le(3650)] = 365.0,
    hours_a_day: Annotated[float, Gt(0), Le(24)] = 24.0,
    variation: Variation = 1.0,
    replications: Replications = 20,
    seed: Seed = 1,
) -> Result:
    """Compare two ways to run a workshop on the same items with the same luck (common random numbers).

    Args:
        stations: One station a row, and how many work there; a column servers_b for the second way.
        routes: One step of a type a row, as for a workshop; a column hours_b for the second way.
        arrivals: One type a row, and how many come a day; a column per_day_b for the second way.
        days: How long the workshop runs in one replication.
        hours_a_day: How many hours it works a day.
        variation: Standard deviation of the work of a step over its mean; 1 is exponential, 0 constant.
        replications: How many times both ways are drawn afresh.
        seed: The start of the random numbers; the same seed gives the same result.
    """
    return compare_result(stations, routes, arrivals, days, hours_a_day, variation, replications, seed)
