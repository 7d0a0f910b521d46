"""The commands. Each imports what it needs when it runs: `copilot --help` loads no model, index or parser."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from copilot.cli import (
    answers,
    ask,
    audit,
    backup,
    documents,
    evaluate,
    model,
    plugin,
    quarantine,
    scan,
    search,
    secrecy,
    setup,
    sync,
    tool,
)
from copilot.cli.options import LangOption
from copilot.cli.translated import Command, Group
from copilot.i18n import t


def _opens_a_screen() -> bool:
    """Say whether `copilot` alone opens the full-screen interface: somebody is there to see it."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


app = typer.Typer(
    cls=Group,
    name="copilot",
    help=t("cli.help"),
    no_args_is_help=not _opens_a_screen(),
    add_completion=False,
    # Rich takes longer to load than all the rest of this: only for eyes.
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=t("cli.opt.version"), is_eager=True)] = False,
    linear: Annotated[bool, typer.Option("--linear", help=t("cli.opt.linear"))] = False,
    lang: LangOption = None,  # noqa: ARG001
) -> None:
    if version:
        from copilot import __version__

        typer.echo(f"analyst-copilot {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None and (linear or _opens_a_screen()):
        _open(linear=linear)


def _open(*, linear: bool) -> None:
    """Open the interface: line by line where that was asked for, or where the terminal cannot be drawn on."""
    from copilot.cli.opening import locate_or_create, read_settings, unlocked

    here = unlocked(locate_or_create())
    loaded = read_settings(here)
    if linear or loaded.settings.interface.linear or os.environ.get("TERM") == "dumb":
        from copilot.tui.app import run_linear

        run_linear(here, loaded)
    else:
        from copilot.tui.app import run

        run(here, loaded)


app.command("init", cls=Command, help=t("cli.init.help"))(setup.init)
app.command("sync", cls=Command, help=t("cli.sync.help"))(sync.sync)
app.command("ask", cls=Command, help=t("cli.ask.help"))(ask.ask)
app.command("search", cls=Command, help=t("cli.search.help"))(search.search)
app.command("count", cls=Command, help=t("cli.count.help"))(scan.count)
app.command("grep", cls=Command, help=t("cli.grep.help"))(scan.grep)
app.command("docs", cls=Command, help=t("cli.docs.help"))(documents.docs)
app.command("show", cls=Command, help=t("cli.show.help"))(documents.show)
app.command("forget", cls=Command, help=t("cli.forget.help"))(documents.forget)
app.command("quarantine", cls=Command, help=t("cli.quarantine.help"))(quarantine.quarantine)
app.command("paths", cls=Command, help=t("cli.paths.help"))(setup.paths)
app.command("config", cls=Command, help=t("cli.config.help"))(setup.config)
app.command("doctor", cls=Command, help=t("cli.doctor.help"))(setup.doctor)
app.command("backup", cls=Command, help=t("cli.backup.help"))(backup.backup)
app.command("restore", cls=Command, help=t("cli.restore.help"))(backup.restore)
app.command("rekey", cls=Command, help=t("cli.rekey.help"))(secrecy.rekey)
app.command("wipe", cls=Command, help=t("cli.wipe.help"))(secrecy.wipe)
app.command("reindex", cls=Command, help=t("cli.reindex.help"))(sync.reindex)
app.command("answers", cls=Command, help=t("cli.answers.help"))(answers.answers)
app.command("replay", cls=Command, help=t("cli.replay.help"))(answers.replay)
app.add_typer(model.app, name="model", help=t("cli.model.help"))
app.add_typer(tool.app, name="tool", help=t("cli.tool.help"))
app.add_typer(plugin.app, name="plugin", help=t("cli.plugin.help"))
app.add_typer(audit.app, name="audit", help=t("cli.audit.help"))
app.add_typer(evaluate.app, name="eval", help=t("cli.eval.help"))
