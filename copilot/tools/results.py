"""The result of a tool on its way out of the walls: written as JSON in the child, checked bit by bit on this side."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from copilot.i18n import t
from copilot.records import (
    Bar,
    Column,
    Figure,
    FigureKind,
    Line,
    ResultTable,
    Scalar,
    Solver,
    SolverStatus,
    ToolResult,
    Value,
)
from copilot.sandbox.told import MOST_DIGITS, dumps, loads

T = TypeVar("T")
LARGEST_RESULT = 16 * 2**20
_MOST_VALUES, _MOST_TABLES, _MOST_COLUMNS, _MOST_CELLS = 500, 50, 200, 500_000
_MOST_BARS, _MOST_LINES, _MOST_POINTS, _MOST_NOTES = 10_000, 200, 200_000, 200
_LONGEST_TEXT, _LONGEST_NAME = 10_000, 200


class BadResultError(Exception):
    """What a tool gave back is no result; the message says what is wrong, in the user's language."""


# --- in the child -----------------------------------------------------------------------------------------------------


def encode_result(result: object) -> bytes:
    """Write what a tool returned: a `ToolResult`, or named values as a dictionary or a dataclass.

    Raises:
        BadResultError: it is something else, or a number in it is not finite.
    """
    if isinstance(result, Mapping):
        result = ToolResult(values=tuple(Value(str(name), value) for name, value in result.items()))
    elif dataclasses.is_dataclass(result) and not isinstance(result, ToolResult | type):
        named = {one.name: getattr(result, one.name) for one in dataclasses.fields(result)}
        result = ToolResult(values=tuple(Value(name, value) for name, value in named.items()))
    if not isinstance(result, ToolResult):
        raise BadResultError(t("tools.result.no_result", type=type(result).__name__))
    return dumps(_plain(result, "result"), allow_nan=False)


