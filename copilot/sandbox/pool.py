"""A pool of walled workers: a job goes in, its result or a ParseError comes out, whatever the job does to its worker.

with WalledPool(run_job, encode=encode_document, decode=decode_document, workers=2, ...) as pool:
    for job, outcome in pool.map(jobs): ...
"""

from __future__ import annotations

import json
import os
import pickle
import selectors
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from copilot.errors import CopilotError, ParseError
from copilot.i18n import current_language, t
from copilot.sandbox import worker as protocol
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.process import BrokenWorkerError, WorkerProcess
from copilot.sandbox.told import loads

J = TypeVar("J")
R = TypeVar("R")

_START_SECONDS = 60.0
_MOST_FAILED_STARTS = 3
# What a hostile file may have left in its worker reaches at most so many others. A start costs 0.7 s.
_MOST_ANSWERS = 64
# More than any document within the default limits of `ParseOptions` needs: 512 MiB of members, 50 million characters of
# text and their structure. Anything larger would only fill the memory of the process that reads it.
_LARGEST_ANSWER = 2**30
# A message names its file once or twice, and the longest path has 4 KiB.
_LONGEST_ERROR = 2**16


@dataclass(frozen=True, slots=True)
class Walls:
    """What the workers of a pool may read besides Python itself and the file of a job, and what they may execute."""

    readable: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


