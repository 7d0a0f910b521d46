"""A sync's progress on stderr: a bar with rate and time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.app.events import SyncEvent

_LINE_EVERY_SECONDS = 10.0
_NAME_WIDTH = 32


class SyncProgress:
    """Renders the events of a sync; a context manager, so that the terminal is whole again whatever happens."""

    def __init__(self) -> None:
        self._bars: Any = None
        self._task: Any = None
        self._phase = ""
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bars = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}", markup=False),
                TimeRemainingColumn(),
                TextColumn("{task.fields[current]}", markup=False),
                console=Console(stderr=True, highlight=False, markup=False),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._bars is not None:
            self._bars.stop()

    def show(self, event: SyncEvent) -> None:
        """Render one event."""
        from copilot.app.events import Embedding, FileRead, Indexing, Scanning

        if isinstance(event, Scanning):
            self._update(t("cli.phase.scan"), event.files, None, event.current)
        elif isinstance(event, FileRead):
            self._update(t("cli.phase.read"), event.done, event.total, event.name)
        elif isinstance(event, Embedding):
            self._update(t("cli.phase.embed"), event.done, event.total, "")
        elif isinstance(event, Indexing):
            self._update(t("cli.phase.index"), 0, None, "")

    def _update(self, phase: str, done: int, total: int | None, current: str) -> None:
        name = visible(current)[-_NAME_WIDTH:]
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._started = phase, now
            if self._bars is not None:
                if self._task is not None:
                    self._bars.remove_task(self._task)
                self._task = self._bars.add_task(phase, total=total, current=name, rate="")
        rate = done / (now - self._started) if now > self._started and done else 0.0
        if self._bars is not None:
            shown = f"{rate:.0f}/s" if rate >= 1 else ""
            self._bars.update(self._task, completed=done, total=total, current=name, rate=shown)
        elif now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            left = f", {t('cli.phase.left', seconds=round((total - done) / rate))}" if total and rate else ""
            print(f"{phase}: {done}{f'/{total}' if total else ''}{left}", file=sys.stderr, flush=True)
