"""`copilot init`, `paths`, `config` and `doctor`: the workspace, where things are, and what is fit for work."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import locate, one_of, read_settings, unlocked
from copilot.cli.passphrase import can_read_passphrase
from copilot.cli.printing import in_red, on_terminal, out, print_json, say, table, wrapped
from copilot.errors import ExitCode
from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.app.offline import ProcessAttempt
    from copilot.settings import Settings
    from copilot.workspace import Workspace

_WAYS_SHOWN = 6


def init(
    directory: Annotated[Path | None, typer.Argument(help=t("cli.init.directory"), show_default=False)] = None,
    default: Annotated[bool, typer.Option("--default", help=t("cli.init.default"))] = False,
    encrypt: Annotated[bool, typer.Option("--encrypt", help=t("cli.init.encrypt"))] = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.session import Session
    from copilot.workspace import create_workspace, default_workspace

    one_of({"--default": default, t("parser.name.directory"): directory is not None})
    root = default_workspace().root if default else (directory or Path.cwd()).resolve()
    if encrypt:
        workspace, created = _create_encrypted(root), True
    else:
        workspace, created = create_workspace(root)
    with Session(unlocked(workspace), read_settings(workspace).settings) as session:
        if created:
            session.trail.record("workspace", {"root": session.trail.text(str(workspace.root)), "encrypted": encrypt})
    say(visible(t("cli.init.created" if created else "cli.init.exists", root=workspace.root)))
    say(t("cli.init.next"))
    return int(ExitCode.SUPPORTED)


def _create_encrypted(root: Path) -> Workspace:
    from copilot.app.unlocking import create_encrypted
    from copilot.cli.passphrase import PASSPHRASE_VARIABLE, read_new_passphrase

    return create_encrypted(root, read_new_passphrase(root, PASSPHRASE_VARIABLE))


def paths(
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot import resources
    from copilot.errors import WorkspaceError
    from copilot.resources import user_settings_file

    found: dict[str, Path | None] = {"workspace": None, "database": None, "index": None, "project_settings": None}
    try:
        here = locate(workspace)
    except WorkspaceError:
        pass
    else:
        found = {
            "workspace": here.root,
            "database": here.database,
            "index": here.index,
            "project_settings": here.settings_file,
        }
    found["user_settings"] = user_settings_file(os.environ)
    found["embedders"] = resources.embedders_folder()
    found["plugins"] = resources.plugins_folder()
    found["prompts"] = resources.prompts_folder()
    found["demo"] = resources.demo_folder()
    if as_json:
        print_json({"schema_version": "1", **{key: str(path) if path else None for key, path in found.items()}})
    else:
        rows = [[t(f"cli.paths.{key}"), str(path) if path else t("cli.paths.none")] for key, path in found.items()]
        if not on_terminal():
            table([], rows)
            return int(ExitCode.SUPPORTED)
        # A path is there to be copied: whole, and wrapped by nobody but the terminal.
        widest = max(len(label) for label, _ in rows)
        for label, path in rows:
            out(f"{label:<{widest}}  {visible(path)}")
    return int(ExitCode.SUPPORTED)


def config(
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.errors import WorkspaceError
    from copilot.settings import describe

    try:
        here = locate(workspace)
    except WorkspaceError:
        here = None
    loaded = read_settings(here)
    values = {
        f"{section}.{key}": value
        for section, keys in loaded.settings.model_dump().items()
        for key, value in keys.items()
    }
    if as_json:
        settings = {key: {"value": value, "origin": loaded.origin(key)} for key, value in values.items()}
        print_json({"schema_version": "1", "settings": settings})
    else:
        headers = [t(f"cli.config.{key}") for key in ("setting", "value", "origin", "meaning")]
        table(
            headers,
            [[key, _written(value), loaded.origin_of(key).in_words(), describe(key)] for key, value in values.items()],
            paths=(2,),
        )
    return int(ExitCode.SUPPORTED)


def _written(value: object) -> str:
    from copilot.settings.describe import toml_value

    return "" if value is None else value if isinstance(value, str) else toml_value(value)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help=t("cli.doctor.offline"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.doctor import Verdict, examine
    from copilot.errors import WorkspaceError

    try:
        here = locate(workspace)
    except WorkspaceError:
        here = None
    if here is not None and here.is_encrypted and can_read_passphrase():
        here = unlocked(here)
    if offline:
        return _try_the_walls(read_settings(here).settings, None if here is None else here.database, as_json)
    findings = list(examine(here, read_settings(here).settings))
    if as_json:
        rows = [{"check": f.check, "verdict": str(f.verdict), "detail": f.detail} for f in findings]
        print_json({"schema_version": "1", "findings": rows})
    else:
        for finding in findings:
            tag = f"[{t(f'doctor.verdict.{finding.verdict}')}] "
            line = wrapped(f"{tag}{visible(finding.detail)}", sys.stdout, " " * len(tag))
            out(in_red(line, sys.stdout) if finding.verdict is Verdict.BAD else line)
            if finding.next_step:
                say(f"       → {visible(finding.next_step)}", " " * 9)
    bad = any(finding.verdict is Verdict.BAD for finding in findings)
    return int(ExitCode.FAILURE if bad else ExitCode.SUPPORTED)


def _try_the_walls(settings: Settings, database: Path | None, as_json: bool) -> int:
    """Print what each kind of process tried, and what came of it; 1 where anything opened or could not be tried."""
    from copilot.app.offline import try_every_process

    secrets = () if database is None else (database, database.parent)
    found = list(try_every_process(settings, secrets))
    holds = all(one.holds for one in found)
    if as_json:
        rows = [
            {
                "process": one.process,
                "walls": list(one.attempt.walls) if one.attempt else [],
                "tried": one.attempt.tried if one.attempt else 0,
                "ways": dict(one.attempt.ways) if one.attempt else {},
                "opened": list(one.attempt.opened) if one.attempt else [],
                "problem": one.problem or None,
                "holds": one.holds,
            }
            for one in found
        ]
        print_json({"schema_version": "1", "holds": holds, "processes": rows})
    else:
        columns = ("process", "walls", "sockets", "files", "others", "opened", "verdict")
        table([t(f"cli.doctor.column.{name}") for name in columns], [_row_of(one) for one in found])
        for line in ("sockets", "files", "others", "open"):
            say(t(f"doctor.tried.{line}"))
        if not holds:
            say(in_red(t("doctor.offline_leaks"), sys.stdout))
        elif settings.enclave.url:
            say(visible(t("doctor.offline_enclave", hosts=", ".join(settings.enclave.hosts))))
        else:
            say(t("doctor.offline_holds"))
    return int(ExitCode.SUPPORTED if holds else ExitCode.FAILURE)


def _row_of(one: ProcessAttempt) -> list[str]:
    ways = one.attempt.ways if one.attempt else {}
    opened = ", ".join(one.attempt.opened[:_WAYS_SHOWN]) if one.attempt else ""
    return [
        t(f"doctor.process.{one.process}"),
        ", ".join(t(f"doctor.wall.{wall}") for wall in (one.attempt.walls if one.attempt else ())),
        str(one.attempt.to_sockets if one.attempt else 0),
        str(ways.get("files", 0)),
        str(ways.get("processes", 0)),
        one.problem or opened or "0",
        t(f"doctor.verdict.{'good' if one.holds else 'bad'}").strip(),
    ]
