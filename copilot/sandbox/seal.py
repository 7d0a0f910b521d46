"""No network for this process and all its children: a seccomp filter that refuses to make sockets.

``socket()`` fails with EPERM for every family (a list of families can be passed by through the upper half of the
argument), and so do io_uring, which makes sockets of its own, and the calls that borrow those of another process
(ptrace, pidfd_getfd, process_vm_readv and _writev). Of ``socketpair()``, which asyncio and multiprocessing need, only
local streams stay: they reach nobody but each other, where a pair of datagram sockets reaches whatever local socket has
a name. A loaded filter stays for good.
"""

from __future__ import annotations

import socket
from enum import StrEnum

from copilot.sandbox.seccomp import ALLOW, REFUSE, Filter, Machine, load, this_machine

# name: number on x86-64, number on aarch64, from the kernel's own tables.
_REFUSED = {
    "io_uring_setup": (425, 425), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
}  # fmt: skip
_SOCKET, _SOCKETPAIR, _CONNECT = (41, 198), (53, 199), (42, 203)
# Nothing waits for others to call.
_LISTENING = {"bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242)}
# The position of the flags among the arguments of each.
_SENDING = {"sendto": ((44, 206), 3), "sendmsg": ((46, 211), 2), "sendmmsg": ((307, 269), 3)}
# Opens a connection to a port that Landlock was not asked about.
_MSG_FASTOPEN = 0x20000000
_SOCK_FLAGS = 0o2000000 | 0o4000  # SOCK_CLOEXEC, SOCK_NONBLOCK
_AF_UNIX, _AF_INET, _AF_INET6, _SOCK_STREAM, _SOCK_DGRAM, _IPPROTO_TCP, _IPPROTO_UDP = 1, 2, 10, 1, 2, 6, 17


class SealState(StrEnum):
    """What became of a call to seal: `SEALED`, or why not."""

    SEALED = "sealed"
    UNSUPPORTED = "unsupported"  # another system or processor: there is no filter to load
    REFUSED = "refused"  # the kernel did not take the filter


def seal_network() -> SealState:
    """Refuse sockets to every thread of this process and to its children, for good; returns what came of it.

    The filter is tried before it is believed: `SEALED` means that making a socket has just failed.
    """
    machine = this_machine()
    if machine is None:
        return SealState.UNSUPPORTED
    load(_no_socket(machine), machine, in_every_thread=True)
    return SealState.SEALED if is_sealed() else SealState.REFUSED


def seal_but_for_a_server(*, by_name: bool) -> SealState:
    """Refuse every socket but TCP's, for a process that calls one server; UDP's stay where a name is to be looked up.

    Nobody can be listened to, and no protocol chosen that Landlock's rules on TCP ports do not see (MPTCP, sending
    while connecting). Which port may be called is Landlock's to say.
    """
    machine = this_machine()
    if machine is None:
        return SealState.UNSUPPORTED
    load(_only_to_a_server(machine, by_name=by_name), machine, in_every_thread=True)
    return SealState.SEALED if is_filtered() else SealState.REFUSED


def is_sealed() -> bool:
    """Say whether this process can make no socket, by trying with two that are never connected."""
    return is_filtered() and _is_refused(socket.AF_INET)


def is_filtered() -> bool:
    """Say whether a filter of ours stands, be it with a way to a server: local sockets are refused by either."""
    return _is_refused(socket.AF_UNIX)


def _is_refused(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
    except PermissionError:
        return True
    except OSError:
        # A system without this family refuses it in other words.
        return False
    return False


def _no_socket(machine: Machine) -> bytes:
    program = Filter(machine)
    for numbers in (_SOCKET, _CONNECT, *_REFUSED.values(), *_LISTENING.values()):
        program.equal(numbers[machine.column], REFUSE)
    program.equal(_SOCKETPAIR[machine.column], "pair")
    program.end(ALLOW)
    _only_local_streams(program)
    return program.assembled()


def _only_to_a_server(machine: Machine, *, by_name: bool) -> bytes:
    program = Filter(machine)
    for numbers in (*_REFUSED.values(), *_LISTENING.values()):
        program.equal(numbers[machine.column], REFUSE)
    program.equal(_SOCKET[machine.column], "socket")
    program.equal(_SOCKETPAIR[machine.column], "pair")
    for name, (numbers, _) in _SENDING.items():
        program.equal(numbers[machine.column], name)
    program.end(ALLOW)
    program.label("socket")
    program.argument(0)
    program.equal(_AF_INET, "kind")
    program.equal(_AF_INET6, "kind", REFUSE)
    program.label("kind")
    program.argument(1, without=_SOCK_FLAGS)
    program.equal(_SOCK_STREAM, "tcp")
    program.equal(_SOCK_DGRAM, "udp" if by_name else REFUSE, REFUSE)
    program.label("tcp")
    program.argument(2)
    program.equal(0, ALLOW)
    program.equal(_IPPROTO_TCP, ALLOW, REFUSE)
    program.label("udp")
    program.argument(2)
    program.equal(0, ALLOW)
    program.equal(_IPPROTO_UDP, ALLOW, REFUSE)
    for name, (_, position) in _SENDING.items():
        program.label(name)
        program.argument(position)
        program.any_bit(_MSG_FASTOPEN, REFUSE, ALLOW)
    _only_local_streams(program)
    return program.assembled()


def _only_local_streams(program: Filter) -> None:
    program.label("pair")
    program.argument(0)
    program.equal(_AF_UNIX, "pair's kind", REFUSE)
    program.label("pair's kind")
    program.argument(1, without=_SOCK_FLAGS)
    program.equal(_SOCK_STREAM, ALLOW, REFUSE)
