"""JSON of a child: what an honest one writes comes back, and what a hostile one writes is a ValueError or harmless."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.sandbox.told import DEEPEST, MOST_DIGITS, dumps, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.integers(-(10**99), 10**99) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)
NESTED = st.recursive(st.just("1"), lambda one: one.map("[{}]".format))


@given(PLAIN)
def test_what_was_written_is_read(value: Any) -> None:
    assert loads(dumps(value), 2**20) == value


def test_half_a_pair_of_an_honest_child_is_a_question_mark() -> None:
    assert loads(dumps(["caf\udce9", {"\ud800": 1}]), 100) == ["caf?", {"?": 1}]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1),
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"1" + b"0" * MOST_DIGITS,
        b"1" + b"0" * 400,
        b"-1" + b"0" * 5_000,
        rb'"\ud800"',
        rb'{"\udc00":1}',
        rb'[[["\ude00\ud83d"]]]',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'{"a":1,"a":1}',
        "[1]".encode("utf-16"),
        b"\xef\xbb\xbf[]",
        b"[1] [2]",
        b'["' + b"x" * 1_000_000 + b'"]',
    ],
)  # fmt: skip
def test_anything_else_is_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError):
        loads(payload, 1_000_000)


def test_what_comes_back_converts_and_can_be_stored() -> None:
    whole = loads(b"9" * MOST_DIGITS, 1_000)
    assert float(whole) > 0
    assert loads(rb'"\ud83d\ude00"', 100).encode() == "😀".encode()
    assert repr(loads(b"[" * DEEPEST + b"]" * DEEPEST, 1_000)).count("[") == DEEPEST


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(st.just("1"), lambda one: one.map("[{}]".format)).map(str.encode)
)
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    try:
        told = loads(payload, 1_000)
    except ValueError:
        return
    assert json.loads(dumps(told, allow_nan=False)) == told