def _plain(value: object, where: str) -> Any:
    """Return `value` as what JSON can hold; `where` names the place in the message of a mistake."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        raise BadResultError(t("tools.result.many_digits", where=where, most=MOST_DIGITS))
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadResultError(t("tools.result.not_finite", where=where))
        return float(value)
    if dataclasses.is_dataclass(value):
        name = getattr(value, "name", "")
        inside = name if isinstance(name, str) and name else where
        return {one.name: _plain(getattr(value, one.name), f"{inside}.{one.name}") for one in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(one, where) for one in value]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:  # a number of numpy's
        return _plain(value.item(), where)
    raise BadResultError(t("tools.result.not_plain", where=where, type=type(value).__name__))


# --- on this side -----------------------------------------------------------------------------------------------------


def decode_result(payload: bytes) -> ToolResult:
    """Read what came out of the child.

    Raises:
        BadResultError: it is not exactly a result, or larger than a result may be.
    """
    try:
        told = loads(payload, LARGEST_RESULT)
    except ValueError as error:
        raise BadResultError(t("tools.result.unreadable")) from error
    fields = _fields(told, ("values", "tables", "figure", "assumptions", "warnings", "solver", "seed"))
    return ToolResult(
        values=_many(fields["values"], _value, _MOST_VALUES),
        tables=_many(fields["tables"], _table, _MOST_TABLES),
        figure=None if fields["figure"] is None else _figure(fields["figure"]),
        assumptions=_many(fields["assumptions"], _text, _MOST_NOTES),
        warnings=_many(fields["warnings"], _text, _MOST_NOTES),
        solver=None if fields["solver"] is None else _solver(fields["solver"]),
        seed=_whole_or_none(fields["seed"]),
    )


def _value(told: object) -> Value:
    fields = _fields(told, ("name", "value", "unit", "label"))
    return Value(_name(fields["name"]), _scalar(fields["value"]), _unit(fields["unit"]), _text(fields["label"]))


def _table(told: object) -> ResultTable:
    fields = _fields(told, ("name", "columns", "rows", "title"))
    columns = _many(fields["columns"], _column, _MOST_COLUMNS)
    rows = _many(fields["rows"], _row, _MOST_CELLS)
    if any(len(row) != len(columns) for row in rows) or len(rows) * len(columns) > _MOST_CELLS:
        raise BadResultError(t("tools.result.shape", name=_name(fields["name"])))
    return ResultTable(_name(fields["name"]), columns, rows, _text(fields["title"]))


def _column(told: object) -> Column:
    fields = _fields(told, ("name", "unit", "label"))
    return Column(_name(fields["name"]), _unit(fields["unit"]), _text(fields["label"]))


def _row(told: object) -> tuple[Scalar, ...]:
    return _many(told, _scalar, _MOST_COLUMNS)


def _figure(told: object) -> Figure:
    fields = _fields(told, ("kind", "title", "bars", "lines", "x_label", "y_label", "x_unit", "y_unit"))
    return Figure(
        _member(FigureKind, fields["kind"]),
        _text(fields["title"]),
        _many(fields["bars"], _bar, _MOST_BARS),
        _many(fields["lines"], _line, _MOST_LINES),
        _text(fields["x_label"]),
        _text(fields["y_label"]),
        _unit(fields["x_unit"]),
        _unit(fields["y_unit"]),
    )


def _bar(told: object) -> Bar:
    fields = _fields(told, ("label", "start", "end", "lane", "critical"))
    return Bar(
        _text(fields["label"]),
        _number(fields["start"]),
        _number(fields["end"]),
        _text(fields["lane"]),
        fields["critical"] is True,
    )


def _line(told: object) -> Line:
    fields = _fields(told, ("label", "x", "y"))
    x, y = (_many(fields[axis], _number, _MOST_POINTS) for axis in ("x", "y"))
    if len(x) != len(y):
        raise BadResultError(t("tools.result.shape", name=_text(fields["label"])))
    return Line(_text(fields["label"]), x, y)


def _solver(told: object) -> Solver:
    fields = _fields(told, ("name", "status", "objective", "bound", "gap", "seed"))
    objective, bound, gap = (
        None if fields[name] is None else _number(fields[name]) for name in ("objective", "bound", "gap")
    )
    status = _member(SolverStatus, fields["status"])
    return Solver(_name(fields["name"]), status, objective, bound, gap, _whole_or_none(fields["seed"]))


def _fields(told: object, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(told, dict) or set(told) != set(names):
        raise BadResultError(t("tools.result.unreadable"))
    return told


def _many(told: object, read: Callable[[Any], T], most: int) -> tuple[T, ...]:
    if not isinstance(told, list):
        raise BadResultError(t("tools.result.unreadable"))
    if len(told) > most:
        raise BadResultError(t("tools.result.too_many", count=len(told), most=most))
    return tuple(read(one) for one in told)


def _text(told: object, longest: int = _LONGEST_TEXT) -> str:
    if not isinstance(told, str):
        raise BadResultError(t("tools.result.unreadable"))
    if len(told) > longest:
        raise BadResultError(t("tools.result.too_long", most=longest))
    return told


def _name(told: object) -> str:
    name = _text(told, _LONGEST_NAME)
    if not name:
        raise BadResultError(t("tools.result.unreadable"))
    return name


def _unit(told: object) -> str | None:
    return None if told is None else _text(told, _LONGEST_NAME)


def _scalar(told: object) -> Scalar:
    if told is None or isinstance(told, bool | int):
        return told
    return _number(told) if isinstance(told, float) else _text(told)


def _number(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
        raise BadResultError(t("tools.result.unreadable"))
    return float(told)


def _whole_or_none(told: object) -> int | None:
    if told is None or (isinstance(told, int) and not isinstance(told, bool)):
        return told
    raise BadResultError(t("tools.result.unreadable"))


E = TypeVar("E", FigureKind, SolverStatus)


def _member(kinds: type[E], told: object) -> E:
    try:
        return kinds(_text(told))
    except ValueError as error:
        raise BadResultError(t("tools.result.unreadable")) from error
