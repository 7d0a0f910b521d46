"""A tool says the same in French and English: other words, the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from benchmarks.references.bundled import load, table
from benchmarks.references.orlib import cap41, pmed1
from benchmarks.references.psplib import j301_1
from benchmarks.references.textbooks import (
    AIRCRAFT,
    ARCS,
    NIST,
    RELIABLE,
    RELIABLE_RISK,
    SUPPLIES,
    WEIGHTS,
    criteria,
    house,
    nile,
    p_and_t,
    remissions,
    rossi,
)
from benchmarks.references.wear import histories
from copilot.plugin_api import Result, use_language
from tests.plugins.field_calls import CALLS as FIELD_CALLS

SHOP = (
    table("station servers", ("one", 1), ("two", 3)),
    table("type step station hours hours_b", ("item", 1, "one", 4.6, 3), ("item", 2, "two", 10, 10)),
    table("type per_day", ("item", 4.8)),
)
CALLS: dict[str, Callable[[], Result]] = {
    "schedule.critical_path": lambda: load("schedule").critical_path(RELIABLE),
    "schedule.resource_schedule": lambda: load("schedule").resource_schedule(*j301_1()),
    "schedule.risk": lambda: load("schedule").risk(RELIABLE_RISK, deadline=47.0, runs=2000),
    "maintenance.life_fit": lambda: load("maintenance").life_fit(NIST, span=100.0),
    "maintenance.survival": lambda: load("maintenance").survival(remissions()),
    "maintenance.cox": lambda: load("maintenance").cox(rossi()),
    "maintenance.change_points": lambda: load("maintenance").change_points(nile()),
    "maintenance.remaining_life": lambda: load("maintenance").remaining_life(histories(12, 1)[0], histories(3, 2)[0]),
    "decide.rank": lambda: load("decide").rank(AIRCRAFT, criteria(WEIGHTS), "topsis"),
    "decide.ahp": lambda: load("decide").ahp(house()),
    "decide.p_median": lambda: load("decide").p_median(*pmed1()),
    "decide.capacitated_location": lambda: load("decide").capacitated_location(*cap41(), "all_demand"),
    "decide.transport": lambda: load("decide").transport(*p_and_t()),
    "decide.min_cost_flow": lambda: load("decide").min_cost_flow(
        table("from to capacity cost", *ARCS), table("node supply", *enumerate(SUPPLIES))
    ),
    "simulate.what_if": lambda: load("simulate").what_if("a", table("input low base high", ("a", 1, 2, 4)), 2.0),
    "simulate.queue": lambda: load("simulate").queue(0.2, 10.0, 3, customers=1000, limit=1.0),
    "simulate.workshop": lambda: load("simulate").workshop(*SHOP, days=50.0, replications=5),
    "simulate.compare": lambda: load("simulate").compare(*SHOP, days=50.0, replications=5),
    **FIELD_CALLS,
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize("tool", CALLS)
def test_results_hold_plain_finite_scalars(tool: str) -> None:
    result = CALLS[tool]()
    cells = [one.value for one in result.values]
    cells += [cell for one in result.tables for row in one.rows for cell in row]
    for cell in cells:
        assert type(cell) in (str, int, float, bool, type(None)), repr(cell)
        assert not isinstance(cell, float) or math.isfinite(cell)
    if result.figure is not None:
        numbers = [one for line in result.figure.lines for one in (*line.x, *line.y)]
        numbers += [one for bar in result.figure.bars for one in (bar.start, bar.end)]
        assert all(type(one) in (int, float) and math.isfinite(one) for one in numbers)
    if result.solver is not None:
        assert all(type(one) in (float, type(None)) for one in (result.solver.objective, result.solver.bound))


@pytest.mark.parametrize("tool", CALLS)
def test_the_same_numbers_in_other_words(tool: str) -> None:
    use_language("en")
    english = CALLS[tool]()
    use_language("fr")
    french = CALLS[tool]()
    assert [(one.name, one.value, one.unit) for one in french.values] == [
        (one.name, one.value, one.unit) for one in english.values
    ]
    for ours, theirs in zip(french.tables, english.tables, strict=True):
        assert [one.name for one in ours.columns] == [one.name for one in theirs.columns]
        assert len(ours.rows) == len(theirs.rows)
        assert ours.title
        assert all(one.label for one in ours.columns)
        assert all(len(row) == len(ours.columns) for row in ours.rows)
    assert french.assumptions
    assert not set(french.assumptions) & set(english.assumptions)
    assert not set(french.warnings) & set(english.warnings)
    assert all(one.label for one in french.values)
    assert sum(a.label != b.label for a, b in zip(french.values, english.values, strict=True)) > len(french.values) / 2
