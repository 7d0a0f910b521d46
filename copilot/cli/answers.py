"""`copilot answers` and `copilot replay`: what was answered, and whether it comes out the same again."""

from __future__ import annotations

from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import open_session
from copilot.cli.printing import on_terminal, out, print_json, say, table
from copilot.errors import ExitCode
from copilot.i18n import t
from copilot.presentation.wording import badge
from copilot.records import Status


def answers(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help=t("cli.answers.limit"))] = 20,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    with open_session(workspace) as session:
        kept = session.truth.answers(limit)
    if as_json:
        print_json({"schema_version": "1", "answers": kept})
    else:
        headers = [t(f"cli.answers.column.{key}") for key in ("number", "time", "status", "question")]
        # On a terminal as much of a number as `copilot replay` needs, and the minute.
        number, time = (slice(12), slice(16)) if on_terminal() else (slice(None), slice(None))
        rows = [
            [row["answer_id"][number], row["asked_at"][time], badge(Status(row["status"])), row["question"]]
            for row in kept
        ]
        table(headers, rows)
    return int(ExitCode.SUPPORTED)


def replay(
    number: Annotated[str, typer.Argument(help=t("cli.replay.number"), show_default=False)],
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.events import Phase
    from copilot.app.replay import replay as run_replay
    from copilot.app.tooling import model_event
    from copilot.cli.asking import AskProgress

    with open_session(workspace) as session, AskProgress() as progress:
        outcome = run_replay(session, number, lambda told: progress.show(model_event(Phase.ANSWER, told)))
    if as_json:
        told = {"same": outcome.same, "differing": list(outcome.differing), "then": outcome.then, "now": outcome.now}
        print_json({"schema_version": "1", **told})
    elif outcome.same:
        say(t("cli.replay.same"))
    else:
        import difflib

        from copilot.sanitise import visible

        say(t("cli.replay.differs", names=", ".join(outcome.differing) or "-"))
        for line in difflib.unified_diff(
            outcome.then.splitlines(), outcome.now.splitlines(), "then", "now", lineterm=""
        ):
            out(visible(line))
    return int(ExitCode.SUPPORTED if outcome.same else ExitCode.UNSUPPORTED)
