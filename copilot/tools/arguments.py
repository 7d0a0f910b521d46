"""The arguments of a call, checked and brought into the tool's units before anything of the tool runs.

What is given may be text as a person writes it (``42 000 L``, ``oui``, ``14/10/2026``) or a value with a unit beside
it. A table or a file is found on disk here, by a name from the user or the question: never one that a document gave.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from copilot.errors import ToolFailedError
from copilot.i18n import t
from copilot.language.words import fold
from copilot.plugin_api import parse_number
from copilot.records import Argument, ArgumentValue, OriginKind, Parameter, ParameterKind, Scalar, Tool, ToolCall
from copilot.tools.handles import HandleError, find_file, find_table
from copilot.tools.units import UnitError, convert

_NUMBER = re.compile(r"\s*([-+−]?\d[\d., \u00a0\u202f']*(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)
_TWO_READINGS = re.compile(r"[-+−]?[1-9]\d{0,2},\d{3}")
_YES, _NO = frozenset("yes y oui o true vrai 1 on".split()), frozenset("no n non false faux 0 off".split())
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ T](\d{1,2})[:h](\d{2}))?")
_LONGEST_TEXT, _MOST_ENTRIES = 10_000, 10_000
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class Checked:
    """Arguments that are fit to run: as records in the tool's units, as plain data for the child, and their files."""

    arguments: tuple[Argument, ...]
    plain: dict[str, Any]
    files: tuple[str, ...]


class _Wrong(ValueError):  # noqa: N818
    """One value that cannot be taken; the message says what can."""


def check_arguments(call: ToolCall, tool: Tool, bases: Sequence[Path]) -> Checked:
    """Return the arguments of `call` as `tool` wants them; relative paths start from the first of `bases` that fits.

    Raises:
        ToolFailedError: an argument is unknown, given twice, missing or cannot be taken; it names the argument and what
            it may be.
    """
    given: dict[str, Argument] = {}
    for argument in call.arguments:
        if tool.parameter(argument.name) is None:
            names = [one.name for one in tool.parameters]
            near = ", ".join(get_close_matches(argument.name, names, n=1) or names)
            raise _failed(tool, t("tools.argument.unknown", tool=tool.name, name=argument.name, near=near or "-"))
        if argument.name in given:
            raise _failed(tool, t("tools.argument.twice", tool=tool.name, name=argument.name))
        given[argument.name] = argument
    missing = [one.name for one in tool.parameters if one.required and _is_blank(given.get(one.name))]
    if missing:
        raise _failed(tool, t("tools.argument.missing", tool=tool.name, names=", ".join(missing)))
    checked: list[Argument] = []
    plain: dict[str, Any] = {}
    files: list[str] = []
    for parameter in tool.parameters:
        filled = given.get(parameter.name)
        if filled is None or _is_blank(filled):
            continue
        try:
            value, data, file = _read(parameter, filled, bases)
        except _Wrong as wrong:
            raise _failed(
                tool, t("tools.argument.wrong", tool=tool.name, name=parameter.name, detail=str(wrong))
            ) from wrong
        checked.append(replace(filled, value=value, unit=parameter.unit))
        plain[parameter.name] = data
        files += [file] if file else []
    return Checked(tuple(checked), plain, tuple(files))


def _is_blank(argument: Argument | None) -> bool:
    return argument is None or argument.value is None or argument.value == ""


def _failed(tool: Tool, message: str) -> ToolFailedError:
    return ToolFailedError(message, t("tools.argument.next", tool=tool.name), reason="arguments")


def _read(parameter: Parameter, argument: Argument, bases: Sequence[Path]) -> tuple[ArgumentValue, Any, str | None]:
    """Return the value as recorded, as the child gets it, and the file to be granted if it is one."""
    if parameter.kind in (ParameterKind.TABLE, ParameterKind.FILE):
        if argument.origin.kind is OriginKind.DOCUMENT:
            raise _Wrong(t("tools.argument.path_from_document"))
        written = str(argument.value)
        try:
            if parameter.kind is ParameterKind.FILE:
                path = str(find_file(written, bases))
                return written, path, path
            handle = find_table(written, bases)
        except HandleError as error:
            raise _Wrong(str(error)) from error
        return written, asdict(handle), handle.path
    if parameter.kind in (ParameterKind.NUMBERS, ParameterKind.TEXTS):
        entries = _entries(argument.value, parameter.kind is ParameterKind.NUMBERS)
        single = ParameterKind.NUMBER if parameter.kind is ParameterKind.NUMBERS else ParameterKind.TEXT
        read = [_single(replace(parameter, kind=single), entry, argument.unit) for entry in entries]
        return tuple(read), read, None
    if isinstance(argument.value, tuple):
        raise _Wrong(t("tools.argument.one"))
    value = _single(parameter, argument.value, argument.unit)
    return value, value, None


