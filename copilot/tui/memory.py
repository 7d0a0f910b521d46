"""How much memory the program takes, its children (model, parsers, tools) included, and what of it is gone through."""

from __future__ import annotations

import gc
import os
from pathlib import Path


def memory_in_use() -> int | None:
    """Return bytes in memory of this process and those below it; None where the system does not say."""
    try:
        return _resident(os.getpid(), depth=3)
    except OSError:
        return None


def set_aside() -> None:
    """Spare the garbage collector what is loaded by now: a full round over it stops every thread for up to 90 ms.

    What is no longer used is still freed, but for what refers to itself: so for use after loading, not now and then.
    """
    gc.freeze()


def _resident(pid: int, depth: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    total = pages * os.sysconf("SC_PAGE_SIZE")
    if depth:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in _children(task):
                # A child may end between the two readings.
                try:
                    total += _resident(child, depth - 1)
                except (OSError, IndexError):
                    continue
    return total


def _children(task: Path) -> list[int]:
    try:
        return [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        return []
