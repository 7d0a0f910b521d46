"""The terminal's end of the interface: what is still written to one that is gone is lost, and holds nobody up."""

from __future__ import annotations

from contextlib import suppress
from typing import IO

from textual.driver import Driver


class Lossy:
    """A terminal's file whose writes fail silently.

    Textual writes in a thread that an error ends; nobody then takes from its queue, and whoever writes waits for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


def outlasting(driver: type[Driver]) -> type[Driver]:
    """Return the same driver, which goes on where its terminal has gone."""

    class Outlasting(driver):  # type: ignore[misc, valid-type]
        def start_application_mode(self) -> None:
            object.__setattr__(self, "_file", Lossy(self._file))
            super().start_application_mode()

    return Outlasting
