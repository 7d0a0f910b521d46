"""Schedules that keep within limited resources, by CP-SAT from a first schedule that always exists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schedule_network import Network, passes

from copilot.plugin_api import (
    Column,
    DataTable,
    ResultTable,
    SolverStatus,
    ToolError,
    need,
    parse_number,
    report_progress,
    say,
    written,
)

SEED = 1
_SEARCHES = 8
# Seconds after which the solver stops whatever is left of its effort; the result then depends on the machine.
_WALL = 240.0
# Parts of one time unit, or of one unit of a resource, in which a solver counts: the first in which all is whole.
_PARTS = (1, 2, 4, 5, 10, 12, 20, 60, 100, 1000)


@dataclass(frozen=True, slots=True)
class Problem:
    """A network with whole durations and whole demands, ``demand[resource][task]``."""

    network: Network
    durations: Sequence[int]
    capacity: Mapping[str, float]
    demand: Mapping[str, Sequence[float]]

    def place(self, priority: Sequence[float]) -> list[int]:
        """Return starts that keep all limits: tasks in order of priority, each at its first possible moment."""
        start: dict[int, int] = {}
        count = len(self.durations)
        while len(start) < count:
            free = (i for i in range(count) if i not in start and all(j in start for j in self.network.before[i]))
            task = min(free, key=lambda i: (priority[i], i))
            earliest = max((start[j] + self.durations[j] for j in self.network.before[task]), default=0)
            moments = sorted({earliest, *(at + self.durations[j] for j, at in start.items())})
            start[task] = next(at for at in moments if at >= earliest and self._fits(task, at, start))
        return [start[i] for i in range(count)]

    def _fits(self, task: int, at: int, start: Mapping[int, int]) -> bool:
        end = at + self.durations[task]
        busy = [j for j, begin in start.items() if begin < end and begin + self.durations[j] > at]
        moments = [at, *(start[j] for j in busy if start[j] > at)]
        for name, capacity in self.capacity.items():
            demand = self.demand[name]
            for moment in moments:
                held = sum(demand[j] for j in busy if start[j] <= moment < start[j] + self.durations[j])
                if held + demand[task] > capacity + 1e-9:
                    return False
        return True

    def work_bound(self) -> float:
        """Return how long the busiest resource has work for, were it never idle: no schedule is shorter."""
        needed = (
            sum(need * long for need, long in zip(self.demand[name], self.durations, strict=True)) / capacity
            for name, capacity in self.capacity.items()
            if capacity
        )
        return max(needed, default=0.0)

    def check(self, starts: Sequence[int]) -> None:
        """Hold a schedule against every limit, whoever made it."""
        placed: dict[int, int] = {}
        for i in sorted(range(len(starts)), key=lambda i: starts[i]):
            waits = any(starts[j] + self.durations[j] > starts[i] for j in self.network.before[i])
            if waits or not self._fits(i, starts[i], placed):
                raise AssertionError(f"the schedule breaks a limit at {self.network.names[i]}")
            placed[i] = starts[i]


def solve(problem: Problem, effort: float) -> tuple[list[int], float, SolverStatus, bool]:
    """Return starts, the proved lower bound, the status, and whether the clock ended the search."""
    _, late, _ = passes(problem.network, problem.durations)
    best = problem.place(late)
    horizon = max(one + problem.durations[i] for i, one in enumerate(best))
    cp_model = need("ortools.sat.python.cp_model", "plan")
    model = cp_model.CpModel()
    starts = [model.new_int_var(0, horizon, f"start{i}") for i in range(len(best))]
    spans = [model.new_fixed_size_interval_var(starts[i], problem.durations[i], f"span{i}") for i in range(len(best))]
    finish = model.new_int_var(0, horizon, "finish")
    for i, earlier in enumerate(problem.network.before):
        model.add(finish >= starts[i] + problem.durations[i])
        model.add_hint(starts[i], best[i])
        for j in earlier:
            model.add(starts[i] >= starts[j] + problem.durations[j])
    for name, capacity in problem.capacity.items():
        parts = whole_parts([capacity, *problem.demand[name]])
        needs = [round(one * parts) for one in problem.demand[name]]
        held = [i for i, one in enumerate(needs) if one and problem.durations[i]]
        model.add_cumulative([spans[i] for i in held], [needs[i] for i in held], round(capacity * parts))
    model.minimize(finish)
    solver = cp_model.CpSolver()
    # Searches of several kinds take turns in a fixed order, whatever the machine: the same answer every time.
    solver.parameters.num_workers = _SEARCHES
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = _WALL
    report_progress(0.1, say("Searching", "Recherche"))
    status = solver.solve(model)
    by_clock = solver.wall_time >= _WALL
    bound = max(solver.best_objective_bound, math.ceil(problem.work_bound() - 1e-6))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return best, bound, SolverStatus.FEASIBLE, by_clock
    # Placing the tasks again in the order found moves each as far left as it goes; the last one ends no later.
    found = problem.place([solver.value(one) for one in starts])
    optimal = status == cp_model.OPTIMAL or max(at + problem.durations[i] for i, at in enumerate(found)) <= bound
    return found, bound, SolverStatus.OPTIMAL if optimal else SolverStatus.FEASIBLE, by_clock


def whole_parts(numbers: Sequence[float]) -> int:
    """Return into how many parts a unit must be cut for all numbers to be whole; at most 1000."""
    return next((parts for parts in _PARTS if _are_whole(numbers, parts)), _PARTS[-1])


def _are_whole(numbers: Sequence[float], parts: int) -> bool:
    return all(abs(one * parts - round(one * parts)) < 1e-6 for one in numbers)


def read_demands(
    network: Network, tasks: DataTable, resources: DataTable
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Return how much there is of each resource, and how much each task holds in the order of the network."""
    capacity = dict(zip(resources.texts("resource"), resources.numbers("capacity"), strict=True))
    demand: dict[str, list[float]] = {}
    for name, limit in capacity.items():
        at = tasks.position(name)
        needs: list[float] = []
        for row in network.rows:
            cell = tasks.rows[row][at]
            number = 0.0 if cell is None or cell == "" else parse_number(cell)
            if number is None or not 0 <= number <= limit:
                raise ToolError(
                    say(
                        f"Row {row + 2}: the task asks for “{cell}” of “{name}”; it must be from 0 to "
                        f"{written(limit)}.",
                        f"Ligne {row + 2} : la tâche demande « {cell} » de « {name} » ; il faut de 0 à "
                        f"{written(limit)}.",
                    )
                )
            needs.append(number)
        if not _are_whole([limit, *needs], _PARTS[-1]):
            raise ToolError(
                say(
                    f"Resource “{name}”: write capacity and needs to a thousandth at most.",
                    f"Ressource « {name} » : écrivez capacité et besoins au millième au plus.",
                )
            )
        demand[name] = needs
    return capacity, demand


