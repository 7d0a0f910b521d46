"""`copilot tool`: which tools there are, what one takes, and running one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.cli import options as opt
from copilot.cli.printing import note, on_terminal, out, print_json, table
from copilot.cli.translated import Command, Group
from copilot.errors import CopilotError, DeniedError, ExitCode, ToolFailedError, UsageError
from copilot.i18n import current_language, t
from copilot.sanitise import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from copilot.app.approval import Approver
    from copilot.app.events import AskEvent
    from copilot.records import PlannedCall, ToolRun
    from copilot.tools.catalogue import PluginCatalogue

app = typer.Typer(cls=Group, no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help=t("cli.tool.name"), show_default=False)]
_PIPE_WIDTH = 120


@app.callback()
def group(lang: opt.LangOption = None) -> None:
    """Take ``--lang`` wherever it is written; `copilot.cli.main` has read it."""


@app.command("list", cls=Command, help=t("cli.tool.list_help"))
def list_(as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.plugins import open_catalogue
    from copilot.tools.catalogue import State

    catalogue = open_catalogue()
    if as_json:
        from copilot.cli.tool_words import tool_to_json

        print_json({"schema_version": "1", "tools": [tool_to_json(tool) for tool in catalogue.tools()]})
    else:
        headers = [t(f"cli.tool.{key}") for key in ("tool", "title", "what")]
        table(headers, [[tool.name, tool.title, one_line(tool.help)] for tool in catalogue.tools()])
    for plugin in catalogue.plugins:
        if plugin.state not in (State.READY, State.DISABLED):
            state, next_step = t(f"tools.state.{plugin.state}"), t(f"tools.state_next.{plugin.state}", name=plugin.name)
            note(t("cli.tool.not_listed", name=plugin.name, state=state, next=next_step))
    return int(ExitCode.SUPPORTED)


@app.command("show", cls=Command, help=t("cli.tool.show_help"))
def show(name: NameArgument, as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.plugins import open_catalogue
    from copilot.cli.tool_words import explain_tool, tool_to_json

    tool = open_catalogue().find(name)
    if as_json:
        print_json({"schema_version": "1", **tool_to_json(tool)})
    else:
        out(visible(explain_tool(tool), multiline=True))
    return int(ExitCode.SUPPORTED)


@app.command(
    "run",
    cls=Command,
    help=t("cli.tool.run_help"),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
)
def run(
    name: NameArgument,
    arguments: Annotated[list[str] | None, typer.Argument(help=t("cli.tool.arguments"), show_default=False)] = None,
    from_documents: Annotated[
        list[str] | None,
        typer.Option("--from-documents", help=t("cli.tool.from_documents"), show_default=False),
    ] = None,
    yes: opt.YesReadOnlyOption = False,
    deny: opt.DenyOption = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.plugins import open_catalogue
    from copilot.cli.opening import one_of
    from copilot.cli.tool_words import call_of

    one_of({"--yes-read-only": yes, "--deny": deny})

    catalogue = open_catalogue()
    tool = catalogue.find(name)
    call = call_of(tool, arguments or [], from_documents or [])
    ran = _last_run(_events(call, catalogue, yes=yes, deny=deny, workspace=workspace))
    if as_json:
        from copilot.presentation.as_json import run_to_json

        print_json({"schema_version": "1", **run_to_json(ran)})
    else:
        _print_run(ran)
    return int(ExitCode.SUPPORTED)


def _events(
    call: PlannedCall, catalogue: PluginCatalogue, *, yes: bool, deny: bool, workspace: Path | None
) -> Iterator[AskEvent]:
    """Run the call in the workspace, where it is recorded and documents can fill blanks; without one if need be."""
    from copilot.app.plugins import open_runner, open_tooling
    from copilot.app.recording import RecordedApprovals
    from copilot.cli.approving import choose_approver
    from copilot.cli.opening import locate, open_session
    from copilot.errors import WorkspaceError

    blanks = [argument.name for argument in call.arguments if argument.blank is not None]
    try:
        locate(workspace)
    except WorkspaceError:
        if workspace is not None or blanks:
            raise
        yield from _without_workspace(call, catalogue)
        return
    from copilot.app.tool_runs import run_tool

    with open_session(workspace) as session:
        runner = open_runner(session.workspace, catalogue)
        approver: Approver = choose_approver(RecordedApprovals(session), yes=yes, deny=deny, check=runner.check)
        tooling = open_tooling(approver, runner)
        yield from run_tool(session, call, tooling, language=current_language())


def _without_workspace(call: PlannedCall, catalogue: PluginCatalogue) -> Iterator[AskEvent]:
    from copilot.app.approval import ApproveAll
    from copilot.app.plugins import open_runner, open_tooling
    from copilot.app.recording import record_calls
    from copilot.app.tool_runs import FormApprover
    from copilot.app.tooling import run_calls
    from copilot.app.trail import open_user_trail
    from copilot.records import Plan

    tooling = open_tooling(FormApprover(ApproveAll()), open_runner(catalogue=catalogue))
    with open_user_trail() as trail:
        yield from record_calls(trail, run_calls(Plan((), (call,)), tooling, None, current_language()))


def _last_run(events: Iterator[AskEvent]) -> ToolRun:
    """Follow the events to their end and return the run.

    Raises:
        DeniedError: it was denied.
        ToolFailedError, UsageError: it failed.
    """
    from copilot.app.events import BlankRead, ToolAdvanced, ToolDenied, ToolFailed, ToolRan
    from copilot.cli.status_line import ProgressLine

    ran: ToolRun | None = None
    problem: CopilotError | None = None
    with ProgressLine() as line:
        for event in events:
            if isinstance(event, ToolAdvanced):
                line.show(f"{event.progress.share:.0%} {event.progress.note}".rstrip())
            elif isinstance(event, BlankRead):
                line.clear()
                _tell_blank(event)
            elif isinstance(event, ToolDenied):
                problem = DeniedError(
                    t(f"ask.denied.{event.reason}", tool=event.call.tool, missing=", ".join(event.call.missing)),
                    t("ask.denied_next"),
                )
            elif isinstance(event, ToolFailed):
                problem = _as_error(event.message, event.reason)
            elif isinstance(event, ToolRan):
                ran = event.run
    # Only now: an end before the last event would stand in the log as an interruption.
    if problem is not None:
        raise problem
    assert ran is not None
    return ran


def _tell_blank(event: Any) -> None:
    """Say on stderr what a document gave for a blank: value, unit, quote, page."""
    from copilot.presentation.wording import place_of, quoted, title_of, with_unit

    reading = event.reading
    if reading is None:
        note(t("cli.tool.blank_not_found", name=event.argument))
        return
    values = reading.value if isinstance(reading.value, tuple) else (reading.value,)
    note(
        t(
            "cli.tool.blank_found",
            name=event.argument,
            value=", ".join(with_unit(value, reading.unit) for value in values),
            title=title_of(reading.passage),
            place=place_of(reading.passage),
            quote=quoted(reading.quote),
        )
    )


def _as_error(message: str, reason: str) -> ToolFailedError | UsageError | DeniedError:
    if reason == "arguments":
        return UsageError(message)
    return DeniedError(message) if reason == "denied" else ToolFailedError(message, reason=reason)


def _print_run(ran: ToolRun) -> None:
    from rich.console import Console

    from copilot.presentation.results import run_view

    if on_terminal():
        console = Console(highlight=False, markup=False, emoji=False)
        console.print(run_view(ran, width=min(console.width, _PIPE_WIDTH)))
    else:
        console = Console(file=sys.stdout, width=_PIPE_WIDTH, no_color=True, highlight=False, markup=False, emoji=False)
        console.print(run_view(ran, "plain", width=_PIPE_WIDTH - 20))
