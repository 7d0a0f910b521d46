"""How many of the ways that `copilot doctor --offline` tries would open on this machine without walls.

Run as ``python -m benchmarks.open_ways``. The program starts no process without walls, so that it cannot count them
itself: here they are tried in children that put none up.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.sandbox.bystander import bystander
from copilot.sandbox.limits import forbid_core_dumps
from copilot.sandbox.probe import Attempt, decode_attempt, encode_attempt, try_everything, what_to_try
from copilot.sandbox.seal import seal_network

_NOBODY = 65_534
_BORROWED = ("trace it", "take one of its files", "read its memory by a call", "write its memory by a call")
_KINDS = ("sockets through Python", "sockets by system calls", "sockets of another process")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    counted = Table("Ways to a socket that open, by whose process it is", ("tried", "number", *_PROCESSES))
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder, bystander() as process:
        Path(folder).chmod(0o755)
        told = what_to_try([], [], process)
        found = {name: _tried_by(prepare, told) for name, prepare in _PROCESSES.items() if _can(name)}
    first = next(iter(found.values()))
    tried = dict(zip(_KINDS, (first.ways["python"], first.ways["native"], len(_BORROWED)), strict=True))
    opened = {name: Counter(_kind_of(way) for way in attempt.opened) for name, attempt in found.items()}
    for kind, number in tried.items():
        counted.rows.append((kind, number, *(opened[name][kind] if name in opened else "–" for name in _PROCESSES)))
    sums = [sum(opened[name][kind] for kind in _KINDS) if name in opened else "–" for name in _PROCESSES]
    counted.rows.append(("all", sum(tried.values()), *sums))
    names = Table("Which", ("process", "ways that opened"))
    for name, attempt in found.items():
        names.rows.append((name, ", ".join(way for way in attempt.opened if _kind_of(way)) or "none"))
    Report("open_ways", "What would open without walls", [counted, names], _NOTES).write(given.out)


def _sealed() -> None:
    seal_network()
    forbid_core_dumps()


def _as_nobody() -> None:
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


_PROCESSES: dict[str, Callable[[], None]] = {
    "root's, no walls": lambda: None,
    "a user's, no walls": lambda: _as_nobody() if os.geteuid() == 0 else None,
    "sealed": _sealed,
}
_NOTES = """
- Names are family/kind/protocol by their numbers in Linux's headers, or what was done to a port of this machine (2 is
  IPv4, 10 IPv6), or to a process beside; `+`: the upper half of the argument set.
- The rest of the ways fails on this kernel with or without walls: it lacks the family, or a family lacks the kind.
- A user's process cannot be had of a process of root's, whatever the walls; the process beside is that of whoever runs
  this. The columns of root are empty where somebody else does.
"""


def _can(name: str) -> bool:
    return os.geteuid() == 0 or not name.startswith("root")


def _tried_by(prepare: Callable[[], None], told: str) -> Attempt:
    """Let a fork of this process try, and nothing else."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            prepare()
            # The pipe takes more than its buffer holds while the parent reads.
            with os.fdopen(writer, "wb") as stream:
                stream.write(encode_attempt(try_everything(told)))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    return decode_attempt(data)


def _kind_of(way: str) -> str:
    if way in _BORROWED:
        return _KINDS[2]
    if way.startswith(("native", "x32", "io_uring")):
        return _KINDS[1]
    return _KINDS[0] if way.startswith(("python", "connect", "send while", "listen")) else ""


if __name__ == "__main__":
    main()
