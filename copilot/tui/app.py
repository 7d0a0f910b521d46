"""The full-screen interface: a conversation, and beside it the sources, the library, past conversations and a log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import DataTable, Footer, Input, OptionList, RichLog, Static, TabbedContent, TabPane
from textual.widgets.option_list import Option

from copilot.app.conversations import answer_of
from copilot.app.events import ContextFilled, Embedding, FileRead, Indexing, Scanning, SyncReport, Verified
from copilot.app.export import export_answers
from copilot.app.session import Session
from copilot.errors import CopilotError
from copilot.i18n import current_language, set_language, t
from copilot.language.marking import highest_marking
from copilot.ports import Cancellation
from copilot.presentation import wording
from copilot.presentation.plain import render_answer
from copilot.records import Answer, Citation, SearchFilter
from copilot.resources import demo_folder
from copilot.sandbox.seal import is_sealed
from copilot.settings import LoadedSettings
from copilot.store.conversations import TurnRow, branch, siblings
from copilot.store.document_rows import DocumentSummary
from copilot.tui import messages as told
from copilot.tui import outside, work
from copilot.tui.commands import COMMANDS, bindings, problems_with
from copilot.tui.desk import Desk
from copilot.tui.dialogs.ask_text import AskText
from copilot.tui.widgets.prompt import Prompt
from copilot.tui.widgets.sources import SourceView
from copilot.tui.widgets.turn import TurnView
from copilot.workspace import Workspace

_NARROW = 110
_SCREENS = ("dark", "light", "contrast")
_CONTRAST = Theme(
    name="contrast", primary="#ffff00", accent="#00ffff", foreground="#ffffff", background="#000000", surface="#000000",
    panel="#333333", success="#00ff00", warning="#ffff00", error="#ff4040", dark=True,
)  # fmt: skip
_THEMES = {"dark": "textual-dark", "light": "textual-light", "contrast": "contrast"}


class CopilotApp(App[None]):
    """One workspace on a terminal. Work is done by two desks in threads of their own; only handlers touch widgets."""

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    TITLE = "copilot"
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, workspace: Workspace, loaded: LoadedSettings) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = loaded.settings
        self._history: list[str] = []
        self._turns: list[TurnRow] = []
        self._conversation: str | None = None
        self._leaf: int | None = None
        self._cancel: Cancellation | None = None
        self._sync_cancel: Cancellation | None = None
        self._edited: TurnRow | None = None
        self._documents: list[DocumentSummary] = []
        self._counts: dict[str, int] = {}
        self._only: set[int] = set()
        self._cited: tuple[Citation, ...] = ()
        self._at = 0
        self._asking = Desk("asking", self._session, self._told_failure)
        self._reading = Desk("reading", self._session, self._told_failure)

    def _session(self) -> Session:
        return Session(self.workspace, self.settings)

    def _told_failure(self, message: str) -> None:
        self.post_message(told.Noticed(message, error=True))

    # --- the screen ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield VerticalScroll(id="talk")
            with Vertical(id="side"), TabbedContent(id="tabs"):
                with TabPane(t("tui.tab.sources"), id="tab-sources"):
                    yield SourceView(id="source")
                with TabPane(t("tui.tab.library"), id="tab-library"):
                    yield Static("", id="library-state", markup=False)
                    yield Input(placeholder=t("tui.filter_documents"), id="library-filter")
                    yield DataTable[Text](id="documents", cursor_type="row")
                with TabPane(t("tui.tab.history"), id="tab-history"):
                    yield Input(placeholder=t("tui.find_conversation"), id="history-filter")
                    yield OptionList(id="conversations")
                with TabPane(t("tui.tab.log"), id="tab-log"):
                    yield RichLog(id="log-lines", wrap=True, markup=False, highlight=False)
        yield Prompt(self._history)
        yield Static("", id="status", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.register_theme(_CONTRAST)
        self.theme = _THEMES[self.settings.interface.screen]
        for binding in bindings(self.settings.interface.keys):
            self._bindings.key_to_bindings.setdefault(binding.key, []).append(binding)
        for problem in problems_with(self.settings.interface.keys):
            self._notice(problem, error=True)
        self._dress()
        self._reading.put(work.start_job(self.post_message))

    def _dress(self) -> None:
        """Fill what `compose` makes new, at the start and after a change of language."""
        table = self.query_one("#documents", DataTable)
        table.add_columns(*(Text(t(f"tui.column.{key}")) for key in ("only", "document", "state", "date", "marking")))
        self.query_one(Prompt).border_title = t("tui.prompt")
        self.query_one(Prompt).focus()
        self._fit(self.size.width)
        self._show_status()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.screen.set_class(width < _NARROW, "narrow")

    def on_unmount(self) -> None:
        for cancel in (self._cancel, self._sync_cancel):
            if cancel is not None:
                cancel.cancel()
        self._asking.close()
        self._reading.close()

    def get_system_commands(self, screen: Screen[Any]) -> Any:  # noqa: ARG002
        """Offer every command in the palette, in the user's language."""
        for command in COMMANDS:
            callback = getattr(self, f"action_{command.action}")
            yield SystemCommand(f"{command.words} ({command.key})", f"/{command.action}", callback)

    # --- asking -------------------------------------------------------------------------------------------------------

    @on(Prompt.Asked)
    def _asked(self, event: Prompt.Asked) -> None:
        if event.text.startswith("/"):
            self._command(event.text[1:])
            return
        if self._cancel is not None:
            self._notice(t("tui.one_at_a_time"))
            self.query_one(Prompt).put(event.text)
            return
        if not self._counts.get("documents"):
            self._notice(t("tui.no_documents"), error=True)
            return
        parent = self._leaf
        if self._edited is not None:
            parent, self._edited = self._edited.parent_id, None
        self._cancel = Cancellation()
        chosen = SearchFilter(documents=tuple(sorted(self._only)))
        job = work.ask_job(self.post_message, self._conversation, parent, event.text, chosen, self._cancel)
        self._asking.put(job)

    def _command(self, text: str) -> None:
        word, _, rest = text.strip().partition(" ")
        if word in ("sync", "add_folder") and rest:
            self._start_sync([Path(rest).expanduser()])
        elif word == "find":
            self._open_tab("history")
            self.query_one("#history-filter", Input).value = rest
        elif word == "export" and rest:
            self._export(rest)
        elif any(word == command.action for command in COMMANDS):
            self.run_action(word) if word == "quit" else self.call_later(getattr(self, f"action_{word}"))
        else:
            self._notice(t("tui.no_command", word=outside.line(word).plain), error=True)

    def on_turn_begun(self, event: told.TurnBegun) -> None:
        self._conversation = event.turn.conversation_id
        self._leaf = event.turn.turn_id
        self._turns.append(event.turn)
        self._record(t("tui.log.asked", text=event.turn.question))
        self._show_conversation()

    def on_turn_advanced(self, event: told.TurnAdvanced) -> None:
        view = self._view(event.turn_id)
        if isinstance(event.event, Verified):
            if view is not None:
                view.end("answered", "", event.event.answer)
            self._show_answer(event.event.answer)
            self._record(t("tui.log.answered", text=wording.badge(event.event.answer.status)))
        else:
            if isinstance(event.event, ContextFilled):
                self._log_context(event.event)
            if view is not None:
                view.advance(event.event)
        self.query_one("#talk", VerticalScroll).scroll_end(animate=False)

    def on_turn_ended(self, event: told.TurnEnded) -> None:
        self._cancel = None
        view = self._view(event.turn_id)
        if view is not None and event.state != "answered":
            view.end(event.state, event.message, None)
        if event.message:
            self._record(event.message)
        if self._conversation is not None:
            self._reading.put(work.load_job(self.post_message, self._conversation))
        self._reading.put(work.conversations_job(self.post_message, ""))
        self._show_status()

    def on_conversation_loaded(self, event: told.ConversationLoaded) -> None:
        if self._cancel is not None:
            return
        if event.conversation_id != self._conversation:
            self._leaf = None
        self._conversation, self._turns = event.conversation_id, event.turns
        self._leaf = self._leaf or (event.turns[-1].turn_id if event.turns else None)
        self._show_conversation()

    def _show_conversation(self) -> None:
        talk = self.query_one("#talk", VerticalScroll)
        talk.remove_children()
        path = branch(self._turns, self._leaf)
        if not path:
            talk.mount(Static(self._welcome(), classes="welcome", markup=False))
            return
        last: Answer | None = None
        views = []
        for turn in path:
            others = siblings(self._turns, turn)
            at = 1 + [other.turn_id for other in others].index(turn.turn_id)
            answer = answer_of(turn)
            last = answer or last
            views.append(TurnView(turn, answer, self.settings.interface.theme, (at, len(others))))
        talk.mount_all(views)
        talk.call_after_refresh(talk.scroll_end, animate=False)
        if last is not None:
            self._show_answer(last)

    def _welcome(self) -> Text:
        if self._counts.get("documents"):
            return Text(t("tui.welcome", documents=self._counts["documents"]))
        return Text(t("tui.first_run"))

    def _view(self, turn_id: int) -> TurnView | None:
        return next((view for view in self.query(TurnView) if view.turn.turn_id == turn_id), None)

    # --- sources ------------------------------------------------------------------------------------------------------

    def _show_answer(self, answer: Answer) -> None:
        self._cited, self._at = answer.citations, 0
        if self._cited:
            self._read_page()
        self._show_status()

    def _read_page(self) -> None:
        self._reading.put(work.page_job(self.post_message, self._cited[self._at]))

    def on_page_read(self, event: told.PageRead) -> None:
        view = self.query_one(SourceView)
        view.show(event.citation, len(self._cited), event.text, event.start, event.end)

    def action_next_citation(self) -> None:
        self._step(1)

    def action_previous_citation(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._cited:
            self._at = (self._at + by) % len(self._cited)
            self._open_tab("sources")
            self._read_page()

    def action_open(self) -> None:
        """Open the original in the program that the system has for it; only files of the workspace's own folders."""
        if not self._cited:
            return
        path = self.workspace.root / self._cited[self._at].path
        if "!" in self._cited[self._at].path or not path.is_file():
            self._notice(t("tui.cannot_open"), error=True)
            return
        opener = "open" if sys.platform == "darwin" else "xdg-open"
        try:
            subprocess.Popen([opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            self._notice(t("tui.cannot_open"), error=True)

    # --- library ------------------------------------------------------------------------------------------------------

    def on_documents_listed(self, event: told.DocumentsListed) -> None:
        first = not self._counts
        self._documents, self._counts = event.rows, event.counts
        self._only &= {row.document_id for row in event.rows}
        self._show_documents()
        self._show_status()
        if not self._turns and (first or self.query(".welcome")):
            self._show_conversation()

    @on(Input.Changed, "#library-filter")
    def _filter_documents(self) -> None:
        self._show_documents()

    def _show_documents(self) -> None:
        table = self.query_one("#documents", DataTable)
        table.clear()
        wanted = self.query_one("#library-filter", Input).value.casefold()
        for row in self._documents:
            name = outside.line(row.path)
            if wanted in f"{name.plain} {row.title or ''} {row.marking or ''}".casefold():
                state = Text(t(f"cli.docs.state.{row.state}")) if not row.reason else outside.line(row.message or "")
                mark = Text("●" if row.document_id in self._only else "")
                cells = (mark, name, state, outside.line(row.date or ""), outside.line(row.marking or ""))
                table.add_row(*cells, key=str(row.document_id))
        self.query_one("#library-state", Static).update(self._library_words())

    def _library_words(self) -> Text:
        text = Text(t("tui.library", lang=None, **{key: self._counts.get(key, 0) for key in ("documents", "failed")}))
        if self._only:
            text.append("  ")
            text.append(t("tui.only", count=len(self._only)), "bold")
        return text

    @on(DataTable.RowSelected, "#documents")
    def _choose_document(self, event: DataTable.RowSelected) -> None:
        """Limit the next questions to chosen documents."""
        number = int(str(event.row_key.value))
        self._only ^= {number}
        row = event.cursor_row
        self._show_documents()
        self.query_one("#documents", DataTable).move_cursor(row=row)
        self._show_status()

    def action_sync(self) -> None:
        self._start_sync([])

    def action_retry(self) -> None:
        self._start_sync([], retry=True)

    def action_demo(self) -> None:
        self._start_sync([demo_folder() / "corpus"])

    async def action_add_folder(self) -> None:
        def chosen(path: str | None) -> None:
            if path:
                self._start_sync([Path(path).expanduser()])

        await self.push_screen(AskText(t("tui.which_folder"), str(Path.cwd())), chosen)

    def _start_sync(self, folders: list[Path], *, retry: bool = False) -> None:
        if self._sync_cancel is not None:
            self._notice(t("tui.syncing_already"))
            return
        self._sync_cancel = Cancellation()
        desk = Desk("sync", self._session, self._told_failure)
        desk.put(work.sync_job(self.post_message, folders, self._sync_cancel, retry=retry))
        desk.close(0)
        self._open_tab("library")

    def on_sync_advanced(self, event: told.SyncAdvanced) -> None:
        happened = event.event
        if isinstance(happened, Scanning):
            words = t("tui.sync.scanning", files=happened.files)
        elif isinstance(happened, FileRead):
            words = t("tui.sync.read", done=happened.done, total=happened.total, name=outside.line(happened.name).plain)
            if happened.reason:
                self._record(f"{happened.name}: {happened.message}")
        elif isinstance(happened, Embedding):
            words = t("tui.sync.embedding", done=happened.done, total=happened.total)
        elif isinstance(happened, Indexing):
            words = t("tui.sync.indexing")
        elif isinstance(happened, SyncReport):
            words = t("tui.sync.done", new=happened.new, changed=happened.changed, failed=len(happened.failed))
            self._record(words)
        else:
            return
        self.query_one("#library-state", Static).update(Text(words))

    def on_sync_ended(self, event: told.SyncEnded) -> None:
        self._sync_cancel = None
        if event.message:
            self._notice(event.message, error=True)

    # --- past conversations -------------------------------------------------------------------------------------------

    @on(Input.Changed, "#history-filter")
    def _find_conversations(self, event: Input.Changed) -> None:
        self._reading.put(work.conversations_job(self.post_message, event.value))

    def on_conversations_listed(self, event: told.ConversationsListed) -> None:
        shown = self.query_one("#conversations", OptionList)
        shown.clear_options()
        for row in event.rows:
            words = outside.line(row.title)
            words.append(f"\n{row.updated_at[:16].replace('T', ' ')} · {row.turns}", "dim")
            shown.add_option(Option(words, id=row.conversation_id))

    @on(OptionList.OptionSelected, "#conversations")
    def _choose_conversation(self, event: OptionList.OptionSelected) -> None:
        if self._cancel is None and event.option_id is not None:
            self._turns, self._leaf, self._conversation = [], None, event.option_id
            self._reading.put(work.load_job(self.post_message, event.option_id))
            self.action_conversation()

    def action_new(self) -> None:
        if self._cancel is None:
            self._turns, self._leaf, self._conversation, self._cited = [], None, None, ()
            self._show_conversation()
            self.action_conversation()

    def action_edit(self) -> None:
        """Take the last question back into the prompt; asked again it becomes a branch beside the first."""
        path = branch(self._turns, self._leaf)
        if path and self._cancel is None:
            focused = self.focused
            self._edited = focused.turn if isinstance(focused, TurnView) else path[-1]
            prompt = self.query_one(Prompt)
            prompt.put(self._edited.question)
            prompt.focus()

    def action_next_branch(self) -> None:
        for turn in reversed(branch(self._turns, self._leaf)):
            others = siblings(self._turns, turn)
            if len(others) > 1:
                ids = [other.turn_id for other in others]
                following = ids[(ids.index(turn.turn_id) + 1) % len(ids)]
                # From there on to the newest turn below it.
                while below := [one.turn_id for one in self._turns if one.parent_id == following]:
                    following = below[-1]
                self._leaf = following
                self._show_conversation()
                return

    # --- what else ----------------------------------------------------------------------------------------------------

    def _answers(self) -> list[Answer]:
        return [answer for turn in branch(self._turns, self._leaf) if (answer := answer_of(turn)) is not None]

    def action_copy(self) -> None:
        """Copy the last answer with its sources, through the terminal."""
        answers = self._answers()
        if answers:
            self.copy_to_clipboard(render_answer(answers[-1]))
            self._notice(t("tui.copied"))

    async def action_export(self) -> None:
        def chosen(name: str | None) -> None:
            if name:
                self._export(name)

        await self.push_screen(AskText(t("tui.export_where"), "conversation.md"), chosen)

    def _export(self, name: str) -> None:
        try:
            self._notice(t("tui.exported", path=export_answers(self._answers(), Path(name).expanduser())))
        except CopilotError as error:
            self._notice(str(error), error=True)

    def action_cancel(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()
        elif self._sync_cancel is not None:
            self._sync_cancel.cancel()
        else:
            self.action_conversation()

    def action_conversation(self) -> None:
        self.screen.remove_class("side")
        self.query_one(Prompt).focus()

    def action_sources(self) -> None:
        self._open_tab("sources")

    def action_library(self) -> None:
        self._open_tab("library")

    def action_history(self) -> None:
        self._open_tab("history")

    def action_log(self) -> None:
        self._open_tab("log")

    def _open_tab(self, name: str) -> None:
        self.screen.add_class("side")
        self.query_one("#tabs", TabbedContent).active = f"tab-{name}"
        targets = {"sources": "#source", "library": "#documents", "history": "#conversations", "log": "#log-lines"}
        self.query_one(targets[name]).focus()

    def action_help(self) -> None:
        if self.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    async def action_language(self) -> None:
        if self._cancel is not None or self._sync_cancel is not None:
            self._notice(t("tui.later"))
            return
        set_language("en" if current_language() == "fr" else "fr")
        for command, binding in zip(COMMANDS, bindings(self.settings.interface.keys), strict=True):
            del command
            self._bindings.key_to_bindings[binding.key] = [binding]
        await self.recompose()
        self._dress()
        self._reading.put(work.start_job(self.post_message))

    def action_theme(self) -> None:
        names = [_THEMES[name] for name in _SCREENS]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def on_noticed(self, event: told.Noticed) -> None:
        self._notice(event.text, error=event.error)

    def _notice(self, text: str, *, error: bool = False) -> None:
        self.notify(outside.line(text).plain, severity="error" if error else "information", markup=False)
        self._record(text)

    def _record(self, text: str) -> None:
        self.query_one("#log-lines", RichLog).write(outside.block(text))

    def _log_context(self, event: ContextFilled) -> None:
        use = event.use
        spent = sum(entry.tokens for entry in use.entries if entry.included)
        left_out = [entry for entry in use.entries if not entry.included]
        self._record(t("tui.log.context", spent=spent, window=use.window_tokens, answer=use.answer_tokens))
        for entry in left_out:
            self._record(t("tui.log.left_out", label=entry.label, tokens=entry.tokens))

    def _show_status(self) -> None:
        sealed = is_sealed()
        markings = [answer.marking for answer in self._answers()]
        marking = highest_marking(markings)
        parts = [
            outside.line(self.workspace.root.name).plain,
            *([outside.line(marking).plain] if marking else []),
            t("tui.status.model", name=outside.line(self._model_name()).plain),
            t("tui.status.sealed" if sealed else self._open_words()),
            *([t("tui.only", count=len(self._only))] if self._only else []),
            current_language().upper(),
        ]
        status = self.query_one("#status", Static)
        status.set_class(not sealed, "open")
        status.update(Text(" │ ".join(parts), no_wrap=True, overflow="ellipsis"))

    def _open_words(self) -> str:
        return "tui.status.enclave" if self.settings.enclave.url else "tui.status.unsealed"

    def _model_name(self) -> str:
        from copilot.app.models import chosen_entry

        if self.settings.enclave.url:
            return self.settings.enclave.model
        try:
            entry = chosen_entry(self.settings)
        except CopilotError:
            return "?"
        return t("tui.no_model") if entry is None else entry.name


def run(workspace: Workspace, loaded: LoadedSettings) -> None:
    """Open the interface and return when the user leaves it."""
    CopilotApp(workspace, loaded).run()
