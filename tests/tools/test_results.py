"""Results on their way out of the walls: what passes, and what is refused on either side."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.records import (
    Bar,
    Column,
    Figure,
    FigureKind,
    Line,
    ResultTable,
    Solver,
    SolverStatus,
    ToolResult,
    Value,
)
from copilot.tools.results import BadResultError, decode_result, encode_result

WHOLE = ToolResult(
    values=(Value("days", 11.05, "day", "Days"), Value("best", "A"), Value("ok", True), Value("none", None)),
    tables=(ResultTable("t", (Column("a"), Column("b", "L", "B")), ((1, 2.5), ("x", None)), "T"),),
    figure=Figure(
        FigureKind.GANTT,
        "G",
        (Bar("A", 0.0, 3.0, "L", True),),
        (Line("l", (0.0, 1.0), (2.0, 3.0)),),
        "x",
        "y",
        "h",
        "L",
    ),
    assumptions=("constant",),
    warnings=("low",),
    solver=Solver("CP-SAT", SolverStatus.FEASIBLE, 43.0, 40.0, 3 / 43, 7),
    seed=7,
)


def test_a_result_comes_out_as_it_went_in() -> None:
    assert decode_result(encode_result(WHOLE)) == WHOLE
    assert decode_result(encode_result(ToolResult())) == ToolResult()


@dataclass
class Named:
    fuel: float
    note: str


def test_named_values_are_a_result_too() -> None:
    assert decode_result(encode_result({"fuel": 3.5})).values == (Value("fuel", 3.5),)
    assert decode_result(encode_result(Named(3.5, "x"))).values == (Value("fuel", 3.5), Value("note", "x"))


def test_numbers_of_numpy_are_numbers() -> None:
    told = decode_result(
        encode_result({"a": np.float64(1.5), "b": np.int64(3), "c": np.bool_(True), "d": np.array(2.0)})
    )
    assert [value.value for value in told.values] == [1.5, 3, True, 2.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, np.float64("nan"), np.array([1.0, 2.0]), object(), b"x", {1: 2}])
def test_values_that_are_refused_in_the_child(bad: object) -> None:
    with pytest.raises(BadResultError, match="got"):
        encode_result({"got": bad})


@pytest.mark.parametrize("bad", [None, 3, "text", [1], ToolResult])
def test_what_is_no_result(bad: object) -> None:
    with pytest.raises(BadResultError, match="A tool returns"):
        encode_result(bad)


def changed(path: str, value: object) -> bytes:
    told: Any = json.loads(encode_result(WHOLE))
    at = told
    *steps, last = path.split(".")
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("values", None),
        ("values", {}),
        ("values.0", "x"),
        ("values.0.value", [1]),
        ("values.0.value", math.nan),
        ("values.0.unit", 3),
        ("values.0.name", ""),
        ("values.0.label", "x" * 20_000),
        ("values.0.extra", 1),
        ("tables.0.rows.0", [1]),
        ("tables.0.rows.0.0", {}),
        ("figure.kind", "pie"),
        ("figure.bars.0.start", "x"),
        ("figure.lines.0.x", [1.0]),
        ("figure.lines.0.x.0", math.inf),
        ("solver.status", "perfect"),
        ("solver.gap", "x"),
        ("seed", 1.5),
        ("seed", True),
        ("assumptions", ["x"] * 1000),
        ("assumptions.0", 3),
        ("more", 1),
    ],
)
def test_what_is_refused_on_this_side(path: str, value: object) -> None:
    with pytest.raises(BadResultError):
        decode_result(changed(path, value))


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(payload: bytes) -> None:
    with pytest.raises(BadResultError):
        decode_result(payload)


def test_a_deep_answer_is_refused() -> None:
    with pytest.raises(BadResultError):
        decode_result(b"[" * 200_000)


def test_a_number_that_no_float_holds_is_refused_on_either_side() -> None:
    with pytest.raises(BadResultError, match="more than 100 digits"):
        encode_result({"combinations": 10**100})
    with pytest.raises(BadResultError):
        decode_result(encode_result({"combinations": 1}).replace(b": 1", b": 1" + b"0" * 400))
    assert decode_result(encode_result({"combinations": 10**99})).values[0].value == 10**99


def test_half_a_surrogate_pair_of_an_honest_tool_is_a_question_mark() -> None:
    assert decode_result(encode_result({"file": "caf\udce9"})).values[0].value == "caf?"
