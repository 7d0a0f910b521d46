"""A table of any number of rows of which only those on the screen are ever made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from copilot.tui import outside

Cells = Sequence[Text]
GAP = 2
_HEAD = 1


class Rows(ScrollView, can_focus=True):
    """A cursor moves over rows; their cells are asked for when they are drawn, so ten thousand cost what ten do."""

    DEFAULT_CSS = """
    Rows {
        overflow-x: hidden;
        & > .rows--head { text-style: bold; background: $panel; color: $foreground; }
        & > .rows--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .rows--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--head", "rows--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,ctrl+home", "first", show=False),
        Binding("end,ctrl+end", "last", show=False),
        Binding("enter", "select", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row, or the row under it is another."""

        row: int

    @dataclass
    class Selected(Message):
        """Enter, or a click on the row under the cursor."""

        row: int

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._count = 0
        self._cells: Callable[[int], Cells] = lambda _: ()
        self._head: Cells = ()
        self._widths: Sequence[int] = ()

    def show(self, count: int, cells: Callable[[int], Cells], head: Cells, widths: Sequence[int]) -> None:
        """Show `count` rows; `cells` gives those of a row, as many as `head` and `widths` (in characters) have."""
        self._count, self._cells, self._head, self._widths = count, cells, head, widths
        self._take_height(count + _HEAD)
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()
        self.post_message(self.Highlighted(self.cursor))

    def _take_height(self, height: int) -> None:
        """Lay the screen out anew only where the scroll bar comes or goes: a sync adds rows every few seconds."""
        size, room = Size(0, height), self.container_size.height
        if (height > room) != (self.virtual_size.height > room):
            self.virtual_size = size
            return
        self.set_reactive(Rows.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def validate_cursor(self, row: int) -> int:
        return max(0, min(row, self._count - 1))

    def watch_cursor(self, before: int, row: int) -> None:
        self._keep_cursor_visible()
        self.refresh()
        if before != row:
            self.post_message(self.Highlighted(row))

    def on_resize(self) -> None:
        self._keep_cursor_visible()

    def _keep_cursor_visible(self) -> None:
        top, room = self.scroll_offset.y, max(1, self.size.height - _HEAD)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False)

    def render_line(self, y: int) -> Strip:
        if y < _HEAD:
            return self._line(self._head, "rows--head")
        row = y - _HEAD + self.scroll_offset.y
        if row >= self._count:
            return Strip.blank(self.size.width, self.rich_style)
        return self._line(self._cells(row), "rows--cursor" if row == self.cursor else "")

    def _line(self, cells: Cells, component: str) -> Strip:
        parts = []
        for cell, width in zip(cells, self._widths, strict=True):
            part = cell.copy()
            part.truncate(width, overflow="ellipsis", pad=True)
            parts.append(part)
        drawn = outside.joined(parts, " " * GAP).render(self.app.console)
        style = self.get_component_rich_style(component) if component else self.rich_style
        return Strip(Segment.apply_style(drawn, style)).adjust_cell_length(self.size.width, style)

    def on_click(self, event: events.Click) -> None:
        row = event.y - _HEAD + self.scroll_offset.y
        if event.y < _HEAD or row >= self._count:
            return
        if row == self.cursor:
            self.action_select()
        else:
            self.cursor = row

    def action_move(self, rows: int) -> None:
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, self.size.height - _HEAD)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self._count - 1

    def action_select(self) -> None:
        if self._count:
            self.post_message(self.Selected(self.cursor))
