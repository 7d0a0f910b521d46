"""What holds of the whole house: what a start loads, and that every sentence exists in both languages."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import copilot
from copilot.errors import CopilotError, ExitCode
from copilot.i18n import LANGUAGES, catalog

PACKAGE = Path(copilot.__file__).parent
AREAS = sorted(path.stem for path in (PACKAGE / "i18n" / "catalog").glob("*.toml"))
HEAVY = ("chromadb", "llama_cpp", "textual", "onnxruntime", "tantivy", "lxml", "numpy", "pydantic", "tokenizers",
         "rich", "pypdfium2", "docx", "Stemmer", "regex", "sqlite3")  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_a_start_loads_nothing_heavy() -> None:
    assert not loaded_by("import copilot.cli.app").intersection(HEAVY)


def test_help_loads_nothing_heavy() -> None:
    statement = """
import contextlib, io
from copilot.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    run(["--help"])
"""
    assert not loaded_by(statement).intersection(HEAVY)


def test_no_module_of_the_core_loads_a_face() -> None:
    for module in ("copilot.app.engine", "copilot.app.sync"):
        loaded = loaded_by(f"import {module}")
        assert not loaded & {"typer", "textual", "chromadb", "llama_cpp", "onnxruntime"}, module


def test_what_reports_home_is_told_not_to_before_it_is_loaded() -> None:
    found = 0
    for path in PACKAGE.rglob("*.py"):
        told = False
        for line in path.read_text(encoding="utf-8").splitlines():
            told = told or line.strip() == "forbid_telemetry()"
            if re.match(r"\s*(import|from) onnxruntime", line):
                assert told, path
                found += 1
    assert found


# --- the catalogue ----------------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("area", AREAS)
def test_every_entry_is_in_both_languages_with_the_same_values(area: str) -> None:
    entries = catalog(area)
    assert entries
    for key, texts in entries.items():
        assert set(texts) == set(LANGUAGES), key
        assert all(texts.values()), key
        assert placeholders(texts["fr"]) == placeholders(texts["en"]), key


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def messages() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call ``t("key", ...)``: where, its key (of an f-string what comes before the first value), the call."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
                where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                for key in _literals(node.args[0]):
                    yield where, key, node


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value) + "*"


def test_every_message_that_is_asked_for_exists_and_gets_its_values() -> None:
    asked = list(messages())
    assert len(asked) > 100
    for where, key, call in asked:
        area, _, name = key.partition(".")
        assert area in AREAS, f"{where}: {key}"
        entries = catalog(area)
        if name.endswith("*"):
            assert any(entry.startswith(name[:-1]) for entry in entries), f"{where}: {key}"
            continue
        assert name in entries, f"{where}: {key}"
        if not any(keyword.arg is None for keyword in call.keywords):
            given = {keyword.arg for keyword in call.keywords if keyword.arg} - {"lang"}
            assert placeholders(entries[name]["en"]) <= given, f"{where}: {key}"


def test_french_sentences_are_not_english_ones() -> None:
    same = [
        f"{area}.{key}"
        for area in AREAS
        for key, texts in catalog(area).items()
        if texts["fr"] == texts["en"] and len([word for word in texts["fr"].split() if word.isalpha()]) > 3
    ]
    assert same == []


# --- errors and commands ----------------------------------------------------------------------------------------------


def subclasses(kind: type[CopilotError]) -> Iterator[type[CopilotError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


def test_every_error_has_the_exit_code_that_is_drawn() -> None:
    from copilot import errors

    found = {
        kind.__name__: int(kind.exit_code) for kind in subclasses(CopilotError) if kind.__module__ == errors.__name__
    }
    assert len(found) == 13
    for name, code in found.items():
        [line] = [line for line in (errors.__doc__ or "").splitlines() if name in line.split() or f"- {name}" in line]
        assert line.split()[-1] == str(code), name
    assert set(found.values()) <= {int(code) for code in ExitCode}


COMMANDS = ("init", "sync", "ask", "search", "count", "grep", "docs", "show", "forget", "paths", "config", "doctor",
            "reindex", "answers", "replay", "model", "model add", "model list", "model use", "model remove",
            "model verify", "model info", "model bench", "tool", "tool list", "tool show", "tool run", "plugin",
            "plugin list", "plugin check", "plugin new", "plugin enable", "plugin disable", "plugin trust", "audit",
            "audit show", "audit verify", "audit export", "quarantine", "backup", "restore",
            "rekey", "wipe",            "eval", "eval retrieval", "eval answers", "eval injection")  # fmt: skip


@pytest.fixture(scope="module")
def helps() -> dict[str, dict[str, str]]:
    """The help of every command in each language, from one process a language."""
    code = """
import contextlib, io, json, sys
from copilot.i18n import set_language
set_language(sys.argv[1])
from copilot.cli.main import run
told = {}
for command in json.loads(sys.argv[2]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run([*command.split(), "--help"]) == 0, command
    told[command] = out.getvalue()
print(json.dumps(told))
"""
    import json

    result = {}
    for language in LANGUAGES:
        given = [sys.executable, "-c", code, language, json.dumps(["", *COMMANDS])]
        done = subprocess.run(given, capture_output=True, text=True, timeout=60, check=True)
        result[language] = json.loads(done.stdout)
    return result


def test_every_command_is_listed(helps: dict[str, dict[str, str]]) -> None:
    from typer.main import get_command

    from copilot.cli.app import app

    names = set(getattr(get_command(app), "commands", {}))
    assert names == {command for command in COMMANDS if " " not in command}
    for name in names:
        assert f" {name} " in helps["en"][""]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_both_languages(helps: dict[str, dict[str, str]], command: str) -> None:
    french, english = helps["fr"][command], helps["en"][command]
    key = f"{command.replace(' ', '.')}_help" if " " in command else f"{command}.help"
    entry = catalog("cli")[key]
    for language, told in (("fr", french), ("en", english)):
        assert " ".join(entry[language].split()) in " ".join(told.split())
    options = {word.strip(",") for word in english.split() if word.startswith("--")}
    assert options == {word.strip(",") for word in french.split() if word.startswith("--")}


def test_the_parsers_own_words_are_french_too(helps: dict[str, dict[str, str]]) -> None:
    for told in helps["fr"].values():
        assert "Show this message" not in told
        assert "Usage: " not in told
