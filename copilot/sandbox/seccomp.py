"""Writing and loading seccomp filters: classic BPF over a system call's number and its arguments.

A filter begins by refusing calls of another architecture (32-bit, x32), whose numbers mean other things. Arguments are
looked at by their low half, which is all that the kernel takes of an ``int``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT = 0x15, 0x35, 0x45
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
_INSTRUCTION = struct.Struct("=HBBI")

# Where a filter's jumps may end.
ALLOW, REFUSE, UNKNOWN = "allow", "refuse", "unknown"
_ENDS = {
    ALLOW: 0x7FFF0000,
    REFUSE: 0x00050000 | errno.EPERM,
    # The C library then falls back to an older call.
    UNKNOWN: 0x00050000 | errno.ENOSYS,
}


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor's architecture: its audit number, its column in a table of system calls, and ``seccomp`` itself."""

    architecture: int
    column: int
    seccomp: int
    has_x32: bool = False


_MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 317, has_x32=True),
    "aarch64": Machine(0xC00000B7, 1, 277),
}


def this_machine() -> Machine | None:
    """Return the architecture of this process, None where there are no filters for it."""
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return None
    return _MACHINES.get(platform.machine())


def takes_filters() -> bool:
    """Say whether this kernel takes seccomp filters at all, by handing it none: EFAULT where it would have read one."""
    if this_machine() is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    return bool(
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, None, 0, 0) == -1 and ctypes.get_errno() == errno.EFAULT
    )


class Filter:
    """A filter in the making: each method adds one instruction, and a jump names a label further on, or an end."""

    def __init__(self, machine: Machine) -> None:
        self._steps: list[tuple[int, int, str, str]] = []
        self._labels: dict[str, int] = {}
        self._add(_LOAD, _OFFSET_ARCHITECTURE)
        self.equal(machine.architecture, otherwise=REFUSE)
        self._add(_LOAD, _OFFSET_NUMBER)
        if machine.has_x32:
            self._add(_JUMP_AT_LEAST, _X32_BIT, REFUSE)

    def equal(self, value: int, then: str = "", otherwise: str = "") -> None:
        """Jump by whether what was loaded is `value`; without a label, go on."""
        self._add(_JUMP_EQUAL, value, then, otherwise)

    def any_bit(self, bits: int, then: str = "", otherwise: str = "") -> None:
        """Jump by whether what was loaded has any of `bits`."""
        self._add(_JUMP_ANY_BIT, bits, then, otherwise)

    def argument(self, index: int, *, without: int = 0) -> None:
        """Load the low half of an argument, counted from 0, less the bits `without`."""
        self._add(_LOAD, _OFFSET_ARGUMENTS + 8 * index)
        if without:
            self._add(_AND, ~without & 0xFFFFFFFF)

    def end(self, where: str) -> None:
        """Answer to the call here: `ALLOW`, `REFUSE` or `UNKNOWN`."""
        self._add(_RETURN, _ENDS[where])

    def label(self, name: str) -> None:
        """Name the next instruction."""
        self._labels[name] = len(self._steps)

    def assembled(self) -> bytes:
        """Return the program, its ends behind it."""
        labels = dict(self._labels)
        steps = list(self._steps)
        for name, value in _ENDS.items():
            labels[name] = len(steps)
            steps.append((_RETURN, value, "", ""))
        return b"".join(
            _INSTRUCTION.pack(
                operation,
                labels[then] - position - 1 if then else 0,
                labels[otherwise] - position - 1 if otherwise else 0,
                value,
            )
            for position, (operation, value, then, otherwise) in enumerate(steps)
        )

    def _add(self, operation: int, value: int, then: str = "", otherwise: str = "") -> None:
        self._steps.append((operation, value, then, otherwise))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def load(code: bytes, machine: Machine, *, in_every_thread: bool) -> bool:
    """Load an assembled filter for good; returns whether the kernel took it.

    Children inherit it. With `in_every_thread` it binds the threads that run already, where the kernel can do that.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(code)
    program = _Program(len(code) // _INSTRUCTION.size, ctypes.addressof(kept))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    if in_every_thread:
        loaded = libc.syscall(
            ctypes.c_long(machine.seccomp),
            ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
            ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
            ctypes.byref(program),
        )
        if loaded == 0:
            return True
        # A kernel without the system call still takes the filter for this thread and its children.
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
