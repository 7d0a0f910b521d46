"""A tool wants to run: with what, from where, and the user decides."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from copilot.i18n import t
from copilot.presentation import wording
from copilot.records import Tool, ToolCall
from copilot.tui import outside


class ApproveDialog(ModalScreen[bool]):
    """Returns whether the call may run; Escape denies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "deny", show=False),
        Binding("y,o", "approve", show=False),
        Binding("n", "deny", show=False),
    ]

    def __init__(self, call: ToolCall, tool: Tool) -> None:
        super().__init__()
        self._call = call
        self._tool = tool

    def compose(self) -> ComposeResult:
        text = outside.line(self._tool.title or self._tool.name, "bold")
        for argument in self._call.arguments:
            text.append(f"\n• {wording.argument_of(argument)}")
        for name in self._call.missing:
            text.append("\n")
            text.append(t("tui.missing", name=outside.line(name).plain), "bold red")
        with VerticalScroll(id="dialog"):
            yield Static(Text(t("tui.approve_title"), "bold"), markup=False)
            yield Static(text, markup=False)
            with Horizontal(id="dialog-buttons"):
                yield Button(t("tui.approve"), id="approve", variant="success", disabled=bool(self._call.missing))
                yield Button(t("tui.deny"), id="deny", variant="error")

    def on_mount(self) -> None:
        self.query_one("#deny", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "approve")

    def action_approve(self) -> None:
        if not self._call.missing:
            self.dismiss(True)

    def action_deny(self) -> None:
        self.dismiss(False)
