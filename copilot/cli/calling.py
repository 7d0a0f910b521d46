"""The tool calls of a question at the command line: who decides, what became of them, which tools might have helped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copilot.cli.printing import note
from copilot.i18n import t

if TYPE_CHECKING:
    from copilot.app.engine import Assistants
    from copilot.app.events import AskEvent, ToolDenied, ToolFailed
    from copilot.app.session import Session
    from copilot.cli.asking import AskProgress
    from copilot.tools.suggest import Suggestion


def add_tools(helpers: Assistants, session: Session, progress: AskProgress, *, yes: bool, deny: bool) -> Assistants:
    """Return the assistants with the tools of this machine, where there is a planner to call them."""
    if helpers.planner is None:
        return helpers
    from copilot.app.plugins import open_runner, open_tooling
    from copilot.app.recording import RecordedApprovals
    from copilot.cli.approving import choose_approver

    runner = open_runner(session.workspace)
    approver = choose_approver(
        RecordedApprovals(session), yes=yes, deny=deny, check=runner.check, around=progress.pause
    )
    return replace(helpers, tooling=open_tooling(approver, runner, session.language_model))


class Calls:
    """Follows a question's events for what became of its calls."""

    def __init__(self) -> None:
        self._denied: list[ToolDenied] = []
        self._failed: list[ToolFailed] = []
        self._suggested: list[Suggestion] = []

    def note(self, event: AskEvent) -> None:
        """Remember a call that was denied or failed."""
        from copilot.app.events import ToolDenied, ToolFailed

        if isinstance(event, ToolDenied):
            self._denied.append(event)
        elif isinstance(event, ToolFailed):
            self._failed.append(event)

    @property
    def nobody_was_asked(self) -> bool:
        """Whether a call was denied because nobody was there to approve it and no flag spoke for them."""
        return any(event.reason == "nobody" for event in self._denied)

    def suggest(self, question: str) -> None:
        """Look for the tools that the question seems to want."""
        from copilot.app.plugins import open_catalogue
        from copilot.language.words import guess_language
        from copilot.tools.suggest import suggest_tools

        self._suggested = suggest_tools(question, open_catalogue().tools(), guess_language(question))

    def tell(self) -> None:
        """Say on stderr what was denied, what failed, and what could be run."""
        for denied in self._denied:
            missing = ", ".join(denied.call.missing)
            note(t(f"ask.denied.{denied.reason}", tool=denied.call.tool, missing=missing))
        if self.nobody_was_asked:
            note(t("ask.denied_next"))
        for failed in self._failed:
            note(failed.message)
        if self._suggested:
            note(t("cli.ask.suggested"))
        for suggestion in self._suggested:
            note(f"  {suggestion.tool.title}: {suggestion.command}")

    def to_json(self) -> dict[str, Any]:
        """Return what a program should know beside the answer."""
        from copilot.presentation.as_json import argument_to_json

        return {
            "denied_calls": [
                {
                    "tool": event.call.tool,
                    "reason": event.reason,
                    "missing": list(event.call.missing),
                    "arguments": [argument_to_json(argument) for argument in event.call.arguments],
                }
                for event in self._denied
            ],
            "failed_calls": [{"tool": event.call.tool, "message": event.message} for event in self._failed],
            "suggested_tools": [
                {"tool": one.tool.name, "title": one.tool.title, "command": one.command, "open": list(one.open)}
                for one in self._suggested
            ],
        }
