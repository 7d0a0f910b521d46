"""Progress of long work on stderr: a bar with rate and time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from copilot.i18n import decimal, t, whole_number
from copilot.presentation.wording import counted
from copilot.sanitise import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES = 10.0
_NAME_WIDTH = 32


@dataclass(frozen=True, slots=True)
class ProgressUpdate:
    """Where a piece of work stands.

    `phase` is ``scan``, ``read``, ``embed`` or ``index``; `unit` what is counted, ``files`` or ``passages``. `total` is
    None while nobody knows it; `current` names what is being worked on (outside text).
    """

    phase: str
    done: int
    total: int | None
    unit: str
    current: str = ""


class ProgressReporter:
    """Shows updates; a context manager, so that the terminal is whole again whatever happens.

    Off a terminal it prints at most a line every `interval` seconds by `clock`, and nothing for work shorter than that.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        interval: float = SECONDS_BETWEEN_LINES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._interval = interval
        self._clock = clock
        self._last_line = clock()
        self._phase = ""
        self._began = (clock(), 0)
        self._bars: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            self._bars = _bars(self._stream)
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away; further updates print nothing."""
        if self._bars is not None:
            self._bars.stop()

    def update(self, update: ProgressUpdate) -> None:
        """Show where the work stands."""
        now = self._clock()
        if update.phase != self._phase:
            self._phase, self._began = update.phase, (now, update.done)
            self._next_bar(update)
        rate, left = self._pace(update, now)
        if self._bars is not None and self._task is not None:
            name = one_line(update.current)
            name = name if len(name) <= _NAME_WIDTH else "…" + name[1 - _NAME_WIDTH :]
            self._bars.update(
                self._task, completed=update.done, total=update.total, pace=_joined(rate, left), name=name
            )
        elif now - self._last_line >= self._interval:
            self._last_line = now
            self._stream.write(line_of(update, rate, left) + "\n")
            self._stream.flush()

    def _next_bar(self, update: ProgressUpdate) -> None:
        if self._bars is not None:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(phase_name(update.phase), total=update.total, pace="", name="")

    def _pace(self, update: ProgressUpdate, now: float) -> tuple[str, str]:
        """Return rate and time left in words since the phase began; both empty until there is something to go by."""
        since, first = self._began
        done, seconds = update.done - first, now - since
        if done <= 0 or seconds <= 0:
            return "", ""
        rate = t("presentation.rate", number=_rounded(done / seconds))
        if update.total is None or update.total <= update.done:
            return rate, ""
        return rate, t("presentation.left", time=_clock_time((update.total - update.done) * seconds / done))


def line_of(update: ProgressUpdate, rate: str, left: str) -> str:
    """Return an update as one line for a log."""
    number = counted(update.unit, update.done if update.total is None else update.total)
    done = number if update.total is None else f"{whole_number(update.done)}/{number}"
    return t("presentation.labelled", label=phase_name(update.phase), text=_joined(done, rate, left))


def phase_name(phase: str) -> str:
    """Return what a phase is called in the user's language."""
    return t(f"presentation.phase.{phase}")


def _bars(stream: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TextColumn("{task.fields[name]}", markup=False, style="dim"),
        console=Console(file=stream, markup=False, highlight=False, emoji=False),
        transient=True,
    )


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _rounded(rate: float) -> str:
    if rate >= 10:
        return whole_number(round(rate))
    return decimal(rate)


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
