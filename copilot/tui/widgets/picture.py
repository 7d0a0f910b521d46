"""A page as a picture, in cells: kitty's stand for its parts; over blank ones a sixel picture is painted row by row."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import Toast

from copilot.tui import outside
from copilot.tui.graphics.canvas import Canvas
from copilot.tui.graphics.drawing import Drawing, cell


class Picture(Widget):
    """As large as its drawing, without one not there."""

    def __init__(self, canvas: Canvas, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._canvas = canvas
        self._drawing: Drawing | None = None
        self._number = 0
        self.display = False

    @property
    def drawing(self) -> Drawing | None:
        return self._drawing

    def show(self, drawing: Drawing | None) -> None:
        """Take a drawing, or none; what kitty kept of the last one is forgotten."""
        if self._number:
            self._canvas.forget(self._number)
            self._number = 0
        self._drawing = drawing
        if drawing is not None:
            if drawing.png:
                self._number = self._canvas.send(drawing)
            self.styles.width, self.styles.height = drawing.columns, drawing.rows
        self.display = drawing is not None
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        drawing = self._drawing
        # Under a dialog everything is tinted, and a tinted cell would belong to another picture.
        if drawing is None or y >= drawing.rows or not self._number or not self.screen.is_active:
            return Strip.blank(self.size.width, self.rich_style)
        style = outside.picture_style(self._number)
        cells = [Segment(cell(y, x), style) for x in range(min(drawing.columns, self.size.width))]
        return Strip(cells).adjust_cell_length(self.size.width, self.rich_style)

    def paint(self, is_touched: Callable[[int, int, int], bool]) -> None:
        """Paint the rows of a sixel picture that stand whole on the screen and that were drawn over.

        `is_touched(row, left, right)` tells of a row of the screen whether anything between was written just now. Where
        a notice lies above, nothing is painted until it goes.
        """
        drawing = self._drawing
        if drawing is None or not drawing.sixels or not self.is_on_screen or not self.screen.is_active:
            return
        place = self.screen.find_widget(self)
        seen = place.region.intersection(place.clip)
        if seen.width < drawing.columns:
            return
        covered = {y for toast in self.screen.query(Toast) for y in range(toast.region.y, toast.region.bottom)
                   if toast.region.overlaps(seen)}  # fmt: skip
        out = [
            f"\x1b[{row + 1};{seen.x + 1}H{drawing.sixels[row - place.region.y]}"
            for row in range(seen.y, min(seen.bottom, place.region.y + drawing.rows))
            if row not in covered and is_touched(row, seen.x, seen.right)
        ]
        if out:
            self._canvas.write(f"\x1b7{''.join(out)}\x1b8")

    def on_unmount(self) -> None:
        if self._number:
            self._canvas.forget(self._number)
            self._number = 0
