"""`copilot count` and `copilot grep`: answers from a scan of every page."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import build_filter, open_session, read_question
from copilot.cli.printing import on_terminal, out, print_json, say, table
from copilot.errors import ExitCode
from copilot.i18n import t
from copilot.sanitise import visible

AllVersionsOption = Annotated[bool, typer.Option("--all-versions", help=t("cli.opt.all_versions"))]


def count(
    query: Annotated[list[str] | None, typer.Argument(help=t("cli.count.query"), show_default=False)] = None,
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
    from copilot.app import scans
    from copilot.app.engine import require_documents
    from copilot.app.recording import record_count

    asked = read_question(query or [])
    chosen = build_filter(
        collections=collection, paths=path, since=since, until=until, languages=language, markings=marking
    )
    with open_session(workspace) as session:
        require_documents(session)
        found = scans.count(session.truth, asked, chosen)
        record_count(session, asked, found)
    if as_json:
        print_json({"schema_version": "1", "query": asked, **asdict(found)})
    else:
        rows = [
            [document.path, str(sum(document.occurrences.values())), ", ".join(map(str, document.pages[:12])) or "-"]
            for document in found.documents
        ]
        table([t("cli.count.document"), t("cli.count.occurrences"), t("cli.count.pages")], rows, paths=(0,))
        if on_terminal():
            occurrences = ", ".join(f"{term} {number}" for term, number in found.occurrences.items())
            say(
                visible(
                    t(
                        "cli.count.total",
                        documents=len(found.documents),
                        of=found.documents_scanned,
                        pages=found.pages,
                        of_pages=found.pages_scanned,
                        occurrences=occurrences,
                    )
                )
            )
    return int(ExitCode.SUPPORTED if found.documents else ExitCode.UNSUPPORTED)


def grep(
    pattern: Annotated[str, typer.Argument(help=t("cli.grep.pattern"), show_default=False)],
    ignore_case: Annotated[bool, typer.Option("--ignore-case", "-i", help=t("cli.grep.ignore_case"))] = False,
    fixed: Annotated[bool, typer.Option("--fixed", "-F", help=t("cli.grep.fixed"))] = False,
    all_versions: AllVersionsOption = False,
    collection: opt.CollectionOption = None,
    path: opt.PathOption = None,
    since: opt.SinceOption = None,
    until: opt.UntilOption = None,
    language: opt.LanguageFilterOption = None,
    marking: opt.MarkingOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("cli.grep.json"))] = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app import scans
    from copilot.app.engine import require_documents
    from copilot.app.recording import record_matches

    chosen = build_filter(
        collections=collection,
        paths=path,
        since=since,
        until=until,
        languages=language,
        markings=marking,
        all_versions=all_versions,
    )
    matches = 0
    with open_session(workspace) as session:
        require_documents(session)
        found = scans.grep(session.truth, pattern, chosen, ignore_case=ignore_case, fixed=fixed)
        with closing(record_matches(session, pattern, found, ignore_case=ignore_case, fixed=fixed)) as recorded:
            for match in recorded:
                matches += 1
                if as_json:
                    print_json(asdict(match), indent=None)
                else:
                    out(f"{visible(match.path)}:{match.page}:{match.line}: {visible(match.line_text)}")
    return int(ExitCode.SUPPORTED if matches else ExitCode.UNSUPPORTED)
