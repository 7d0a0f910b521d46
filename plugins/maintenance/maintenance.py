"""Failures and wear: lives with censoring, survival by group, what drives it, changes of level, remaining life."""

from __future__ import annotations

from typing import Annotated, Literal

from maintenance_changes import changes_result
from maintenance_groups import cox_result, survival_result
from maintenance_wear_report import wear_result
from maintenance_weibull import weibull_result

from copilot.plugin_api import Columns, DataTable, Ge, Gt, Le, Lt, Result, tool

TimeUnit = Literal["hour", "day", "week", "month", "year", "km"]
Confidence = Annotated[float, Ge(0.5), Lt(1)]


@tool
def life_fit(
    lives: Annotated[DataTable, Columns("time", "failed")],
    time_unit: TimeUnit = "hour",
    age: Annotated[float, Ge(0)] = 0.0,
    span: Annotated[float, Gt(0)] | None = None,
    confidence: Confidence = 0.95,
) -> Result:
    """Fit a Weibull life to failures and to items still running, and say how likely the next failure is.

    Args:
        lives: One item a row: how long it ran, and 1 where it failed then or 0 where it still runs.
        time_unit: The unit of the times; a distance counts too.
        age: The age of the item whose risk is asked.
        span: How much further it is to run.
        confidence: The level of the intervals.
    """
    return weibull_result(lives, time_unit, age, span, confidence)


@tool
def survival(
    lives: Annotated[DataTable, Columns("time", "failed", "group")],
    time_unit: TimeUnit = "hour",
    confidence: Confidence = 0.95,
) -> Result:
    """Compare how long items of several groups last, without assuming any law.

    Args:
        lives: One item a row: how long it ran, 1 where it failed then or 0 where it still runs, and its group.
        time_unit: The unit of the times.
        confidence: The level of the intervals.
    """
    return survival_result(lives, time_unit, confidence)


@tool
def cox(
    lives: Annotated[DataTable, Columns("time", "failed")],
    factors: list[str] | None = None,
    confidence: Confidence = 0.95,
) -> Result:
    """Say how much each factor multiplies the risk of failure, the others being equal.

    Args:
        lives: One item a row: how long it ran, 1 where it failed then or 0 where it still runs, and a column a factor.
        factors: The columns to look at; without any, all the others. A yes or no is written 1 or 0.
        confidence: The level of the intervals.
    """
    return cox_result(lives, factors or [], confidence)


@tool
def change_points(
    series: Annotated[DataTable, Columns("time", "value")],
    most: Annotated[int, Ge(1), Le(20)] = 5,
    shortest: Annotated[int, Ge(2)] = 5,
    confidence: Confidence = 0.95,
) -> Result:
    """Find where the level of a series changes, how many times, and between which dates each change lies.

    Args:
        series: One observation a row, in order: its date or number, and its value.
        most: How many changes to look for at most.
        shortest: How many observations a level must last.
        confidence: The level of the intervals of the dates.
    """
    return changes_result(series, most, shortest, confidence)


@tool
def remaining_life(
    history: Annotated[DataTable, Columns("unit", "cycle")],
    fleet: Annotated[DataTable, Columns("unit", "cycle")] | None = None,
    window: Annotated[int, Ge(2), Le(200)] = 20,
    cap: Annotated[float, Gt(0)] = 125.0,
    level: Annotated[float, Ge(0.5), Le(0.99)] = 0.8,
) -> Result:
    """Estimate how many cycles units in service have left, from the sensors of units that ran to failure.

    Args:
        history: Units followed until they failed: one row a unit and cycle, one column a sensor (as C-MAPSS FD001).
        fleet: Units in service, with the same columns; without it, only the error of the method is measured.
        window: Over how many of the last cycles a sensor is averaged.
        cap: Beyond this many cycles left, wear does not show yet: lives count up to it.
        level: How often the interval is to hold the true remaining life.
    """
    return wear_result(history, fleet, window, cap, level)