class WalledPool(Generic[J, R]):
    """Persistent worker processes without network, limited in memory, files and time, dying with their parent.

    `function` (J -> R) and `encode` (R -> bytes) are module-level functions that the workers import by name; jobs must
    pickle. `decode` (bytes -> R) runs here, on bytes from a process that has read hostile files: it must check what it
    reads and raise ValueError. `memory_bytes` bounds a worker's memory, `seconds` one job by the wall clock.
    With `walls` workers also see no file but those: and of each job the one that `file_of` names, which is opened here
    (`copilot.sandbox.worker.given_file`). Where the system cannot do that they work without it.
    A worker is replaced after 64 answers, and at once after one that is refused.
    Workers start in the thread that calls `map`, and the kernel ends them when that thread ends.
    """

    def __init__(
        self,
        function: Callable[[J], R],
        *,
        encode: Callable[[R], bytes],
        decode: Callable[[bytes], R],
        workers: int,
        memory_bytes: int,
        seconds: float,
        walls: Walls | None = None,
        file_of: Callable[[J], str] | None = None,
    ) -> None:
        self._walls = walls
        self._file_of = file_of
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._started = 0
        self._function = (function.__module__, function.__qualname__)
        self._encode = (encode.__module__, encode.__qualname__)
        self._decode = decode
        self._count = max(1, workers)
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._idle: list[WorkerProcess] = []
        self._failed_starts = 0
        self.seal_state: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers at once."""
        while self._idle:
            self._idle.pop().kill()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def map(
        self, jobs: Iterable[J], accept: Callable[[J, R], None] | None = None
    ) -> Iterator[tuple[J, R | ParseError]]:
        """Yield each job with its result or ParseError, in the order they end; at most one job a worker is drawn ahead.

        `accept` sees each result before it is yielded and refuses it by a ValueError (the worker counts as crashed) or
        by the ParseError that is to stand for it; the worker that gave it is ended.
        Closing the generator kills the workers that are at work. Raises CopilotError if workers do not start at all.
        """
        waiting = iter(jobs)
        busy: dict[WorkerProcess, J] = {}
        done: deque[tuple[J, R | ParseError]] = deque()
        with selectors.DefaultSelector() as selector:
            try:
                more = True
                while more or busy or done:
                    while more and len(busy) < self._count:
                        try:
                            job = next(waiting)
                        except StopIteration:
                            more = False
                            break
                        self._hand_out(job, busy, selector)
                    if done:
                        yield done.popleft()
                    elif busy:
                        done.extend(self._wait(busy, selector, accept))
            finally:
                for worker in busy:
                    worker.kill()

    def _hand_out(self, job: J, busy: dict[WorkerProcess, J], selector: selectors.BaseSelector) -> None:
        frame = pickle.dumps(job)
        while self._idle and not self._idle[-1].is_alive():
            self._end(self._idle.pop())
        worker = self._idle.pop() if self._idle else self._start()
        busy[worker] = job
        if self._file_of is not None:
            worker.hand_over(self._file_of(job))
        worker.send(frame, time.monotonic() + (self._seconds if worker.ready else _START_SECONDS))
        worker.register(selector)

    def _start(self) -> WorkerProcess:
        setup = protocol.Setup(
            self._function,
            self._encode,
            self._memory_bytes,
            self._seconds,
            current_language(),
            os.getpid(),
            self._confinement(),
        )
        return WorkerProcess(
            setup, largest_answer=min(self._memory_bytes, _LARGEST_ANSWER), takes_files=self._file_of is not None
        )

    def _confinement(self) -> Confinement | None:
        """Return the walls of the next worker, with a folder that no other writes in."""
        if self._walls is None:
            return None
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="copilot-parsers-")
        self._started += 1
        folder = Path(self._folder.name, str(self._started))
        folder.mkdir(mode=0o700)
        return Confinement(self._walls.readable, str(folder), self._walls.programs)

    def _wait(
        self,
        busy: dict[WorkerProcess, J],
        selector: selectors.BaseSelector,
        accept: Callable[[J, R], None] | None,
    ) -> list[tuple[J, R | ParseError]]:
        """Move bytes until something ends or is late; return what ended."""
        now = time.monotonic()
        nearest = min(worker.deadline for worker in busy)
        events = selector.select(max(0.0, nearest - now))
        ended: list[tuple[J, R | ParseError]] = []
        for worker in {key.data for key, _ in events}:
            try:
                frame = worker.move(selector)
                if frame and frame[:1] == protocol.READY and not worker.ready:
                    self._failed_starts = 0
                    self.seal_state = _seal_of(frame)
                    worker.start_clock(time.monotonic() + self._seconds)
                    frame = worker.take_frame()
            except BrokenWorkerError as broken:
                worker.unregister(selector)
                ended.append((busy.pop(worker), self._ended_early(worker, broken)))
                continue
            if frame is not None:
                worker.unregister(selector)
                job = busy.pop(worker)
                ended.append((job, self._outcome(worker, job, frame, accept)))
        now = time.monotonic()
        for worker in [worker for worker in busy if worker.deadline <= now]:
            worker.unregister(selector)
            self._end(worker)
            ended.append((busy.pop(worker), self._late(worker)))
        return ended

    def _outcome(
        self, worker: WorkerProcess, job: J, frame: bytes, accept: Callable[[J, R], None] | None
    ) -> R | ParseError:
        """Read an answer; a worker that answered well goes back to the others, one that did not is replaced."""
        kind, payload = frame[:1], frame[1:]
        try:
            if worker.has_leftover():
                raise ValueError("more than one answer")
            if kind == protocol.RESULT:
                result = self._decode(payload)
                if accept is not None:
                    accept(job, result)
                self._keep(worker)
                return result
            if kind == protocol.ERROR:
                error = _parse_error(payload)
                self._keep(worker)
                return error
        except ParseError as refused:
            self._end(worker)
            return refused
        except ValueError as cause:
            self._end(worker)
            return self._crashed(f"{cause}"[:200])
        self._end(worker)
        if kind == protocol.MEMORY:
            return self._out_of_memory()
        return self._crashed(payload.decode("utf-8", "replace")[:200])

    def _keep(self, worker: WorkerProcess) -> None:
        worker.answered += 1
        if worker.answered < _MOST_ANSWERS:
            self._idle.append(worker)
        else:
            self._end(worker)

    def _end(self, worker: WorkerProcess) -> None:
        worker.kill()
        # What it wrote must not pile up with that of its successors.
        if worker.folder is not None:
            shutil.rmtree(worker.folder, ignore_errors=True)

    def _ended_early(self, worker: WorkerProcess, broken: BrokenWorkerError) -> ParseError:
        worker.wait_for_death()
        self._end(worker)
        if not worker.ready:
            self._failed_start(worker.last_words() or worker.cause_of_death())
        if worker.cause_of_death() == "SIGXCPU":
            return self._out_of_time()
        if broken.too_large or worker.ran_out_of_memory():
            return self._out_of_memory()
        return self._crashed(worker.cause_of_death())

    def _failed_start(self, detail: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= min(_MOST_FAILED_STARTS, self._count + 1):
            raise CopilotError(t("parsing.worker_start", detail=detail[-300:]), t("parsing.worker_start_next"))

    def _late(self, worker: WorkerProcess) -> ParseError:
        if not worker.ready:
            self._failed_start(f"> {_START_SECONDS:g} s")
        return self._out_of_time()

    def _out_of_time(self) -> ParseError:
        seconds = f"{self._seconds:g}"
        return ParseError(t("parsing.worker_time", seconds=seconds), t("parsing.worker_time_next"), reason="time")

    def _out_of_memory(self) -> ParseError:
        megabytes = self._memory_bytes // 2**20
        message = t("parsing.worker_memory", megabytes=megabytes)
        return ParseError(message, t("parsing.worker_memory_next"), reason="memory")

    def _crashed(self, detail: str) -> ParseError:
        message = t("parsing.worker_crashed", detail=detail)
        return ParseError(message, t("parsing.worker_crashed_next"), reason="crashed")


def _parse_error(payload: bytes) -> ParseError:
    told = loads(payload, _LONGEST_ERROR)
    keys = ("message", "next_step", "reason")
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in keys):
        raise ValueError("not an error of a worker")
    return ParseError(told["message"], told["next_step"], reason=told["reason"])


def _seal_of(frame: bytes) -> str | None:
    try:
        return str(json.loads(frame[1:])["seal"])
    except (ValueError, KeyError, TypeError):
        return None
