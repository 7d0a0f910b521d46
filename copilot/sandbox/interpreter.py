"""This program's own Python, started anew as a child: its command, the third wall around it, its end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.sandbox.confinement import Confinement
from copilot.sandbox.namespaces import FIRST_PROCESS, behind_namespaces, descendants, wait_until_gone

# The child takes over the parent's module path before it imports anything: what was installed here is installed there,
# and no module of the current folder gets in.
_BOOT = "import json,sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"


@dataclass(frozen=True, slots=True)
class Start:
    """How a child is started, whether the third wall stands around it, and whom it sees as its parent."""

    command: Sequence[str]
    has_namespaces: bool
    parent: int


def start_of(module: str, walls: Confinement | None = None) -> Start:
    """Return how to run the ``main`` of a module of ours in a child, behind name spaces where `walls` are told and the
    system has them.
    """
    paths = [str(Path(path).absolute()) for path in sys.path]
    command = [sys.executable, "-P", "-c", _BOOT.format(module=module), json.dumps(paths)]
    wrapped = None if walls is None else behind_namespaces(command, walls)
    if wrapped is None:
        return Start(command, has_namespaces=False, parent=os.getpid())
    return Start(wrapped, has_namespaces=True, parent=FIRST_PROCESS)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a child that leads a session of its own, with all that it started, and wait until they are gone."""
    if process.poll() is None:
        within = descendants(process.pid)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        process.wait()
        wait_until_gone(within)
    else:
        # What it started may outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
