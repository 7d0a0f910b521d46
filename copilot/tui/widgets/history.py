"""Past conversations, searched by the words of their questions and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList

from copilot.i18n import t
from copilot.presentation import wording
from copilot.store.conversations import ConversationRow
from copilot.tui import outside


class History(Vertical):
    """Enter opens a conversation, Delete deletes it when pressed twice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete", "delete", show=False),
        Binding("f,slash", "search", show=False),
    ]

    @dataclass
    class Searched(Message):
        """The user wants the conversations that hold these words."""

        words: str

    @dataclass
    class Chosen(Message):
        """The user wants this conversation."""

        conversation_id: str

    @dataclass
    class Deleted(Message):
        """The user wants this conversation gone."""

        conversation_id: str

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[ConversationRow] = ()
        self._about_to_delete: str | None = None

    def compose(self) -> ComposeResult:
        yield Input(placeholder=t("tui.find_conversation"), id="history-filter")
        yield OptionList(id="conversations")
        yield outside.Words(id="history-detail")

    @property
    def words(self) -> str:
        return self.query_one("#history-filter", Input).value

    def focus_list(self) -> None:
        self.query_one("#conversations").focus()

    def search(self, words: str) -> None:
        """Put words into the search and look for them."""
        self.query_one("#history-filter", Input).value = words
        self.query_one("#history-filter").focus()

    def show(self, rows: Sequence[ConversationRow]) -> None:
        self._rows = rows
        shown = self.query_one("#conversations", OptionList)
        shown.clear_options()
        for row in rows:
            words = outside.line(row.title)
            when = row.updated_at[:16].replace("T", " ")
            words.append_text(outside.block(f"\n{when} · {wording.counted('turns', row.turns)}", "dim"))
            shown.add_option(outside.option(words, row.conversation_id))
        if rows:
            shown.highlighted = 0
        self._tell("" if rows else t("tui.no_conversation"))

    def _tell(self, text: str) -> None:
        self.query_one("#history-detail", outside.Words).show(outside.line(text, "italic"))

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Searched(event.value))

    @on(Input.Submitted)
    def _to_list(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_list()

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._about_to_delete = None
        if self._rows:
            self._tell("")

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))

    def action_search(self) -> None:
        self.query_one("#history-filter").focus()

    def action_delete(self) -> None:
        at = self.query_one("#conversations", OptionList).highlighted
        if at is None or not self.query_one("#conversations").has_focus:
            return
        wanted = self._rows[at].conversation_id
        if self._about_to_delete != wanted:
            self._about_to_delete = wanted
            self._tell(t("tui.delete_again"))
        else:
            self.post_message(self.Deleted(wanted))
