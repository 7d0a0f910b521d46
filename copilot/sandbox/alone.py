"""No other process for this one: it can start none, signal none, and change nothing of one that lives.

Or, `with_programs`, only those that Landlock lets it start: then signals to others are Landlock's to refuse, too.

A second seccomp filter, beside the one that refuses sockets. Threads may be started: ``clone()`` is allowed with
CLONE_THREAD only, and ``clone3()``, whose flags a filter cannot see, says ENOSYS, whereupon the C library falls back to
``clone()``. Refused too is what reaches round Landlock: modes, owners, times and attributes of paths, handles, mounts,
namespaces, kernel keyrings, shared memory of other processes, files in memory that no limit counts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_RET_ALLOW, _RET_ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000
_PR_SET_PDEATHSIG = 1
_INSTRUCTION = struct.Struct("=HBBI")

# What starting a program takes.
_STARTING = frozenset({"fork", "vfork", "execve", "execveat"})
# name: number on x86-64, number on aarch64 (None: no such call there). From the kernel's own tables.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # starting programs
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # reaching other processes
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "ptrace": (101, 117), "kcmp": (312, 272),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # changing files without opening them
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "truncate": (76, 45),
    # another view of the file system
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "quotactl": (179, 60),
    # the kernel itself, its keyrings and counters
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "syslog": (103, 116), "acct": (163, 89),
    "personality": (135, 92), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    # memory that is shared, or that no limit counts
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "mq_open": (240, 180), "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture: its audit number, its column of the table, and the calls that are looked at more closely."""

    architecture: int
    column: int
    clone: int
    clone3: int
    kill: int
    tgkill: int
    prlimit: int
    prctl: int
    has_x32: bool = False


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, 56, 435, 62, 234, 302, 157, has_x32=True),
    "aarch64": _Machine(0xC00000B7, 1, 220, 435, 129, 131, 261, 167),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def stay_alone(*, with_programs: bool = False) -> bool:
    """Load the filter for this thread and all that it starts, for good; returns whether it holds, by trying it."""
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 2**32:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    code = _filter(machine, os.getpid(), with_programs=with_programs)
    kept = ctypes.create_string_buffer(code)
    program = _Program(len(code) // _INSTRUCTION.size, ctypes.addressof(kept))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        return False
    try:
        # Either is refused by the filter before the kernel looks at what it names.
        if with_programs:
            os.chmod("", 0)  # noqa: PTH101 - no path at all
        else:
            os.kill(os.getppid(), 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _filter(machine: _Machine, own: int, *, with_programs: bool) -> bytes:
    """Write the filter; `own` is the process that may be signalled and limited. Arguments are ints: their low half."""
    close_look = {
        machine.clone: "clone",
        machine.clone3: "unknown",
        machine.kill: "own",
        machine.tgkill: "own",
        machine.prlimit: "own_or_zero",
        machine.prctl: "prctl",
    }
    if with_programs:
        close_look = {machine.prlimit: "own_or_zero"}
    code: list[tuple[int, int, str, str]] = [
        (_LOAD, _ARCHITECTURE, "", ""),
        (_JUMP_EQUAL, machine.architecture, "", "refuse"),
        (_LOAD, _NUMBER, "", ""),
    ]
    if machine.has_x32:
        code.append((_JUMP_AT_LEAST, _X32_BIT, "refuse", ""))
    code += [(_JUMP_EQUAL, number, label, "") for number, label in close_look.items()]
    refused = (
        numbers[machine.column] for name, numbers in _REFUSED.items() if not (with_programs and name in _STARTING)
    )
    code += [(_JUMP_EQUAL, number, "refuse", "") for number in refused if number is not None]
    code.append((_RETURN, _RET_ALLOW, "", ""))
    labels = {"clone": len(code)}
    code += [(_LOAD, _FIRST_ARGUMENT, "", ""), (_JUMP_ANY_BIT, _CLONE_THREAD, "allow", "refuse")]
    labels["own"] = len(code)
    code += [(_LOAD, _FIRST_ARGUMENT, "", ""), (_JUMP_EQUAL, own, "allow", "refuse")]
    labels["own_or_zero"] = len(code)
    code += [(_LOAD, _FIRST_ARGUMENT, "", ""), (_JUMP_EQUAL, 0, "allow", ""), (_JUMP_EQUAL, own, "allow", "refuse")]
    labels["prctl"] = len(code)
    code += [(_LOAD, _FIRST_ARGUMENT, "", ""), (_JUMP_EQUAL, _PR_SET_PDEATHSIG, "refuse", "allow")]
    for label, value in (
        ("allow", _RET_ALLOW),
        ("refuse", _RET_ERRNO | errno.EPERM),
        ("unknown", _RET_ERRNO | errno.ENOSYS),
    ):
        labels[label] = len(code)
        code.append((_RETURN, value, "", ""))
    return b"".join(
        _INSTRUCTION.pack(
            operation,
            labels[there] - position - 1 if there else 0,
            labels[otherwise] - position - 1 if otherwise else 0,
            value,
        )
        for position, (operation, value, there, otherwise) in enumerate(code)
    )
