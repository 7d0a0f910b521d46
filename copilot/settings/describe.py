"""Settings in words: what one means, what it expects, how its value is written in TOML."""

from __future__ import annotations

import json
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from copilot.i18n import t


def describe(key: str) -> str:
    """Return what the setting ``section.name`` is for, in the user's language."""
    return t(f"settings.fields.{key}")


def describe_section(section: str) -> str:
    """Return what the settings of a section are about, in the user's language."""
    return t(f"settings.section.{section}")


def expectation(field: FieldInfo) -> str:
    """Return what values a setting takes, in the user's language: the end of a sentence."""
    kind = value_type(field)
    if get_origin(kind) is Literal:
        return t("settings.expect.choice", values=", ".join(f'"{value}"' for value in get_args(kind)))
    if kind is bool:
        return t("settings.expect.switch")
    if kind in (int, float):
        low, high = _bounds(field)
        return t(f"settings.expect.{'whole' if kind is int else 'number'}", low=low, high=high)
    return t("settings.expect.list" if is_list(field) else "settings.expect.text")


def value_type(field: FieldInfo) -> Any:
    """Return the type of a setting's value, without the None of one that need not be given."""
    annotation: Any = field.annotation
    if isinstance(annotation, UnionType):
        return next(part for part in get_args(annotation) if part is not NoneType)
    return annotation


def is_list(field: FieldInfo) -> bool:
    return get_origin(value_type(field)) is tuple


def toml_value(value: object) -> str:
    """Return a setting's value as TOML; strings by JSON's escapes, which TOML shares."""
    if isinstance(value, tuple):
        return f"[{', '.join(toml_value(part) for part in value)}]"
    return json.dumps(value)


def _bounds(field: FieldInfo) -> tuple[Any, Any]:
    low = next(part.ge for part in field.metadata if hasattr(part, "ge"))
    high = next(part.le for part in field.metadata if hasattr(part, "le"))
    return low, high
