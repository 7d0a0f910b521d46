"""What a tool gives back: values with units, tables, a figure, and what was assumed on the way.

Numbers are as the tool computed them; rounding is the face's. Units are names that pint reads (``L``, ``L/day``,
``km/h``). Text comes from a plugin and is outside text like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Value:
    """One named outcome: `name` is stable and for programs, `label` is for people."""

    name: str
    value: Scalar
    unit: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result table."""

    name: str
    unit: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of a result; each row has one cell a column."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a Gantt chart on lane `lane`, from `start` to `end` in the figure's `x_unit`."""

    label: str
    start: float
    end: float
    lane: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One named line or set of points: ``x[i], y[i]``."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


class FigureKind(StrEnum):
    """What a figure shows: bars in time, lines over x, points and lines by longitude (x) and latitude (y), or counts.

    In a histogram a line's `x` are the left edges of its bins and its `y` the counts.
    """

    GANTT = "gantt"
    SERIES = "series"
    MAP = "map"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as data: each face draws it its own way."""

    kind: FigureKind
    title: str
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    x_label: str = ""
    y_label: str = ""
    x_unit: str | None = None
    y_unit: str | None = None


class SolverStatus(StrEnum):
    """How an optimisation ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Solver:
    """What a solver vouches for: `gap` is ``|objective - bound| / |objective|``, None where there is no bound."""

    name: str
    status: SolverStatus
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """All that one run of a tool found out."""

    values: tuple[Value, ...] = ()
    tables: tuple[ResultTable, ...] = ()
    figure: Figure | None = None
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    solver: Solver | None = None
    seed: int | None = None
