"""The workbench: a conversation, and beside it sources, library, past conversations, tools, context and log."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, TabbedContent, TabPane

from copilot.i18n import current_language, set_language, t
from copilot.tui import messages, work
from copilot.tui.commands import COMMANDS, bindings, problems_with
from copilot.tui.dialogs.keys import Keys
from copilot.tui.memory import set_aside
from copilot.tui.screens.asking import Asking
from copilot.tui.screens.bench import TABS
from copilot.tui.screens.collecting import Collecting
from copilot.tui.screens.tooling import Tooling
from copilot.tui.themes import BY_SETTING
from copilot.tui.widgets.history import History
from copilot.tui.widgets.library import Library
from copilot.tui.widgets.prompt import Prompt
from copilot.tui.widgets.records import ContextView, LogView
from copilot.tui.widgets.sources import SourceView
from copilot.tui.widgets.status import StatusBar
from copilot.tui.widgets.talk import Talk
from copilot.tui.widgets.tools import Tools
from copilot.tui.widgets.welcome import Welcome

_NARROW = 110
_STATUS_SECONDS = 5.0
_WATCH_SECONDS = 2.0


class Workbench(Asking, Collecting, Tooling):
    """All parts together: layout, commands, what lasts."""

    BINDINGS: ClassVar[list[BindingType]] = [(str(digit), f"cite({digit})", "") for digit in range(1, 10)]

    def compose(self) -> ComposeResult:
        panes = {
            "sources": SourceView(self.canvas, id="source"),
            "library": Library(id="library"),
            "history": History(id="history"),
            "tools": Tools(id="tools"),
            "context": ContextView(id="context"),
            "log": LogView(id="log-lines"),
        }
        with Horizontal(id="body"):
            yield Talk(id="talk")
            with Vertical(id="side"), TabbedContent(id="tabs"):
                for name in TABS:
                    with TabPane(t(f"tui.tab.{name}"), id=f"tab-{name}"):
                        yield panes[name]
        yield Prompt(self.asked)
        yield StatusBar(id="status")
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        self._bind()
        self._fit(self.size.width)
        await self.talk.welcome(1)
        self.prompt.focus()
        self.show_status()
        self.reading.put(work.start_job(self.post_message))
        self.reading.put(work.tools_job(self.post_message, self.open_tooling))
        self.call_after_refresh(self._tell_problems)
        self.set_interval(_STATUS_SECONDS, self.show_status)
        self.set_interval(_WATCH_SECONDS, self.look_for_changes)
        self.call_after_refresh(set_aside)

    def _tell_problems(self) -> None:
        for problem in problems_with(self.settings.interface.keys):
            self.notice(problem, error=True)

    def _bind(self) -> None:
        """Bind the commands in the user's language, beside the digits of citations and every screen's own keys."""
        bound = self._merge_bindings()
        for binding in bindings(self.settings.interface.keys):
            bound.key_to_bindings.setdefault(binding.key, []).append(binding)
        self._bindings = bound
        self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)
        self.call_after_refresh(self.show_status)

    def _fit(self, width: int) -> None:
        self.set_class(width < _NARROW, "narrow")

    def on_unmount(self) -> None:
        for cancel in (self.question_cancel, self.sync_cancel, self.tool_cancel, self.drawing_cancel):
            if cancel is not None:
                cancel.cancel()
        self.asking.close()
        self.reading.close()
        self.drawing.close()
        self.canvas.clear()

    # --- what is typed ------------------------------------------------------------------------------------------------

    @on(Prompt.Asked)
    def _asked(self, event: Prompt.Asked) -> None:
        if event.text.startswith("/"):
            self._command(event.text[1:].strip())
        else:
            self.ask(event.text)

    @on(Prompt.HelpWanted)
    def _help_wanted(self) -> None:
        self.action_help()

    @on(Prompt.TurnWanted)
    def _turn_wanted(self) -> None:
        """Go to the latest turn, where digits open its sources; where none is shown, to what comes next."""
        if self.talk.welcomes or (self.has_class("narrow") and self.has_class("side")):
            self.focus_next()
        else:
            self.talk.focus_latest()

    @on(Prompt.Paged)
    def _paged(self, event: Prompt.Paged) -> None:
        self.talk.page(event.by)

    @on(Welcome.Chosen)
    async def _first_step(self, event: Welcome.Chosen) -> None:
        await self.run_action(event.action)

    def _command(self, text: str) -> None:
        """Do what ``/word rest`` says; the word is an action, a number a citation, ``T1`` a tool's run."""
        word, _, rest = text.partition(" ")
        if word in ("sync", "add_folder") and rest:
            self.start_sync([self.path_of(rest)])
        elif word == "find":
            self.open_tab("history")
            self.call_after_refresh(self.history.search, rest)
        elif word == "export" and rest:
            self._export(rest)
        elif word == "add_model" and rest:
            self._add_model(rest)
        elif word.isdecimal():
            self.cite(int(word))
        elif word[:1] in ("T", "t") and word[1:].isdecimal():
            self.show_run(int(word[1:]))
        elif any(word == command.action for command in COMMANDS):
            self.call_later(self.run_action, word)
        else:
            self.notice(t("tui.no_command", word=word), error=True)

    # --- commands -----------------------------------------------------------------------------------------------------

    def action_cancel(self) -> None:
        """Stop the question, tool or drawing; else leave the pane at the side; else, asked twice, stop the sync."""
        if not self._stop_short_work():
            if not self.prompt.has_focus:
                self.to_conversation()
            else:
                self._stop_sync_if_asked_twice()

    def interrupt(self) -> bool:
        """Stop what runs, a sync when asked twice; return False where nothing does."""
        return self._stop_short_work() or self._stop_sync_if_asked_twice()

    def _stop_short_work(self) -> bool:
        running = self.question_cancel or self.tool_cancel or self.drawing_cancel
        if running is None:
            return False
        running.cancel()
        return True

    def _stop_sync_if_asked_twice(self) -> bool:
        if self.sync_cancel is None:
            return False
        if self.about_to_stop_sync:
            self.sync_cancel.cancel()
        else:
            self.notice(t("tui.stop_sync_again"))
        self.about_to_stop_sync = not self.about_to_stop_sync
        return True

    def action_conversation(self) -> None:
        self.to_conversation()

    def action_sources(self) -> None:
        self.open_tab("sources")

    def action_library(self) -> None:
        self.look_for_changes()
        self.open_tab("library")

    def action_history(self) -> None:
        self.open_tab("history")

    def action_tools(self) -> None:
        self.open_tab("tools")

    def action_context(self) -> None:
        self.open_tab("context")

    def action_log(self) -> None:
        if self.query_one("#tabs", TabbedContent).active == "tab-log":
            # No tab is activated that is active already.
            self.reading.put(work.entries_job(self.post_message))
        self.open_tab("log")

    @on(TabbedContent.TabActivated)
    def _tab_shown(self, event: TabbedContent.TabActivated) -> None:
        if event.pane.id == "tab-log":
            self.reading.put(work.entries_job(self.post_message))

    def on_entries_read(self, event: messages.EntriesRead) -> None:
        self.log_view.show(event.entries, self.told)

    def action_copy(self) -> None:
        """Copy the last answer with its sources, through the terminal."""
        answers = self.dialogue.answers()
        if answers:
            self.reading.put(work.copy_job(self.post_message, answers[-1]))

    def on_copy_ready(self, event: messages.CopyReady) -> None:
        self.app.copy_to_clipboard(event.text)
        self.notice(t("tui.copied"))

    def action_export(self) -> None:
        self.ask_text(t("tui.export_where"), f"{Path.cwd()}/conversation.md", self._export)

    def _export(self, name: str) -> None:
        self.reading.put(work.export_job(self.post_message, self.dialogue.answers(), self.path_of(name)))

    def action_add_model(self) -> None:
        self.ask_text(t("tui.which_model"), f"{Path.cwd()}/", self._add_model)

    def _add_model(self, name: str) -> None:
        self.notice(t("tui.adding_model"))
        self.asking.put(work.add_model_job(self.post_message, self.path_of(name)))

    def on_model_added(self, event: messages.ModelAdded) -> None:
        self.notice(t("tui.model_added", name=event.name))
        self.show_status()

    def action_help(self) -> None:
        self.app.push_screen(Keys(self.settings.interface.keys))

    async def action_language(self) -> None:
        """Speak the other language: everything is made anew, and filled with what was there."""
        set_language("en" if current_language() == "fr" else "fr")
        written, tab = self.prompt.text, self.query_one("#tabs", TabbedContent).active
        self._bind()
        await self.recompose()
        self.prompt.put(written)
        self.query_one("#tabs", TabbedContent).active = tab
        self.library.show(self.documents, self.counts, self.only)
        self.history.show(self.conversations)
        self.log_view.show((), self.told)
        await self.show_conversation()
        self.prompt.focus()
        # The words of tools come from their plugins, in the language of the moment.
        self.reading.put(work.tools_job(self.post_message, self.open_tooling))

    def action_theme(self) -> None:
        """Take the next look of the screen."""
        names = list(BY_SETTING.values())
        at = names.index(self.app.theme) if self.app.theme in names else -1
        self.app.theme = names[(at + 1) % len(names)]
        self.talk.dress(self.look)
        self.show_status()

    def action_quit(self) -> None:
        self.app.exit()
