"""Tools: their forms, the approval of what a question wants to run, and what they found."""

from __future__ import annotations

from textual import on

from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.records import PlannedCall, ToolCall
from copilot.tui import messages, phrases, work
from copilot.tui.dialogs.approve import ApproveDialog
from copilot.tui.screens.bench import Bench
from copilot.tui.widgets.form import ToolForm


class Tooling(Bench):
    """One tool of a form at a time; a question's own tools come and go with it."""

    def on_tools_listed(self, event: messages.ToolsListed) -> None:
        self.tools = event.tools
        self.tool_pane.show(event.tools)

    @on(ToolForm.Submitted)
    def _run(self, event: ToolForm.Submitted) -> None:
        if self.question_cancel is not None or self.tool_cancel is not None:
            self.notice(t("tui.one_at_a_time"))
            return
        self.tool_cancel = Cancellation()
        call = PlannedCall(event.tool.name, event.arguments)
        self.asking.put(work.tool_job(self.post_message, call, self.chosen, self.open_tooling, self.tool_cancel))
        self.tool_pane.tell(t("tui.status.running"))
        self.show_status()

    def on_tool_run_advanced(self, event: messages.ToolRunAdvanced) -> None:
        words = phrases.of_question(event.event)
        if words:
            self.tool_pane.tell(words)

    def on_tool_run_ended(self, event: messages.ToolRunEnded) -> None:
        self.tool_cancel = None
        if event.run is not None:
            self.tool_pane.show_run(event.run, self.look)
        if event.message:
            self.notice(event.message, error=True)
        self.show_status()

    def on_approval_asked(self, event: messages.ApprovalAsked) -> None:
        """Ask the user; the question's thread waits for the reply."""

        def decided(call: ToolCall | None) -> None:
            if not event.reply.done():
                event.reply.set_result(call)
            self.keep(t("tui.log.approved" if call is not None else "tui.log.denied", tool=event.tool.name))

        self.pending_replies.append(event.reply)
        self.app.push_screen(ApproveDialog(event.call, event.tool), decided)

    def show_run(self, number: int) -> None:
        """Show the run ``[T<number>]`` of the latest answer."""
        runs = [run for answer in self.dialogue.answers()[-1:] for run in answer.runs if run.number == number]
        if runs:
            self.open_tab("tools")
            self.tool_pane.show_run(runs[0], self.look)
        else:
            self.notice(t("tui.no_run", number=number))
