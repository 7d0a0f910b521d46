"""A process that does nothing and lets anybody trace it, for others to try the walls on."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from copilot.sandbox.interpreter import kill_all, start_of

_PR_SET_PTRACER, _ANYBODY = 0x59616D61, -1


@contextmanager
def bystander() -> Iterator[int]:
    """Run one as long as the context lasts; yields its number."""
    child = subprocess.Popen(
        start_of("copilot.sandbox.bystander").command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert child.stdout is not None
        # It is there to be found from the moment at which it says so.
        child.stdout.readline()
        yield child.pid
    finally:
        kill_all(child)


def main() -> None:
    """Wait until standard input is closed."""
    if sys.platform.startswith("linux"):
        # Where Yama lets parents alone trace; elsewhere the kernel does not know the call.
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_long(_ANYBODY), 0, 0, 0)
    sys.stdout.write("here\n")
    sys.stdout.flush()
    sys.stdin.read()
