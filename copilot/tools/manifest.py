"""``plugin.toml``: what a plugin is called in French and English, and which rights it asks.

Every mistake is found at once, each with its file, key and line.
"""

from __future__ import annotations

import keyword
import re
import sys
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from copilot.i18n import t
from copilot.i18n.causes import cause_of

T = TypeVar("T")

MANIFEST = "plugin.toml"
LANGUAGES = ("fr", "en")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LARGEST = 512 * 1024
_LONGEST_TEXT = 2_000
# A table below that has a name with dots in it, which is whatever its author likes.
_DEEPEST_KEY = 8
_MEMORY_MB, _SECONDS = (64, 16_384), (1, 3_600)


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a plugin: in which file, on which line where that is known, and what it is."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the languages that it was written in."""

    fr: str = ""
    en: str = ""

    def in_language(self, language: str, otherwise: str = "") -> str:
        """Return the text in `language`; else the English, `otherwise`, or at last the French one."""
        return (self.fr if language == "fr" else self.en) or self.en or otherwise or self.fr


@dataclass(frozen=True, slots=True)
class ParameterWords:
    """What a parameter, its choices and the columns of its table are called."""

    label: Words = Words()
    help: Words = Words()
    choices: Mapping[str, Words] = field(default_factory=dict)
    columns: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolWords:
    """What a tool is called, and the words of a question that bring it to mind."""

    title: Words = Words()
    help: Words = Words()
    triggers: tuple[str, ...] = ()
    parameters: Mapping[str, ParameterWords] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a plugin asks for: address space, time for one call, and paths that all its tools may read."""

    memory_mb: int = 1_024
    seconds: int = 60
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that ``plugin.toml`` says."""

    name: str
    version: str = ""
    title: Words = Words()
    help: Words = Words()
    rights: Rights = Rights()
    tools: Mapping[str, ToolWords] = field(default_factory=dict)


def is_plugin_name(name: str) -> bool:
    """Say whether a plugin may be so named: a Python module of this name must not hide another."""
    return bool(_NAME.fullmatch(name)) and not keyword.iskeyword(name) and name not in sys.stdlib_module_names


