"""The model's child process as its parent sees it: frames in and out, a byte that stops it, what it died of."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import select
import signal
import subprocess
import tempfile
import weakref
from typing import IO, Any

from copilot.i18n import t
from copilot.inference.llama.frames import LENGTH
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.interpreter import kill_all, start_of
from copilot.sandbox.namespaces import descendants, exit_code_of

_CHILD = "copilot.inference.llama.worker"
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONHOME")
_PIECE = 2**18
_LONGEST_FRAME = 2**26
_LAST_WORDS = 4_000
_DEATH_SECONDS = 5.0
# Of all that llama.cpp logs, the lines that say why it ended.
_TELLING = re.compile(r"ASSERT|Error|error:|what\(\)")
_OUT_OF_MEMORY = re.compile(r"bad_alloc|out of memory|failed to allocate|cannot allocate memory|MemoryError", re.I)


class DeadWorkerError(Exception):
    """The process ended, or said what is no frame; `cause` is a stable key: killed, memory, crashed, protocol."""

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail


class ModelProcess:
    """One child. Use from one thread at a time; `stop` may come from any."""

    def __init__(self, walls: Confinement) -> None:
        """Start it, where the system has that behind name spaces in which nothing but `walls` exists."""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with tempfile.TemporaryFile() as shared:
            stop_fd = os.dup(shared.fileno())
        os.ftruncate(stop_fd, 1)
        self.stop_fd = stop_fd
        self._stop = mmap.mmap(stop_fd, 1)
        start = start_of(_CHILD, walls)
        self._has_namespaces, self.parent = start.has_namespaces, start.parent
        self._process = subprocess.Popen(
            start.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
            pass_fds=(stop_fd,),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._out.fileno(), False)
        self._received = bytearray()
        self._end = weakref.finalize(self, _end, self._process, self._errors, stop_fd, self._stop)

    @property
    def pid(self) -> int:
        """The process that holds the model, by its number here."""
        within = descendants(self._process.pid) if self._has_namespaces else []
        return within[-1] if within else self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, told: dict[str, Any]) -> None:
        """Send a frame; DeadWorkerError where nobody reads it any more."""
        self._stop[0] = 0
        data = json.dumps(told).encode()
        try:
            self._in.write(LENGTH.pack(len(data)) + data)
            self._in.flush()
        except OSError:
            raise self._died() from None

    def stop(self) -> None:
        """Ask it to stop what it is doing; it stays usable."""
        self._stop[0] = 1

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """Return the next frame, None where none came in time; DeadWorkerError where none will come."""
        frame = self._take()
        if frame is not None:
            return frame
        ready, _, _ = select.select([self._out], [], [], seconds)
        if not ready:
            return None
        data = self._out.read(_PIECE)
        if not data:
            raise self._died()
        self._received += data
        return self._take()

    def kill(self) -> None:
        self._end()

    def _take(self) -> dict[str, Any] | None:
        if len(self._received) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._received)
        if length > _LONGEST_FRAME:
            raise DeadWorkerError("protocol", f"{length} bytes")
        if len(self._received) < LENGTH.size + length:
            return None
        body = bytes(self._received[LENGTH.size : LENGTH.size + length])
        del self._received[: LENGTH.size + length]
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise DeadWorkerError("protocol", repr(body[:60])) from None
        if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
            raise DeadWorkerError("protocol", repr(body[:60]))
        return told

    def _died(self) -> DeadWorkerError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DEATH_SECONDS)
        code = exit_code_of(self._process.poll(), has_namespaces=self._has_namespaces)
        words = self._last_words()
        name = signal.Signals(-code).name if code is not None and code < 0 else t("errors.exit", code=code)
        if _OUT_OF_MEMORY.search(words):
            return DeadWorkerError("memory", name)
        if code == -signal.SIGKILL:
            return DeadWorkerError("killed", name)
        lines = [line for line in words.splitlines() if line.strip()]
        telling = [line for line in lines if _TELLING.search(line)]
        return DeadWorkerError("crashed", f"{name}: {telling[-1][-200:]}" if telling else name)

    def _last_words(self) -> str:
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _LAST_WORDS))
        return self._errors.read().decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # ggml's own report of a crash starts a debugger, which takes seconds and tells users nothing.
    return {**kept, "GGML_NO_BACKTRACE": "1", "OPENBLAS_NUM_THREADS": "1"}


def _end(process: subprocess.Popen[bytes], errors: IO[bytes], stop_fd: int, stop: mmap.mmap) -> None:
    kill_all(process)
    errors.close()
    stop.close()
    os.close(stop_fd)
