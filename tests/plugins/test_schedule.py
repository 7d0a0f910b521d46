"""The schedule plugin against textbooks, PSPLIB, and laws that hold of every plan."""

from __future__ import annotations

import itertools
import math
import random
from statistics import NormalDist

import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.psplib import j301_1
from benchmarks.references.textbooks import RELIABLE, RELIABLE_RISK, THREE
from copilot.plugin_api import DataTable, FigureKind, SolverStatus, ToolError, need

schedule = load("schedule")
beta = need("scipy.stats", "plan").beta


def test_the_critical_path_of_the_textbook() -> None:
    result = schedule.critical_path(RELIABLE, "week")
    assert number(result, "duration") == 44
    assert value(result, "critical_path") == "A → B → C → E → F → J → L → N"
    assert value(result, "critical_paths") == 1
    task = {str(one["task"]): one for one in rows(result, "tasks")}
    # The same chapter: D and G may slip 4 weeks, H and M too, I by 2, K by 1.
    assert {name: one["total_slack"] for name, one in task.items() if not one["critical"]} == {
        "D": 4, "G": 4, "H": 4, "M": 4, "I": 2, "K": 1,
    }  # fmt: skip
    assert task["D"]["free_slack"] == 0
    assert task["M"]["free_slack"] == 4
    assert result.figure is not None
    assert result.figure.kind is FigureKind.GANTT
    assert result.figure.x_unit == "week"


def test_parallel_critical_paths_are_counted() -> None:
    plan = table("task duration predecessors", ("a", 1, ""), ("b", 2, "a"), ("c", 2, "a"), ("d", 0, "b;c"))
    result = schedule.critical_path(plan)
    assert value(result, "critical_paths") == 2
    assert number(result, "duration") == 3


def plan_of(count: int, seed: int) -> tuple[DataTable, DataTable]:
    dice = random.Random(seed)
    names = [f"t{i}" for i in range(count)]
    lines = []
    for i, name in enumerate(names):
        earlier = [one for one in names[:i] if dice.random() < 0.3]
        lines.append((name, dice.randint(1, 4), ";".join(earlier), dice.randint(0, 2), dice.randint(0, 3)))
    return table("task duration predecessors crane crew", *lines), table("resource capacity", ("crane", 2), ("crew", 4))


def shortest(tasks: DataTable, resources: DataTable) -> int:
    """The optimum by force: a serial schedule in every order (some order gives an optimal schedule)."""
    network = schedule.read_network(tasks)
    capacity, demand = schedule.read_demands(network, tasks, resources)
    days = [round(one) for one in schedule.read_durations(network, tasks, "duration")]
    problem = schedule.Problem(network, days, capacity, demand)
    best = math.inf
    for order in itertools.permutations(range(len(days))):
        starts = problem.place(order)
        best = min(best, max(start + days[i] for i, start in enumerate(starts)))
    return int(best)


@pytest.mark.parametrize("seed", range(5))
def test_small_schedules_are_as_short_as_the_best_of_all_orders(seed: int) -> None:
    tasks, resources = plan_of(6, seed)
    result = schedule.resource_schedule(tasks, resources)
    assert number(result, "makespan") == shortest(tasks, resources)
    assert result.solver is not None
    assert result.solver.status is SolverStatus.OPTIMAL


def test_psplib_j301_1() -> None:
    tasks, resources = j301_1()
    assert number(schedule.critical_path(tasks), "duration") == 38
    result = schedule.resource_schedule(tasks, resources)
    assert number(result, "makespan") == 43
    assert number(result, "lower_bound") == 43
    assert number(result, "critical_path") == 38
    assert not result.warnings
    use = {str(one["resource"]): one for one in rows(result, "use")}
    assert all(float(str(one["peak"])) <= float(str(one["capacity"])) for one in use.values())
    assert schedule.resource_schedule(tasks, resources) == result


def test_a_search_that_is_cut_short_says_how_far_it_may_be() -> None:
    dice = random.Random(3)
    lines = [(f"t{i}", dice.randint(1, 9), f"t{i - 7}" if i > 7 else "", dice.randint(1, 5)) for i in range(60)]
    tasks = table("task duration predecessors crew", *lines)
    result = schedule.resource_schedule(tasks, table("resource capacity", ("crew", 7)), effort=1e-3)
    assert result.solver is not None
    assert result.solver.status is SolverStatus.FEASIBLE
    assert result.solver.bound is not None
    assert number(result, "critical_path") <= result.solver.bound < number(result, "makespan")
    assert result.warnings


