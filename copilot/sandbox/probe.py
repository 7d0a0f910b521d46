"""Trying the walls from inside: every family and kind of sockets and the protocols that have numbers of their own,
through Python and through the bare system call, then files and processes that are none of this one's business.

Nothing leaves this machine and nothing is changed: what opens is closed at once, and is what the report is about.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

from copilot.sandbox.interpreter import start_of
from copilot.sandbox.landlock import is_restricted
from copilot.sandbox.limits import forbid_core_dumps
from copilot.sandbox.seal import is_filtered, seal_network

_SECONDS = 30
# One more than the highest family that Linux knows (AF_MAX of its headers), with room for what is to come.
_FAMILIES = range(64)
_KINDS = {"stream": 1, "dgram": 2, "raw": 3, "rdm": 4, "seqpacket": 5, "dccp": 6, "packet": 10}
_INTERNET = (2, 10)
# Two local sockets that reach each other and nobody else: without a name, and connected already.
_HARMLESS_PAIR = "stream"
# Besides protocol 0, which is tried of each family and kind: TCP, MPTCP, SCTP, UDP, UDP-Lite, L2TP, DCCP, any IP.
_OF_INTERNET = (
    ("stream", 6), ("stream", 262), ("stream", 132), ("seqpacket", 132), ("dgram", 17), ("dgram", 136), ("dgram", 115),
    ("dccp", 33), ("raw", 6), ("raw", 17), ("raw", 255),
)  # fmt: skip
_PROTOCOLS = (
    *((family, kind, protocol) for family in _INTERNET for kind, protocol in _OF_INTERNET),
    # ICMP, as what `ping` opens and raw.
    (2, "dgram", 1), (2, "raw", 1), (10, "dgram", 58), (10, "raw", 58),
    # The kernel's own tables: sockets, IPsec, audit, filters, devices, whatever registers itself.
    (16, "raw", 4), (16, "raw", 6), (16, "raw", 9), (16, "raw", 12), (16, "raw", 15), (16, "raw", 16), (15, "raw", 2),
    # Whole frames of every kind, whose number stands in the order of the network.
    (17, "raw", 0x300), (17, "dgram", 0x300), (17, "packet", 0x300),
    # PPTP, CAN, Bluetooth, RxRPC, SMC over IPv6.
    (24, "stream", 2), (29, "raw", 1), (29, "dgram", 2), (31, "raw", 1), (31, "stream", 3), (33, "dgram", 2),
    (43, "stream", 1),
)  # fmt: skip
_LOOPBACKS: dict[int, str] = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_ANY_PORT = 1
_MSG_FASTOPEN = 0x20000000
# By a wall; or by a kernel that has no such thing.
_REFUSALS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EADDRNOTAVAIL)
# A filter that looks at half of the argument can be passed by with the other half.
_UPPER_BITS = 1 << 32
_X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Those of system calls on one architecture."""

    socket: int
    socketpair: int
    ptrace: int
    process_vm_readv: int
    process_vm_writev: int
    io_uring_setup: int = 425
    pidfd_open: int = 434
    pidfd_getfd: int = 438


_SYSTEM_CALLS = {"x86_64": _Numbers(41, 53, 101, 310, 311), "aarch64": _Numbers(198, 199, 117, 270, 271)}
_PTRACE_SEIZE, _PTRACE_INTERRUPT, _PTRACE_DETACH, _WAIT_FOR_ALL = 0x4206, 0x4207, 17, 0x40000000


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
    def to_sockets(self) -> int:
        return self.ways.get(Way.PYTHON, 0) + self.ways.get(Way.NATIVE, 0)

    @property
    def holds(self) -> bool:
        return not self.opened


def try_sockets(process: int = 0) -> Attempt:
    """Try to get a socket in every way, in this process as it is: to make one, and to borrow one of `process`, where a
    number is given.
    """
    return _attempt([*_by_python(), *_by_system_call(), *_memory_image(), *(_borrowed(process) if process else ())])


def try_everything(told: str) -> Attempt:
    """Try for sockets, then for the files and the process that `told` names (`what_to_try`), as a job of a worker."""
    wanted = json.loads(told)
    process = int(wanted["process"])
    others = [
        *_memory_image(),
        *_files(wanted["files"], wanted["folders"]),
        *_borrowed(process),
        *_processes(process),
    ]
    return _attempt([*_by_python(), *_by_system_call(), *others], wanted["network"])


def what_to_try(files: list[str], folders: list[str], process: int) -> str:
    """Return what `try_everything` takes: files to read, folders to list and to write in, and another process."""
    return json.dumps({"files": files, "folders": folders, "process": process, "network": _network_space()})


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


def try_in_child(process: int = 0) -> Attempt:
    """Try in a fresh interpreter that seals itself first."""
    command = [*start_of("copilot.sandbox.probe").command, str(process)]
    child = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL)
    return decode_attempt(child.stdout)


def _by_python() -> Iterator[tuple[Way, str, bool]]:
    for family, name, protocol in _sockets():
        opens = _works(partial(_make_socket, family, _KINDS[name], protocol))
        yield Way.PYTHON, f"python {_named(family, name, protocol)}", opens
    for family, host in _LOOPBACKS.items():
        for what, act in (("connect", _connect), ("send while connecting to", _send_at_once), ("listen at", _listen)):
            yield Way.PYTHON, f"{what} {family}", _may(act, family, host)

    for name, kind in _KINDS.items():
        if name != _HARMLESS_PAIR:
            yield Way.PYTHON, f"python pair/{name}", _works(partial(_make_pair, kind))


