"""The one way for outside text onto a screen: written out by the sanitiser, as plain text, never as markup.

Widgets take only what comes from here or from `copilot.presentation`, which does the same; a test reads the code of
every widget for ways around.
"""

from __future__ import annotations

from rich.text import Text

from copilot.sanitise import one_line, visible


def line(text: str, style: str = "") -> Text:
    """Return outside text on one line."""
    return Text(one_line(text), style)


def block(text: str, style: str = "") -> Text:
    """Return outside text with its lines."""
    return Text(visible(text, multiline=True), style)


def page_with_quote(text: str, start: int, end: int, style: str) -> tuple[Text, int]:
    """Return a page with the quote at [start, end) in `style`, and the line on which the quote begins."""
    before, quote, after = (visible(part, multiline=True) for part in (text[:start], text[start:end], text[end:]))
    shown = Text(before)
    shown.append(quote, style)
    shown.append(after)
    return shown, before.count("\n")
