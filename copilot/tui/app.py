"""The full-screen interface: one workspace, one screen."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from copilot.app.approval import Approver, Checking, Remembering
from copilot.app.plugins import open_runner, open_tooling
from copilot.app.recording import RecordedApprovals
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.errors import CopilotError
from copilot.i18n import t
from copilot.sanitise import visible
from copilot.settings import LoadedSettings
from copilot.tui.commands import COMMANDS, keys_of, shown_key
from copilot.tui.graphics.canvas import Canvas
from copilot.tui.graphics.detect import Graphics, detect
from copilot.tui.graphics.touched import touched_by
from copilot.tui.outside import Wall
from copilot.tui.screens.workbench import Workbench
from copilot.tui.terminal import outlasting
from copilot.tui.themes import BY_SETTING, MONO, THEMES
from copilot.tui.work import OpenTooling
from copilot.workspace import Workspace

# How often the terminal is looked for, in seconds.
_TERMINAL_SECONDS = 2.0
_NO_GRAPHICS = Graphics()


def plugin_tooling(session: Session, approver: Approver) -> Tooling | None:
    """Return the tools of this machine's plugins; what was decided for good about one is not asked again."""
    runner = open_runner(session.workspace)
    asking = Remembering(Checking(approver, runner.check), RecordedApprovals(session))
    return open_tooling(asking, runner, session.language_model)


class CopilotApp(App[None]):
    """Themes, palette and the wall before the terminal; all else is the workbench's."""

    CSS_PATH = "style.tcss"
    TITLE = "copilot"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        workspace: Workspace,
        loaded: LoadedSettings,
        tools: OpenTooling = plugin_tooling,
        graphics: Graphics = _NO_GRAPHICS,
    ) -> None:
        super().__init__()
        self._wall = Wall()
        self._keys = loaded.settings.interface.keys
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = MONO if self.no_color else BY_SETTING[loaded.settings.interface.screen]
        self.bench = Workbench(workspace, loaded.settings, tools, Canvas(graphics, self.tell_terminal))

    def get_driver_class(self) -> type[Driver]:
        return outlasting(super().get_driver_class())

    def on_mount(self) -> None:
        if not self.is_headless and hasattr(select, "poll"):
            self.set_interval(_TERMINAL_SECONDS, self._leave_without_terminal)

    def _leave_without_terminal(self) -> None:
        """Leave when the terminal is gone: whoever is not told by a signal would read its end for ever."""
        assert sys.__stdin__ is not None
        watch = select.poll()
        watch.register(sys.__stdin__.fileno(), 0)
        if watch.poll(0):
            self.exit()

    def tell_terminal(self, text: str) -> None:
        """Write to the terminal past the wall: pictures made of our own numbers and pixels."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(text)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Paint pictures anew where Textual has just written over them."""
        super()._display(screen, renderable)
        if screen is self.bench and renderable is not None:
            self.bench.paint_pictures(touched_by(renderable))

    def get_default_screen(self) -> Screen[Any]:
        return self.bench

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Have every line of every widget pass the wall."""
        return [*super().get_line_filters(), self._wall]

    def _fatal_error(self) -> None:
        """Leave at an unforeseen error; `run` raises it where it is told as text, past no wall and without locals."""
        self.bell()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print nothing of what Textual would say of an error: it goes round the wall."""
        self._exit_renderables.clear()

    @property
    def fault(self) -> Exception | None:
        """What ended the interface, unforeseen."""
        return self._exception

    def action_help_quit(self) -> None:
        """Ctrl+C, where nothing is selected to be copied: stop what runs, as at a shell; else say what quits."""
        if self.bench.interrupt():
            return
        keys = (key for key, active in self.active_bindings.items() if active.binding.action in ("quit", "app.quit"))
        self.notify(t("tui.how_to_quit", key=next(keys, "ctrl+q")))

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


def run_linear(workspace: Workspace, loaded: LoadedSettings) -> None:
    """Speak line by line and return when the user leaves or the input ends."""
    from copilot.tui.linear import Linear

    with Session(workspace, loaded.settings) as session:
        Linear(session, plugin_tooling, input, sys.stdout.write).run()


def run(workspace: Workspace, loaded: LoadedSettings) -> None:
    """Open the interface and return when the user leaves it.

    Raises:
        Exception: whatever ended it, unforeseen.
    """
    graphics = detect(loaded.settings.interface.page_images, os.environ, sys.__stdin__, sys.__stderr__)
    app = CopilotApp(workspace, loaded, graphics=graphics)
    app.run()
    if app.fault is not None:
        raise app.fault
    if app.return_code:
        raise CopilotError(t("tui.ended", code=app.return_code), t("cli.fault_next"))