def read_manifest(data: bytes, name: str, shown: str = MANIFEST) -> tuple[Manifest, list[Problem]]:
    """Return what the file says, as far as it can be understood, and every mistake in it; `name` is the folder's."""
    try:
        if len(data) > _LARGEST:
            raise ValueError(t("tools.manifest.large", most=_LARGEST // 1024))
        text = data.decode("utf-8")
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Manifest(name), [Problem(shown, None, t("tools.manifest.unreadable", detail=cause_of(error)))]
    reader = _Reader(text, shown)
    return reader.manifest(content, name), reader.problems


class _Reader:
    """Walks the tables and notes what is wrong on the way; `where` is the dotted key of the table at hand."""

    def __init__(self, text: str, shown: str) -> None:
        self._lines = text.splitlines()
        self._shown = shown
        self.problems: list[Problem] = []

    def manifest(self, content: Mapping[str, Any], name: str) -> Manifest:
        self._unknown(content, ("plugin", "rights", "tools"), "")
        plugin = self._table(content, "plugin", "")
        self._unknown(plugin, ("name", "version", "title", "help"), "plugin")
        said = self._text(plugin, "name", "plugin")
        if said != name:
            self._wrong("plugin.name", t("tools.manifest.name", said=said, name=name))
        tools = self._table(content, "tools", "")
        return Manifest(
            name,
            self._text(plugin, "version", "plugin"),
            self._words(plugin, "title", "plugin", required=True),
            self._words(plugin, "help", "plugin", required=True),
            self._rights(self._table(content, "rights", "")),
            {key: self._tool(self._table(tools, key, "tools"), f"tools.{key}") for key in tools},
        )

    def _rights(self, table: Mapping[str, Any]) -> Rights:
        self._unknown(table, ("memory_mb", "seconds", "read"), "rights")
        usual = Rights()
        read = self._texts(table, "read", "rights")
        for path in read:
            if not Path(path).is_absolute():
                self._wrong("rights.read", t("tools.manifest.not_absolute", path=path))
        return Rights(
            self._whole(table, "memory_mb", usual.memory_mb, _MEMORY_MB),
            self._whole(table, "seconds", usual.seconds, _SECONDS),
            read,
        )

    def _tool(self, table: Mapping[str, Any], where: str) -> ToolWords:
        self._unknown(table, ("title", "help", "triggers", "parameters"), where)
        triggers = self._table(table, "triggers", where)
        self._unknown(triggers, LANGUAGES, f"{where}.triggers")
        parameters = self._table(table, "parameters", where)
        inside = f"{where}.parameters"
        return ToolWords(
            self._words(table, "title", where, required=True),
            self._words(table, "help", where),
            tuple(word for one in LANGUAGES for word in self._texts(triggers, one, f"{where}.triggers")),
            {key: self._parameter(self._table(parameters, key, inside), f"{inside}.{key}") for key in parameters},
        )

    def _parameter(self, table: Mapping[str, Any], where: str) -> ParameterWords:
        self._unknown(table, ("label", "help", "choices", "columns"), where)
        choices, columns = (self._table(table, key, where) for key in ("choices", "columns"))
        return ParameterWords(
            self._words(table, "label", where),
            self._words(table, "help", where),
            {key: self._words(choices, key, f"{where}.choices") for key in choices},
            {key: self._words(columns, key, f"{where}.columns") for key in columns},
        )

    def _words(self, table: Mapping[str, Any], key: str, where: str, *, required: bool = False) -> Words:
        texts = self._table(table, key, where)
        inside = f"{where}.{key}"
        self._unknown(texts, LANGUAGES, inside)
        words = Words(*(self._text(texts, language, inside) for language in LANGUAGES))
        if required and not (words.fr and words.en):
            self._wrong(inside, t("tools.manifest.both_languages", key=inside))
        return words

    # --- values -------------------------------------------------------------------------------------------------------

    def _table(self, table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        return value if isinstance(value, dict) else self._expected(where, key, t("tools.manifest.table"), {})

    def _text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
            return value
        return self._expected(where, key, t("tools.manifest.text", most=_LONGEST_TEXT), "")

    def _texts(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) and len(one) <= _LONGEST_TEXT for one in value):
            return tuple(value)
        return self._expected(where, key, t("tools.manifest.texts"), ())

    def _whole(self, table: Mapping[str, Any], key: str, usual: int, bounds: tuple[int, int]) -> int:
        value = table.get(key, usual)
        if isinstance(value, int) and not isinstance(value, bool) and bounds[0] <= value <= bounds[1]:
            return value
        return self._expected("rights", key, t("tools.manifest.whole", least=bounds[0], most=bounds[1]), usual)

    # --- mistakes -----------------------------------------------------------------------------------------------------

    def _expected(self, where: str, key: str, what: str, instead: T) -> T:
        full = f"{where}.{key}".lstrip(".")
        self._wrong(full, t("tools.manifest.expected", key=full, what=what))
        return instead

    def _unknown(self, table: Mapping[str, Any], known: Collection[str], where: str) -> None:
        for key in table:
            if key not in known:
                full = f"{where}.{key}".lstrip(".")
                near = get_close_matches(key, known, n=1) or sorted(known)
                self._wrong(full, t("tools.manifest.unknown", key=full, near=", ".join(near)))

    def _wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(self._shown, line_of_key(self._lines, key), message))


def line_of_key(lines: list[str], key: str) -> int | None:
    """Return the line on which a dotted key is written: in full, as a table's head, or its last parts below that."""
    parts = key.split(".", _DEEPEST_KEY)
    for split in range(len(parts), -1, -1):
        head, rest = ".".join(parts[:split]), ".".join(parts[split:])
        inside = not head
        for number, line in enumerate(lines, start=1):
            stripped = line.strip()
            if stripped.startswith("["):
                table = stripped.strip("[] ")
                inside = table == head
                if not rest and (inside or table.startswith(f"{head}.")):
                    return number
            elif inside and rest and re.match(rf"{re.escape(rest)}\s*[.=]", stripped):
                return number
    return line_of_key(lines, ".".join(parts[:-1])) if len(parts) > 1 else None
