"""No network for this process and all its children: a seccomp filter that refuses to make sockets.

``socket()`` fails with EPERM for every family (a list of families can be passed by through the upper half of the
argument), and so do io_uring, which makes sockets of its own, and the calls that borrow those of another process
(ptrace, pidfd_getfd, process_vm_readv and _writev). Calls of another architecture (32-bit, x32) are refused altogether.
``socketpair()`` stays: asyncio and multiprocessing need it and it reaches nobody else. A loaded filter stays for good.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
import sys
from dataclasses import dataclass
from enum import StrEnum

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_RET_ALLOW, _RET_ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_X32_BIT = 0x40000000
_INSTRUCTION = struct.Struct("=HBBI")


class SealState(StrEnum):
    """What became of a call to seal: `SEALED`, or why not."""

    SEALED = "sealed"
    UNSUPPORTED = "unsupported"  # another system or processor: there is no filter to load
    REFUSED = "refused"  # the kernel did not take the filter


@dataclass(frozen=True, slots=True)
class _Machine:
    """Audit number of an architecture and the system calls refused on it (numbers of the kernel's own tables)."""

    architecture: int
    seccomp: int
    refused: tuple[int, ...]
    has_x32: bool = False


# socket, io_uring_setup, ptrace, process_vm_readv, process_vm_writev, pidfd_getfd
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, (41, 425, 101, 310, 311, 438), has_x32=True),
    "aarch64": _Machine(0xC00000B7, 277, (198, 425, 117, 270, 271, 438)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def seal_network() -> SealState:
    """Refuse sockets to every thread of this process and to its children, for good; returns what came of it.

    The filter is tried before it is believed: `SEALED` means that making a socket has just failed.
    """
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 2**32:
        return SealState.UNSUPPORTED
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = _instructions(machine)
    code = ctypes.create_string_buffer(b"".join(instructions))
    program = _Program(len(instructions), ctypes.addressof(code))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return SealState.REFUSED
    loaded = libc.syscall(
        ctypes.c_long(machine.seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(program),
    )
    if loaded != 0:  # a kernel without the system call still takes the filter for this thread and its children
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return SealState.SEALED if is_sealed() else SealState.REFUSED


def is_sealed() -> bool:
    """Say whether this process can make no socket, by trying with a local one that reaches nobody."""
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _instructions(machine: _Machine) -> list[bytes]:
    """Write the filter: other architectures and the refused calls jump to the refusal, the rest is allowed."""
    tests = [(_JUMP_AT_LEAST, _X32_BIT)] if machine.has_x32 else []
    tests += [(_JUMP_EQUAL, number) for number in machine.refused]
    pack = _INSTRUCTION.pack
    # From the architecture's test to the refusal: the load, the tests and the allowance lie between.
    code = [
        pack(_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        pack(_JUMP_EQUAL, 0, len(tests) + 2, machine.architecture),
        pack(_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    for position, (test, value) in enumerate(tests):
        code.append(pack(test, len(tests) - position, 0, value))
    return [*code, pack(_RETURN, 0, 0, _RET_ALLOW), pack(_RETURN, 0, 0, _RET_ERRNO | errno.EPERM)]
