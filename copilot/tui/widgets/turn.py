"""One question with its answer, as it comes."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text
from textual.widgets import Static

from copilot.app.events import (
    AskEvent,
    BlankRead,
    Drafted,
    ModelReading,
    ModelWriting,
    Planned,
    Retrieved,
    ToolDenied,
    ToolFailed,
    ToolRan,
)
from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.terminal import answer_view
from copilot.records import Answer
from copilot.store.conversations import TurnRow
from copilot.tui import outside

_BAR = 24


class TurnView(Static):
    """A turn; `can_focus` so that keys act on it."""

    can_focus = True

    def __init__(self, turn: TurnRow, answer: Answer | None, theme: str, branches: tuple[int, int] = (1, 1)) -> None:
        super().__init__(classes="turn", markup=False)
        self.turn = turn
        self.answer = answer
        self._theme = theme
        self._branches = branches
        self._claims: list[Text] = []
        self._doing = t("tui.searching") if turn.state == "asking" else ""
        self._message = turn.message or ""

    def on_mount(self) -> None:
        self._show()

    def advance(self, event: AskEvent) -> None:
        """Show one event of the question."""
        if isinstance(event, Drafted):
            self._claims.append(outside.line(f"• {event.claim.text}"))
        else:
            self._doing = _doing(event) or self._doing
        self._show()

    def end(self, state: str, message: str, answer: Answer | None) -> None:
        """Show the outcome."""
        self._doing = ""
        self.answer = answer
        self._message = message if state != "answered" else ""
        self._show()

    def _show(self) -> None:
        if self.answer is not None:
            parts: list[RenderableType] = [answer_view(self.answer, self._theme)]
        else:
            parts = [outside.block(self.turn.question, "bold"), *self._claims]
            if self._doing:
                parts.append(Text(self._doing, "italic"))
            if self._message:
                parts.append(outside.block(self._message, "bold red" if self._theme != "plain" else ""))
        at, count = self._branches
        if count > 1:
            parts.insert(0, Text(t("tui.branch", at=at, count=count), "dim"))
        self.update(Group(*parts))


def _doing(event: AskEvent) -> str:
    """Return what is going on after this event, in words."""
    if isinstance(event, Planned) and event.calls:
        return t("tui.planned", tools=", ".join(outside.line(call.tool).plain for call in event.calls))
    if isinstance(event, Retrieved):
        return t("tui.retrieved", coverage=wording.coverage_of(event.coverage))
    if isinstance(event, ModelReading):
        progress = event.progress
        share = progress.done / max(1, progress.total)
        bar = "█" * round(share * _BAR) + "░" * (_BAR - round(share * _BAR))
        left = "" if progress.seconds_left is None else t("cli.ask.left", seconds=f"{progress.seconds_left:.0f}")
        words = t(f"cli.ask.reading.{event.phase}", done=progress.done, total=progress.total)
        return f"{bar} {words}{left}"
    if isinstance(event, ModelWriting):
        return t("tui.writing")
    if isinstance(event, BlankRead):
        return t("tui.blank", name=outside.line(event.argument).plain)
    if isinstance(event, ToolRan):
        return t("tui.ran", title=outside.line(event.run.title).plain)
    if isinstance(event, ToolDenied):
        return t("tui.denied", tool=outside.line(event.call.tool).plain)
    if isinstance(event, ToolFailed):
        return outside.line(event.message).plain
    return ""
