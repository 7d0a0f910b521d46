"""The page that a citation stands on, with the quote marked and in view."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from copilot.i18n import t
from copilot.presentation import wording
from copilot.records import Citation
from copilot.tui import outside


class SourceView(VerticalScroll):
    """Shows one page at a time; it is scrolled by keys, for it can have the focus."""

    def compose(self) -> ComposeResult:
        yield Static(Text(t("tui.no_source"), "dim"), id="source-head", markup=False)
        yield Static("", id="source-page", markup=False)

    def show(self, citation: Citation, count: int, text: str, start: int, end: int) -> None:
        """Show `text` with the quote at [start, end), and which of how many citations it is."""
        head = Text(f"[{citation.number}/{count}] ", "bold")
        head.append(wording.title_of(citation), "bold")
        head.append(f"\n{wording.details_of(citation)}", "dim")
        for note in wording.notes_of(citation):
            head.append(f"\n{note}")
        self.query_one("#source-head", Static).update(head)
        page, at = outside.page_with_quote(text, start, end, "reverse bold")
        self.query_one("#source-page", Static).update(page)
        head_lines = len(head.plain.splitlines())
        self.call_after_refresh(self.scroll_to, 0, max(0, at + head_lines - 3), animate=False)
