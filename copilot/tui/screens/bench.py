"""What the parts of the workbench share: the desks, what is shown at present, notices and the status line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from textual.screen import Screen
from textual.widgets import TabbedContent

from copilot.app.models import chosen_entry
from copilot.app.session import Session
from copilot.errors import CopilotError
from copilot.i18n import t
from copilot.language.marking import highest_marking
from copilot.ports import Cancellation
from copilot.presentation import wording
from copilot.records import Citation, SearchFilter, Tool
from copilot.sandbox.seal import is_filtered, is_sealed
from copilot.sandbox.standing import missing_walls
from copilot.settings import Settings
from copilot.store.conversations import ConversationRow
from copilot.store.document_rows import DocumentSummary
from copilot.tui import messages
from copilot.tui.desk import Desk
from copilot.tui.dialogs.ask_text import AskText
from copilot.tui.dialogue import Dialogue
from copilot.tui.graphics.canvas import Canvas
from copilot.tui.graphics.pages import DrawnPages
from copilot.tui.memory import memory_in_use
from copilot.tui.themes import ANSWER_LOOKS, MONO
from copilot.tui.viewed import Viewed
from copilot.tui.widgets.history import History
from copilot.tui.widgets.library import Library
from copilot.tui.widgets.prompt import Prompt
from copilot.tui.widgets.records import ContextView, LogView
from copilot.tui.widgets.sources import SourceView
from copilot.tui.widgets.status import State, StatusBar
from copilot.tui.widgets.talk import Talk
from copilot.tui.widgets.tools import Tools
from copilot.tui.work import OpenTooling, Watch
from copilot.workspace import Workspace

TABS = ("sources", "library", "history", "tools", "context", "log")


class Bench(Screen[None]):
    """One workspace on a screen. Work is done by desks in threads of their own; only handlers touch widgets."""

    def __init__(self, workspace: Workspace, settings: Settings, open_tooling: OpenTooling, canvas: Canvas) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.open_tooling = open_tooling
        self.canvas = canvas
        self.drawn = DrawnPages()
        self.pictured = False
        self.dialogue = Dialogue()
        self.question_cancel: Cancellation | None = None
        self.sync_cancel: Cancellation | None = None
        self.tool_cancel: Cancellation | None = None
        self.drawing_cancel: Cancellation | None = None
        self.documents: Sequence[DocumentSummary] = ()
        self.counts: Mapping[str, int] = {}
        self.only: frozenset[int] = frozenset()
        self.conversations: Sequence[ConversationRow] = ()
        self.tools: Sequence[Tool] = ()
        self.cited: tuple[Citation, ...] = ()
        self.cited_at = 0
        self.viewed = Viewed()
        self.asked: list[str] = []
        self.told: list[str] = []
        self.about_to_stop_sync = False
        self.listed_at = 0.0
        self.change_watch = Watch()
        self.asking = Desk("asking", self.open_session, self.told_failure)
        self.reading = Desk("reading", self.open_session, self.told_failure)
        self.drawing = Desk("drawing", self.open_session, self.told_failure)

    def open_session(self) -> Session:
        return Session(self.workspace, self.settings, embed_apart=True)

    def told_failure(self, message: str) -> None:
        """Hear of an error from a desk's thread."""
        self.post_message(messages.Noticed(message, error=True))

    # --- the parts of the screen --------------------------------------------------------------------------------------

    @property
    def talk(self) -> Talk:
        return self.query_one(Talk)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def sources(self) -> SourceView:
        return self.query_one(SourceView)

    @property
    def library(self) -> Library:
        return self.query_one(Library)

    @property
    def history(self) -> History:
        return self.query_one(History)

    @property
    def tool_pane(self) -> Tools:
        return self.query_one(Tools)

    @property
    def context(self) -> ContextView:
        return self.query_one(ContextView)

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def open_tab(self, name: str) -> None:
        """Show a pane beside the conversation, or in its place where there is no room, and give it the focus."""
        self.add_class("side")
        # What has the focus in a pane that goes away would bring its pane back.
        self.set_focus(None)
        self.query_one("#tabs", TabbedContent).active = f"tab-{name}"
        self.call_after_refresh(self._focus_pane, name)

    def _focus_pane(self, name: str) -> None:
        # A key that came meanwhile may have gone elsewhere.
        if not self.has_class("side") or self.query_one("#tabs", TabbedContent).active != f"tab-{name}":
            return
        focus: dict[str, Callable[[], object]] = {
            "sources": self.sources.focus_page,
            "library": self.library.focus_list,
            "history": self.history.focus_list,
            "tools": self.tool_pane.focus_list,
            "context": self.context.focus,
            "log": self.log_view.focus,
        }
        focus[name]()

    def to_conversation(self) -> None:
        self.remove_class("side")
        # At once: the next key may be there already.
        self.set_focus(self.prompt)

    # --- what is told -------------------------------------------------------------------------------------------------

    @property
    def look(self) -> str:
        """The look of answers: that of the settings unless the theme of the screen has one of its own."""
        chosen = self.settings.interface.theme
        return ANSWER_LOOKS.get(self.app.theme, chosen) if chosen == "standard" else chosen

    @property
    def welcomed(self) -> tuple[int, int]:
        """What a welcome tells: how many documents are in service, and how many in quarantine."""
        return self.counts.get("documents", 0), self.counts.get("quarantined", 0)

    @property
    def chosen(self) -> SearchFilter:
        return SearchFilter(documents=tuple(sorted(self.only)))

    def notice(self, text: str, *, error: bool = False) -> None:
        """Tell the user, and keep it in the log pane."""
        self.notify(text, severity="error" if error else "information")
        self.keep(text)

    def keep(self, text: str) -> None:
        self.told.append(text)
        self.log_view.tell(text)

    def on_noticed(self, event: messages.Noticed) -> None:
        self.notice(event.text, error=event.error)

    def show_caution(self) -> None:
        """Say above the cited page that its document was put in quarantine after the answer was written."""
        held = {row.document_id for row in self.documents if row.state == "quarantined"}
        is_held = bool(self.cited) and self.cited[self.cited_at].document_id in held
        self.sources.caution(t("tui.quarantine.cited") if is_held else "")

    def show_status(self) -> None:
        marking = highest_marking(wording.marking_of_answer(answer) for answer in self.dialogue.answers())
        doing = [
            *([t("tui.status.asking")] if self.question_cancel is not None else []),
            *([t("tui.status.syncing")] if self.sync_cancel is not None else []),
            *([t("tui.status.running")] if self.tool_cancel is not None else []),
        ]
        state = State(
            self.workspace.root.name,
            marking,
            self.model_name,
            self._seal,
            len(self.only),
            memory_in_use(),
            ", ".join(doing),
            ", ".join(self.settings.enclave.hosts),
        )
        self.query_one(StatusBar).tell(state, coloured=self.app.theme != MONO)

    @property
    def _seal(self) -> str:
        if missing_walls() == ("landlock",):
            return "unwalled"
        if not missing_walls() and is_sealed():
            return "sealed"
        return "enclave" if not missing_walls() and self.settings.enclave.url and is_filtered() else "unsealed"

    @property
    def model_name(self) -> str:
        if self.settings.enclave.url:
            return self.settings.enclave.model
        try:
            entry = chosen_entry(self.settings)
        except CopilotError:
            return "?"
        return t("tui.no_model") if entry is None else entry.name

    def ask_text(self, question: str, value: str, then: Callable[[str], None]) -> None:
        """Ask for one line; `then` is called with it unless the user leaves."""

        def chosen(text: str | None) -> None:
            if text:
                then(text)

        self.app.push_screen(AskText(question, value), chosen)

    def path_of(self, text: str) -> Path:
        return Path(text).expanduser()
