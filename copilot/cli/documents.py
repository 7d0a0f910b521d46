"""`copilot docs`, `show` and `forget`: what the workspace holds, a page of it, and taking something out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import one_of, open_session
from copilot.cli.printing import note, out, print_json, say, table
from copilot.errors import ExitCode
from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.store.document_rows import DocumentSummary


def docs(
    failed: Annotated[bool, typer.Option("--failed", help=t("cli.docs.failed"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    with open_session(workspace) as session:
        found = session.truth.documents.summaries(failed=failed)
    if as_json:
        print_json({"schema_version": "1", "documents": [asdict(summary) for summary in found]})
    elif failed:
        headers = [t("cli.docs.document"), t("cli.docs.reason"), t("cli.docs.message")]
        table(headers, [[row.path, t(f"cli.reason.{row.reason}"), row.message or ""] for row in found], paths=(0,))
    else:
        keys = ("document", "state", "date", "lang", "marking", "pages", "title")
        table([t(f"cli.docs.{key}") for key in keys], [_row(summary) for summary in found], paths=(0,))
    return int(ExitCode.SUPPORTED)


def _row(summary: DocumentSummary) -> list[str]:
    state = t(f"cli.docs.state.{summary.state}")
    if summary.superseded_by:
        state = t("cli.docs.state.superseded")
    elif summary.duplicate_of:
        state = t("cli.docs.state.duplicate")
    elif summary.state == "live" and summary.reason:
        state = t("cli.docs.state.outdated")
    pages = f"{summary.pages - summary.unread_pages}/{summary.pages}" if summary.unread_pages else str(summary.pages)
    language = summary.language or ""
    return [summary.path, state, summary.date or "", language, summary.marking or "", pages, summary.title or ""]


def show(
    document: Annotated[str, typer.Argument(help=t("cli.show.document"), show_default=False)],
    page: Annotated[
        int | None, typer.Option("--page", "-p", min=1, help=t("cli.show.page"), show_default=False)
    ] = None,
    versions: Annotated[bool, typer.Option("--versions", help=t("cli.show.versions"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.lookup import find_document, pages_of
    from copilot.app.recording import Shown, record_show

    one_of({"--page": page is not None, "--versions": versions})
    with open_session(workspace) as session:
        row = find_document(session.truth, document)
        if versions:
            record_show(session, row, shown=Shown.VERSIONS)
            history = [dict(version) for version in session.truth.version_history(row.document_id)]
            if as_json:
                print_json({"schema_version": "1", "path": row.path, "versions": history})
            else:
                headers = [t(f"cli.show.{key}") for key in ("number", "parsed_at", "date", "pages", "sha256")]
                keys = ("number", "parsed_at", "date", "page_count", "sha256")
                table(headers, [[str(version[key] or "") for key in keys] for version in history])
            return int(ExitCode.SUPPORTED)
        pages = pages_of(session.truth, row, page)
        record_show(session, row, pages[0].version_id, [found.number for found in pages])
    if as_json:
        print_json({"schema_version": "1", "path": row.path, "pages": [asdict(found) for found in pages]})
        return int(ExitCode.SUPPORTED)
    for found in pages:
        if len(pages) > 1:
            say(visible(t("cli.show.heading", number=found.number, label=found.label or "")))
        out(visible(found.text.rstrip(), multiline=True))
    return int(ExitCode.SUPPORTED)


def forget(
    document: Annotated[list[str], typer.Argument(help=t("cli.forget.document"), show_default=False)],
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.forgetting import forget as run_forget
    from copilot.app.lookup import find_documents_under

    with open_session(workspace) as session:
        rows = [row for name in document for row in find_documents_under(session.truth, session.names, name)]
        problem = run_forget(session, rows)
    for row in rows:
        say(visible(t("cli.forget.done", path=row.path)))
    note(t("cli.forget.kept"))
    if problem is not None:
        note(t("cli.forget.later", problem=problem.message))
    return int(ExitCode.SUPPORTED)
