"""What stands beside each bundled plugin: titles and help in both languages for every tool, parameter and choice."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from benchmarks.references.bundled import PLUGINS, load
from copilot.plugin_api import TOOL_MARK

NAMES = sorted(folder.name for folder in PLUGINS.iterdir() if (folder / "plugin.toml").exists())


def manifest(name: str) -> dict[str, Any]:
    return tomllib.loads((PLUGINS / name / "plugin.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_tool_and_parameter_has_words_in_both_languages(name: str) -> None:
    module, told = load(name), manifest(name)
    tools = {key: one for key, one in vars(module).items() if hasattr(one, TOOL_MARK)}
    assert set(told["tools"]) == set(tools)
    assert told["plugin"]["name"] == name
    for key, function in tools.items():
        words = told["tools"][key]
        for field in ("title", "help"):
            assert words[field]["fr"], key
            assert words[field]["en"], key
        parameters = inspect.signature(function).parameters
        assert set(words.get("parameters", {})) == set(parameters), key
        hints = get_type_hints(function)
        for parameter in parameters:
            label = words["parameters"][parameter]
            assert label["label"]["fr"], parameter
            assert label["label"]["en"], parameter
            assert len(label["help"]["fr"]) > 10, parameter
            if get_origin(hints[parameter]) is Literal:
                assert set(label["choices"]) == set(get_args(hints[parameter])), parameter


def test_no_tool_takes_a_target_an_effect_or_a_weapon() -> None:
    barred = ("target", "effect", "weapon", "casualt", "kill", "munition")
    for name in NAMES:
        for tool, words in manifest(name)["tools"].items():
            for parameter in (tool, *words.get("parameters", {})):
                assert not any(word in parameter.casefold() for word in barred), (tool, parameter)


def test_no_plugin_reaches_past_the_plugin_interface() -> None:
    for path in PLUGINS.rglob("*.py"):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            if line.startswith(("from copilot", "import copilot")):
                assert line.startswith("from copilot.plugin_api import"), path.name
