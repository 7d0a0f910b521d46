"""The full-screen interface: one workspace, one screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.screen import Screen

from copilot.app.approval import Approver
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.i18n import t
from copilot.sanitise import visible
from copilot.settings import LoadedSettings
from copilot.tui.commands import COMMANDS, keys_of, shown_key
from copilot.tui.outside import Wall
from copilot.tui.screens.workbench import Workbench
from copilot.tui.themes import BY_SETTING, MONO, THEMES
from copilot.tui.work import OpenTooling
from copilot.workspace import Workspace


def no_tooling(session: Session, approver: Approver) -> Tooling | None:  # noqa: ARG001
    """Return that there are no tools."""
    return None


class CopilotApp(App[None]):
    """Themes, palette and the wall before the terminal; all else is the workbench's."""

    CSS_PATH = "style.tcss"
    TITLE = "copilot"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, workspace: Workspace, loaded: LoadedSettings, open_tooling: OpenTooling = no_tooling) -> None:
        super().__init__()
        self._wall = Wall()
        self._keys = loaded.settings.interface.keys
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = MONO if self.no_color else BY_SETTING[loaded.settings.interface.screen]
        self.bench = Workbench(workspace, loaded.settings, open_tooling)

    def get_default_screen(self) -> Screen[Any]:
        return self.bench

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Have every line of every widget pass the wall."""
        return [*super().get_line_filters(), self._wall]

    def notify(self, message: str, **options: Any) -> None:
        """Show a notice: text, never markup."""
        super().notify(visible(message, multiline=True), **{**options, "markup": False})

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every command in the palette, in the user's language."""
        keys = keys_of(self._keys)
        for command in COMMANDS:
            callback = getattr(screen, f"action_{command.action}", None)
            if callback is not None:
                yield SystemCommand(
                    f"{command.words} ({shown_key(keys[command.action])})", f"/{command.action}", callback
                )

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=t("tui.palette"), id="--command-palette"))


def run(workspace: Workspace, loaded: LoadedSettings) -> None:
    """Open the interface and return when the user leaves it."""
    CopilotApp(workspace, loaded).run()
