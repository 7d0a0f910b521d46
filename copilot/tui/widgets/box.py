"""A box to tick whose mark is there or not: by colour alone nobody without colours could tell."""

from __future__ import annotations

from textual.widgets import Checkbox


class Box(Checkbox):
    """Shows X when ticked and a blank when not."""

    def watch_value(self) -> None:
        self._mark()
        super().watch_value()

    def on_mount(self) -> None:
        self._mark()

    def _mark(self) -> None:
        # Textual reads the class variable through the instance, so that each box may have its own.
        self.__dict__["BUTTON_INNER"] = "X" if self.value else " "
        self.refresh()
