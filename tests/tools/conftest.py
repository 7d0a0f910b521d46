"""A user of one's own, with folders of their own, and plugins written in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from copilot.i18n import set_language
from copilot.records import Argument, ArgumentValue, Origin, OriginKind, ToolCall, ToolRun
from copilot.tools.catalogue import PluginCatalogue
from copilot.tools.places import Origin as Brought
from copilot.tools.places import Place
from copilot.tools.runner import WalledToolRunner

MANIFEST = """
[plugin]
name = "{name}"
title.fr = "Essai"
title.en = "Trial"
help.fr = "Pour essayer."
help.en = "To try."
[rights]
memory_mb = 512
seconds = 20
{tools}
"""
TOOL = """
[tools.{tool}]
title.fr = "Outil {tool}"
title.en = "Tool {tool}"
"""

Maker = Callable[..., Place]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Folders of the user that are nobody else's."""
    folders = {
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "home" / "data"),
        "XDG_CACHE_HOME": str(cache),
        "XDG_CONFIG_HOME": str(tmp_path / "home" / "config"),
    }
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    return folders


@pytest.fixture
def plugins(environment: dict[str, str]) -> Path:
    """The folder of the user's own plugins."""
    folder = Path(environment["XDG_DATA_HOME"]) / "analyst-copilot" / "plugins"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def plugin(plugins: Path) -> Maker:
    """Write a plugin: its code, and a manifest that names `tools`, unless one is given."""

    def make(code: str, *tools: str, name: str = "trial", manifest: str | None = None) -> Place:
        folder = plugins / name
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
        named = "".join(TOOL.format(tool=tool) for tool in tools)
        (folder / "plugin.toml").write_text(manifest or MANIFEST.format(name=name, tools=named), encoding="utf-8")
        return Place(name, folder, Brought.USER)

    return make


def trusted(*places: Place) -> PluginCatalogue:
    """Return the catalogue of these plugins, each trusted as it stands now."""
    before = PluginCatalogue(places=places)
    for one in before.plugins:
        before.trust_file.trust(one.name, one.files.sha256)
    return PluginCatalogue(places=places)


def call_of(tool: str, /, **values: ArgumentValue) -> ToolCall:
    origin = Origin(OriginKind.USER)
    return ToolCall(1, tool, tuple(Argument(name, value, None, origin) for name, value in values.items()))


def run(catalogue: PluginCatalogue, tool: str, /, *, base: Path | None = None, **values: ArgumentValue) -> ToolRun:
    """Run a tool to its end."""
    runner = WalledToolRunner(catalogue, [base or Path.cwd()])
    [ran] = [event for event in runner.run(call_of(tool, **values)) if isinstance(event, ToolRun)]
    return ran
