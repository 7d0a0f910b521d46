"""Trying the seal from inside: every family of sockets, through Python and through the bare system call.

Nothing is sent anywhere: a socket that opens is closed at once, and is what the report is about.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass

from copilot.sandbox.seal import seal_network

_SECONDS = 30
# One more than the highest family that Linux knows (AF_MAX of its headers), with room for what is to come.
_FAMILIES = range(64)
_KINDS = {"stream": 1, "dgram": 2, "raw": 3, "seqpacket": 5}
# A filter that looks at half of the argument can be passed by with the other half.
_UPPER_BITS = (0, 1 << 32)
_SYSTEM_CALLS = {"x86_64": (41, 425), "aarch64": (198, 425)}
_X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one process tried: `tried` calls, of which those in `opened` succeeded. `seal` is its seal's own verdict."""

    seal: str
    tried: int
    opened: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.opened


def try_sockets(_: str = "") -> Attempt:
    """Try to get a socket in every way, in this process as it is; a job of a walled worker, too."""
    tried, opened = 0, []
    for way, works in (*_by_python(), *_by_system_call()):
        tried += 1
        if works:
            opened.append(way)
    return Attempt("", tried, tuple(opened))


def encode_attempt(attempt: Attempt) -> bytes:
    return json.dumps(asdict(attempt)).encode()


def decode_attempt(data: bytes) -> Attempt:
    """Read what a child tells; ValueError where it is no report."""
    told = json.loads(data)
    try:
        return Attempt(str(told["seal"]), int(told["tried"]), tuple(str(way) for way in told["opened"]))
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError("not a report of the probe") from error


def try_in_child() -> Attempt:
    """Try in a fresh interpreter that seals itself first."""
    child = subprocess.run(
        [sys.executable, "-m", "copilot.sandbox.probe"], capture_output=True, timeout=_SECONDS, check=True
    )
    return decode_attempt(child.stdout)


def _by_python() -> list[tuple[str, bool]]:
    ways: list[tuple[str, bool]] = []
    for family in _FAMILIES:
        for name, kind in _KINDS.items():
            try:
                socket.socket(family, kind).close()
            except OSError:
                ways.append((f"python {family}/{name}", False))
            else:
                ways.append((f"python {family}/{name}", True))
    return ways


def _by_system_call() -> list[tuple[str, bool]]:
    """Call the kernel past every library; elsewhere than on Linux there is nothing to call."""
    numbers = _SYSTEM_CALLS.get(platform.machine())
    if not sys.platform.startswith("linux") or numbers is None:
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    calls = [("native", numbers[0])]
    if platform.machine() == "x86_64":
        calls.append(("x32", numbers[0] | _X32_BIT))
    ways: list[tuple[str, bool]] = []
    for way, number in calls:
        for family in _FAMILIES:
            for upper in _UPPER_BITS:
                got = libc.syscall(
                    ctypes.c_long(number), ctypes.c_long(family | upper), ctypes.c_long(1), ctypes.c_long(0)
                )
                ways.append((f"{way} {family}{'+' if upper else ''}", _closed(got)))
    parameters = ctypes.create_string_buffer(256)
    ways.append(("io_uring", _closed(libc.syscall(ctypes.c_long(numbers[1]), ctypes.c_long(1), parameters))))
    return ways


def _closed(descriptor: int) -> bool:
    if descriptor < 0:
        return False
    os.close(descriptor)
    return True


if __name__ == "__main__":
    state = seal_network()
    told = try_sockets()
    sys.stdout.write(json.dumps(asdict(told) | {"seal": state.value}))
