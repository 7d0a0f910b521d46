"""What stands where no conversation is: the first steps of an empty workspace, or an invitation to ask."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList

from copilot.i18n import t
from copilot.tui import outside

# Commands that make a beginning where there is no document.
_FIRST_STEPS = ("demo", "add_folder", "add_model", "language")


class Welcome(Vertical):
    """With no document, a list of first steps; with none but in quarantine, that; else how many and the keys."""

    @dataclass
    class Chosen(Message):
        """The user wants this command."""

        action: str

    def __init__(self, documents: int, held: int = 0) -> None:
        """`held` documents are in quarantine."""
        super().__init__(classes="welcome")
        self._documents = documents
        self._held = held

    def compose(self) -> ComposeResult:
        if self._documents:
            yield outside.Words(outside.block(t("tui.welcome", documents=self._documents)))
            return
        if self._held:
            yield outside.Words(outside.block(t("tui.all_held", count=self._held), "bold"))
            return
        yield outside.Words(outside.block(t("tui.first_run"), "bold"))
        steps = OptionList(
            *(outside.option(outside.line(t(f"tui.first.{action}")), action) for action in _FIRST_STEPS), id="steps"
        )
        yield steps
        yield outside.Words(outside.block(t("tui.first_run_after"), "dim"))

    def on_mount(self) -> None:
        for steps in self.query(OptionList):
            steps.highlighted = 0
            if not self.screen.has_class("side"):
                steps.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id:
            self.post_message(self.Chosen(event.option_id))
