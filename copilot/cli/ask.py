"""`copilot ask`: one question, one checked and cited answer."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any

import typer

from copilot.cli import options as opt
from copilot.cli.opening import build_filter, one_of, open_session, read_question
from copilot.cli.printing import console, on_terminal, out, print_json
from copilot.errors import ExitCode
from copilot.i18n import current_language, t
from copilot.records import Status

_EXIT = {
    Status.SUPPORTED: ExitCode.SUPPORTED,
    Status.PARTIAL: ExitCode.UNSUPPORTED,
    Status.UNSUPPORTED: ExitCode.UNSUPPORTED,
    Status.REFUSED: ExitCode.UNSUPPORTED,
}


def ask(
    question: Annotated[list[str] | None, typer.Argument(help=t("cli.ask.question"), show_default=False)] = None,
    collection: opt.CollectionOption = None,
    path: opt.PathOption = None,
    since: opt.SinceOption = None,
    until: opt.UntilOption = None,
    language: opt.LanguageFilterOption = None,
    marking: opt.MarkingOption = None,
    passages: Annotated[int | None, typer.Option("--passages", "-n", min=1, max=50, help=t("cli.ask.passages"))] = None,
    model: Annotated[str | None, typer.Option("--model", help=t("cli.ask.model"), show_default=False)] = None,
    as_json: opt.JsonOption = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help=t("cli.ask.jsonl"))] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help=t("cli.ask.markdown"))] = False,
    yes: opt.YesReadOnlyOption = False,
    deny: opt.DenyOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    one_of({"--json": as_json, "--jsonl": jsonl, "--markdown": markdown})
    one_of({"--yes-read-only": yes, "--deny": deny})
    from copilot.app.assist import assistants_of, open_model
    from copilot.app.engine import ask as run_question
    from copilot.app.events import Verified
    from copilot.cli.asking import AskProgress
    from copilot.cli.calling import Calls, add_tools

    asked = read_question(question or [])
    chosen = build_filter(
        collections=collection, paths=path, since=since, until=until, languages=language, markings=marking
    )
    with open_session(workspace) as session:
        theme = session.settings.interface.theme
        answer = None
        calls = Calls()
        with AskProgress() as progress:
            helpers = add_tools(
                assistants_of(session, open_model(session, model)), session, progress, yes=yes, deny=deny
            )
            events = run_question(
                session, asked, language=current_language(), chosen=chosen, assistants=helpers, passages=passages
            )
            # Closed here whatever happens, so that the log says what of.
            with closing(events):
                for event in events:
                    progress.show(event)
                    calls.note(event)
                    if jsonl:
                        print_json(_event_to_json(event), indent=None)
                    if isinstance(event, Verified):
                        answer = event.answer
    assert answer is not None
    if not helpers.planner:
        calls.suggest(asked)
    if as_json:
        from copilot.presentation.as_json import answer_to_json

        print_json({**answer_to_json(answer), **calls.to_json()})
    elif markdown:
        from copilot.presentation.markdown import answer_to_markdown

        out(answer_to_markdown(answer), end="")
    elif not jsonl and on_terminal():
        from copilot.presentation.terminal import render_answer

        render_answer(answer, console(), theme)
    elif not jsonl:
        from copilot.presentation.plain import render_answer as render_plain

        out(render_plain(answer), end="")
    calls.tell()
    return int(ExitCode.DENIED if calls.nobody_was_asked else _EXIT[answer.status])


def _event_to_json(event: Any) -> dict[str, Any]:
    from copilot.app.events import BlankSearched, Retrieved, Verified
    from copilot.presentation.as_json import answer_to_json, passage_to_json

    name = type(event).__name__.lower()
    if isinstance(event, Verified):
        return {"event": name, "answer": answer_to_json(event.answer)}
    if isinstance(event, Retrieved):
        found = [passage_to_json(passage) for passage in event.passages]
        return {"event": name, "passages": found, "coverage": asdict(event.coverage)}
    if isinstance(event, BlankSearched):
        found = [passage_to_json(passage) for passage in event.passages]
        return {
            "event": name,
            "number": event.number,
            "tool": event.tool,
            "argument": event.argument,
            "passages": found,
        }
    return {"event": name, **asdict(event)}
