"""Starting the program in a process group of its own, killing the group, and counting what it left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import COPILOT, environment

_PR_SET_CHILD_SUBREAPER = 36
# What outlives its parent this long was left behind.
_GRACE_SECONDS = 3.0
_PAUSE_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the program with what is piped into it."""

    arguments: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    piped: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: `seconds` after the start, or after that many changes of what is watched."""

    seconds: float
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command had printed when it was killed, or its exit code where it was quicker.

    `changes` counts how often the watched files were seen to change; 0 where it was to be killed by the clock.
    """

    told: str
    code: int | None
    seconds: float
    changes: int


# The files that are watched, each with its size and the time of its last change.
State = frozenset[tuple[str, int, int]]


def adopt_orphans() -> None:
    """Let orphans come to this process, so that it can count them whatever they are called."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run_and_kill(command: Command, moment: Moment | None, watch: Callable[[], State], longest: float) -> Ended:
    """Start a command and kill its group at `moment`; None lets it come to its end.

    Raises:
        TimeoutError: it went on for the `longest` seconds, and was killed then.
    """
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as piped:
        piped.write(command.piped.encode())
        piped.seek(0)
        state = watch()
        process = subprocess.Popen(
            [str(COPILOT), *command.arguments],
            # What is printed counts as acknowledged: it must not wait in a buffer.
            env=environment({**command.settings, "PYTHONUNBUFFERED": "1"}),
            stdin=piped,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started = time.monotonic()
        by_the_clock = moment is not None and not moment.changes
        until = started + (moment.seconds if moment is not None and by_the_clock else longest)
        changes = 0
        while (code := process.poll()) is None:
            if time.monotonic() >= until:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                break
            if not by_the_clock and (present := watch()) != state:
                state = present
                changes += 1
                if moment is not None and changes == moment.changes:
                    until = time.monotonic() + moment.seconds
            time.sleep(_PAUSE_SECONDS)
        taken = time.monotonic() - started
        if taken >= longest:
            raise TimeoutError(f"{' '.join(command.arguments)} went on for {taken:.0f} s")
        told.seek(0)
        return Ended(told.read().decode(errors="replace"), code, taken, changes)


def count_left_behind() -> int:
    """Return how many descendants of a killed command still run after a moment of grace, and end them."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while (left := _children()) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(left)


def _children() -> list[int]:
    """Return the running children of this process, orphans it was given among them; the dead ones are buried."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return []
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]
