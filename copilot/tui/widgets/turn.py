"""One question with its answer, as it comes."""

from __future__ import annotations

from rich.console import RenderableType

from copilot.i18n import t
from copilot.presentation.terminal import answer_view
from copilot.records import Answer
from copilot.store.conversations import TurnRow
from copilot.tui import outside


class TurnView(outside.Words):
    """A turn; it can have the focus, so that keys act on it."""

    can_focus = True

    def __init__(self, turn: TurnRow, answer: Answer | None, look: str, versions: tuple[int, int] = (1, 1)) -> None:
        super().__init__(classes="turn")
        self.turn = turn
        self.answer = answer
        self._look = look
        self._versions = versions
        self._claims: list[str] = []
        self._doing = ""
        self._message = turn.message or ""

    def on_mount(self) -> None:
        self._show()

    def progress(self, doing: str, claims: list[str]) -> None:
        """Show what is being done and the claims so far, not yet checked."""
        self._doing, self._claims = doing, list(claims)
        self._show()

    def end(self, message: str, answer: Answer | None) -> None:
        """Show the outcome: an answer, or why there is none."""
        self._doing, self._message, self.answer = "", message, answer
        self._show()

    def dress(self, look: str) -> None:
        """Take the look of another theme."""
        self._look = look
        self._show()

    def _show(self) -> None:
        at, count = self._versions
        parts: list[RenderableType] = [outside.line(t("tui.branch", at=at, count=count), "dim")] if count > 1 else []
        if self.answer is not None:
            parts.append(answer_view(self.answer, self._look, brief=True))
        else:
            parts.append(outside.block(self.turn.question, "bold"))
            parts += [outside.line(f"• {claim}") for claim in self._claims]
            if self._doing:
                parts.append(outside.line(self._doing, "italic"))
            if self._message:
                parts.append(outside.block(self._message, "bold" if self._look == "plain" else "bold red"))
        self.show(outside.stacked(parts))