def _make_pair(kind: int) -> None:
    for made in socket.socketpair(socket.AF_UNIX, kind):
        made.close()


def _sockets() -> Iterator[tuple[int, str, int]]:
    for family in _FAMILIES:
        for name in _KINDS:
            yield family, name, 0
    yield from _PROTOCOLS


def _named(family: int, name: str, protocol: int) -> str:
    return f"{family}/{name}/{protocol}" if protocol else f"{family}/{name}"


def _make_socket(family: int, kind: int, protocol: int) -> None:
    socket.socket(family, kind, protocol).close()


def _may(act: Callable[[socket.socket, str], None], family: int, host: str) -> bool:
    """Say whether a TCP socket of our own may do that, which stays within this machine, be anybody there or not."""
    try:
        made = socket.socket(family, _KINDS["stream"])
    except OSError:
        return False
    with made:
        made.settimeout(1)
        try:
            act(made, host)
        except OSError as error:
            return error.errno not in _REFUSALS
    return True


def _connect(made: socket.socket, host: str) -> None:
    made.connect((host, _ANY_PORT))


def _send_at_once(made: socket.socket, host: str) -> None:
    """Open a connection by sending nothing, which is no call of `connect`."""
    made.sendto(b"", _MSG_FASTOPEN, (host, _ANY_PORT))


def _listen(made: socket.socket, host: str) -> None:
    made.bind((host, 0))
    made.listen(1)


def _by_system_call() -> Iterator[tuple[Way, str, bool]]:
    """Call the kernel past every library; elsewhere than on Linux there is nothing to call."""
    numbers = _numbers()
    if numbers is None:
        return
    for family, name, protocol in _sockets():
        got = _call(numbers.socket, family, _KINDS[name], protocol)
        yield Way.NATIVE, f"native {_named(family, name, protocol)}", _closed(got)
    calls: list[tuple[str, int, tuple[int, ...]]] = [("native", numbers.socket, (_UPPER_BITS,))]
    if platform.machine() == "x86_64":
        calls.append(("x32", numbers.socket | _X32_BIT, (0, _UPPER_BITS)))
    for way, number, bits in calls:
        for family in _FAMILIES:
            for upper in bits:
                got = _call(number, family | upper, _KINDS["stream"], 0)
                yield Way.NATIVE, f"{way} {family}/stream{'+' if upper else ''}", _closed(got)
    for family in _FAMILIES:
        for name, kind in _KINDS.items():
            if (family, name) != (socket.AF_UNIX, _HARMLESS_PAIR):
                made = _call(numbers.socketpair, family, kind, 0, pair := (ctypes.c_int * 2)())
                yield Way.NATIVE, f"native pair {family}/{name}", made == 0 and all(_closed(end) for end in pair)
    yield Way.NATIVE, "io_uring", _closed(_call(numbers.io_uring_setup, 1, ctypes.create_string_buffer(256)))


def _numbers() -> _Numbers | None:
    return _SYSTEM_CALLS.get(platform.machine()) if sys.platform.startswith("linux") else None


def _call(number: int, *arguments: object) -> int:
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *given))


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _memory_image() -> Iterator[tuple[Way, str, bool]]:
    """See whether the kernel would write this process's memory to the disk, or may be told to, when it crashes."""
    yield Way.FILES, "leave an image of the memory", max(resource.getrlimit(resource.RLIMIT_CORE), key=_as_size) > 1


def _as_size(limit: int) -> float:
    return float("inf") if limit == resource.RLIM_INFINITY else limit


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


def _borrowed(process: int) -> Iterator[tuple[Way, str, bool]]:
    """Try the calls that get at the sockets of another process, by its files or by its memory."""
    numbers = _numbers()
    if numbers is None:
        return
    yield Way.PROCESSES, "trace it", _traces(numbers, process)
    yield Way.PROCESSES, "take one of its files", _takes_a_file(numbers, process)
    for what, number in (("read", numbers.process_vm_readv), ("write", numbers.process_vm_writev)):
        # There is nothing at address 0: whoever is told so had got through to its memory.
        ours, theirs = _Piece(ctypes.addressof(_BYTE), 1), _Piece(None, 1)
        got = _call(number, process, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
        yield Way.PROCESSES, f"{what} its memory by a call", got >= 0 or ctypes.get_errno() == errno.EFAULT


_BYTE = ctypes.create_string_buffer(1)


class _Piece(ctypes.Structure):
    _fields_ = (("address", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _traces(numbers: _Numbers, process: int) -> bool:
    if _call(numbers.ptrace, _PTRACE_SEIZE, process, 0, 0) < 0:
        return False
    # It can be let go when it has stopped, and not before.
    _call(numbers.ptrace, _PTRACE_INTERRUPT, process, 0, 0)
    with suppress(ChildProcessError):
        os.waitpid(process, _WAIT_FOR_ALL)
    _call(numbers.ptrace, _PTRACE_DETACH, process, 0, 0)
    return True


def _takes_a_file(numbers: _Numbers, process: int) -> bool:
    handle = _call(numbers.pidfd_open, process, 0)
    if handle < 0:
        return False
    try:
        return _closed(_call(numbers.pidfd_getfd, handle, 0, 0))
    finally:
        os.close(handle)


def _processes(process: int) -> Iterator[tuple[Way, str, bool]]:
    """Try for another process (whose number means nothing in a name space of its own), and for a new one."""
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
    forbid_core_dumps()
    sys.stdout.write(encode_attempt(try_sockets(int(sys.argv[2]))).decode())
