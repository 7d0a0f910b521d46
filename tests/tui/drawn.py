"""What stands on a screen after all that the program sent: enough of a terminal to read it, and no more.

It knows the forms by which the program draws (a place, a colour, a row's end) and passes over every other sequence.
"""

from __future__ import annotations

import codecs
import re

from rich.cells import get_character_cell_size

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]P_^X])")
_PLACE = re.compile(r"\x1b\[(\d+);(\d+)H")
_ALTERNATE = ("\x1b[?1049h", "\x1b[?1049l")


class Drawn:
    """A screen of cells; `text` is what a person reads on it."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._left = ""
        self._clear()

    def _clear(self) -> None:
        self._cells = [[" "] * self._columns for _ in range(self._rows)]
        self._row = self._column = 0

    def feed(self, data: bytes) -> None:
        """Draw what was sent; a sequence that is not whole waits for its rest."""
        text, at = self._left + self._decoder.decode(data), 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
            elif found := _SEQUENCE.match(text, at):
                self._obey(found[0])
                at = found.end()
            else:
                break
        self._left = text[at:]

    def _obey(self, sequence: str) -> None:
        if place := _PLACE.fullmatch(sequence):
            self._row, self._column = int(place[1]) - 1, int(place[2]) - 1
        elif sequence in _ALTERNATE:
            self._clear()

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row += 1
        else:
            width = get_character_cell_size(character)
            if self._row < self._rows and width and self._column < self._columns:
                cells = [character, *[""] * (width - 1)]
                self._cells[self._row][self._column : self._column + width] = cells
                self._column += width

    @property
    def text(self) -> str:
        """The rows of the screen, one below the other."""
        return "\n".join("".join(row).rstrip() for row in self._cells)
