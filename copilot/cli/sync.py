"""`copilot sync` and `copilot reindex`: bringing folders, and what is derived from them, up to date."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import open_session
from copilot.cli.printing import note, on_terminal, out, print_json, say
from copilot.errors import ExitCode
from copilot.i18n import decimal, t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.app.events import SyncReport
    from copilot.app.sync_plan import SyncPlan

_SHOWN_FAILURES = 20


def sync(
    paths: Annotated[list[Path] | None, typer.Argument(help=t("cli.sync.paths"), show_default=False)] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", "-c", help=t("cli.sync.collection"), show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help=t("cli.sync.dry_run"))] = False,
    retry: Annotated[bool, typer.Option("--retry", help=t("cli.sync.retry"))] = False,
    no_embed: Annotated[bool, typer.Option("--no-embed", help=t("cli.sync.no_embed"))] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help=t("cli.sync.no_wait"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.events import SyncPlanned, SyncReport
    from copilot.app.sync import roots_of
    from copilot.app.sync import sync as run_sync
    from copilot.cli.progress import SyncProgress

    with open_session(workspace) as session, SyncProgress() as progress:
        roots = roots_of(session, paths or [], collection)
        report = None
        events = run_sync(session, roots, dry_run=dry_run, retry_failed=retry, embed=not no_embed, wait=not no_wait)
        # Closed here whatever happens, Ctrl+C included: the parser processes end with it.
        with closing(events):
            for event in events:
                progress.show(event)
                if isinstance(event, SyncPlanned) and dry_run:
                    progress.stop()
                    _print_plan(event.plan, as_json=as_json)
                    return int(ExitCode.SUPPORTED)
                if isinstance(event, SyncReport):
                    report = event
    assert report is not None
    if as_json:
        print_json({"schema_version": "1", **asdict(report)})
    else:
        _print_report(report)
    return int(ExitCode.SUPPORTED)


def _print_plan(plan: SyncPlan, *, as_json: bool) -> None:
    lines = (
        [("new", task.facts.path, "") for task in plan.new]
        + [("changed", task.facts.path, "") for task in plan.changed]
        + [("moved", f"{move.old_name} → {move.facts.path}", "") for move in plan.moved]
        + [("returned", task.facts.path, "") for _, task in plan.returned]
        + [("deleted", row.path, "") for row in plan.deleted]
        + [("skipped", str(entry.path), entry.reason) for entry in plan.skipped]
    )
    if as_json:
        rows = [{"action": action, "path": path, **({"reason": why} if why else {})} for action, path, why in lines]
        print_json({"schema_version": "1", "plan": rows, "unchanged": plan.unchanged})
        return
    for action, path, why in lines:
        reason = f" ({t(f'cli.skipped.{why}')})" if why else ""
        out(f"{t(f'cli.sync.action.{action}'):<10} {visible(path)}{reason}")
    say(t("cli.sync.unchanged", number=plan.unchanged))


def _print_report(report: SyncReport) -> None:
    say(
        t(
            "cli.sync.done",
            new=report.new,
            changed=report.changed,
            moved=report.moved,
            deleted=report.deleted,
            unchanged=report.unchanged,
        )
    )
    say(
        t(
            "cli.sync.holds",
            documents=report.documents,
            passages=report.passages,
            pages=report.pages_read,
            seconds=decimal(report.seconds),
        )
    )
    if report.quarantined:
        note(t("cli.sync.quarantined", number=report.quarantined))
    if report.unread_pages:
        note(t("cli.sync.unread_pages", number=report.unread_pages))
    for name, reason, message in report.failed[:_SHOWN_FAILURES]:
        note(f"  ✗ {visible(name)} [{t(f'cli.reason.{reason}')}] {visible(message)}")
    for path, reason in report.skipped[:_SHOWN_FAILURES]:
        note(f"  – {visible(path)} [{t(f'cli.skipped.{reason}')}]")
    if report.failed:
        note(t("cli.sync.failed", number=len(report.failed)))


def reindex(
    no_wait: Annotated[bool, typer.Option("--no-wait", help=t("cli.sync.no_wait"))] = False,
    workspace: opt.WorkspaceOption = None,
    as_json: opt.JsonOption = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.indexes import rebuild
    from copilot.cli.progress import SyncProgress

    with open_session(workspace) as session, SyncProgress() as progress:
        for event in rebuild(session, wait=not no_wait):
            progress.show(event)
        counts = session.truth.counts()
    if as_json:
        print_json({"schema_version": "1", **counts})
    elif on_terminal() or not as_json:
        say(t("cli.reindex.done", passages=counts["passages"]))
    return int(ExitCode.SUPPORTED)
