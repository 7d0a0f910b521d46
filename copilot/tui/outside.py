"""The one way for text onto a screen: written out by the sanitiser, as plain text, never as markup.

All of it comes through here, our own words too: they carry names and numbers from outside. Screens and widgets build no
Rich text and no Textual `Static` of their own (a test reads their code), and `Words` refuses a bare string. Behind all
of this stands `Wall`: whatever a widget of Textual's own shows (what is typed or pasted, a palette, a notice) passes it
on the way to the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.color import Color as TerminalColor
from rich.console import Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static
from textual.widgets.option_list import Option

from copilot.sanitise import one_line, visible
from copilot.tui.graphics.drawing import NUMBERS, PLACEHOLDER

Shown = Text | Group
_REPLACEMENT = "\ufffd"
# What only `picture_style` sets: text from outside is never markup, so it never has it.
_PICTURE = "copilot-picture"
_CELLS = re.compile(f"(?:{PLACEHOLDER}[{NUMBERS}]{{2}})+")


def line(text: str, style: str = "") -> Text:
    """Return text on one line."""
    return Text(one_line(text), style)


def block(text: str, style: str = "") -> Text:
    """Return text with its lines."""
    return Text(visible(text, multiline=True), style)


def joined(parts: Iterable[Text], between: str = "") -> Text:
    return Text(visible(between, multiline=True)).join(parts)


def stacked(parts: Iterable[RenderableType]) -> Group:
    """Return renderables of `copilot.presentation` and texts of this module, one below the other."""
    found = list(parts)
    if any(isinstance(part, str) for part in found):
        raise TypeError("a bare string may hold markup: use line() or block()")
    return Group(*found)


def page_with_marks(text: str, marks: Sequence[tuple[int, int, str]]) -> tuple[Text, list[int]]:
    """Return a page with each [start, end) of `marks` in its style, and the place in what is shown where each begins.

    Marks are in order and do not overlap.
    """
    shown = Text()
    begins: list[int] = []
    at = 0
    for start, end, style in marks:
        shown.append(visible(text[at:start], multiline=True))
        begins.append(len(shown))
        shown.append(visible(text[start:end], multiline=True), style)
        at = end
    shown.append(visible(text[at:], multiline=True))
    return shown, begins


def row_of(shown: Text, place: int, width: int) -> int:
    """Return on which row, from 0, the character at `place` stands where lines are wrapped at `width` cells."""
    # As far as the end of its word, which is wrapped as a whole.
    upto = re.compile(r"\S*").match(shown.plain, place)
    return Content(shown.plain[: upto.end() if upto else place]).get_height({}, width) - 1


def option(text: Text, option_id: str | None = None) -> Option:
    """Return an entry of a list."""
    return Option(_checked(text), id=option_id)


class Words(Static):
    """A widget that shows what this module made."""

    def __init__(self, shown: Shown | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("" if shown is None else _checked(shown), id=id, classes=classes, markup=False)

    def show(self, shown: Shown) -> None:
        self.update(_checked(shown), layout=False)
        # To lay out the whole screen costs many times what these words cost: only where they take another place.
        size = self.size
        fixed = size.width and not self.styles.is_auto_width
        if not fixed or self.get_content_height(self.container_size, self.app.size, size.width) != size.height:
            self.refresh(layout=True)


def _checked(shown: Shown) -> Shown:
    if isinstance(shown, str):
        raise TypeError("a bare string may hold markup: use line() or block()")
    return shown


class Wall(LineFilter):
    """The last filter before the terminal: a character that acts or hides becomes U+FFFD, in one cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [segment if _is_harmless(segment) else _harmless(segment) for segment in segments]


def picture_style(number: int) -> Style:
    """Return the style by which cells of picture `number` pass the wall."""
    return Style.from_meta({_PICTURE: number})


def _picture_of(segment: Segment) -> int:
    """Return the number of our own picture whose cells these are; 0 where they are none."""
    number = segment.style.meta.get(_PICTURE) if segment.style is not None else None
    return number if isinstance(number, int) and _CELLS.fullmatch(segment.text) else 0


def _is_harmless(segment: Segment) -> bool:
    text, style = segment.text, segment.style
    return ((text.isascii() and text.isprintable()) or visible(text) == text) and (style is None or style.link is None)


def _harmless(segment: Segment) -> Segment:
    if number := _picture_of(segment):
        # The colour is the picture's number: it is set here, after all filters that change colours.
        return Segment(segment.text, Style(color=TerminalColor.from_ansi(number)))
    text = "".join(letter if visible(letter) == letter else _REPLACEMENT for letter in segment.text)
    style = segment.style
    return Segment(text, style if style is None or style.link is None else style.update_link(None))
