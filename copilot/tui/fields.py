"""Reading what a user typed into the field of a tool's parameter; what is typed twice over is checked by the runner."""

from __future__ import annotations

import re

from copilot.i18n import t
from copilot.plugin_api import parse_number
from copilot.presentation import wording
from copilot.records import Parameter, ParameterKind, PlannedArgument
from copilot.records.plans import ArgumentValue

# A number as either language writes it, then a unit or nothing.
_NUMBER = re.compile(r"([-+]?[\d\s\u00a0\u202f.,]*\d(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)
_YES = frozenset({"oui", "vrai", "yes", "true", "1", "o", "y"})
_NO = frozenset({"non", "faux", "no", "false", "0", "n"})


class FieldError(ValueError):
    """What is wrong with a field, in words for the user."""


def read_field(parameter: Parameter, text: str) -> PlannedArgument | None:
    """Return the argument that `text` gives, None for an empty field that may stay so.

    Raises:
        FieldError: it is required and empty, or no value of its kind.
    """
    text = text.strip()
    if not text:
        if parameter.required:
            raise FieldError(t("tui.field.required"))
        return None
    value, unit = _value(parameter, text)
    return PlannedArgument(parameter.name, value, unit)


def blank_of(parameter: Parameter, words: str) -> PlannedArgument:
    """Return the argument as one to be read from the documents; `words` say what to look for, else its label does."""
    return PlannedArgument(parameter.name, unit=parameter.unit, blank=words.strip() or parameter.label)


def _value(parameter: Parameter, text: str) -> tuple[ArgumentValue, str | None]:
    kind = parameter.kind
    if kind in (ParameterKind.NUMBER, ParameterKind.INTEGER):
        value, unit = _number(text)
        if kind is ParameterKind.INTEGER and unit == (parameter.unit or ""):
            if value != int(value):
                raise FieldError(t("tui.field.whole"))
            return int(value), unit or parameter.unit
        return value, unit or parameter.unit
    if kind is ParameterKind.NUMBERS:
        numbers = [_number(part) for part in re.split(r"[;\n]", text) if part.strip()]
        units = {unit for _, unit in numbers if unit}
        if len(units) > 1:
            raise FieldError(t("tui.field.one_unit"))
        return tuple(number for number, _ in numbers), next(iter(units), parameter.unit)
    if kind is ParameterKind.TEXTS:
        return tuple(part.strip() for part in re.split(r"[;\n]", text) if part.strip()), None
    if kind is ParameterKind.BOOLEAN:
        return _boolean(text), None
    if kind is ParameterKind.CHOICE and text not in parameter.choices:
        raise FieldError(t("tui.field.choices", choices=", ".join(parameter.choices)))
    return text, None


def _number(text: str) -> tuple[float, str]:
    matched = _NUMBER.fullmatch(text.strip())
    number = None if matched is None else parse_number(matched[1])
    if matched is None or number is None:
        raise FieldError(t("tui.field.number"))
    return number, matched[2].strip()


def _boolean(text: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise FieldError(t("tui.field.yes_or_no"))


def written(value: ArgumentValue, unit: str | None) -> str:
    """Return a value as a user would type it."""
    if isinstance(value, tuple):
        return " ; ".join(written(one, unit) for one in value)
    if value is None:
        return ""
    # Whole numbers as they are: the narrow blanks between their groups are no pleasure to edit.
    text = wording.number_written(value).replace("\u202f", " ") if not isinstance(value, str) else value
    return f"{text} {unit}" if unit and not isinstance(value, bool) else text


def hint_of(parameter: Parameter) -> str:
    """Return what a field takes: kind, unit, bounds, choices, columns."""
    parts = [t(f"tui.kind.{parameter.kind}")]
    if parameter.unit:
        parts.append(parameter.unit)
    if parameter.minimum is not None:
        sign = ">" if parameter.above_minimum else "≥"
        parts.append(f"{sign} {wording.number_written(parameter.minimum)}")
    if parameter.maximum is not None:
        sign = "<" if parameter.below_maximum else "≤"
        parts.append(f"{sign} {wording.number_written(parameter.maximum)}")
    if parameter.choices:
        parts.append(" / ".join(parameter.choices))
    if parameter.columns:
        parts.append(t("tui.field.columns", columns=", ".join(parameter.columns)))
    if not parameter.required:
        default = written(parameter.default, None)
        parts.append(t("tui.field.default", value=default) if default else t("tui.field.optional"))
    return " · ".join(parts)
