"""Which files and ports a process may open, decided by itself and for good: Linux's Landlock, for it and its children.

What no rule names cannot be read, written, listed, made, renamed or removed, whoever owns it. Two things Landlock does
not cover are left to the seccomp filters: changing modes, owners and times of a path, and starting programs. That a
path exists, and how large it is, can still be found out. Rules bind the calling thread and what it starts: call this
before any other thread lives.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _TRUNCATE_SINCE = 1 << 14, 3
# Execute (bit 0) up to making links (bit 12) are the first version's; then moving, truncating, device controls.
_RIGHTS_SINCE = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
# The first version that knows TCP.
NETWORK_SINCE = 4
_NETWORK = 0b11  # binding to a TCP port, connecting to one
_CONNECT, _NET_PORT = 0b10, 2
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets, and signals to processes outside
_ABSTRACT_SOCKETS = 0b01
# Removing, and making directories, regular files and links; no device, socket or pipe.
_KEEP_HOUSE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13
_RULESET = struct.Struct("=QQQ")
_RULE = struct.Struct("=Qi")
_PORT_RULE = struct.Struct("=QQ")
# The kernel does not tell a process what it restricted.
_restricted = False


def landlock_version() -> int:
    """Return the version of Landlock that this kernel speaks, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return max(0, int(version))


def restrict_files(readable: Iterable[str], writable: Iterable[str], programs: Iterable[str] = ()) -> bool:
    """Leave to this process only what stands at or under these paths; a path that does not exist is passed over.

    `writable` may be read too; nothing but `programs` may be executed. Returns False, with nothing restricted, where
    the kernel knows no Landlock.

    Raises:
        OSError: the kernel knows it and refused.
    """
    version = landlock_version()
    if version == 0:
        return False
    handled = sum(rights for since, rights in _RIGHTS_SINCE.items() if version >= since)
    network = _NETWORK if version >= NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = _RULESET.pack(handled, network, scopes)
    # An older kernel takes a larger structure as long as what it does not know is zero.
    ruleset = _call(libc, _CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(libc, ruleset, path, _READ_FILE | _READ_DIRECTORY, handled)
        for path in programs:
            _allow(libc, ruleset, path, _READ_FILE | _EXECUTE, handled)
        everything = _READ_FILE | _READ_DIRECTORY | _WRITE_FILE | _TRUNCATE | _KEEP_HOUSE
        for path in writable:
            _allow(libc, ruleset, path, everything, handled)
        _enforce(libc, ruleset)
    finally:
        os.close(ruleset)
    return True


def restrict_network(ports: Iterable[int] = ()) -> bool:
    """Refuse TCP to this process and its children, connecting to `ports` excepted; its files are left alone.

    Returns False, with nothing restricted, where the kernel's Landlock knows no network. UDP is not covered: this is
    a second wall behind the seal, and all that stands where one server may be reached.
    """
    version = landlock_version()
    if version < NETWORK_SINCE:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = _RULESET.pack(0, _NETWORK, _ABSTRACT_SOCKETS if version >= _SCOPES_SINCE else 0)
    try:
        ruleset = _call(libc, _CREATE_RULESET, attributes, len(attributes), 0)
    except OSError:
        return False
    try:
        for port in ports:
            _call(libc, _ADD_RULE, ruleset, _NET_PORT, _PORT_RULE.pack(_CONNECT, port), 0)
        _enforce(libc, ruleset)
    except OSError:
        return False
    finally:
        os.close(ruleset)
    return True


def is_restricted() -> bool:
    """Say whether this process has restricted itself."""
    return _restricted


def _enforce(libc: ctypes.CDLL, ruleset: int) -> None:
    global _restricted
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _call(libc, _RESTRICT_SELF, ruleset, 0)
    _restricted = True


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int, handled: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE | _EXECUTE
        _call(libc, _ADD_RULE, ruleset, _PATH_BENEATH, _RULE.pack(rights & handled, opened), 0)
    finally:
        os.close(opened)


def _call(libc: ctypes.CDLL, number: int, *arguments: int | bytes) -> int:
    converted = [ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one) for one in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *converted))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
