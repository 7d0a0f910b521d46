"""The interface for a screen reader, a braille line or a dumb terminal: questions and answers one after the other.

Nothing is redrawn, nothing moves, no sign stands for a word: each line is said once. The commands are those of the
screen, written in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from copilot.app.approval import Decision, Verdict
from copilot.app.assist import assistants_of, open_model
from copilot.app.conversations import answer_of, ask_in_conversation
from copilot.app.events import (
    AskEvent,
    FileRead,
    ModelReading,
    ModelWriting,
    Retrieved,
    SyncReport,
    Verified,
    WaitingForSync,
)
from copilot.app.export import export_answers
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.errors import CancelledError
from copilot.i18n import current_language, set_language, t
from copilot.ports import Cancellation
from copilot.presentation import wording
from copilot.presentation.plain import render_answer
from copilot.records import Answer, Tool, ToolCall
from copilot.resources import demo_folder
from copilot.retrieval.retriever import EVERYTHING
from copilot.sanitise import visible
from copilot.store.conversations import TurnRow, branch
from copilot.tui import phrases
from copilot.tui.desk import told
from copilot.tui.selection import state_of
from copilot.tui.viewed import record_view
from copilot.tui.work import OpenTooling
from copilot.verification import openable

Read = Callable[[str], str]
Write = Callable[[str], object]
_WORDS = ("help", "sync", "demo", "library", "history", "open", "new", "source", "export", "language", "quit")


@dataclass
class _Place:
    """Where in which conversation the next question is put, and the conversations as last listed."""

    conversation_id: str | None = None
    turn_id: int | None = None
    listed: tuple[str, ...] = ()


class Linear:
    """Reads a line, says what came of it. `read` raises EOFError at the end of input."""

    def __init__(self, session: Session, tools: OpenTooling, read: Read, write: Write) -> None:
        self._session = session
        self._tools = tools
        self._read = read
        self._write = write
        self._place = _Place()
        self._answer: Answer | None = None

    def run(self) -> None:
        """Go on until the user leaves."""
        self._session.truth.conversations.abandon_unfinished(t("tui.cut_short"))
        self._say(self._welcome())
        while True:
            try:
                line = self._read(t("tui.linear.prompt")).strip()
                if line in ("/quit", "/q"):
                    return
                if line.startswith("/"):
                    self._command(line[1:])
                elif line:
                    self._ask(line)
            except EOFError:
                return
            except KeyboardInterrupt:
                self._say(t("tui.linear.interrupted"))
            except Exception as error:  # noqa: BLE001 - one question that fails must not end the conversation
                self._say(told(error))

    def _say(self, text: str) -> None:
        self._write(visible(text, multiline=True) + "\n")

    def _welcome(self) -> str:
        counts = self._session.truth.counts()
        if counts["documents"]:
            return t("tui.linear.welcome", documents=counts["documents"])
        if counts["quarantined"]:
            held = t("ask.all_in_quarantine", root=self._session.workspace.root, count=counts["quarantined"])
            return f"{held} {t('ask.all_in_quarantine_next')}"
        return t("tui.linear.first_run")

    def _command(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        rest = rest.strip()
        if word == "sync":
            self._sync([Path(rest).expanduser()] if rest else [])
        elif word == "demo":
            self._sync([demo_folder() / "corpus"])
        elif word == "library":
            self._list_documents()
        elif word == "history":
            self._list_conversations(rest)
        elif word == "open" and rest.isdecimal() and 0 < int(rest) <= len(self._place.listed):
            self._open(self._place.listed[int(rest) - 1])
        elif word == "new":
            self._place, self._answer = _Place(), None
            self._say(t("tui.linear.new"))
        elif word == "source" and rest.isdecimal():
            self._show_source(int(rest))
        elif word == "export" and rest:
            path = export_answers(self._answers(), Path(rest).expanduser(), self._session.trail)
            self._say(t("tui.exported", path=path))
        elif word == "language":
            set_language("en" if current_language() == "fr" else "fr")
            self._say(self._welcome())
        elif word == "help":
            self._say("\n".join(t(f"tui.linear.help.{one}") for one in _WORDS))
        else:
            self._say(t("tui.linear.no_command", word=word))

    # --- asking -------------------------------------------------------------------------------------------------------

    def _ask(self, question: str) -> None:
        kept = self._session.truth.conversations
        turn = kept.begin(self._place.conversation_id, self._place.turn_id, question)
        self._place.conversation_id, self._place.turn_id = turn.conversation_id, turn.turn_id
        assistants = assistants_of(self._session, open_model(self._session))
        if assistants.planner is not None:
            assistants = replace(assistants, tooling=self._tools(self._session, _LineApprover(self._read, self._say)))
        said = _Said(self._say)
        try:
            with closing(
                ask_in_conversation(
                    self._session,
                    turn,
                    language=current_language(),
                    chosen=EVERYTHING,
                    assistants=assistants,
                    cancel=Cancellation(),
                )
            ) as events:
                for event in events:
                    said.tell(event)
                    if isinstance(event, Verified):
                        self._answer = event.answer
                        self._say(render_answer(event.answer))
        except KeyboardInterrupt:
            kept.finish(turn.turn_id, "cancelled", message=t("ask.cancelled"))
            raise
        except CancelledError as error:
            self._say(str(error))

    def _answers(self) -> list[Answer]:
        turns: list[TurnRow] = []
        if self._place.conversation_id is not None:
            turns = self._session.truth.conversations.turns(self._place.conversation_id)
        found = (answer_of(turn) for turn in branch(turns, self._place.turn_id))
        return [answer for answer in found if answer is not None]

    def _show_source(self, number: int) -> None:
        """Say the page of a source, with the quote between lines of its own."""
        for citation in () if self._answer is None else openable(self._answer):
            if citation.number != number:
                continue
            found = self._session.truth.page_at(citation.version_id, citation.start)
            if found is None:
                self._say(t("tui.page_gone"))
                return
            if problem := record_view(self._session, citation):
                self._say(problem)
            text, begin = found
            start, end = citation.start - begin, citation.end - begin
            self._say(f"[{number}] {wording.title_of(citation)}, {wording.details_of(citation)}")
            self._say(text[:start])
            self._say(t("tui.linear.quote", text=text[start:end]))
            self._say(text[end:])
            return
        self._say(t("tui.no_citation", number=number))

    # --- documents and conversations ----------------------------------------------------------------------------------

    def _sync(self, folders: list[Path]) -> None:
        waits_for = ""
        with closing(sync(self._session, roots_of(self._session, folders, None), wait=True)) as events:
            for event in events:
                if isinstance(event, WaitingForSync) and event.holder != waits_for:
                    waits_for = event.holder
                    self._say(t("sync.waiting", pid=event.holder))
                if isinstance(event, FileRead) and event.reason:
                    self._say(f"{event.name}: {event.message}")
                elif isinstance(event, SyncReport):
                    self._say(phrases.of_sync(event))

    def _list_documents(self) -> None:
        for row in self._session.truth.documents.summaries():
            state = t(f"tui.state.{state_of(row)}")
            facts = (row.path, row.title, state, row.date, row.marking, row.message)
            self._say(", ".join(fact for fact in facts if fact))

    def _list_conversations(self, words: str) -> None:
        rows = self._session.truth.conversations.list(words)
        self._place.listed = tuple(row.conversation_id for row in rows)
        for number, row in enumerate(rows, start=1):
            self._say(f"{number}. {row.title} ({row.updated_at[:16].replace('T', ' ')})")
        self._say(t("tui.linear.listed") if rows else t("tui.no_conversation"))

    def _open(self, conversation_id: str) -> None:
        turns = self._session.truth.conversations.turns(conversation_id)
        self._place.conversation_id = conversation_id
        self._place.turn_id = turns[-1].turn_id if turns else None
        for answer in self._answers():
            self._answer = answer
            self._say(render_answer(answer))


class _Said:
    """Says what happens once a kind: progress would be said without end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kinds: set[type[object]] = set()

    def tell(self, event: AskEvent) -> None:
        if isinstance(event, ModelReading | ModelWriting):
            if type(event) not in self._kinds:
                self._kinds.add(type(event))
                self._say(t("tui.linear.reading" if isinstance(event, ModelReading) else "tui.writing"))
        elif not isinstance(event, Retrieved) and (words := phrases.of_question(event)):
            self._say(words)


class _LineApprover:
    """Says the call, an argument a line, and asks for yes or no; anything but yes denies."""

    def __init__(self, read: Read, say: Callable[[str], None]) -> None:
        self._read = read
        self._say = say

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        self._say(f"{t('tui.approve_title')} {tool.title or tool.name}")
        for argument in call.arguments:
            self._say(wording.argument_of(argument))
            for line in wording.caution_lines(argument.origin):
                self._say(line)
        for name in call.missing:
            self._say(f"{name}: {t('tui.missing')}")
        if call.problem:
            self._say(call.problem)
        reply = self._read(t("tui.linear.approve")).strip().casefold()
        approved = reply in _yes() and not call.missing
        return Decision(Verdict.APPROVED if approved else Verdict.DENIED_BY_USER, call)


def _yes() -> Iterable[str]:
    return t("tui.linear.yes").split()
