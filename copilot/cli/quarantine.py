"""`copilot quarantine`: documents that must not be read, and the answers that they were read for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import one_of, open_session
from copilot.cli.printing import note, print_json, say, table
from copilot.errors import ExitCode, UsageError
from copilot.i18n import t
from copilot.sanitise import one_line, visible

_QUESTION_SHOWN = 80


def quarantine(
    document: Annotated[list[str] | None, typer.Argument(help=t("cli.quarantine.document"), show_default=False)] = None,
    reason: Annotated[str, typer.Option("--reason", help=t("cli.quarantine.reason"), show_default=False)] = "",
    release: Annotated[bool, typer.Option("--release", help=t("cli.quarantine.release"))] = False,
    show: Annotated[bool, typer.Option("--list", help=t("cli.quarantine.list"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    one_of({"--list": show, "--release": release, "--reason": bool(reason)})
    if show == bool(document):
        raise UsageError(t("cli.quarantine.which"), t("cli.quarantine.which_next"))
    if show:
        return _list(workspace, as_json)
    names = document or []
    if release:
        return _release(workspace, names, as_json)
    return _quarantine(workspace, names, reason, as_json)


def _quarantine(workspace: Path | None, names: list[str], reason: str, as_json: bool) -> int:
    from copilot.app.quarantine import find_suspects
    from copilot.app.quarantine import quarantine as run_quarantine

    with open_session(workspace) as session:
        rows = [row for name in names for row in find_suspects(session, name)]
        done = run_quarantine(session, rows, reason)
    if as_json:
        print_json({"schema_version": "1", **asdict(done)})
        return int(ExitCode.SUPPORTED)
    for path in done.paths:
        say(visible(t("cli.quarantine.done", path=path)))
    note(t("cli.quarantine.answers" if done.answers else "cli.quarantine.no_answers", number=len(done.answers)))
    table(
        [t(f"cli.quarantine.{key}") for key in ("answer", "asked_at", "use", "question")],
        [
            [
                used.answer_id[:12],
                used.asked_at,
                t("cli.quarantine.cited" if used.cited else "cli.quarantine.read"),
                one_line(used.question)[:_QUESTION_SHOWN],
            ]
            for used in done.answers
        ],
    )
    return int(ExitCode.SUPPORTED)


def _release(workspace: Path | None, names: list[str], as_json: bool) -> int:
    from copilot.app.quarantine import find_suspects
    from copilot.app.quarantine import release as run_release

    with open_session(workspace) as session:
        rows = [row for name in names for row in find_suspects(session, name)]
        run_release(session, rows)
    if as_json:
        print_json({"schema_version": "1", "released": [row.path for row in rows]})
        return int(ExitCode.SUPPORTED)
    for row in rows:
        say(visible(t("cli.quarantine.released", path=row.path)))
    return int(ExitCode.SUPPORTED)


def _list(workspace: Path | None, as_json: bool) -> int:
    with open_session(workspace) as session:
        rows = session.truth.quarantine.rows()
    if as_json:
        print_json({"schema_version": "1", "documents": [asdict(row) for row in rows]})
        return int(ExitCode.SUPPORTED)
    table(
        [t(f"cli.quarantine.{key}") for key in ("path", "since", "why")],
        [[row.path, row.since, row.reason] for row in rows],
        paths=(0,),
    )
    return int(ExitCode.SUPPORTED)
