"""One walled worker as its parent sees it: pipes that never block, a deadline, what can be learnt from its death."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import weakref
from dataclasses import replace
from typing import IO

from copilot.i18n import t
from copilot.resources.regular_file import open_regular
from copilot.sandbox.interpreter import kill_all, start_of
from copilot.sandbox.namespaces import exit_code_of
from copilot.sandbox.worker import LENGTH, Setup

_CHILD = "copilot.sandbox.worker"
_PIECE = 2**18
_LAST_WORDS = 4_000
_DEATH_SECONDS = 2.0
_OUT_OF_MEMORY = re.compile(
    rb"memory allocation of \d+ bytes failed|bad_alloc|out of memory|MemoryError|cannot allocate memory", re.I
)
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "PYTHONHOME")
# One thread each: the pool is the parallelism, and thread stacks and arenas eat the address space.
_SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
}


class BrokenWorkerError(Exception):
    """The worker ended, or said something that is no frame; `too_large` when it was about to say too much."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


class WorkerProcess:
    """A child in a session of its own (no terminal, no signals of ours), killed with all its descendants."""

    def __init__(self, setup: Setup, *, largest_answer: int, takes_files: bool = False) -> None:
        self.folder = None if setup.confinement is None else setup.confinement.folder
        self.answered = 0
        self._files: socket.socket | None = None
        passed: socket.socket | None = None
        if takes_files:
            self._files, passed = socket.socketpair()
            setup = replace(setup, files=passed.fileno())
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        environment = {**{name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}, **_SINGLE_THREADED}
        if setup.confinement is not None:
            environment |= setup.confinement.environment()
        start = start_of(_CHILD, setup.confinement)
        self.has_namespaces = start.has_namespaces
        if self.has_namespaces:
            setup = replace(setup, parent=start.parent)
        self._process = subprocess.Popen(
            start.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            cwd=None if setup.confinement is None else setup.confinement.folder,
            start_new_session=True,
            close_fds=True,
            pass_fds=() if passed is None else (passed.fileno(),),
        )
        if passed is not None:
            passed.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._largest = largest_answer
        self._unsent = memoryview(_frame(pickle.dumps(setup)))
        self._received = bytearray()
        self.ready = False
        self.deadline = 0.0
        # Whatever happens to this object, its process ends with it.
        self._end = weakref.finalize(self, _end, self._process, self._errors)
        self._words = b""

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, frame: bytes, deadline: float) -> None:
        """Queue a job; bytes move when the selector says so."""
        self._unsent = memoryview(bytes(self._unsent) + _frame(frame))
        self.deadline = deadline

    def hand_over(self, path: str) -> None:
        """Give the worker the file of the job that is sent next, open; one that does not open fails there by its path.

        A link that took the file's place does not open. Only for a worker that takes files.
        """
        assert self._files is not None
        with contextlib.suppress(OSError):
            descriptor = open_regular(path)
            try:
                socket.send_fds(self._files, [b"f"], [descriptor])
            finally:
                os.close(descriptor)
            return
        with contextlib.suppress(OSError):
            self._files.send(b"-")

    def start_clock(self, deadline: float) -> None:
        """Note that the worker is up: the job's own time starts, its start is not counted."""
        self.ready = True
        self.deadline = deadline

    def register(self, selector: selectors.BaseSelector) -> None:
        selector.register(self._from, selectors.EVENT_READ, self)
        selector.register(self._to, selectors.EVENT_WRITE, self)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        for descriptor in (self._from, self._to):
            if descriptor in selector.get_map():
                selector.unregister(descriptor)

    def move(self, selector: selectors.BaseSelector) -> bytes | None:
        """Write and read what the pipes take; return the first whole frame, if any. Raises BrokenWorkerError."""
        self._write(selector)
        try:
            piece = os.read(self._from, _PIECE)
        except BlockingIOError:
            return None
        if not piece:
            raise BrokenWorkerError("the worker ended")
        self._received += piece
        return self.take_frame()

    def _write(self, selector: selectors.BaseSelector) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._to, self._unsent[:_PIECE]) :]
        except BlockingIOError:
            return
        except OSError as cause:
            raise BrokenWorkerError("the worker closed its pipe") from cause
        if self._to in selector.get_map():
            selector.unregister(self._to)

    def has_leftover(self) -> bool:
        """Say whether bytes stand after the frame that was taken: then the worker says more than its answer."""
        return bool(self._received)

    def take_frame(self) -> bytes | None:
        """Return a frame that has already been received, if a whole one has."""
        if len(self._received) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._received)
        if not 0 < length <= self._largest:
            raise BrokenWorkerError(f"an answer of {length} bytes", too_large=length > self._largest)
        end = LENGTH.size + length
        if len(self._received) < end:
            return None
        frame = bytes(self._received[LENGTH.size : end])
        del self._received[:end]
        return frame

    def wait_for_death(self) -> None:
        """Give a worker that closed its pipes the moment it needs to die, so that its cause of death can be read."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DEATH_SECONDS)

    def kill(self) -> None:
        """End the worker and whatever it has started, wait until it is gone, and keep what it wrote last."""
        if self._files is not None:
            self._files.close()
        if self._end.alive:
            self._words = self._written()
            self._end()

    def last_words(self) -> str:
        """The last line of what a killed worker had written on its error stream."""
        words = self._words.decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else ""

    def ran_out_of_memory(self) -> bool:
        return bool(_OUT_OF_MEMORY.search(self._words))

    def cause_of_death(self) -> str:
        """The signal or the exit status it ended with."""
        code = exit_code_of(self._process.returncode, has_namespaces=self.has_namespaces)
        if code is None or code >= 0:
            return t("errors.exit", code=code)
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"

    def _written(self) -> bytes:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _LAST_WORDS))
        return self._errors.read(_LAST_WORDS)


def _frame(payload: bytes) -> bytes:
    return LENGTH.pack(len(payload)) + payload


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    # Tesseract may run in its group.
    kill_all(process)
    errors.close()
