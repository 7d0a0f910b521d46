"""What runs inside a walled worker: limits first, then the seal, then jobs one after the other.

Frames on both pipes are an 8-byte length and that many bytes. The parent sends pickles, which the worker may trust; the
worker answers with one byte for the kind of answer and data that the parent does not unpickle.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from copilot.errors import ParseError
from copilot.i18n import set_language
from copilot.sandbox.confinement import Confinement, confine
from copilot.sandbox.limits import die_with_parent, limit_next_seconds, limit_self
from copilot.sandbox.seal import seal_network

LENGTH = struct.Struct(">Q")
READY, RESULT, ERROR, MEMORY, FAULT, PROGRESS = b"H", b"R", b"E", b"M", b"F", b"P"
_LONGEST_DETAIL = 300
_answers: BinaryIO | None = None
_given: int | None = None
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is told first. Functions are named by module and qualified name and imported behind the walls.

    With `confinement` it also shuts itself off from files and other processes; `files` is then the socket through which
    the file of each job comes, already open.
    """

    function: tuple[str, str]
    encode: tuple[str, str]
    memory_bytes: int
    seconds: float
    language: str
    parent: int
    confinement: Confinement | None = None
    files: int | None = None


def main() -> None:
    """Serve jobs from standard input until it is closed."""
    jobs = sys.stdin.buffer
    # The answers keep the pipe for themselves: what a library prints goes the way of the error messages.
    global _answers
    _answers = answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setup: Setup = pickle.loads(_read_frame(jobs))  # noqa: S301 - the parent's own bytes
    die_with_parent(setup.parent)
    limit_self(setup.memory_bytes)
    state = seal_network()
    confined = setup.confinement is not None and confine(setup.confinement)
    set_language(setup.language)
    function, encode = _named(setup.function), _named(setup.encode)
    _answer(answers, READY, json.dumps({"seal": state.value, "confined": confined}).encode())
    while frame := _read_frame(jobs):
        limit_next_seconds(setup.seconds)
        with _file_of_job(setup.files):
            kind, payload = _run(function, encode, frame)
        _answer(answers, kind, payload)


def tell_progress(payload: bytes) -> None:
    """Send word of a job that goes on; only `copilot.sandbox.single` listens for it."""
    if _answers is not None:
        _answer(_answers, PROGRESS, payload)


def given_file() -> int | None:
    """Return the descriptor of the file of the present job; None where there is none, or it does not open."""
    return _given


@contextmanager
def _file_of_job(channel: int | None) -> Iterator[None]:
    """Take the next descriptor from the channel for the time of one job."""
    global _given
    if channel is None:
        yield
        return
    # Duplicated, for this object closes what it wraps.
    with socket.socket(fileno=os.dup(channel)) as files:
        _, descriptors, _, _ = socket.recv_fds(files, 1, 1)
    _given = descriptors[0] if descriptors else None
    try:
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        _given = None


def _run(function: Callable[[Any], Any], encode: Callable[[Any], bytes], frame: bytes) -> tuple[bytes, bytes]:
    try:
        return RESULT, encode(function(pickle.loads(frame)))  # noqa: S301 - the parent's own bytes
    except ParseError as error:
        told = {"message": error.message, "next_step": error.next_step, "reason": error.reason}
        return ERROR, json.dumps(told).encode()
    except MemoryError:
        return MEMORY, b""
    except Exception as error:  # noqa: BLE001 - whatever the function did is an answer, not the worker's end
        return FAULT, f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL].encode("utf-8", "replace")


def _named(name: tuple[str, str]) -> Callable[[Any], Any]:
    found: Any = import_module(name[0])
    for part in name[1].split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _read_frame(stream: BinaryIO) -> bytes:
    """Return the next frame, empty at the end of the stream."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def _answer(stream: BinaryIO, kind: bytes, payload: bytes) -> None:
    with _one_at_a_time:
        stream.write(LENGTH.pack(len(payload) + 1) + kind)
        stream.write(payload)
        stream.flush()


if __name__ == "__main__":
    main()
