"""The documents: state, date, language, marking; filtered, and chosen for the next questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from copilot.i18n import t
from copilot.presentation import wording
from copilot.store.document_rows import DocumentSummary
from copilot.tui import outside
from copilot.tui.selection import matching, name_of, state_of
from copilot.tui.widgets.rows import GAP, Rows

# The document takes what the others leave.
_COLUMNS = {"only": 1, "document": 0, "state": 11, "date": 10, "language": 4, "marking": 14}
_NARROWEST = 16


class Library(Vertical):
    """Enter or space chooses a document, ``a`` all that the filter shows, ``x`` none; ``f`` goes to the filter.

    ``q`` asks about quarantine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", show=False),
        Binding("a", "all", show=False),
        Binding("x", "none", show=False),
        Binding("f,slash", "filter", show=False),
        Binding("q", "quarantine", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The next questions are put to these documents only; none of them means all."""

        documents: frozenset[int]

    @dataclass
    class QuarantineWanted(Message):
        """The user doubts this document, or wants it back."""

        document_id: int

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[DocumentSummary] = ()
        self._shown: Sequence[DocumentSummary] = ()
        self._counts: Mapping[str, int] = {}
        self._chosen: frozenset[int] = frozenset()
        self._doing = ""

    def compose(self) -> ComposeResult:
        yield outside.Words(id="library-state")
        yield Input(placeholder=t("tui.filter_documents"), id="library-filter")
        yield Rows(id="documents")
        yield outside.Words(id="library-detail")

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width:
            self._draw()

    def focus_list(self) -> None:
        self.query_one("#documents").focus()

    def show(self, rows: Sequence[DocumentSummary], counts: Mapping[str, int], chosen: frozenset[int]) -> None:
        self._rows, self._counts, self._chosen = rows, counts, chosen
        self._draw()

    def tell(self, doing: str) -> None:
        """Show what a sync is doing; with nothing, how much there is."""
        self._doing = doing
        self._show_state()

    def shown(self) -> Sequence[DocumentSummary]:
        """Return the documents that the filter leaves."""
        return self._shown

    def _draw(self) -> None:
        """Draw the list; the cursor stays on the document that it stood on, wherever that is now."""
        stood_on = self._row_at_cursor()
        self._shown = matching(self._rows, self.query_one("#library-filter", Input).value)
        room = self.size.width - sum(_COLUMNS.values()) - GAP * len(_COLUMNS)
        widths = list((_COLUMNS | {"document": max(_NARROWEST, room)}).values())
        head = [outside.line(t(f"tui.column.{key}")) for key in _COLUMNS]
        table = self.query_one("#documents", Rows)
        table.show(len(self._shown), lambda at: self._cells(self._shown[at]), head, widths)
        if stood_on is not None:
            ids = [row.document_id for row in self._shown]
            table.cursor = ids.index(stood_on.document_id) if stood_on.document_id in ids else table.cursor
        self._show_state()

    def _cells(self, row: DocumentSummary) -> list[Text]:
        state = state_of(row)
        bad = "bold red" if state in ("failed", "quarantined") else ""
        mark = "×" if state == "quarantined" else "●" if row.document_id in self._chosen else ""
        return [
            outside.line(mark, "bold"),
            outside.line(row.title or name_of(row)),
            outside.line(t(f"tui.state.{state}"), bad),
            outside.line(row.date or ""),
            outside.line(row.language if row.language not in (None, "und") else ""),
            outside.line(row.marking or ""),
        ]

    def _show_state(self) -> None:
        if self._doing:
            words = outside.line(self._doing, "bold")
        else:
            failed = self._counts.get("failed", 0)
            unread = t("tui.library.failed", failed=failed) if failed else ""
            words = outside.line(t("tui.library", documents=self._counts.get("documents", 0), failed=unread))
            if held := self._counts.get("quarantined", 0):
                words.append_text(outside.block(f"  {t('tui.held', count=held)}", "bold"))
            if self._chosen:
                words.append_text(outside.block(f"  {t('tui.only', count=len(self._chosen))}", "bold reverse"))
        self.query_one("#library-state", outside.Words).show(words)

    @on(Rows.Highlighted)
    def _show_detail(self) -> None:
        row = self._row_at_cursor()
        lines = [] if row is None else [outside.line(text, "dim") for text in _details(row)]
        self.query_one("#library-detail", outside.Words).show(outside.joined(lines, "\n"))

    def _row_at_cursor(self) -> DocumentSummary | None:
        at = self.query_one("#documents", Rows).cursor
        return self._shown[at] if at < len(self._shown) else None

    # --- choosing -----------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#library-filter")
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    @on(Input.Submitted, "#library-filter")
    def _to_list(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_list()

    @on(Rows.Selected)
    def _selected(self, event: Rows.Selected) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        row = self._row_at_cursor()
        if row is not None and row.state == "live":
            self._choose(self._chosen ^ {row.document_id})

    def action_all(self) -> None:
        self._choose(self._chosen | {row.document_id for row in self._shown if row.state == "live"})

    def action_none(self) -> None:
        self._choose(frozenset())

    def action_quarantine(self) -> None:
        row = self._row_at_cursor()
        if row is not None:
            self.post_message(self.QuarantineWanted(row.document_id))

    def action_filter(self) -> None:
        self.query_one("#library-filter").focus()

    def _choose(self, chosen: frozenset[int]) -> None:
        self._chosen = chosen
        self._draw()
        self.post_message(self.Chosen(chosen))


def _details(row: DocumentSummary) -> list[str]:
    """Return what the list has no room for: where the file is, how much of it was read, why not."""
    facts = [
        row.collection,
        wording.counted("pages", row.pages),
        t("tui.versions", count=row.versions) if row.versions > 1 else "",
        row.author or "",
    ]
    lines = [row.path, ", ".join(fact for fact in facts if fact)]
    if row.reason is not None:
        lines.append(row.message or row.reason)
    if row.superseded_by:
        lines.append(t("presentation.superseded_by", path=row.superseded_by))
    if row.duplicate_of:
        lines.append(t("presentation.also_in", paths=row.duplicate_of))
    return [*lines, *row.warnings]
