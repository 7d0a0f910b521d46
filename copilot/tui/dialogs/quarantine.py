"""A document is to go into quarantine, or stands in it: why, which answers it was read for, and the user decides."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from copilot.app.quarantine import Standing
from copilot.i18n import t
from copilot.store.quarantine import UsedIn
from copilot.tui import outside


class QuarantineDialog(ModalScreen[str | None]):
    """Returns the reason, which may be empty, where the user wants the other state; None where all is to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self._standing = standing

    def compose(self) -> ComposeResult:
        row, held, answers = self._standing.row, self._standing.held, self._standing.answers
        with VerticalScroll(id="dialog"):
            if not row.quarantined:
                yield outside.Words(outside.line(t("tui.quarantine.put"), "bold"))
                yield outside.Words(outside.line(row.path))
                yield Input(placeholder=t("tui.quarantine.reason"), id="typed")
            elif held is not None:
                when = held.since[:16].replace("T", " ")
                yield outside.Words(outside.line(t("tui.quarantine.since", when=when), "bold"))
                yield outside.Words(outside.line(row.path))
                yield outside.Words(outside.line(t("tui.quarantine.why", reason=held.reason or "–")))
            else:
                yield outside.Words(outside.line(t("tui.quarantine.follows"), "bold"))
                yield outside.Words(outside.line(row.path))
            with Horizontal(id="dialog-buttons"):
                yield Button(outside.line(t("tui.quarantine.leave")), id="leave")
                if not row.quarantined:
                    yield Button(outside.line(t("tui.quarantine.do")), id="do", variant="error")
                elif held is not None:
                    yield Button(outside.line(t("tui.quarantine.release")), id="do", variant="success")
            words = t("cli.quarantine.answers" if answers else "cli.quarantine.no_answers", number=len(answers))
            yield outside.Words(outside.line(words, "bold"))
            yield outside.Words(outside.joined([_line_of(used) for used in answers], "\n"))

    def on_mount(self) -> None:
        # Where there is no reason to write, what does nothing has the focus.
        self.query_one("#typed" if self.query("#typed") else "#leave").focus()

    def on_input_submitted(self) -> None:
        """Go on to the button: what is typed here by mistake, a question say, decides nothing."""
        self.query_one("#do").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "do":
            self._decide()
        else:
            self.action_leave()

    def _decide(self) -> None:
        typed = self.query("#typed").results(Input)
        self.dismiss(next((field.value.strip() for field in typed), ""))

    def action_leave(self) -> None:
        self.dismiss(None)


def _line_of(used: UsedIn) -> Text:
    use = t("cli.quarantine.cited" if used.cited else "cli.quarantine.read")
    return outside.line(f"• {used.asked_at[:16].replace('T', ' ')}, {use} : {used.question}")
