"""`copilot audit`: the log of what was done, for people and for programs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.cli import options as opt
from copilot.cli.opening import check_date, locate, one_of, read_settings, unlocked
from copilot.cli.printing import note, note_unanchored, print_json, say, table
from copilot.cli.translated import Command, Group
from copilot.errors import ExitCode, UsageError
from copilot.i18n import catalog, t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.app.trail import Trail
    from copilot.audit.entries import Entry
    from copilot.audit.log import AuditLog
    from copilot.audit.verification import Verification
    from copilot.settings import Settings
    from copilot.workspace import Workspace

_DETAIL_SHOWN = 160

UserOption = Annotated[bool, typer.Option("--user", help=t("cli.audit.user"))]

app = typer.Typer(cls=Group, no_args_is_help=True)


@app.callback()
def group(lang: opt.LangOption = None) -> None:
    """Take ``--lang`` wherever it is written; `copilot.cli.main` has read it."""


@app.command("show", cls=Command, help=t("cli.audit.show_help"))
def show(
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help=t("cli.audit.kinds"), show_default=False)
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help=t("cli.audit.since"), show_default=False)] = None,
    last: Annotated[int | None, typer.Option("--last", "-n", min=1, help=t("cli.audit.last"))] = None,
    as_json: opt.JsonOption = False,
    user: UserOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.presentation.trail import detail_of, kind_in_words

    _check_kinds(kind or ())
    if since is not None:
        check_date(since)
    log = _log(workspace, user=user)
    chosen = (
        entry for entry in log.entries() if (not kind or entry.kind in kind) and (since is None or entry.time >= since)
    )
    found = list(deque(chosen, maxlen=last))
    if as_json:
        print_json({"schema_version": "1", "entries": [_as_json(entry) for entry in found]})
        return int(ExitCode.SUPPORTED)
    if not found:
        note(t("audit.empty"))
    headers = [t(f"cli.audit.{key}") for key in ("number", "time", "kind", "detail")]
    table(
        headers,
        [
            [str(entry.sequence), entry.time[:19], kind_in_words(entry.kind), detail_of(entry)[:_DETAIL_SHOWN]]
            for entry in found
        ],
    )
    return int(ExitCode.SUPPORTED)


@app.command("verify", cls=Command, help=t("cli.audit.verify_help"))
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help=t("cli.audit.checkpoint"), show_default=False)
    ] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help=t("cli.audit.folder"), show_default=False)] = None,
    as_json: opt.JsonOption = False,
    user: UserOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.audit.export import CHECKPOINT_FILE, read_checkpoint_file
    from copilot.audit.log import AuditLog
    from copilot.audit.verification import verify_log

    one_of({"--folder": folder is not None, "--workspace": workspace is not None, "--user": user})
    known = [read_checkpoint_file(path) for path in checkpoint or ()]
    if folder is not None and not folder.is_dir():
        raise UsageError(t("audit.unreadable", path=folder, error=t("errors.no_folder")))
    is_anchored = True
    if folder is None:
        with _trail(workspace, user=user) as (trail, _):
            found, is_anchored = trail.verify(known), trail.unanchored is None
    else:
        log = AuditLog(folder)
        if log.is_empty() and not any(folder.iterdir()):
            raise UsageError(t("audit.no_log_in", path=folder), t("audit.no_log_in_next"))
        if (own := folder / CHECKPOINT_FILE).exists():
            known.append(read_checkpoint_file(own))
        elif not known:
            note(t("audit.no_checkpoint_in", path=folder))
        found = verify_log(log, known)
    if as_json:
        print_json({"schema_version": "1", "whole": found.problem is None, **asdict(found)})
    else:
        _print_verification(found)
        if found.problem is None:
            for one in known:
                say(t("audit.given_holds", number=one.sequence))
    return int(ExitCode.SUPPORTED if found.problem is None and is_anchored else ExitCode.FAILURE)


@app.command("export", cls=Command, help=t("cli.audit.export_help"))
def export(
    target: Annotated[Path, typer.Argument(help=t("cli.audit.target"), show_default=False)],
    user: UserOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.audit.export import export_log

    told = str(target.expanduser().absolute())
    with _trail(workspace, user=user) as (trail, here):
        checkpoint = export_log(
            trail.log, target, lambda: trail.record("export", {"what": "audit", "path": trail.text(told)})
        )
    say(visible(t("audit.exported", entries=checkpoint.sequence, path=target)))
    if here is not None and here.is_encrypted:
        note(t("audit.readable"))
    return int(ExitCode.SUPPORTED)


def _log(workspace: Path | None, *, user: bool) -> AuditLog:
    """Return the log that is meant, to be read."""
    from copilot.app.trail import user_log, workspace_log

    here, _ = _open(workspace, user=user)
    return user_log() if here is None else workspace_log(here)


@contextmanager
def _trail(workspace: Path | None, *, user: bool) -> Iterator[tuple[Trail, Workspace | None]]:
    """Have the trail that is meant, and its workspace: None for the user's own; say where it has lost its anchor."""
    from copilot.app.trail import open_trail, open_user_trail

    here, settings = _open(workspace, user=user)
    with open_user_trail() if here is None else open_trail(here, settings) as trail:
        note_unanchored(trail)
        yield trail, here


def _open(workspace: Path | None, *, user: bool) -> tuple[Workspace | None, Settings]:
    """Return the workspace that is meant and its settings; tell where nothing is being added to its log."""
    if user and workspace is not None:
        raise UsageError(t("cli.audit.user_or_workspace"), t("cli.see_help"))
    here = None if user else unlocked(locate(workspace))
    settings = read_settings(here).settings
    if not settings.audit.enabled:
        note(t("audit.off"))
    return here, settings


def _check_kinds(kinds: Sequence[str]) -> None:
    known = [key.removeprefix("kind.") for key in catalog("audit") if key.startswith("kind.")]
    for kind in kinds:
        if kind not in known:
            raise UsageError(
                t("cli.audit.unknown_kind", kind=kind), t("cli.audit.unknown_kind_next", kinds=", ".join(known))
            )


def _print_verification(found: Verification) -> None:
    if found.problem is not None:
        say(t(f"audit.fault.{found.problem.fault}", number=found.problem.sequence))
    elif found.entries == 0:
        say(t("audit.empty"))
    else:
        say(t("audit.whole", entries=found.entries, checkpoints=found.checkpoints, signed=found.signed))
    for number in found.torn:
        say(t("audit.torn", number=number))
    if found.unfinished:
        say(t("audit.unfinished"))


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "time": entry.time,
        "kind": entry.kind,
        "data": entry.data,
        "previous": entry.previous,
        "hash": entry.hash,
    }
