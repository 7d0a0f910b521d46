"""No other process for this one: it can start none, signal none, and change nothing of one that lives.

Or, `with_programs`, only those that Landlock lets it start: then signals to others are Landlock's to refuse, too.

A second seccomp filter, beside the one that refuses sockets. Threads may be started: ``clone()`` is allowed with
CLONE_THREAD only, and ``clone3()``, whose flags a filter cannot see, says ENOSYS, whereupon the C library falls back to
``clone()``. Refused too is what reaches round Landlock: modes, owners, times and attributes of paths, handles, mounts,
namespaces, kernel keyrings, shared memory of other processes, files in memory that no limit counts.
"""

from __future__ import annotations

import os

from copilot.sandbox.seccomp import ALLOW, REFUSE, UNKNOWN, Filter, Machine, load, this_machine

_CLONE_THREAD = 0x00010000
_PR_SET_PDEATHSIG = 1

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
    "setxattrat": (463, 463), "removexattrat": (466, 466), "truncate": (76, 45), "file_setattr": (469, 469),
    # looking at files without opening them, and at folders as they change
    "getxattr": (191, 8), "lgetxattr": (192, 9), "listxattr": (194, 11), "llistxattr": (195, 12),
    "getxattrat": (464, 464), "listxattrat": (465, 465), "file_getattr": (468, 468), "inotify_add_watch": (254, 27),
    # another view of the file system
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "quotactl": (179, 60),
    # the kernel itself, its keyrings and counters
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "syslog": (103, 116), "acct": (163, 89),
    "personality": (135, 92), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    # memory that is shared, or that no limit counts
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "semop": (65, 193), "semtimedop": (220, 192),
    "semctl": (66, 191), "mq_open": (240, 180), "mq_unlink": (241, 181), "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}  # fmt: skip


# The calls that are looked at more closely: where the filter goes on with each.
_LOOKED_AT = {
    "clone": ((56, 220), "clone"), "clone3": ((435, 435), UNKNOWN), "kill": ((62, 129), "own"),
    "tgkill": ((234, 131), "own"), "prlimit": ((302, 261), "own or 0"), "prctl": ((157, 167), "prctl"),
    "fcntl": ((72, 25), "fcntl"), "ioctl": ((16, 29), "ioctl"),
}  # fmt: skip
# Looked at where programs may be started, too.
_ALWAYS = frozenset({"prlimit", "fcntl", "ioctl"})
# A file's news can be a signal of any kind to any process: F_SETOWN, F_SETSIG, F_SETOWN_EX; F_NOTIFY is of a folder's.
_NEWS_TO_OTHERS = (8, 10, 15, 1026)
# FIOSETOWN and SIOCSPGRP, the same; TIOCSTI and TIOCLINUX type at a terminal.
_CONTROLS = (0x8901, 0x8902, 0x5412, 0x541C)


def stay_alone(*, with_programs: bool = False) -> bool:
    """Load the filter for this thread and all that it starts, for good; returns whether it holds, by trying it."""
    machine = this_machine()
    if machine is None or not load(
        _filter(machine, os.getpid(), with_programs=with_programs), machine, in_every_thread=False
    ):
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


def _filter(machine: Machine, own: int, *, with_programs: bool) -> bytes:
    """Write the filter; `own` is the process that may be signalled and limited."""
    program = Filter(machine)
    for name, (numbers, where) in _LOOKED_AT.items():
        # With programs, Landlock says what may be started and signalled.
        if not with_programs or name in _ALWAYS:
            program.equal(numbers[machine.column], where)
    for name, numbers_of in _REFUSED.items():
        number = numbers_of[machine.column]
        if number is not None and not (with_programs and name in _STARTING):
            program.equal(number, REFUSE)
    program.end(ALLOW)
    program.label("clone")
    program.argument(0)
    program.any_bit(_CLONE_THREAD, ALLOW, REFUSE)
    program.label("own")
    program.argument(0)
    program.equal(own, ALLOW, REFUSE)
    program.label("own or 0")
    program.argument(0)
    program.equal(0, ALLOW)
    program.equal(own, ALLOW, REFUSE)
    program.label("prctl")
    program.argument(0)
    program.equal(_PR_SET_PDEATHSIG, REFUSE, ALLOW)
    for name, refused in (("fcntl", _NEWS_TO_OTHERS), ("ioctl", _CONTROLS)):
        program.label(name)
        program.argument(1)
        for command in refused:
            program.equal(command, REFUSE)
        program.end(ALLOW)
    return program.assembled()
