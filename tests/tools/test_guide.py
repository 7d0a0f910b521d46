"""The guide for authors: its example is a plugin that is fine, and runs as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from copilot.cli.main import run as copilot
from copilot.i18n import set_language
from copilot.plugin_api import __all__ as offered
from copilot.resources import plugins_folder
from copilot.tools.catalogue import State
from copilot.tools.places import Origin, Place
from tests.tools.conftest import run, trusted

GUIDE = (plugins_folder() / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def convoy(plugins: Path) -> Place:
    folder = plugins / "convoy"
    folder.mkdir()
    (folder / "convoy.py").write_text(block("python"), encoding="utf-8")
    (folder / "plugin.toml").write_text(block("toml"), encoding="utf-8")
    return Place("convoy", folder, Origin.USER)


def test_the_example_is_fine_and_runs(convoy: Place) -> None:
    catalogue = trusted(convoy)
    [plugin] = catalogue.plugins
    assert (plugin.state, plugin.problems) == (State.READY, ())
    result = run(catalogue, "convoy.road_fuel", distance="150 km", vehicles=62).result
    assert result.values[0].value == pytest.approx(150 * 0.4 * 62)
    set_language("fr")
    [value] = run(trusted(convoy), "convoy.road_fuel", distance="150 km", vehicles=62).result.values
    assert (value.label, value.unit) == ("Carburant", "L")


def test_the_commands_of_the_guide_are_those_there_are(convoy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for line in GUIDE.splitlines() if line.startswith("copilot ")]
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line.split("   ")[0])[1:]
        assert copilot([*words, "--yes"] if "trust" in words else words) == 0, (words, capsys.readouterr().err)
    assert "3,720" in capsys.readouterr().out


def test_what_the_guide_names_is_offered() -> None:
    for name in ("Result", "ToolError", "Unit", "DataTable", "InputFile", "Columns", "Len", "Interval", "need", "say"):
        assert name in offered
        assert re.search(rf"\b{name}\b", GUIDE)
