"""Where questions are written: several lines, with a history."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """Enter asks, Ctrl+J makes a new line, Up on the first line goes back in what was asked."""

    @dataclass
    class Asked(Message):
        """The user wants this asked."""

        text: str

    def __init__(self, history: list[str]) -> None:
        super().__init__(id="prompt", show_line_numbers=False, soft_wrap=True, tab_behavior="focus")
        self._history = history
        self._at = len(history)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            text = self.text.strip()
            if text:
                self._history.append(text)
                self._at = len(self._history)
                self.text = ""
                self.post_message(self.Asked(text))
            return
        if event.key == "ctrl+j":
            event.prevent_default()
            event.stop()
            self.insert("\n")
            return
        if event.key == "up" and self.cursor_location[0] == 0 and self._recall(-1):
            event.prevent_default()
            event.stop()
            return
        if event.key == "down" and self.cursor_at_last_line and self._recall(1):
            event.prevent_default()
            event.stop()
            return
        await super()._on_key(event)

    def _recall(self, step: int) -> bool:
        at = self._at + step
        if not 0 <= at <= len(self._history):
            return False
        self._at = at
        self.put(self._history[at] if at < len(self._history) else "")
        return True

    def put(self, text: str) -> None:
        """Show `text` for editing, the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)
