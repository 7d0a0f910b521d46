"""Putting the sources together: flag over environment over project over user over default, each value checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from copilot.errors import ForbiddenSettingError, SettingsError
from copilot.i18n import t
from copilot.resources import user_settings_file
from copilot.settings.describe import expectation, toml_value
from copilot.settings.models import NOT_FOR_PROJECTS, Settings, fields, sections
from copilot.settings.sources import (
    Given,
    Origin,
    OriginKind,
    given_by_environment,
    given_by_file,
    given_by_flags,
    refuse_unknown,
)

_DEFAULT = Origin(OriginKind.DEFAULT)


class HasSettingsFile(Protocol):
    """A workspace, as far as settings care."""

    @property
    def settings_file(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Checked settings, and who gave each: `origins` holds only those that somebody gave."""

    settings: Settings
    origins: Mapping[str, Origin]

    def origin(self, key: str) -> str:
        """Return who gave ``section.name``: ``default``, a file's path, ``env VARIABLE`` or ``flag``."""
        return str(self.origin_of(key))

    def origin_of(self, key: str) -> Origin:
        return self.origins.get(key, _DEFAULT)

    def rows(self) -> Iterator[tuple[str, object, Origin]]:
        """Yield key, value and origin of every setting."""
        for section, name, _ in fields():
            key = f"{section}.{name}"
            yield key, getattr(getattr(self.settings, section), name), self.origin_of(key)


def load_settings(
    workspace: HasSettingsFile | None = None,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> LoadedSettings:
    """Read every source and return the settings that hold; `flags` are ``{"section.name": value or None}``.

    Raises:
        SettingsError: a source cannot be read, or holds an unknown key or an impossible value; it names the source, the
            key, the value and what is expected or nearest.
    """
    values: dict[str, dict[str, object]] = {}
    origins: dict[str, Origin] = {}
    for given in _weakest_first(workspace, flags or {}, environment):
        values.setdefault(given.section, {})[given.name] = _checked(given, environment)
        origins[f"{given.section}.{given.name}"] = given.origin
    return LoadedSettings(Settings.model_validate(values), origins)


def _weakest_first(
    workspace: HasSettingsFile | None, flags: Mapping[str, object], environment: Mapping[str, str]
) -> Iterator[Given]:
    yield from given_by_file(user_settings_file(environment), OriginKind.USER)
    if workspace is not None:
        yield from given_by_file(workspace.settings_file, OriginKind.PROJECT)
    yield from given_by_environment(environment)
    yield from given_by_flags(flags)


def _checked(given: Given, environment: Mapping[str, str]) -> object:
    """Return the value in its setting's type. Files say what they mean; variables and flags may be text."""
    refuse_unknown(given)
    key = f"{given.section}.{given.name}"
    if given.origin.kind is OriginKind.PROJECT and not NOT_FOR_PROJECTS.isdisjoint((given.section, key)):
        raise ForbiddenSettingError(
            t("settings.message.not_for_projects", where=given.origin.in_words(), key=key),
            t("settings.message.not_for_projects_next", file=user_settings_file(environment)),
            key=key,
            file=given.origin.place,
        )
    model = sections()[given.section]
    from_file = given.origin.kind in (OriginKind.PROJECT, OriginKind.USER)
    value = tuple(given.value) if isinstance(given.value, list) else given.value
    try:
        return getattr(model.model_validate({given.name: value}, strict=from_file), given.name)
    except ValidationError as error:
        message = t(
            "settings.message.bad_value",
            where=given.origin.in_words(),
            key=key,
            value=_as_written(value),
        )
        expected = expectation(model.model_fields[given.name])
        raise SettingsError(message, t("settings.message.expected", expected=expected)) from error


def _as_written(value: object) -> str:
    try:
        return toml_value(value)
    except TypeError:  # a date or a table of TOML
        return str(value)
