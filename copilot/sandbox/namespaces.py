"""A third wall where the system has it: bubblewrap, within a network of its own that leads nowhere.

A confined process started so finds an empty network, no other process in /proc, and a file system in which nothing
exists but what it was granted: even whether a path exists cannot be found out. Seccomp and Landlock stand whether or
not this wall does. bubblewrap's own ``--unshare-net`` asks the kernel for a socket, which our seal refuses: the network
is given up by util-linux's ``unshare`` before it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from copilot.sandbox.confinement import Confinement, visible_paths

_TRY_SECONDS = 20
_LINKS = 10
_GONE_SECONDS, _PAUSE_SECONDS = 5.0, 0.002
# What a process in name spaces of its own sees as its parent: bubblewrap's own first process, which starts it, and
# takes it along when the program ends.
FIRST_PROCESS = 1
# What ends a process by signal n is told by bubblewrap as this exit code and n.
_SIGNAL_BASE = 128
# bubblewrap mounts these itself. What an encrypted workspace writes for a while lies under /dev/shm, and is shown.
_OWN_MOUNTS = ("/proc", "/dev")
_IN_MEMORY = "/dev/shm/"  # noqa: S108
_SPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


def behind_namespaces(command: Sequence[str], walls: Confinement) -> list[str] | None:
    """Return `command` as it is started behind the third wall, or None where this system does not put it up."""
    programs = _programs()
    if programs is None or not _works(programs, command[0]):
        return None
    return [*_prefix(programs, command[0], walls), *command]


def has_namespaces() -> bool:
    """Say whether this system puts up the third wall, by starting Python behind it once."""
    programs = _programs()
    return programs is not None and _works(programs, sys.executable)


def exit_code_of(code: int | None, *, has_namespaces: bool) -> int | None:
    """Return an exit code as `subprocess` tells it: of a process that signal n ended, -n."""
    return _SIGNAL_BASE - code if has_namespaces and code is not None and code > _SIGNAL_BASE else code


def descendants(pid: int) -> list[int]:
    """Return the processes that `pid` started, and those that these started, by their numbers here; the last within."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def wait_until_gone(pids: Iterable[int]) -> None:
    """Wait until none of these runs any more: killed with bubblewrap, they are not ours to reap and take a moment."""
    until = time.monotonic() + _GONE_SECONDS
    while any(map(_runs, pids)) and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


@cache
def _programs() -> tuple[str, str] | None:
    if not sys.platform.startswith("linux"):
        return None
    unshare, bubblewrap = shutil.which("unshare"), shutil.which("bwrap")
    return None if unshare is None or bubblewrap is None else (unshare, bubblewrap)


@cache
def _works(programs: tuple[str, str], python: str) -> bool:
    """Try it: distributions differ in what they let users do, and a layout of Python may not fit."""
    command = [*_prefix(programs, python, Confinement((), "")), python, "-I", "-S", "-c", "import json, pickle, ctypes"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TRY_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _prefix(programs: tuple[str, str], python: str, walls: Confinement) -> list[str]:
    unshare, bubblewrap = programs
    shown = _outermost([*_links(python), *_with_targets([*visible_paths(walls), *walls.programs])])
    mounts = [word for path in shown for word in ("--ro-bind-try", path, path)]
    # Last, so that nothing lies over the one folder that may be written in.
    own = ["--bind", walls.folder, walls.folder, "--chdir", walls.folder] if walls.folder else []
    return [
        *(unshare, "--user", "--map-current-user", "--net", "--"),
        *(bubblewrap, *_SPACES, "--die-with-parent", "--proc", "/proc", "--dev", "/dev", *mounts, *own, "--"),
    ]


def _with_targets(paths: Iterable[str]) -> Iterator[str]:
    """Yield each path and where it really lies: a link inside what is shown may lead there."""
    for path in paths:
        for one in (path, os.path.realpath(path)):
            is_mounted = any(one == own or one.startswith(f"{own}/") for own in _OWN_MOUNTS)
            if not is_mounted or one.startswith(_IN_MEMORY):
                yield one


def _links(python: str) -> Iterator[str]:
    """Yield the interpreter's path and each that it is a link to: a virtual environment holds only a link."""
    path = Path(python)
    for _ in range(_LINKS):
        yield str(path)
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def _outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths that lie in no other one of them: what lies in a mounted folder is there already."""
    kept: dict[str, None] = {}
    for path in sorted(paths, key=lambda path: len(Path(path).parts)):
        if not any(str(parent) in kept for parent in (Path(path), *Path(path).parents)):
            kept[path] = None
    return list(kept)
