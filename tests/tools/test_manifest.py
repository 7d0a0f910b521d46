"""What plugin.toml may say, and how a mistake in it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.tools.manifest import Words, is_plugin_name, read_manifest

WHOLE = """\
[plugin]
name = "trial"
version = "2.1"
title.fr = "Essai"
title.en = "Trial"
help.fr = "Pour essayer."
help.en = "To try."

[rights]
memory_mb = 256
seconds = 5
read = ["/srv/maps"]

[tools.fuel]
title.fr = "Carburant"
title.en = "Fuel"
triggers.fr = ["plein"]
triggers.en = ["fill up"]

[tools.fuel.parameters]
kind = { label.fr = "Sorte", help.en = "Which kind.", choices.diesel.fr = "gazole", columns.task.fr = "tâche" }
"""


def test_a_whole_manifest() -> None:
    manifest, problems = read_manifest(WHOLE.encode(), "trial")
    assert problems == []
    assert (manifest.version, manifest.title.in_language("fr")) == ("2.1", "Essai")
    assert (manifest.rights.memory_mb, manifest.rights.seconds, manifest.rights.read) == (256, 5, ("/srv/maps",))
    fuel = manifest.tools["fuel"]
    assert fuel.triggers == ("plein", "fill up")
    kind = fuel.parameters["kind"]
    assert kind.label.in_language("fr") == "Sorte"
    assert kind.help.in_language("fr") == "Which kind."
    assert kind.choices["diesel"].fr == "gazole"
    assert kind.columns["task"].fr == "tâche"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('version = "2.1"', 'versoin = "2.1"', 3, "“plugin.versoin” here; nearest: version"),
        ('name = "trial"', 'name = "other"', 2, "“other”, but the folder is called “trial”"),
        ("memory_mb = 256", "memory_mb = 1", 10, "“rights.memory_mb” must be a whole number from 64 to 16384"),
        ("seconds = 5", "seconds = true", 11, "“rights.seconds” must be a whole number"),
        ('read = ["/srv/maps"]', 'read = ["maps"]', 12, "“maps” is not an absolute path"),
        ('read = ["/srv/maps"]', 'network = ["*"]', 12, "“rights.network” here"),
        ('title.en = "Trial"', "", None, "“plugin.title” must be given in French (.fr) and in English (.en)"),
        ('title.en = "Fuel"', "title.de = 1", 16, "“tools.fuel.title.de” here"),
        ('triggers.fr = ["plein"]', "triggers.fr = 3", 17, "“tools.fuel.triggers.fr” must be a list of texts"),
        ("choices.diesel.fr", "choises.diesel.fr", 21, "“tools.fuel.parameters.kind.choises” here; nearest: choices"),
        ("[tools.fuel]", "[tool.fuel]", 14, "“tool” here; nearest: tools"),
        ('version = "2.1"', "version = ", None, "The file cannot be read"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int | None, told: str) -> None:
    assert old in WHOLE
    _, problems = read_manifest(WHOLE.replace(old, new, 1).encode(), "trial")
    found = next(problem for problem in problems if told in problem.message)
    assert found.file == "plugin.toml"
    if line is not None:
        assert found.line == line, found


def test_every_mistake_is_found_at_once() -> None:
    broken = WHOLE.replace("seconds = 5", "seconds = 0").replace('version = "2.1"', "version = 2")
    _, problems = read_manifest(broken.encode(), "trial")
    assert len(problems) == 2


@pytest.mark.parametrize(
    "line",
    ['"' + "a." * 5_000 + '" = 1', "a = " + "[" * 5_000, "memory_mb = 1" + "0" * 4_000, "seconds = 0x" + "f" * 5_000],
)
def test_a_manifest_that_goes_deep_or_far_is_a_mistake_in_it(line: str) -> None:
    assert read_manifest(WHOLE.replace("[rights]", f"[rights]\n{line}").encode(), "trial")[1]


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(data: bytes) -> None:
    _, problems = read_manifest(data, "trial")
    assert problems


@given(st.text(max_size=40), st.sampled_from(["= 1", "= [1]", '= "x"', "= {a = 1}", ".fr = 3"]))
def test_no_table_brings_it_down(key: str, value: str) -> None:
    read_manifest(f"{WHOLE}\n{key}{value}".encode("utf-8", "replace"), "trial")


def test_names_of_plugins() -> None:
    assert is_plugin_name("convoy_2")
    for name in ("Convoy", "2convoy", "convoy-2", "", "json", "import", "../x", "x" * 41):
        assert not is_plugin_name(name), name


def test_words_fall_back_on_english() -> None:
    assert Words("oui", "yes").in_language("fr") == "oui"
    assert Words("", "yes").in_language("fr") == "yes"
    assert Words("oui", "").in_language("en", "docstring") == "docstring"
    assert Words("oui", "").in_language("en") == "oui"
