"""A tool wants to run: with what, from where, and the user decides, after changing values where need be."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button

from copilot.app.approval import Decision, Verdict
from copilot.i18n import t
from copilot.presentation import wording
from copilot.records import Argument, Origin, OriginKind, PlannedArgument, Tool, ToolCall
from copilot.tui import outside
from copilot.tui.fields import written
from copilot.tui.widgets.box import Box
from copilot.tui.widgets.form import ToolForm


class ApproveDialog(ModalScreen[Decision]):
    """Returns what was decided; Escape denies. A value that was changed is the user's own."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "deny", show=False)]

    def __init__(self, call: ToolCall, tool: Tool) -> None:
        super().__init__()
        self._call = call
        self._tool = tool
        self._given = {argument.name: argument for argument in call.arguments}
        self._values = {name: written(one.value, one.unit) for name, one in self._given.items()}

    def compose(self) -> ComposeResult:
        origins = {name: wording.origin_of(one.origin) for name, one in self._given.items()}
        origins |= {name: t("tui.missing") for name in self._call.missing}
        cautions = {name: " ".join(wording.caution_lines(one.origin)) for name, one in self._given.items()}
        with VerticalScroll(id="dialog"):
            yield outside.Words(outside.line(t("tui.approve_title"), "bold"))
            head = outside.line(self._tool.title or self._tool.name, "bold")
            head.append_text(outside.block(f"  {self._tool.name}", "dim"))
            yield outside.Words(head)
            if self._call.problem:
                yield outside.Words(outside.line(self._call.problem, "bold yellow"), classes="caution")
            yield ToolForm(self._tool, self._values, origins, cautions, may_look_up=False)
            yield Box(outside.line(t("tui.remember")), id="remember", compact=True)
            with Horizontal(id="dialog-buttons"):
                yield Button(outside.line(t("tui.deny")), id="deny", variant="error")
                yield Button(outside.line(t("tui.approve")), id="approve", variant="success")

    def on_mount(self) -> None:
        # What does nothing has the focus: a key pressed too early runs no tool.
        self.query_one("#deny", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "approve":
            self.query_one(ToolForm).submit()
        else:
            self.action_deny()

    def on_tool_form_submitted(self, event: ToolForm.Submitted) -> None:
        arguments = tuple(self._argument(one) for one in event.arguments)
        call = ToolCall(self._call.number, self._call.tool, arguments)
        self.dismiss(Decision(Verdict.APPROVED, call, remember=self._is_to_be_kept))

    def _argument(self, typed: PlannedArgument) -> Argument:
        """Keep an argument that was left as it was with its origin, and its value to the last digit."""
        given = self._given.get(typed.name)
        if given is not None and written(typed.value, typed.unit) == self._values[typed.name]:
            return given
        return Argument(typed.name, typed.value, typed.unit, Origin(OriginKind.USER))

    def action_deny(self) -> None:
        self.dismiss(Decision(Verdict.DENIED_BY_USER, self._call, remember=self._is_to_be_kept))

    @property
    def _is_to_be_kept(self) -> bool:
        return self.query_one("#remember", Box).value
