"""Every sentence the user sees, in French and English: ``t("area.key", name=value)``.

One TOML file an area in ``catalog/``, read when first used, so that a start pays only for what it prints. Values are
put in as text; cleaning what came from outside is the face's work (`copilot.sanitise`), not the catalogue's. Where a
word goes with a number, the text holds both forms, ``{number:# document|# documents}``, and the number decides.
"""

from __future__ import annotations

import os
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("fr", "en")
_CATALOG = Path(__file__).parent / "catalog"
_current = "en"


def set_language(language: str) -> None:
    """Choose the language of every later message of this process."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for language {language!r}; there are: {', '.join(LANGUAGES)}")
    global _current
    _current = language


def current_language() -> str:
    return _current


def language_of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """Read the language from the POSIX locale variables; French when they say French, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


@cache
def catalog(area: str) -> dict[str, dict[str, str]]:
    """Return one area's entries, ``{key: {"fr": text, "en": text}}``; nested tables become dotted keys."""
    entries: dict[str, dict[str, str]] = {}

    def collect(table: Mapping[str, object], prefix: str) -> None:
        texts = {k: v for k, v in table.items() if k in LANGUAGES and isinstance(v, str)}
        if texts:
            entries[prefix] = texts
        for key, value in table.items():
            if isinstance(value, dict):
                collect(value, f"{prefix}.{key}" if prefix else key)

    collect(tomllib.loads((_CATALOG / f"{area}.toml").read_text(encoding="utf-8")), "")
    return entries


def t(key: str, /, *, lang: str | None = None, **values: object) -> str:
    """Return the message `key` (``area.name``) in `lang`, else in the process's language, with `values` filled in."""
    area, _, name = key.partition(".")
    language = lang or _current
    text = catalog(area)[name][language]
    if not values:
        return text
    return _Agreeing(language).vformat(text, (), values) if "|" in text else text.format(**values)


def is_singular(number: float, language: str) -> bool:
    """Say whether a word goes in the singular with `number`: in French all below two, in English one alone."""
    return abs(number) < 2 if language == "fr" else abs(number) == 1


def whole_number(number: int, language: str | None = None) -> str:
    """Return a number with its thousands apart, as the language (the process's where None) writes it."""
    return f"{number:,}".replace(",", "\u202f" if (language or _current) == "fr" else ",")


def decimal(number: float, digits: int = 1) -> str:
    """Return a number with so many digits after the point, or after the comma that French has in its place."""
    return f"{number:.{digits}f}".replace(".", "," if _current == "fr" else ".")


class _Agreeing(string.Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, mark, many = format_spec.partition("|")
        if not mark:
            return super().format_field(value, format_spec)
        form = one if is_singular(value, self._language) else many
        return form.replace("#", whole_number(value, self._language))
