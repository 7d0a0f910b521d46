"""`copilot plugin`: what plugins there are, what is wrong with one, which may run, and a template for a new one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import one_of
from copilot.cli.printing import note, out, print_json, say, table
from copilot.cli.translated import Command, Group
from copilot.errors import DeniedError, ExitCode, UsageError
from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.tools.catalogue import Plugin

app = typer.Typer(cls=Group, no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help=t("cli.plugin.name"), show_default=False)]


@app.callback()
def group(lang: opt.LangOption = None) -> None:
    """Take ``--lang`` wherever it is written; `copilot.cli.main` has read it."""


@app.command("list", cls=Command, help=t("cli.plugin.list_help"))
def list_(as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.plugins import open_catalogue
    from copilot.resources import user_plugins_folder

    plugins = open_catalogue().plugins
    if as_json:
        print_json({"schema_version": "1", "plugins": [_plugin_to_json(plugin) for plugin in plugins]})
        return int(ExitCode.SUPPORTED)
    headers = [t(f"cli.plugin.{key}") for key in ("plugin", "state", "origin", "tools", "version", "title")]
    rows = [
        [
            plugin.name,
            t(f"tools.state.{plugin.state}"),
            t(f"cli.plugin.origins.{plugin.place.origin}"),
            str(len(plugin.tools)) if plugin.tools else "-",
            plugin.manifest.version or "-",
            plugin.title,
        ]
        for plugin in plugins
    ]
    table(headers, rows)
    for plugin in plugins:
        _tell_problems(plugin)
    note(t("cli.plugin.own_folder", folder=user_plugins_folder()))
    return int(ExitCode.SUPPORTED)


@app.command("check", cls=Command, help=t("cli.plugin.check_help"))
def check(
    plugin: Annotated[str, typer.Argument(help=t("cli.plugin.path_or_name"), show_default=False)],
    as_json: opt.JsonOption = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    found = _checked(plugin)
    if as_json:
        print_json({"schema_version": "1", **_plugin_to_json(found)})
    else:
        for problem in found.problems:
            out(visible(str(problem)))
        if not found.problems:
            say(visible(t("cli.plugin.fine", name=found.name, tools=", ".join(tool.name for tool in found.tools))))
            rights = found.manifest.rights
            say(visible(t("cli.plugin.rights", megabytes=rights.memory_mb, seconds=rights.seconds)))
            for path in rights.read:
                say(visible(t("cli.plugin.reads", path=path)))
    return int(ExitCode.FAILURE if found.problems else ExitCode.SUPPORTED)


def _checked(plugin: str) -> Plugin:
    """Load a plugin by path or name behind the walls, trusted or not, and return it with all its problems."""
    from copilot.app.plugins import open_catalogue
    from copilot.tools.catalogue import State, read_plugin
    from copilot.tools.places import place_of

    catalogue = open_catalogue()
    path = Path(plugin)
    path = path.parent if path.suffix in (".py", ".toml") and path.is_file() else path
    if path.is_dir():
        found = read_plugin(place_of(path))
    elif "/" in plugin:
        raise UsageError(t("cli.plugin.no_folder", path=plugin), t("cli.plugin.no_folder_next"))
    else:
        found = read_plugin(catalogue.find_plugin(plugin).place)
    return found if found.state is State.BROKEN else catalogue.with_description(found)


@app.command("new", cls=Command, help=t("cli.plugin.new_help"))
def new(
    name: NameArgument,
    folder: Annotated[Path | None, typer.Option("--folder", help=t("cli.plugin.folder"), show_default=False)] = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.resources import user_plugins_folder
    from copilot.tools.manifest import is_plugin_name
    from copilot.tools.template import write_template

    if not is_plugin_name(name):
        raise UsageError(t("tools.plugin.bad_name", name=name))
    target = (folder or user_plugins_folder()) / name
    if target.exists():
        raise UsageError(t("cli.plugin.exists", path=target), t("cli.plugin.exists_next"))
    for file in write_template(target, name):
        out(visible(str(file)))
    note(t("cli.plugin.new_next", path=target, name=name))
    return int(ExitCode.SUPPORTED)


@app.command("enable", cls=Command, help=t("cli.plugin.enable_help"))
def enable(name: NameArgument, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    return _switch(name, on=True)


@app.command("disable", cls=Command, help=t("cli.plugin.disable_help"))
def disable(name: NameArgument, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    return _switch(name, on=False)


def _switch(name: str, *, on: bool) -> int:
    from copilot.app.configuration import switch_plugin
    from copilot.app.plugins import open_catalogue

    catalogue = open_catalogue()
    switch_plugin(catalogue, catalogue.find_plugin(name), on=on)
    state = open_catalogue().find_plugin(name).state
    say(visible(t("cli.plugin.now", name=name, state=t(f"tools.state.{state}"))))
    return int(ExitCode.SUPPORTED)


@app.command("trust", cls=Command, help=t("cli.plugin.trust_help"))
def trust(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=t("cli.plugin.yes"))] = False,
    forget: Annotated[bool, typer.Option("--forget", help=t("cli.plugin.forget"))] = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.configuration import forget_plugin, trust_plugin
    from copilot.app.plugins import open_catalogue
    from copilot.tools.catalogue import State
    from copilot.tools.places import Origin

    one_of({"--yes": yes, "--forget": forget})
    catalogue = open_catalogue()
    found = catalogue.find_plugin(name)
    if found.place.origin is Origin.BUNDLED:
        raise UsageError(t("cli.plugin.bundled", name=name))
    if forget:
        forget_plugin(catalogue, found)
        say(visible(t("cli.plugin.now", name=name, state=t("tools.state.untrusted"))))
        return int(ExitCode.SUPPORTED)
    if found.state is State.BROKEN:
        _tell_problems(found)
        return int(ExitCode.FAILURE)
    _tell_what_is_trusted(found)
    if not yes and not _agreed(t("cli.plugin.question", name=name)):
        raise DeniedError(t("cli.plugin.not_trusted", name=name), t("cli.plugin.not_trusted_next"))
    trust_plugin(catalogue, found)
    after = open_catalogue().find_plugin(name)
    say(visible(t("cli.plugin.now", name=name, state=t(f"tools.state.{after.state}"))))
    _tell_problems(after)
    return int(ExitCode.FAILURE if after.problems else ExitCode.SUPPORTED)


def _tell_what_is_trusted(plugin: Plugin) -> None:
    rights = plugin.manifest.rights
    note(t("cli.plugin.trusting", name=plugin.name, folder=plugin.place.folder))
    note(t("cli.plugin.hash", sha256=plugin.files.sha256))
    for name, data in plugin.files.contents.items():
        note(t("cli.plugin.file", name=name, bytes=len(data)))
    note(t("cli.plugin.rights", megabytes=rights.memory_mb, seconds=rights.seconds))
    for path in rights.read:
        note(t("cli.plugin.reads", path=path))


def _agreed(question: str) -> bool:
    """Ask on the terminal; without one nobody agrees."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{visible(question)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in t("cli.plugin.agreeing").split()


def _tell_problems(plugin: Plugin) -> None:
    for problem in plugin.problems:
        note(f"{plugin.name}: {problem}")


def _plugin_to_json(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "title": plugin.title,
        "version": plugin.manifest.version,
        "state": plugin.state.value,
        "origin": plugin.place.origin.value,
        "folder": str(plugin.place.folder),
        "sha256": plugin.files.sha256,
        "tools": [tool.name for tool in plugin.tools],
        "problems": [{"file": one.file, "line": one.line, "message": one.message} for one in plugin.problems],
    }