def test_parts_of_a_unit_are_kept() -> None:
    tasks = table("task duration predecessors crew", ("a", "1,25", "", "0,5"), ("b", 0.5, "", 0.5), ("c", 1, "", 1))
    result = schedule.resource_schedule(tasks, table("resource capacity", ("crew", 1)), "hour")
    assert number(result, "makespan") == pytest.approx(2.25)


def test_the_textbooks_risk() -> None:
    result = schedule.risk(RELIABLE_RISK, "week", deadline=47)
    assert number(result, "pert_mean") == pytest.approx(44)
    assert number(result, "pert_deviation") == pytest.approx(3)
    assert number(result, "pert_on_time") == pytest.approx(0.8413, abs=1e-4)
    # Other paths and the spread of beta-PERT: near the textbook's figure, not equal to it.
    assert number(result, "on_time") == pytest.approx(0.84, abs=0.05)
    critical = {str(one["task"]): one["criticality"] for one in rows(result, "tasks")}
    assert critical["A"] == 1
    assert 0 < float(str(critical["M"])) < 0.2
    assert schedule.risk(RELIABLE_RISK, "week", deadline=47) == result
    assert schedule.risk(RELIABLE_RISK, "week", deadline=47, seed=2) != result


def test_percentiles_of_one_task_are_those_of_its_law() -> None:
    result = schedule.risk(table(THREE, ("a", 2, 6, 22, "")), runs=200_000)
    exact = [2 + 20 * float(beta.ppf(p, 1.8, 4.2)) for p in (0.5, 0.8)]
    error = number(result, "p80_error")
    assert number(result, "p50") == pytest.approx(exact[0], abs=5 * error)
    assert number(result, "p80") == pytest.approx(exact[1], abs=5 * error)
    # The triangle 2, 6, 22: its 80 % point by its distribution function.
    triangle = schedule.risk(table(THREE, ("a", 2, 6, 22, "")), distribution="triangular", runs=200_000)
    assert number(triangle, "p80") == pytest.approx(22 - math.sqrt(0.2 * 20 * 16), abs=0.08)


def test_a_long_chain_tends_to_its_normal() -> None:
    chain = table(THREE, *((f"t{i}", 2, 5, 10, f"t{i - 1}" if i else "") for i in range(60)))
    a, b, mean = 2, 10, (2 + 20 + 10) / 6
    exact = NormalDist(60 * mean, math.sqrt(60 * (mean - a) * (b - mean) / 7))
    result = schedule.risk(chain, runs=100_000)
    assert number(result, "p80") == pytest.approx(exact.inv_cdf(0.8), rel=2e-3)


def test_parallel_paths_are_warned_of() -> None:
    wide = table(THREE, *((f"t{i}", 1, 2, 6, "") for i in range(12)))
    assert schedule.risk(wide).warnings
    assert not schedule.risk(RELIABLE_RISK).warnings


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("a", 1, "c"), ("b", 1, "a"), ("c", 1, "b")], "a ← c ← b ← a"),
        ([("a", 1, "a")], "a ← a"),
        ([("a", -1, "")], "negative"),
        ([("a", 1, ""), ("a", 2, "")], "used twice"),
        ([("a", 1, "z")], "“z” is no task"),
        ([("a", "soon", "")], "“soon” is not a number"),
        ([], "no task"),
    ],
)
def test_plans_that_cannot_be(lines: list[tuple[str, float, str]], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        schedule.critical_path(table("task duration predecessors", *lines))


def test_needs_that_cannot_be_met() -> None:
    tasks = table("task duration predecessors crew", ("a", 1, "", 3))
    with pytest.raises(ToolError, match="from 0 to 2"):
        schedule.resource_schedule(tasks, table("resource capacity", ("crew", 2)))
    with pytest.raises(ToolError, match="no column “crane”"):
        schedule.resource_schedule(tasks, table("resource capacity", ("crane", 2)))
    with pytest.raises(ToolError, match="must rise"):
        schedule.risk(table(THREE, ("a", 3, 2, 4, "")))