def use_of_resources(problem: Problem, starts: Sequence[int]) -> ResultTable:
    span = max(one + problem.durations[i] for i, one in enumerate(starts))
    rows = []
    for name, capacity in problem.capacity.items():
        demand = problem.demand[name]
        peak = max(
            sum(demand[j] for j in range(len(starts)) if starts[j] <= at < starts[j] + problem.durations[j])
            for at in starts
        )
        work = sum(one * problem.durations[i] for i, one in enumerate(demand))
        rows.append((name, capacity, peak, work / (capacity * span) if capacity and span else 0.0))
    return ResultTable(
        "use",
        (
            Column("resource", None, say("Resource", "Ressource")),
            Column("capacity", None, say("Capacity", "Capacité")),
            Column("peak", None, say("Most held at once", "Pointe")),
            Column("use", None, say("Mean share in use", "Part moyenne employée")),
        ),
        tuple(rows),
        say("Use of resources", "Emploi des ressources"),
    )


def schedule_assumptions(durations: Sequence[float], parts: int) -> tuple[str, ...]:
    told = [
        say(
            "A task, once started, runs to its end and holds its resources throughout; capacities never change.",
            "Une tâche commencée va jusqu'à son terme et garde ses ressources ; les capacités ne changent pas.",
        )
    ]
    if not _are_whole(durations, parts):
        told.append(
            say("Durations are rounded up to a thousandth.", "Les durées sont arrondies au millième supérieur.")
        )
    return tuple(told)


def schedule_warnings(status: SolverStatus, gap: float, by_clock: bool) -> tuple[str, ...]:
    told = []
    if status is not SolverStatus.OPTIMAL and gap > 0:
        told.append(
            say(
                f"Not proved shortest: at most {written(gap, '.1%')} above the bound. Raise “effort” to search longer.",
                f"Optimalité non prouvée : au plus {written(gap, '.1%')} au-dessus de la borne. "
                "Augmentez « effort » pour chercher plus longtemps.",
            )
        )
    if by_clock:
        told.append(
            say(
                "The clock ended the search: another machine may give another schedule. Lower “effort”.",
                "L'horloge a mis fin à la recherche : une autre machine peut donner un autre calendrier. "
                "Réduisez « effort ».",
            )
        )
    return tuple(told)
