"""Every sentence the user sees, in French and English: ``t("area.key", name=value)``.

One TOML file an area in ``catalog/``, read when first used, so that a start pays only for what it prints. Values are
put in as text; cleaning what came from outside is the face's work (`copilot.sanitise`), not the catalogue's.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

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
    text = catalog(area)[name][lang or _current]
    return text.format(**values) if values else text
