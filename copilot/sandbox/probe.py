"""Trying the walls from inside: every family of sockets, through Python and through the bare system call, then files
and processes that are none of this one's business.

Nothing is sent anywhere and nothing is changed: what opens is closed at once, and is what the report is about.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from copilot.sandbox.interpreter import start_of
from copilot.sandbox.landlock import is_restricted
from copilot.sandbox.seal import is_filtered, seal_network

_SECONDS = 30
# One more than the highest family that Linux knows (AF_MAX of its headers), with room for what is to come.
_FAMILIES = range(64)
_KINDS = {"stream": 1, "dgram": 2, "raw": 3, "seqpacket": 5}
_LOOPBACKS: dict[int, str] = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_ANY_PORT = 1
# A filter that looks at half of the argument can be passed by with the other half.
_UPPER_BITS = (0, 1 << 32)
_SYSTEM_CALLS = {"x86_64": (41, 425), "aarch64": (198, 425)}
_X32_BIT = 0x40000000


class Way(StrEnum):
    """The kinds of ways that are tried."""

    PYTHON = "python"
    NATIVE = "native"
    FILES = "files"
    PROCESSES = "processes"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one process tried: so many ways of each kind, of which those in `opened` succeeded.

    `walls` are those that it found around itself: ``seccomp``, ``landlock``, ``namespaces``.
    """

    walls: tuple[str, ...]
    ways: Mapping[str, int]
    opened: tuple[str, ...]

    @property
    def tried(self) -> int:
        return sum(self.ways.values())

    @property
    def holds(self) -> bool:
        return not self.opened


def try_sockets(_: str = "") -> Attempt:
    """Try to get a socket in every way, in this process as it is."""
    return _attempt([*_by_python(), *_by_system_call()])


def try_everything(told: str) -> Attempt:
    """Try for sockets, then for the files and the process that `told` names (`what_to_try`), as a job of a worker."""
    wanted = json.loads(told)
    others = [*_files(wanted["files"], wanted["folders"]), *_processes(wanted["process"])]
    return _attempt([*_by_python(), *_by_system_call(), *others], wanted["network"])


def what_to_try(files: list[str], folders: list[str]) -> str:
    """Return what `try_everything` takes: files to read, folders to list and to write in, and this process."""
    return json.dumps({"files": files, "folders": folders, "process": os.getpid(), "network": _network_space()})


def _attempt(tried: list[tuple[Way, str, bool]], parents_network: str = "") -> Attempt:
    ways = Counter(str(way) for way, _, _ in tried)
    walls = {
        "seccomp": is_filtered(),
        "landlock": is_restricted(),
        "namespaces": bool(parents_network) and _network_space() not in ("", parents_network),
    }
    return Attempt(tuple(name for name, stands in walls.items() if stands), dict(ways), _those_that_worked(tried))


def _those_that_worked(tried: list[tuple[Way, str, bool]]) -> tuple[str, ...]:
    return tuple(what for _, what, works in tried if works)


def _network_space() -> str:
    try:
        return os.readlink("/proc/self/ns/net")  # noqa: PTH115 - no path
    except OSError:
        return ""


def encode_attempt(attempt: Attempt) -> bytes:
    return json.dumps(asdict(attempt)).encode()


def decode_attempt(data: bytes) -> Attempt:
    """Read what a child tells; ValueError where it is no report."""
    told = json.loads(data)
    try:
        ways = {str(Way(way)): int(number) for way, number in told["ways"].items()}
        walls, opened = (tuple(str(one) for one in told[name]) for name in ("walls", "opened"))
        return Attempt(walls, ways, opened)
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError("not a report of the probe") from error


def try_in_child() -> Attempt:
    """Try in a fresh interpreter that seals itself first."""
    command = start_of("copilot.sandbox.probe").command
    child = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL)
    return decode_attempt(child.stdout)


def _by_python() -> Iterator[tuple[Way, str, bool]]:
    for family in _FAMILIES:
        for name, kind in _KINDS.items():
            opens = _works(partial(_make_socket, family, kind))
            yield Way.PYTHON, f"python {family}/{name}", opens
    for family, host in _LOOPBACKS.items():
        yield Way.PYTHON, f"connect {family}", _may_connect(family, host)


def _make_socket(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def _may_connect(family: int, host: str) -> bool:
    """Say whether a port that is no server's of ours may be called, be anybody there or not."""
    try:
        with socket.socket(family, _KINDS["stream"]) as made:
            made.settimeout(1)
            made.connect((host, _ANY_PORT))
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _by_system_call() -> Iterator[tuple[Way, str, bool]]:
    """Call the kernel past every library; elsewhere than on Linux there is nothing to call."""
    numbers = _SYSTEM_CALLS.get(platform.machine())
    if not sys.platform.startswith("linux") or numbers is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    calls = [("native", numbers[0])]
    if platform.machine() == "x86_64":
        calls.append(("x32", numbers[0] | _X32_BIT))
    for way, number in calls:
        for family in _FAMILIES:
            for upper in _UPPER_BITS:
                got = libc.syscall(
                    ctypes.c_long(number), ctypes.c_long(family | upper), ctypes.c_long(1), ctypes.c_long(0)
                )
                yield Way.NATIVE, f"{way} {family}{'+' if upper else ''}", _closed(got)
    parameters = ctypes.create_string_buffer(256)
    yield Way.NATIVE, "io_uring", _closed(libc.syscall(ctypes.c_long(numbers[1]), ctypes.c_long(1), parameters))


def _files(files: list[str], folders: list[str]) -> Iterator[tuple[Way, str, bool]]:
    for path in files:
        for what, flags in (("read", os.O_RDONLY), ("write", os.O_WRONLY)):
            yield Way.FILES, f"{what} {path}", _works(partial(_open, path, flags))
    for path in folders:
        yield Way.FILES, f"list {path}", _works(partial(os.listdir, path))
        yield Way.FILES, f"make a file in {path}", _works(partial(_make_file, path))


def _open(path: str, flags: int) -> None:
    os.close(os.open(path, flags))


def _make_file(folder: str) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _processes(process: int) -> Iterator[tuple[Way, str, bool]]:
    """Try for the process that started this one (whose number means nothing in a name space of its own), and a new
    one."""
    yield Way.PROCESSES, "read its environment", _works(Path(f"/proc/{process}/environ").read_bytes)
    yield Way.PROCESSES, "read its memory", _works(partial(_open, f"/proc/{process}/mem", os.O_RDONLY))
    yield Way.PROCESSES, "signal it", _works(partial(os.kill, process, 0))
    yield Way.PROCESSES, "start a program", _works(partial(subprocess.run, ["/bin/sh", "-c", "true"], check=True))


def _works(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _closed(descriptor: int) -> bool:
    if descriptor < 0:
        return False
    os.close(descriptor)
    return True


def main() -> None:
    """Seal this process, try, and report on standard output."""
    seal_network()
    sys.stdout.write(encode_attempt(try_sockets()).decode())
