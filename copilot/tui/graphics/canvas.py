"""Where pictures go to the terminal: what it shows, how to write to it, and which numbers kitty's pictures have."""

from __future__ import annotations

from collections.abc import Callable

from copilot.tui.graphics.detect import Graphics
from copilot.tui.graphics.drawing import Drawing, removal, transmission

# A picture's number is the colour of its cells; these are written alike on terminals of 256 and of all colours.
_FIRST, _LAST = 16, 255


class Canvas:
    """Sends pictures and takes them back; `write` is the only way out, and only our own bytes go it."""

    def __init__(self, graphics: Graphics, write: Callable[[str], None]) -> None:
        self.graphics = graphics
        self.write = write
        self._number = _FIRST - 1
        self._sent: set[int] = set()

    def send(self, drawing: Drawing) -> int:
        """Have kitty keep a picture; returns its number."""
        self._number = _FIRST if self._number == _LAST else self._number + 1
        self.write(transmission(drawing, self._number))
        self._sent.add(self._number)
        return self._number

    def forget(self, number: int) -> None:
        if number in self._sent:
            self._sent.discard(number)
            self.write(removal(number))

    def clear(self) -> None:
        """Have kitty forget all pictures that are still there."""
        for number in sorted(self._sent):
            self.write(removal(number))
        self._sent.clear()
