"""Asking: a question on its way, its answer, its branches, and past conversations."""

from __future__ import annotations

from textual import on

from copilot.app.events import ContextFilled, Drafted, Retrieved, Verified
from copilot.i18n import t
from copilot.language.words import guess_language
from copilot.ports import Cancellation
from copilot.presentation import wording
from copilot.tools.suggest import suggest_tools
from copilot.tui import messages, phrases, work
from copilot.tui.screens.reading import Reading
from copilot.tui.widgets.history import History
from copilot.tui.widgets.turn import TurnView
from copilot.verification import openable


class Asking(Reading):
    """One question at a time; what it tells is shown where its conversation still is."""

    def ask(self, question: str) -> None:
        """Put a question, unless one is on its way or there is nothing to ask about."""
        if self.question_cancel is not None:
            self.notice(t("tui.one_at_a_time"))
            self.prompt.put(question)
            return
        documents, held = self.welcomed
        if not documents and self.sync_cancel is None:
            self.notice(t("tui.all_held", count=held) if held else t("tui.no_documents"), error=True)
            self.prompt.put(question)
            return
        self.question_cancel = Cancellation()
        dialogue = self.dialogue
        request = work.Request(
            dialogue.conversation_id, dialogue.parent_of_next, question, self.chosen, self.question_cancel
        )
        self.asking.put(work.ask_job(self.post_message, request, self.open_tooling))
        self.show_status()

    async def on_turn_begun(self, event: messages.TurnBegun) -> None:
        self.dialogue.begin(event.turn, t("tui.searching"))
        self.keep(t("tui.log.asked", text=event.turn.question))
        await self.show_conversation()

    def on_turn_advanced(self, event: messages.TurnAdvanced) -> None:
        live, happened = self.dialogue.live, event.event
        if live is None or live.turn_id != event.turn_id:
            return
        if isinstance(happened, ContextFilled):
            self.context.show_use(happened.use)
        elif isinstance(happened, Retrieved):
            self.context.show_passages(happened.passages)
        if isinstance(happened, Drafted):
            live.claims.append(happened.claim.text)
        elif not isinstance(happened, Verified):
            live.doing = phrases.of_question(happened) or live.doing
        self.talk.progress(live)

    def on_turn_ended(self, event: messages.TurnEnded) -> None:
        self.question_cancel = None
        self.dialogue.live = None
        if any(turn.turn_id == event.turn_id for turn in self.dialogue.turns):
            self.dialogue.load(self.dialogue.conversation_id, event.turns)
            for shown in self.dialogue.shown():
                if shown.turn.turn_id == event.turn_id:
                    self.talk.end(shown, event.message)
                    if shown.answer is not None:
                        self.show_citations(openable(shown.answer))
                        self.keep(t("tui.log.answered", text=wording.badge(shown.answer.status)))
        if event.message:
            self.keep(event.message)
        self._suggest(event)
        self.reading.put(work.conversations_job(self.post_message, self.history.words))
        self.show_status()

    def _suggest(self, event: messages.TurnEnded) -> None:
        """Without a model nothing plans a call: name the tools that the question seems to want."""
        asked = next((turn.question for turn in event.turns if turn.turn_id == event.turn_id), "")
        if event.state == "answered" and not self.dialogue.ran_tools and self.model_name == t("tui.no_model"):
            found = suggest_tools(asked, self.tools, guess_language(asked))
            if found:
                self.notice(t("tui.suggested", titles=", ".join(one.tool.title for one in found)))

    async def on_conversation_loaded(self, event: messages.ConversationLoaded) -> None:
        if self.question_cancel is None:
            self.dialogue.load(event.conversation_id, event.turns)
            await self.show_conversation()

    async def show_conversation(self) -> None:
        """Show the branch that is followed, or what to begin with."""
        shown = self.dialogue.shown()
        if shown:
            await self.talk.show(shown, self.look, self.dialogue.live)
        else:
            await self.talk.welcome(*self.welcomed)
        answers = self.dialogue.answers()
        self.show_citations(openable(answers[-1]) if answers else ())
        self.show_status()

    # --- branches and conversations -----------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Take a question back into the prompt; asked again it becomes a branch beside the first."""
        path = self.dialogue.path()
        if path and self.question_cancel is None:
            focused = self.focused
            self.dialogue.edited = focused.turn if isinstance(focused, TurnView) else path[-1]
            self.to_conversation()
            self.prompt.put(self.dialogue.edited.question)
            self.notice(t("tui.editing"))

    async def action_next_branch(self) -> None:
        if self.question_cancel is None and self.dialogue.next_version():
            await self.show_conversation()

    async def action_new(self) -> None:
        if self.question_cancel is None:
            self.dialogue.clear()
            await self.show_conversation()
            self.to_conversation()
        else:
            self.notice(t("tui.one_at_a_time"))

    def on_conversations_listed(self, event: messages.ConversationsListed) -> None:
        self.conversations = event.rows
        self.history.show(event.rows)

    @on(History.Searched)
    def _find(self, event: History.Searched) -> None:
        self.reading.put(work.conversations_job(self.post_message, event.words))

    @on(History.Chosen)
    def _choose(self, event: History.Chosen) -> None:
        if self.question_cancel is not None:
            self.notice(t("tui.one_at_a_time"))
            return
        self.reading.put(work.load_job(self.post_message, event.conversation_id))
        self.to_conversation()

    @on(History.Deleted)
    async def _delete(self, event: History.Deleted) -> None:
        if event.conversation_id == self.dialogue.conversation_id:
            if self.question_cancel is not None:
                self.notice(t("tui.one_at_a_time"))
                return
            self.dialogue.clear()
            await self.show_conversation()
        self.reading.put(work.forget_conversation_job(self.post_message, event.conversation_id, self.history.words))
