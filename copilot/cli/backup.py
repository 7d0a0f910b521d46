"""`copilot backup` and `copilot restore`: a workspace in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import open_session, read_settings, unlocked
from copilot.cli.printing import note, print_json, say
from copilot.errors import ExitCode
from copilot.i18n import decimal, t
from copilot.sanitise import visible
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.app.backup import BackupFacts

_MEGABYTE = 1_000_000


def backup(
    target: Annotated[Path, typer.Argument(help=t("cli.backup.target"), show_default=False)],
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.backup import backup as run_backup

    with open_session(workspace) as session:
        facts = run_backup(session, target)
    if as_json:
        members = {name: {"sha256": digest, "size": size} for name, (digest, size) in facts.members.items()}
        print_json({"schema_version": "1", "path": str(target), "encrypted": facts.encrypted, "members": members})
        return int(ExitCode.SUPPORTED)
    say(visible(t("backup.made", path=target, megabytes=decimal(facts.size / _MEGABYTE))))
    if not facts.encrypted:
        note(t("backup.readable"))
    return int(ExitCode.SUPPORTED)


def restore(
    source: Annotated[Path, typer.Argument(help=t("cli.restore.source"), show_default=False)],
    directory: Annotated[Path, typer.Argument(help=t("cli.restore.directory"), show_default=False)],
    as_json: opt.JsonOption = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.backup import restore as run_restore
    from copilot.app.session import Session

    counts: dict[str, int] = {}

    def record(workspace: Workspace, facts: BackupFacts) -> None:
        opened = unlocked(workspace)
        with Session(opened, read_settings(opened).settings) as session:
            session.trail.record("restore", {"made_at": facts.made_at, "program": facts.program})
            counts.update(session.truth.counts())

    workspace, facts = run_restore(source, directory, record)
    if as_json:
        print_json({"schema_version": "1", "workspace": str(workspace.root), "made_at": facts.made_at, **counts})
    else:
        say(visible(t("backup.restored", made_at=facts.made_at, root=workspace.root)))
    return int(ExitCode.SUPPORTED)
