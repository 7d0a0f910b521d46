"""What was done (the log), and what the model was given to read (the context)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import RichLog

from copilot.audit.entries import Entry
from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.trail import detail_of, kind_in_words
from copilot.records import ContextUse, Passage
from copilot.tui import outside


class LogView(RichLog):
    """The latest entries of the workspace's log, then what this session told; wrapped anew at every width."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        # Without a least width: at 80 columns the end of a line would lie beyond the edge.
        super().__init__(id=id, wrap=True, markup=False, highlight=False, min_width=0)
        self._lines: list[Text] = []
        self._wrapped_at = 0

    def tell(self, text: str) -> None:
        """Add a line of this session's own."""
        self._add(outside.block(f"• {text}"))

    def _add(self, words: Text) -> None:
        self._lines.append(words)
        self.write(words)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """A line once written keeps its width: write them all again at another one."""
        width = self.scrollable_content_region.width
        if width and width != self._wrapped_at:
            # What was written before there was a width waits for it by itself.
            first, self._wrapped_at = not self._wrapped_at, width
            if not first:
                self.clear()
                for words in self._lines:
                    self.write(words)

    def show(self, entries: Sequence[Entry], told: Sequence[str]) -> None:
        """Show what was done in this workspace, then what was told in this session."""
        self.clear()
        self._lines.clear()
        if not entries:
            self._add(outside.line(t("audit.empty"), "dim"))
        for entry in entries:
            when = entry.time[:19].replace("T", " ")
            words = outside.block(f"{entry.sequence} {when} ", "dim")
            words.append_text(outside.line(kind_in_words(entry.kind), "bold"))
            words.append_text(outside.block(f" {detail_of(entry)}"))
            self._add(words)
        for text in told:
            self.tell(text)


class ContextView(VerticalScroll):
    """What filled the window of the last question, and what was left out."""

    def compose(self) -> ComposeResult:
        yield outside.Words(outside.line(t("tui.context.nothing"), "dim"), id="context-lines")

    def show_use(self, use: ContextUse) -> None:
        """Show the parts of a prompt by their tokens."""
        spent = sum(entry.tokens for entry in use.entries if entry.included)
        lines = [
            outside.line(t("tui.log.context", spent=spent, window=use.window_tokens, answer=use.answer_tokens), "bold")
        ]
        for entry in use.entries:
            words = f"{entry.tokens:>7}  {entry.label or entry.kind}"
            lines.append(outside.line(words))
            if not entry.included:
                lines[-1] = outside.line(f"{words}  {t('tui.context.left_out')}", "strike dim")
        self._show(lines)

    def show_passages(self, passages: Sequence[Passage]) -> None:
        """Show the passages that were read, where there is no window to fill."""
        lines = [outside.line(t("tui.context.passages", count=len(passages)), "bold")]
        for number, passage in enumerate(passages, start=1):
            words = f"{number:>3}. {wording.title_of(passage)}  {wording.details_of(passage)}"
            lines.append(outside.line(words))
        self._show(lines)

    def _show(self, lines: list[Text]) -> None:
        self.query_one("#context-lines", outside.Words).show(outside.joined(lines, "\n"))
