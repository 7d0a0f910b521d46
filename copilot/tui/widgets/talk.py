"""The conversation: its turns one below the other, the latest in view."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import VerticalScroll

from copilot.tui.dialogue import Live, ShownTurn
from copilot.tui.widgets.turn import TurnView
from copilot.tui.widgets.welcome import Welcome


class Talk(VerticalScroll, can_focus=False):
    """Shows what it is given; which conversation that is, others decide."""

    async def show(self, turns: Sequence[ShownTurn], look: str, live: Live | None) -> None:
        """Show these turns in place of what was there; the question on its way goes on where it was."""
        await self.remove_children()
        views = [TurnView(one.turn, one.answer, look, (one.at, one.count)) for one in turns]
        await self.mount_all(views)
        if live is not None:
            self.progress(live)
        if views:
            self._to(views[-1])

    async def welcome(self, documents: int, held: int = 0) -> None:
        """Show what to begin with."""
        await self.remove_children()
        await self.mount(Welcome(documents, held))

    @property
    def welcomes(self) -> bool:
        return bool(self.query(Welcome))

    def progress(self, live: Live) -> None:
        view = self.view_of(live.turn_id)
        if view is not None:
            view.progress(live.doing, live.claims)
            self.scroll_end(animate=False)

    def end(self, shown: ShownTurn, message: str) -> None:
        """Show the outcome of a turn from its question on: that is where reading begins."""
        view = self.view_of(shown.turn.turn_id)
        if view is not None:
            view.end(message, shown.answer)
            self._to(view)

    def view_of(self, turn_id: int) -> TurnView | None:
        return next((view for view in self.query(TurnView) if view.turn.turn_id == turn_id), None)

    def dress(self, look: str) -> None:
        for view in self.query(TurnView):
            view.dress(look)

    def focus_latest(self) -> None:
        for view in list(self.query(TurnView))[-1:]:
            view.focus(scroll_visible=False)

    def page(self, by: int) -> None:
        """Move by so many pages, down where positive."""
        self.scroll_relative(y=by * max(1, self.size.height - 2), animate=False)

    def _to(self, view: TurnView) -> None:
        self.call_after_refresh(self.scroll_to_widget, view, top=True, animate=False)