def _entries(value: ArgumentValue, numbers: bool) -> list[Scalar]:
    """Return the entries of a list: cut at semicolons, else numbers at blanks, or at commas where there are several."""
    if isinstance(value, tuple):
        entries = list(value)
    elif not isinstance(value, str):
        entries = [value]
    elif ";" in value or not numbers:
        entries = [part.strip() for part in re.split(r"[;\n]", value) if part.strip()]
    elif value.count(",") > 1 and "." not in value.replace(", ", ""):
        entries = [part.strip() for part in value.split(",") if part.strip()]
    else:
        entries = [part.strip(",") for part in value.split()]
    if len(entries) > _MOST_ENTRIES:
        raise _Wrong(t("tools.argument.too_many", most=_MOST_ENTRIES))
    return entries


def _single(parameter: Parameter, value: Scalar, unit: str | None) -> Scalar:
    readers: dict[ParameterKind, Callable[[Parameter, Scalar, str | None], Scalar]] = {
        ParameterKind.NUMBER: _number,
        ParameterKind.INTEGER: _integer,
        ParameterKind.BOOLEAN: lambda _, value, __: _boolean(value),
        ParameterKind.CHOICE: lambda parameter, value, _: _choice(parameter, value),
        ParameterKind.DATE: lambda _, value, __: read_date(str(value)),
    }
    if parameter.kind in readers:
        return readers[parameter.kind](parameter, value, unit)
    text = str(value)
    if len(text) > _LONGEST_TEXT:
        raise _Wrong(t("tools.argument.long", most=_LONGEST_TEXT))
    return text


def _number(parameter: Parameter, value: Scalar, unit: str | None) -> float:
    if isinstance(value, str):
        number, written = split_number(value)
        unit = written or unit
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        number = float(value)
    else:
        raise _Wrong(t("tools.argument.no_number", value=value))
    if unit is not None:
        try:
            number = convert(number, unit, parameter.unit)
        except UnitError as error:
            wanted = parameter.unit or t("tools.argument.no_unit")
            raise _Wrong(t("tools.argument.unit", unit=unit, wanted=wanted)) from error
    if not parameter.allows(number):
        raise _Wrong(t("tools.argument.range", value=_shown(number), range=range_of(parameter)))
    return number


def split_number(text: str) -> tuple[float, str]:
    """Return the number that a text begins with, and the unit that follows it.

    A decimal comma and groups of three between blanks are read; ``1,234`` alone could be either and is refused.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _Wrong(t("tools.argument.no_number", value=text))
    written = match[1].strip()
    if _TWO_READINGS.fullmatch(written):
        raise _Wrong(t("tools.argument.two_readings", value=written, plain=written.replace(",", "")))
    number = parse_number(written.replace("−", "-"))
    if number is None:
        raise _Wrong(t("tools.argument.no_number", value=text))
    return number, match[2].strip()


def _integer(parameter: Parameter, value: Scalar, unit: str | None) -> int:
    number = _number(parameter, value, unit)
    if abs(number - round(number)) > _WHOLE * max(1.0, abs(number)):
        raise _Wrong(t("tools.argument.no_whole", value=_shown(number)))
    return round(number)


def _boolean(value: Scalar) -> bool:
    if isinstance(value, bool):
        return value
    word = fold(str(value).strip())
    if word in _YES or word in _NO:
        return word in _YES
    raise _Wrong(t("tools.argument.no_boolean", value=value))


def _choice(parameter: Parameter, value: Scalar) -> str:
    word = fold(str(value).strip())
    labels = parameter.choice_labels or parameter.choices
    for choice, label in zip(parameter.choices, labels, strict=True):
        if value == choice or word in (fold(choice), fold(label)):
            return choice
    raise _Wrong(t("tools.argument.choice", value=value, choices=", ".join(parameter.choices)))


def read_date(text: str) -> str:
    """Return a date, or a date with its time, in ISO 8601; ``14/10/2026`` is read day first."""
    stripped = text.strip()
    if match := _DAY_FIRST.fullmatch(stripped):
        day, month, year, hour, minute = match.groups()
        stripped = f"{year}-{int(month):02}-{int(day):02}" + (f"T{int(hour):02}:{minute}" if hour else "")
    try:
        moment = datetime.datetime.fromisoformat(stripped)
    except ValueError as error:
        raise _Wrong(t("tools.argument.no_date", value=text)) from error
    return moment.isoformat() if "T" in stripped or " " in stripped else moment.date().isoformat()


def range_of(parameter: Parameter) -> str:
    """Return the bounds of a parameter with its unit: ``> 0 L``, ``0 … 100 %``; empty where there are none."""
    unit = f" {parameter.unit}" if parameter.unit else ""
    least = None if parameter.minimum is None else _shown(parameter.minimum)
    most = None if parameter.maximum is None else _shown(parameter.maximum)
    if least is not None and most is not None and not (parameter.above_minimum or parameter.below_maximum):
        return f"{least} … {most}{unit}"
    parts = []
    if least is not None:
        parts.append(f"{'>' if parameter.above_minimum else '≥'} {least}{unit}")
    if most is not None:
        parts.append(f"{'<' if parameter.below_maximum else '≤'} {most}{unit}")
    return ", ".join(parts)


def _shown(number: float) -> str:
    return f"{number:.12g}"
