"""Instances of PSPLIB as tables, and j301_1 itself."""

from __future__ import annotations

import re

from copilot.plugin_api import DataTable, Scalar

# PSPLIB, set j30, instance j301_1 (Kolisch and Sprecher, European Journal of Operational Research 96, 1997):
# job: duration, needs of R1..R4, successors. Critical path 38, optimum 43.
J301_1 = """
1: 0 / 0 0 0 0 / 2 3 4
2: 8 / 4 0 0 0 / 6 11 15
3: 4 / 10 0 0 0 / 7 8 13
4: 6 / 0 0 0 3 / 5 9 10
5: 3 / 3 0 0 0 / 20
6: 8 / 0 0 0 8 / 30
7: 5 / 4 0 0 0 / 27
8: 9 / 0 1 0 0 / 12 19 27
9: 2 / 6 0 0 0 / 14
10: 7 / 0 0 0 1 / 16 25
11: 9 / 0 5 0 0 / 20 26
12: 2 / 0 7 0 0 / 14
13: 6 / 4 0 0 0 / 17 18
14: 3 / 0 8 0 0 / 17
15: 9 / 3 0 0 0 / 25
16: 10 / 0 0 0 5 / 21 22
17: 6 / 0 0 0 8 / 22
18: 5 / 0 0 0 7 / 20 22
19: 3 / 0 1 0 0 / 24 29
20: 7 / 0 10 0 0 / 23 25
21: 2 / 0 0 0 6 / 28
22: 7 / 2 0 0 0 / 23
23: 2 / 3 0 0 0 / 24
24: 3 / 0 9 0 0 / 30
25: 3 / 4 0 0 0 / 30
26: 7 / 0 0 4 0 / 31
27: 8 / 0 0 0 7 / 28
28: 3 / 0 8 0 0 / 31
29: 7 / 0 7 0 0 / 32
30: 2 / 0 7 0 0 / 32
31: 2 / 0 0 2 0 / 32
32: 0 / 0 0 0 0 /
"""
J301_1_CAPACITY = (12, 13, 4, 12)
RESOURCES = ("R1", "R2", "R3", "R4")


Job = tuple[int, tuple[int, ...], list[str]]


def tables(jobs: dict[str, Job], capacity: tuple[int, ...]) -> tuple[DataTable, DataTable]:
    """Return the tasks and the resources of an instance whose jobs name their successors."""
    before: dict[str, list[str]] = {name: [] for name in jobs}
    for name, (_, _, successors) in jobs.items():
        for other in successors:
            before[other].append(name)
    rows: tuple[tuple[Scalar, ...], ...] = tuple(
        (name, days, ";".join(before[name]), *needs) for name, (days, needs, _) in jobs.items()
    )
    tasks = DataTable(("task", "duration", "predecessors", *RESOURCES), rows)
    return tasks, DataTable(("resource", "capacity"), tuple(zip(RESOURCES, capacity, strict=True)))


def j301_1() -> tuple[DataTable, DataTable]:
    jobs: dict[str, Job] = {}
    for line in J301_1.strip().splitlines():
        name, rest = line.split(":")
        days, needs, successors = rest.split("/")
        jobs[name] = (int(days), tuple(map(int, needs.split())), successors.split())
    return tables(jobs, J301_1_CAPACITY)


def read(text: str) -> tuple[DataTable, DataTable]:
    """Read a single-mode file of PSPLIB (``.sm``)."""
    relations = text.split("PRECEDENCE RELATIONS")[1].split("****")[0]
    after = {line.split()[0]: line.split()[3:] for line in relations.splitlines() if re.match(r" *\d", line)}
    needs = text.split("REQUESTS/DURATIONS")[1].split("RESOURCEAVAILABILITIES")[0]
    jobs: dict[str, Job] = {}
    for line in needs.splitlines():
        if re.match(r" *\d", line):
            name, _, days, *wanted = line.split()
            jobs[name] = (int(days), tuple(map(int, wanted)), after[name])
    return tables(jobs, tuple(map(int, text.split("RESOURCEAVAILABILITIES")[1].splitlines()[2].split())))
