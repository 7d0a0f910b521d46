"""Where questions are written: several lines, with a history."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from copilot.i18n import t

_PAGES = {"pageup": -1, "pagedown": 1}


class Prompt(TextArea):
    """Enter asks, Ctrl+J makes a new line, Up on the first line goes back in what was asked.

    Tab goes to the answers, Page Up and Page Down move them: what is written here is never a page long.
    """

    @dataclass
    class Asked(Message):
        """The user wants this asked."""

        text: str

    @dataclass
    class HelpWanted(Message):
        """The user typed ``?`` where nothing was written yet."""

    class TurnWanted(Message):
        """The user leaves the question for the answers."""

    @dataclass
    class Paged(Message):
        """The user wants the conversation moved by so many pages, down where positive."""

        by: int

    def __init__(self, history: list[str]) -> None:
        super().__init__(id="prompt", show_line_numbers=False, soft_wrap=True, tab_behavior="focus")
        # The function keys of an editor are the workbench's.
        for key in ("f6", "f7"):
            self._bindings.key_to_bindings.pop(key, None)
        self._history = history
        self._at = len(history)
        self.border_title = t("tui.prompt")

    async def _on_key(self, event: events.Key) -> None:
        if self._is_ours(event):
            event.prevent_default()
            event.stop()
            return
        await super()._on_key(event)

    def _is_ours(self, event: events.Key) -> bool:
        if event.key == "enter":
            self._ask()
            return True
        if event.key == "ctrl+j":
            self.insert("\n")
            return True
        if event.character == "?" and not self.text:
            self.post_message(self.HelpWanted())
            return True
        if event.key == "tab":
            self.post_message(self.TurnWanted())
            return True
        if event.key in _PAGES:
            self.post_message(self.Paged(_PAGES[event.key]))
            return True
        if event.key == "up" and self.cursor_location[0] == 0:
            return self._recall(-1)
        if event.key == "down" and self.cursor_at_last_line:
            return self._recall(1)
        return False

    def _ask(self) -> None:
        text = self.text.strip()
        if text:
            self._history.append(text)
            self._at = len(self._history)
            self.text = ""
            self.post_message(self.Asked(text))

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
