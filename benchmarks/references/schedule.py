"""References of the schedule plugin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.references.bundled import load, number
from benchmarks.references.psplib import j301_1
from benchmarks.references.reference import Reference
from benchmarks.references.textbooks import RELIABLE, RELIABLE_RISK

_HILLIER = "Hillier and Lieberman, Introduction to Operations Research, Reliable Construction Co."
_PSPLIB = "PSPLIB j301_1 (Kolisch and Sprecher 1997)"


def references() -> Iterator[Reference]:
    schedule = load("schedule")
    length = number(schedule.critical_path(RELIABLE, "week"), "duration")
    yield Reference("schedule.critical_path", "duration, weeks", _HILLIER, 44, length)
    risk = schedule.risk(RELIABLE_RISK, "week", deadline=47.0)
    for name, label, published in (
        ("pert_mean", "PERT mean, weeks", 44.0),
        ("pert_deviation", "PERT standard deviation", 3.0),
        ("pert_on_time", "PERT odds of 47 weeks", 0.8413),
    ):
        yield Reference("schedule.risk", label, _HILLIER, published, number(risk, name))
    yield Reference(
        "schedule.risk",
        "drawn odds of 47 weeks",
        _HILLIER,
        0.8413,
        number(risk, "on_time"),
        "the textbook looks at one path; drawn, other paths delay the plan too",
    )
    plan = schedule.resource_schedule(*j301_1())
    yield Reference("schedule.resource_schedule", "critical path", _PSPLIB, 38, number(plan, "critical_path"))
    yield Reference("schedule.resource_schedule", "makespan, proved optimal", _PSPLIB, 43, number(plan, "makespan"))
