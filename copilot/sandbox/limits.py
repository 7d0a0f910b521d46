"""Limits that a process puts on itself before it meets anything it does not trust (POSIX)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_MOST_FILES = 128
# Room for the temporary file through which py3langid unpacks its model (68 MB), and nothing much larger.
_LARGEST_FILE = 128 * 2**20
# Address space that allocators and libraries may take and not use.
_PUT_BY = 2 * 2**30
# From -1,000 (never) to 1,000 (always first).
_FIRST_TO_GO = 800
# Shorter than any dump, so that no file is begun. Of dumps that a program is handed (systemd-coredump, apport), the
# kernel takes 1 alone to mean none.
_NO_DUMP = 1
_NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1", "ANONYMIZED_TELEMETRY": "False", "DO_NOT_TRACK": "1"}


def forbid_core_dumps() -> None:
    """Let this process and its children leave no image of their memory: it would hold what was read, in clear."""
    _lower(resource.RLIMIT_CORE, _NO_DUMP)


def forbid_telemetry() -> None:
    """Let no library tell its makers that it is used: this process and its children, before anything is imported.

    onnxruntime 1.32 would keep a number for the user and a queue of events in the user's cache, and send them wherever
    the network is open. What the user's own environment says of this is overruled.
    """
    os.environ |= _NO_TELEMETRY


def limit_self(memory_bytes: int) -> None:
    """Bound memory, size of written files, open files. What cannot be lowered stays as it is.

    `memory_bytes` bounds what may be written to and is not a file's. Address space, which bounds shared memory too, has
    room besides: allocators such as mimalloc (in tokenizers) put a GiB of it by and do not use it.
    """
    _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_AS, memory_bytes + _PUT_BY)
    _lower(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    _lower(resource.RLIMIT_NOFILE, _MOST_FILES)
    forbid_core_dumps()
    forbid_telemetry()


def limit_model(largest_file: int, memory_bytes: int = 0) -> None:
    """Bound what a model's process writes.

    Its address space is left alone, for it maps a file of any size: `memory_bytes` is for what it allocates; 0 does not
    bound it. Of all processes of ours it is the largest, and the first that the kernel ends when memory runs out.
    """
    if memory_bytes:
        _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_FSIZE, max(largest_file, _LARGEST_FILE))
    forbid_core_dumps()
    try:
        Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO), encoding="ascii")
    except OSError:  # no Linux, or one that allows nobody to be nominated
        return


def limit_next_seconds(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of processor time, should nobody else do it.

    Only the soft limit moves, so that it can be raised again for the next job.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(usage.ru_utime + usage.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def die_with_parent(parent: int) -> None:
    """End this process when `parent` ends, or at once if it has ended already.

    Linux ties this to the *thread* that started the process; elsewhere the closed pipe ends an idle worker.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, value))
    except (ValueError, OSError):  # a system that does not know this limit (address space on macOS)
        return
