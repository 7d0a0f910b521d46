"""Functions that walled workers run in the tests of the pool; imported by name behind the walls."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from copilot.errors import ParseError


def encode(answer: str) -> bytes:
    if answer == "not decodable":
        return b"\xff\xff"
    return answer.encode()


def decode(data: bytes) -> str:
    return data.decode("utf-8")


def act(job: str) -> str:
    kind, _, argument = job.partition(":")
    return _ACTIONS[kind](argument)


def _loop(_: str) -> str:
    while True:
        pass


def _eat(_: str) -> str:
    hoard = [bytearray(2**24) for _ in range(10_000)]
    return str(len(hoard))


def _eat_in_c(_: str) -> str:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    pointer = libc.malloc(ctypes.c_size_t(2**33))
    if not pointer:
        sys.stderr.write("memory allocation of 8589934592 bytes failed\n")
        sys.stderr.flush()
        os.abort()
    return "allocated"


def _put_by(argument: str) -> str:
    """Reserve address space without the right to use it, as allocators do, then ask for memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    private_anonymous = 0x22
    libc.mmap(None, ctypes.c_size_t(2**30), 0, private_anonymous, -1, ctypes.c_long(0))
    return str(len(bytearray(int(argument))))


def _share(argument: str) -> str:
    """Take memory that is shared, which is nobody's data segment."""
    try:
        mmap.mmap(-1, int(argument)).close()
    except OSError as refused:
        return f"errno {refused.errno}"
    return "shared"


def _refuse(argument: str) -> str:
    raise ParseError(f"refused {argument}", "do something else", reason="encrypted")


def _open_socket(argument: str) -> str:
    family = getattr(socket, argument)
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
    except OSError as refused:
        return f"errno {refused.errno}"
    return "open"


def _io_uring(_: str) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(ctypes.c_long(425), 1, ctypes.create_string_buffer(256))
    return f"errno {ctypes.get_errno()}"


def _child_socket(_: str) -> str:
    code = "import socket\ntry:\n socket.socket()\nexcept OSError as e:\n print(e.errno)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout.strip()


def _write_file(argument: str) -> str:
    try:
        Path(argument).write_bytes(bytes(2**28))
    except OSError as refused:
        return f"errno {refused.errno}"
    return "written"


def _grandchild(argument: str) -> str:
    """Start a long sleeper, write its number to a file, then hang with it."""
    sleeper = subprocess.Popen(["sleep", "300"])
    Path(argument).write_text(f"{os.getpid()} {sleeper.pid}")
    time.sleep(300)
    return "woke"


def _print(argument: str) -> str:
    print(argument * 1000)
    return "printed"


def _exit(_: str) -> str:
    os._exit(3)


def _abort(_: str) -> str:
    os.abort()


def _fault(_: str) -> str:
    raise KeyError("unexpected")


def _crash(_: str) -> str:
    os.kill(os.getpid(), signal.SIGSEGV)
    return "alive"


_ACTIONS: dict[str, Callable[[str], str]] = {
    "echo": lambda argument: argument,
    "pid": lambda _: str(os.getpid()),
    "print": _print,
    "big": lambda argument: "é" * int(argument),
    "loop": _loop,
    "eat": _eat,
    "eat_in_c": _eat_in_c,
    "put_by": _put_by,
    "share": _share,
    "exit": _exit,
    "abort": _abort,
    "refuse": _refuse,
    "socket": _open_socket,
    "io_uring": _io_uring,
    "child_socket": _child_socket,
    "write": _write_file,
    "grandchild": _grandchild,
    "fault": _fault,
    "crash": _crash,
}


def look(job: list[str]) -> bytes:
    """What a confined process finds around it, or one of the ways to die."""
    if job[0] == "surroundings":
        secret = Path(job[1])
        Path("kept.txt").write_text("x")
        return json.dumps(
            {
                "exists": secret.exists(),
                "spaces": [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "pid", "ipc", "mnt")],  # noqa: PTH115
                "wrote": Path("kept.txt").read_text() == "x",
                "parent": os.getppid(),
            }
        ).encode()
    if job[0] == "abort":
        os.abort()
    return _loop("").encode()
