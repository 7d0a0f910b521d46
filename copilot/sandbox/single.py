"""One job of code that others wrote, in a process of its own behind the closest walls; it can be stopped any time."""

from __future__ import annotations

import json
import os
import pickle
import selectors
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.i18n import current_language
from copilot.sandbox import worker as protocol
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.process import BrokenWorkerError, WorkerProcess

if TYPE_CHECKING:
    from copilot.ports import Cancellation

_START_SECONDS = 60.0
# How long a request to stop may go unseen.
_LOOK_SECONDS = 0.05
_LOOK_AT_FOLDER_SECONDS = 0.5
_LARGEST_FOLDER = 256 * 2**20


class End(StrEnum):
    """How a job ended; the values serve as reasons in errors."""

    DONE = "done"
    CANCELLED = "cancelled"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"
    UNWALLED = "unwalled"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: `payload` is what it gave back when `DONE`, `detail` a few words when it crashed.

    `walled` is False where it ran without all the walls.
    """

    end: End
    payload: bytes = b""
    detail: str = ""
    walled: bool = True


def run_confined(
    function: Callable[[Any], bytes],
    job: object,
    *,
    confinement: Confinement,
    memory_bytes: int,
    seconds: float,
    largest_answer: int,
    demand_walls: bool = True,
    cancel: Cancellation | None = None,
) -> Generator[bytes, None, Ending]:
    """Yield what the job tells of its progress, and return its ending; the process never outlives this generator.

    `function` is a module-level function that the child imports by name. Where a wall cannot be put up, the job is not
    handed over: `UNWALLED`; without `demand_walls` it runs behind those there are. What it gives back comes from a
    hostile process: the caller must check it.
    """
    setup = protocol.Setup(
        (function.__module__, function.__qualname__),
        (__name__, as_it_is.__name__),
        memory_bytes,
        seconds,
        current_language(),
        os.getpid(),
        confinement,
    )
    worker = WorkerProcess(setup, largest_answer=largest_answer)
    conversation = _Conversation(worker, pickle.dumps(job), seconds, confinement.folder, demand_walls, cancel)
    with selectors.DefaultSelector() as selector:
        try:
            worker.start_clock(time.monotonic() + _START_SECONDS)
            worker.register(selector)
            return (yield from conversation.hold(selector))
        except BrokenWorkerError as broken:
            worker.wait_for_death()
            worker.kill()
            return _of_death(worker, broken)
        finally:
            worker.kill()


def ending_of(conversation: Generator[bytes, None, Ending]) -> Ending:
    """Return how a job of `run_confined` ended, whatever it told of its progress."""
    with closing(conversation):
        while True:
            try:
                next(conversation)
            except StopIteration as stopped:
                ending: Ending = stopped.value
                return ending


def can_confine() -> bool:
    """Say whether this system puts up all the walls, by running nothing behind them."""
    with tempfile.TemporaryDirectory(prefix="copilot-walls-") as folder:
        conversation = run_confined(
            as_it_is,
            b"",
            confinement=Confinement((), folder),
            memory_bytes=512 * 2**20,
            seconds=_START_SECONDS,
            largest_answer=1024,
        )
        return ending_of(conversation).end is End.DONE


def as_it_is(payload: bytes) -> bytes:
    """Return what the job gave back: it is bytes already."""
    return payload


@dataclass(slots=True)
class _Conversation:
    """What is said between the two: walls first, then the job, then word of its progress, then its answer."""

    worker: WorkerProcess
    job: bytes
    seconds: float
    folder: str
    demand_walls: bool
    cancel: Cancellation | None
    handed_over: bool = False
    walled: bool = False
    next_look: float = 0.0

    def hold(self, selector: selectors.BaseSelector) -> Generator[bytes, None, Ending]:
        while True:
            now = time.monotonic()
            if (ending := self._must_end(now)) is not None:
                return ending
            if not selector.select(max(0.0, min(_LOOK_SECONDS, self.worker.deadline - now))):
                continue
            frame = self.worker.move(selector)
            while frame is not None:
                kind, payload = frame[:1], frame[1:]
                if kind == protocol.PROGRESS and self.handed_over:
                    yield payload
                elif kind != protocol.READY or self.handed_over:
                    return replace(_of_answer(kind, payload), walled=self.walled)
                else:
                    self.walled = _walls_stand(payload)
                    if self.demand_walls and not self.walled:
                        return Ending(End.UNWALLED, walled=False)
                    self._hand_over(selector)
                frame = self.worker.take_frame()

    def _hand_over(self, selector: selectors.BaseSelector) -> None:
        self.worker.send(self.job, time.monotonic() + self.seconds)
        self.worker.unregister(selector)
        self.worker.register(selector)
        self.handed_over = True

    def _must_end(self, now: float) -> Ending | None:
        if self.cancel is not None and self.cancel.is_asked:
            return Ending(End.CANCELLED)
        if now > self.worker.deadline:
            return Ending(End.TIME)
        if now > self.next_look:
            if _size_of(self.folder) > _LARGEST_FOLDER:
                return Ending(End.OUTPUT)
            self.next_look = time.monotonic() + _LOOK_AT_FOLDER_SECONDS
        return None


def _walls_stand(payload: bytes) -> bool:
    return bool(json.loads(payload) == {"seal": "sealed", "confined": True})


def _of_answer(kind: bytes, payload: bytes) -> Ending:
    if kind == protocol.RESULT:
        return Ending(End.DONE, payload)
    if kind == protocol.MEMORY:
        return Ending(End.MEMORY)
    return Ending(End.CRASHED, detail=payload[:200].decode("utf-8", "replace"))


def _of_death(worker: WorkerProcess, broken: BrokenWorkerError) -> Ending:
    if broken.too_large:
        return Ending(End.OUTPUT)
    if worker.cause_of_death() == "SIGXCPU":
        return Ending(End.TIME)
    if worker.ran_out_of_memory():
        return Ending(End.MEMORY)
    return Ending(End.CRASHED, detail=worker.cause_of_death())


def _size_of(folder: str) -> int:
    """Return how many bytes the files of a folder hold, as far as can be seen while they come and go."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(parent, name).lstat().st_size
            except OSError:
                continue
    return total
