"""`copilot search`: ranked passages, with where each stands."""

from __future__ import annotations

from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import build_filter, open_session, read_question
from copilot.cli.printing import console, note, on_terminal, out, print_json, waiting
from copilot.errors import ExitCode
from copilot.i18n import t


def search(
    query: Annotated[list[str] | None, typer.Argument(help=t("cli.search.query"), show_default=False)] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, max=200, help=t("cli.search.limit"))] = None,
    collection: opt.CollectionOption = None,
    path: opt.PathOption = None,
    since: opt.SinceOption = None,
    until: opt.UntilOption = None,
    language: opt.LanguageFilterOption = None,
    marking: opt.MarkingOption = None,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.engine import search as run_search

    asked = read_question(query or [])
    chosen = build_filter(
        collections=collection, paths=path, since=since, until=until, languages=language, markings=marking
    )
    with open_session(workspace) as session:
        theme = session.settings.interface.theme
        wanted = limit or session.settings.retrieval.limit
        with waiting(t("cli.ask.waiting")):
            result, coverage = run_search(session, asked, limit=wanted, chosen=chosen)
        if session.truth.is_read_only:
            note(t("store.read_only_note"))
    if as_json:
        from copilot.presentation.as_json import passages_to_json

        print_json(passages_to_json(asked, result.passages, coverage, result.timings_ms))
    elif on_terminal():
        from copilot.presentation.terminal import render_passages

        render_passages(result.passages, coverage, console(), theme)
    else:
        from copilot.presentation.plain import render_passages as render_plain

        out(render_plain(result.passages, coverage), end="")
    return int(ExitCode.SUPPORTED if result.passages else ExitCode.UNSUPPORTED)
