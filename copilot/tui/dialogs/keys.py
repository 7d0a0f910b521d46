"""Every command with its key, and the keys of each pane."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from copilot.i18n import t
from copilot.tui import outside
from copilot.tui.commands import COMMANDS, keys_of, shown_key

_PANES = ("prompt", "conversation", "sources", "library", "history", "tools")


class Keys(ModalScreen[None]):
    """Any of Escape, F1, ``q`` and ``?`` closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q,question_mark", "leave", show=False)]

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__()
        self._keys = keys_of(keys)

    def compose(self) -> ComposeResult:
        lines = [outside.line(t("tui.keys.title"), "bold")]
        for command in COMMANDS:
            words = outside.line("")
            words.append_text(outside.block(f"{shown_key(self._keys[command.action]):<14}", "bold"))
            words.append_text(outside.line(f"{command.words}"))
            words.append_text(outside.block(f"  /{command.action}", "dim"))
            lines.append(words)
        for pane in _PANES:
            lines.append(outside.line(""))
            lines.append(outside.line(t(f"tui.keys.{pane}")))
        with VerticalScroll(id="dialog"):
            yield outside.Words(outside.joined(lines, "\n"))

    def on_mount(self) -> None:
        self.query_one("#dialog").focus()

    def action_leave(self) -> None:
        self.dismiss(None)
