"""One line on stderr that changes while something goes on, where a person is watching; nothing elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from copilot.sanitise import one_line

_WIDTH = 78
_ERASE = "\r\x1b[K"


class ProgressLine:
    """Shows the latest words, and is gone when it is over."""

    def __init__(self) -> None:
        self._shown = False
        self._watched = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Put `text`, outside text or not, in the place of what is shown."""
        if self._watched:
            sys.stderr.write(f"{_ERASE}{one_line(text)[:_WIDTH]}")
            sys.stderr.flush()
            self._shown = True

    def clear(self) -> None:
        """Take the line away, for somebody else to write."""
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._shown = False
