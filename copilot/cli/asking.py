"""A question's events as progress on stderr: what the model is doing, and how long it will take."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from copilot.i18n import t
from copilot.sanitise import one_line

if TYPE_CHECKING:
    from rich.status import Status

    from copilot.app.events import AskEvent


class AskProgress:
    """One line that changes, where a person is watching; nothing elsewhere."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._written = 0

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.text import Text

            self._status = Console(stderr=True, highlight=False).status(Text(t("cli.ask.waiting")))
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Take the line away: somebody else writes to the terminal."""
        if self._status is not None:
            self._status.stop()

    def go_on(self) -> None:
        if self._status is not None:
            self._status.start()

    def show(self, event: AskEvent) -> None:
        """Render one event; those that are no progress change nothing."""
        if self._status is None:
            return
        from rich.text import Text

        from copilot.app.events import Drafted, ModelReading, ModelWriting

        if isinstance(event, ModelReading):
            self._written = 0
            progress = event.progress
            left = "" if progress.seconds_left is None else t("cli.ask.left", seconds=f"{progress.seconds_left:.0f}")
            words = t(f"cli.ask.reading.{event.phase}", done=progress.done, total=progress.total)
            self._status.update(Text(f"{words}{left}"))
        elif isinstance(event, ModelWriting):
            self._written += 1
            self._status.update(Text(t(f"cli.ask.writing.{event.phase}", tokens=self._written)))
        elif isinstance(event, Drafted):
            self._status.update(Text(one_line(event.claim.text)[:120]))
