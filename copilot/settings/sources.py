"""Where settings are given: flags, environment variables and two TOML files, each read into single given values."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from copilot.errors import SettingsError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import read_toml
from copilot.settings.describe import is_list
from copilot.settings.models import fields, sections

PREFIX = "COPILOT_"
LANGUAGE_VARIABLE = "COPILOT_LANG"
# Variables of ours that are no settings; each is told in the catalogue under ``settings.variable``.
OTHER_VARIABLES = (
    "COPILOT_WORKSPACE",
    LANGUAGE_VARIABLE,
    "COPILOT_PASSPHRASE_FILE",
    "COPILOT_NEW_PASSPHRASE_FILE",
    "COPILOT_EMBEDDERS",
)
# How alike a foreign-looking variable must be to one of ours to be taken for a slip of the pen.
_SLIP = 0.75


class OriginKind(StrEnum):
    """Who gave a value, from the weakest to the strongest."""

    DEFAULT = "default"
    USER = "user"
    PROJECT = "project"
    ENVIRONMENT = "env"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who gave a value, and where: a file's path, a variable's name."""

    kind: OriginKind
    place: str = ""

    def __str__(self) -> str:
        if self.kind in (OriginKind.USER, OriginKind.PROJECT):
            return self.place
        return f"{self.kind} {self.place}".strip()

    def in_words(self) -> str:
        """Return the origin in the user's language, as an error message or a table shows it."""
        return t(f"settings.origin.{self.kind}", place=self.place)


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given, not yet checked."""

    section: str
    name: str
    value: object
    origin: Origin


def given_by_file(path: Path, kind: OriginKind) -> Iterator[Given]:
    """Yield the values of a TOML file; none when it does not exist.

    Raises:
        SettingsError: the file cannot be read, is no TOML, or holds a value outside a section.
    """
    try:
        tables = read_toml(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(
            t("settings.message.unreadable", file=path, error=cause_of(error)),
            t("settings.message.unreadable_next"),
        ) from error
    except ValueError as error:
        raise SettingsError(
            t("settings.message.no_toml", file=path, error=cause_of(error)), t("settings.message.no_toml_next")
        ) from error
    origin = Origin(kind, str(path))
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise _unknown(origin, section)
        for name, value in table.items():
            yield Given(section, name, value, origin)


def given_by_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    """Yield the values of ``COPILOT_SECTION__NAME`` variables; items of a list stand between commas.

    Other programs use the prefix too: a variable without ``__`` is refused only when it looks like ours misspelt.

    Raises:
        SettingsError: a variable is not known.
    """
    if language := environment.get(LANGUAGE_VARIABLE):
        yield Given("interface", "language", language, Origin(OriginKind.ENVIRONMENT, LANGUAGE_VARIABLE))
    lists = {f"{section}.{name}" for section, name, field in fields() if is_list(field)}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        section, separator, name = variable.removeprefix(PREFIX).lower().partition("__")
        if not separator or section not in sections() or name not in sections()[section].model_fields:
            _refuse_variable(variable)
            continue
        value: object = environment[variable]
        if f"{section}.{name}" in lists:
            value = tuple(part.strip() for part in environment[variable].split(",") if part.strip())
        yield Given(section, name, value, Origin(OriginKind.ENVIRONMENT, variable))


def given_by_flags(flags: Mapping[str, object]) -> Iterator[Given]:
    """Yield the values of ``{"section.name": value}``; None is a flag that was not used."""
    for key, value in flags.items():
        section, _, name = key.partition(".")
        if value is not None:
            yield Given(section, name, value, Origin(OriginKind.FLAG))


def refuse_unknown(given: Given) -> None:
    """Raise SettingsError when the section or the name of a given value is not known."""
    known = sections().get(given.section)
    if known is None or given.name not in known.model_fields:
        raise _unknown(given.origin, f"{given.section}.{given.name}")


def variable_of(section: str, name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{section.upper()}__{name.upper()}"


def _unknown(origin: Origin, key: str) -> SettingsError:
    message = t("settings.message.unknown", where=origin.in_words(), key=key)
    return SettingsError(message, _perhaps(_nearest_key(key)))


def _nearest_key(key: str) -> str | None:
    """Return the setting most like `key`: one of the same name in another section first, then by spelling."""
    keys = [f"{section}.{name}" for section, name, _ in fields()]
    name = key.rpartition(".")[2]
    same_name = [known for known in keys if known.rpartition(".")[2] == name]
    return next(iter(same_name or difflib.get_close_matches(key, keys, n=1, cutoff=0.5)), None)


def _refuse_variable(variable: str) -> None:
    ours = [variable_of(section, name) for section, name, _ in fields()] + list(OTHER_VARIABLES)
    bare = {name.removeprefix(PREFIX): name for name in ours}
    ours_by_form = "__" in variable
    near = difflib.get_close_matches(variable.removeprefix(PREFIX), bare, n=1, cutoff=0.5 if ours_by_form else _SLIP)
    if ours_by_form or near:
        message = t("settings.message.unknown_variable", variable=variable)
        raise SettingsError(message, _perhaps(bare[near[0]] if near else None))


def _perhaps(nearest: str | None) -> str:
    return t("settings.message.perhaps", nearest=nearest) if nearest else t("settings.message.see_config")
