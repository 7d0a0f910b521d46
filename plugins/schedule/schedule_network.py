"""Tasks that wait for each other: their order, earliest and latest times, critical path."""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.plugin_api import Bar, DataTable, Figure, FigureKind, ToolError, say

_SEPARATORS = re.compile(r"[;,|]")
_NONE = frozenset({"", "-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Network:
    """Tasks, predecessors first; relations are positions in that order, and `rows` those in the table."""

    names: tuple[str, ...]
    rows: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]

    @property
    def after(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.names]
        for task, earlier in enumerate(self.before):
            for other in earlier:
                found[other].append(task)
        return found


def read_network(tasks: DataTable) -> Network:
    """Put the tasks in order; ToolError for a name used twice or unknown, and for tasks that wait for each other."""
    names = tasks.texts("task")
    if not names:
        raise ToolError(say("The table has no task.", "Le tableau n'a aucune tâche."))
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name or name in row_of:
            raise ToolError(
                say(
                    f"Row {row + 2}: the task name “{name}” is empty or used twice; give each task its own.",
                    f"Ligne {row + 2} : le nom de tâche « {name} » est vide ou déjà pris ; donnez à chacune le sien.",
                )
            )
        row_of[name] = row
    waits: list[list[int]] = []
    for row, cell in enumerate(tasks.texts("predecessors")):
        wanted = [] if cell in _NONE else [one.strip() for one in _SEPARATORS.split(cell) if one.strip()]
        for name in wanted:
            if name not in row_of:
                raise ToolError(
                    say(
                        f"Row {row + 2}: the predecessor “{name}” is no task of the table.",
                        f"Ligne {row + 2} : le prédécesseur « {name} » n'est pas une tâche du tableau.",
                    )
                )
        waits.append(sorted({row_of[name] for name in wanted}))
    order = _topological(names, waits)
    place = {row: i for i, row in enumerate(order)}
    before = tuple(tuple(sorted(place[other] for other in waits[row])) for row in order)
    return Network(tuple(names[row] for row in order), tuple(order), before)


def _topological(names: Sequence[str], waits: Sequence[Sequence[int]]) -> list[int]:
    """Return the rows, predecessors first and otherwise as in the table."""
    left = [len(others) for others in waits]
    after: list[list[int]] = [[] for _ in names]
    for row, others in enumerate(waits):
        for other in others:
            after[other].append(row)
    ready = [row for row, count in enumerate(left) if not count]
    order: list[int] = []
    while ready:
        row = heapq.heappop(ready)
        order.append(row)
        for later in after[row]:
            left[later] -= 1
            if not left[later]:
                heapq.heappush(ready, later)
    if len(order) < len(names):
        circle = " ← ".join(names[row] for row in _circle(waits, left))
        raise ToolError(
            say(
                f"These tasks wait for each other: {circle}. Remove one of these predecessors.",
                f"Ces tâches s'attendent l'une l'autre : {circle}. Retirez l'un de ces prédécesseurs.",
            )
        )
    return order


def _circle(waits: Sequence[Sequence[int]], left: Sequence[int]) -> list[int]:
    """Return rows that wait for each other in a circle, the first also last; `left` is above 0 for rows never ready."""
    row = next(row for row, count in enumerate(left) if count)
    seen: dict[int, None] = {}
    while row not in seen:
        seen[row] = None
        row = next(other for other in waits[row] if left[other])
    path = list(seen)
    return [*path[path.index(row) :], row]


def read_durations(network: Network, tasks: DataTable, column: str) -> list[float]:
    """Return a column of durations in the order of the network."""
    found = tasks.numbers(column)
    for row, duration in enumerate(found, start=2):
        if duration < 0:
            raise ToolError(
                say(
                    f"Row {row}: the duration {duration} is negative.",
                    f"Ligne {row} : la durée {duration} est négative.",
                )
            )
    return [found[row] for row in network.rows]


def passes(network: Network, durations: Sequence[float]) -> tuple[list[float], list[float], float]:
    """Return the earliest starts, the latest starts, and the length of the plan."""
    early: list[float] = []
    for earlier in network.before:
        early.append(max((early[j] + durations[j] for j in earlier), default=0.0))
    length = max(start + durations[i] for i, start in enumerate(early))
    late = [0.0] * len(early)
    after = network.after
    for i in reversed(range(len(early))):
        late[i] = min((late[j] for j in after[i]), default=length) - durations[i]
    return early, late, length


def critical_chain(
    network: Network, early: Sequence[float], ends: Sequence[float], critical: Sequence[bool]
) -> tuple[list[str], int]:
    """Return one critical path, and how many there are."""
    length = max(ends)
    ways = [0] * len(early)
    came: list[int | None] = [None] * len(early)
    for i, earlier in enumerate(network.before):
        if not critical[i]:
            continue
        tight = [j for j in earlier if critical[j] and is_zero(ends[j] - early[i], length)]
        ways[i] = sum(ways[j] for j in tight) if tight else 1
        came[i] = tight[0] if tight else None
    after = network.after
    last = [i for i in range(len(early)) if critical[i] and is_zero(ends[i] - length, length)]
    last = [i for i in last if not any(critical[j] and is_zero(early[j] - ends[i], length) for j in after[i])]
    chain: list[str] = []
    at: int | None = last[0]
    while at is not None:
        chain.append(network.names[at])
        at = came[at]
    return chain[::-1], sum(ways[i] for i in last)


def is_zero(value: float, scale: float) -> bool:
    return abs(value) <= 1e-9 * max(1.0, abs(scale))


def gantt(
    title: str,
    names: Sequence[str],
    starts: Sequence[float],
    ends: Sequence[float],
    critical: Sequence[bool],
    time_unit: str,
) -> Figure:
    bars = tuple(Bar(name, starts[i], ends[i], name, critical[i]) for i, name in enumerate(names))
    label = say("Time from the start", "Temps depuis le début")
    return Figure(FigureKind.GANTT, title, bars=bars, x_label=label, x_unit=time_unit)
