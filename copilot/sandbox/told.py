"""JSON between a walled child and this side: written so that an honest text passes, read as a hostile one must be.

Whoever took over a child chooses every byte of it, so that reading must neither fail in a way of its own nor hand on
what makes the next function fail.
"""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST, MOST_DIGITS = 32, 100


def dumps(value: object, *, allow_nan: bool = True) -> bytes:
    """Write a value; half a surrogate pair, as a file name may hold one, becomes a question mark.

    Raises:
        ValueError: there is a number that is not finite, where `allow_nan` is not given.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=allow_nan).encode("utf-8", "replace")


def loads(payload: bytes, longest: int) -> Any:
    """Return what a child wrote in at most `longest` bytes.

    Every number of it is finite and every whole one converts to a float, each text can be stored and sent, and no value
    lies deeper than `DEEPEST` levels, so that a function that goes down into it comes back.

    Raises:
        ValueError: it is anything else, a table that names a key twice among that.
    """
    if len(payload) > longest:
        raise ValueError(f"more than {longest} bytes")
    try:
        told = json.loads(
            payload.decode(),
            object_pairs_hook=_each_key_once,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _look_through(told)
    return told


def loads_text(text: str) -> Any:
    """Return what a text holds that a model wrote, or a server in its place; ValueError as of `loads`."""
    data = text.encode()
    return loads(data, len(data))


_TOO_DEEP = f"deeper than {DEEPEST} levels"


def _look_through(told: object) -> None:
    """Go down level by level, whatever the depth, and refuse what is too deep or holds half a surrogate pair."""
    level = [told]
    for _ in range(DEEPEST):
        "".join(one for one in level if isinstance(one, str)).encode()
        tables = [one for one in level if isinstance(one, dict)]
        "".join(key for one in tables for key in one).encode()
        level = [inner for one in level if isinstance(one, list) for inner in one]
        level += [inner for one in tables for inner in one.values()]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > MOST_DIGITS:
        raise ValueError("a number too large")
    return int(digits)
