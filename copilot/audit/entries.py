"""One entry of the log: canonical JSON on one line, its own SHA-256, and the hash of the entry before it.

Canonical means that a value has exactly one spelling (sorted keys, no blanks, ASCII), so that a line which says the
same in other bytes is no entry either: any changed byte is found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# What the first entry names as the one before it.
NOTHING_BEFORE = "0" * 64
# What ends a torn line when it is sealed: even a line that lacked nothing but its end stays torn.
SEAL = b"~\n"
_FIELDS = frozenset({"seq", "time", "kind", "data", "prev", "hash"})


class LineCipher(Protocol):
    """Encrypts what the log writes to the disk; `reveal` raises ValueError for anything that `seal` did not write."""

    def seal(self, plain: bytes) -> bytes: ...
    def reveal(self, sealed: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `sequence` counts from 1; `time` is ISO 8601 in UTC; hashes are hexadecimal SHA-256."""

    sequence: int
    time: str
    kind: str
    data: Mapping[str, Any]
    previous: str
    hash: str

    def line(self) -> bytes:
        """Return the entry as it stands in the log, without the line end."""
        return canonical({**_body(self.sequence, self.time, self.kind, self.data, self.previous), "hash": self.hash})


def make_entry(sequence: int, time: str, kind: str, data: Mapping[str, Any], previous: str) -> Entry:
    """Return the entry with its hash."""
    digest = hashlib.sha256(canonical(_body(sequence, time, kind, data, previous))).hexdigest()
    return Entry(sequence, time, kind, data, previous, digest)


def read_entry(line: bytes) -> Entry:
    """Return the entry of a line; ValueError for a line that `Entry.line` would not have written."""
    try:
        found = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict) or set(found) != _FIELDS:
        raise ValueError("not the fields of an entry")
    sequence, time, kind, data = found["seq"], found["time"], found["kind"], found["data"]
    if not (type(sequence) is int and isinstance(time, str) and isinstance(kind, str) and isinstance(data, dict)):
        raise ValueError("a field is of another type")
    entry = make_entry(sequence, time, kind, data, str(found["prev"]))
    if entry.line() != line:
        raise ValueError("the entry does not fit its hash")
    return entry


def canonical(value: object) -> bytes:
    """Return the one spelling of a JSON value; ValueError for a number that JSON cannot say."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _body(sequence: int, time: str, kind: str, data: Mapping[str, Any], previous: str) -> dict[str, Any]:
    return {"seq": sequence, "time": time, "kind": kind, "data": data, "prev": previous}
