"""The page that a citation stands on, with the quote marked and in view."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input

from copilot.i18n import t
from copilot.presentation import wording
from copilot.records import Citation
from copilot.tui import outside
from copilot.tui.graphics.canvas import Canvas
from copilot.tui.graphics.drawing import Drawing
from copilot.tui.widgets.picture import Picture

_QUOTE, _FOUND = "reverse bold", "reverse italic"
# Lines that stay visible above what is scrolled to.
_ABOVE = 3


class SourceView(Vertical):
    """One page at a time: ``n`` and ``p`` go from citation to citation, ``f`` searches inside."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "step(1)", show=False),
        Binding("p", "step(-1)", show=False),
        Binding("i", "picture", show=False),
        Binding("f,slash", "search", show=False),
        Binding("escape", "leave_search", show=False),
    ]

    @dataclass
    class Step(Message):
        """The user wants another citation."""

        by: int

    class PictureWanted(Message):
        """The user wants the page's picture in place of its text, or the text again."""

    class Opened(Message):
        """The pane was hidden and is seen now."""

    class Widened(Message):
        """There is room for another width."""

    def __init__(self, canvas: Canvas, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.is_open = False
        self._canvas = canvas
        self._columns = 0
        self._citation: Citation | None = None
        self._text = ""
        self._quote = (0, 0)
        self._found: list[tuple[int, int]] = []
        self._at = 0
        self._shown = outside.block("")
        self._place = 0
        self._head = outside.block("")

    def compose(self) -> ComposeResult:
        yield outside.Words(outside.line(t("tui.no_source"), "dim"), id="source-head")
        search = Input(placeholder=t("tui.search_page"), id="source-search")
        search.display = False
        yield search
        state = outside.Words(id="source-state")
        state.display = False
        yield state
        with VerticalScroll(id="source-scroll"):
            yield outside.Words(id="source-page")
            yield Picture(self._canvas, id="source-picture")

    def focus_page(self) -> None:
        self.query_one("#source-scroll").focus()

    def show(self, citation: Citation, count: int, text: str, start: int, end: int) -> None:
        """Show `text` with the quote at [start, end), and which of how many citations it is."""
        self._citation, self._text, self._quote = citation, text, (start, end)
        self._found, self._at = [], 0
        self.show_picture(None)
        head = [outside.line(f"[{citation.number}/{count}] {wording.title_of(citation)}", "bold")]
        head.append(outside.line(wording.details_of(citation), "dim"))
        head += [outside.line(note) for note in wording.notes_of(citation)]
        self._head = outside.joined(head, "\n")
        self.caution("")
        self._draw()

    def caution(self, text: str) -> None:
        """Put a caution about the document above all else, or take it away."""
        if self._citation is not None:
            head = [outside.line(text, "bold reverse"), self._head] if text else [self._head]
            self.query_one("#source-head", outside.Words).show(outside.joined(head, "\n"))

    @property
    def is_showing(self) -> bool:
        return bool(self._text)

    def clear(self) -> None:
        """Show that no source is cited."""
        self._citation, self._text, self._quote, self._found = None, "", (0, 0), []
        self.query_one("#source-head", outside.Words).show(outside.line(t("tui.no_source"), "dim"))
        self.query_one("#source-page", outside.Words).show(outside.block(""))
        self.show_picture(None)

    # --- the page's picture -------------------------------------------------------------------------------------------

    @property
    def picture(self) -> Picture:
        return self.query_one(Picture)

    @property
    def columns(self) -> int:
        """How many columns a picture may have."""
        return max(1, self.query_one("#source-scroll").scrollable_content_region.width)

    def tell(self, text: str) -> None:
        """Say above the page what is being done, or nothing."""
        state = self.query_one("#source-state", outside.Words)
        state.show(outside.line(text, "italic"))
        state.display = bool(text)

    def show_picture(self, drawing: Drawing | None, note: str = "") -> None:
        """Show the page's picture, with a note above, or its text."""
        self.picture.show(drawing)
        self.query_one("#source-page").display = drawing is None
        self.tell(note)
        if drawing is not None:
            top = max(0, drawing.top - _ABOVE)
            self.call_after_refresh(self.query_one("#source-scroll").scroll_to, 0, top, animate=False)
        else:
            self.call_after_refresh(self._bring_up)

    def action_picture(self) -> None:
        self.post_message(self.PictureWanted())

    def on_resize(self) -> None:
        if self._columns != self.columns:
            self._columns = self.columns
            self.call_after_refresh(self._bring_up)
            self.post_message(self.Widened())

    def _draw(self) -> None:
        start, end = self._quote
        quote = [(start, end, _QUOTE)] if end > start else []
        apart = [(*one, _FOUND) for one in self._found if one[1] <= start or one[0] >= end]
        marks = sorted(quote + apart)
        self._shown, begins = outside.page_with_marks(self._text, marks)
        self.query_one("#source-page", outside.Words).show(self._shown)
        wanted = self._found[self._at][0] if self._found else start
        self._place = max((place for mark, place in zip(marks, begins, strict=True) if mark[0] <= wanted), default=0)
        self.call_after_refresh(self._bring_up)

    def on_show(self) -> None:
        """Scroll now to what was read while the pane was hidden and had no rows."""
        self.is_open = True
        self.post_message(self.Opened())
        self.call_after_refresh(self._bring_up)

    def on_hide(self) -> None:
        self.is_open = False

    def _bring_up(self) -> None:
        """Scroll to the quote, or to what was found; lines that wrap take several rows of the screen."""
        page = self.query_one("#source-page", outside.Words)
        if page.display and page.content_size.width:
            row = outside.row_of(self._shown, self._place, page.content_size.width)
            self.query_one("#source-scroll").scroll_to(0, max(0, row - _ABOVE), animate=False)

    # --- searching inside ---------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        self.show_picture(None)
        search = self.query_one("#source-search", Input)
        search.display = True
        search.focus()

    def action_leave_search(self) -> None:
        self.query_one("#source-search", Input).display = False
        self._found = []
        self._draw()
        self.focus_page()

    @on(Input.Changed, "#source-search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        words = event.value.strip()
        found = re.finditer(re.escape(words), self._text, re.IGNORECASE) if words else ()
        self._found, self._at = [match.span() for match in found], 0
        self._draw()

    @on(Input.Submitted, "#source-search")
    def _next_found(self, event: Input.Submitted) -> None:
        event.stop()
        if self._found:
            self._at = (self._at + 1) % len(self._found)
            self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return action != "leave_search" or self.query_one("#source-search").display

    def action_step(self, by: int) -> None:
        self.post_message(self.Step(by))
