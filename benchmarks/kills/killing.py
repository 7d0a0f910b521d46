"""Starting the program in a process group of its own, killing the group, and counting what it left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import COPILOT, environment

_PR_SET_CHILD_SUBREAPER = 36
# What outlives its parent this long was left behind.
_GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the program with what is piped into it."""

    arguments: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    piped: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command had printed when it was killed, or its exit code where it was quicker."""

    told: str
    code: int | None
    seconds: float


def adopt_orphans() -> None:
    """Let orphans come to this process, so that it can count them whatever they are called."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run_and_kill(command: Command, moment: float | None) -> Ended:
    """Start a command and kill its group after `moment` seconds; None lets it come to its end."""
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as piped:
        piped.write(command.piped.encode())
        piped.seek(0)
        process = subprocess.Popen(
            [str(COPILOT), *command.arguments],
            # What is printed counts as acknowledged: it must not wait in a buffer.
            env=environment({**command.settings, "PYTHONUNBUFFERED": "1"}),
            stdin=piped,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = None
        started = time.monotonic()
        try:
            code = process.wait(moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        taken = time.monotonic() - started
        told.seek(0)
        return Ended(told.read().decode(errors="replace"), code, taken)


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
