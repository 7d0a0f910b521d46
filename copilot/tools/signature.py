"""What a tool takes, derived from its annotations and its docstring; every mistake with its line.

Runs in the walled child: to read the annotations of a plugin its code must be loaded.
"""

from __future__ import annotations

import datetime
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from annotated_types import Ge, Gt, Interval, Le, Len, Lt

from copilot.i18n import t
from copilot.plugin_api import Columns, DataTable, InputFile, Unit
from copilot.records import Parameter, ParameterKind
from copilot.tools.manifest import Problem

_SECTION = re.compile(r"(Args|Arguments|Returns|Raises|Yields|Examples?|Notes?|References?):\s*")
_ARGUMENT = re.compile(r"(\w+)(?: \([^)]*\))?:\s*(.*)")
_PLAIN: dict[object, ParameterKind] = {
    float: ParameterKind.NUMBER,
    int: ParameterKind.INTEGER,
    bool: ParameterKind.BOOLEAN,
    str: ParameterKind.TEXT,
    datetime.date: ParameterKind.DATE,
    datetime.datetime: ParameterKind.DATE,
    DataTable: ParameterKind.TABLE,
    InputFile: ParameterKind.FILE,
}
_MANY: dict[object, ParameterKind] = {
    float: ParameterKind.NUMBERS,
    int: ParameterKind.NUMBERS,
    str: ParameterKind.TEXTS,
}
_NUMERIC = (ParameterKind.NUMBER, ParameterKind.INTEGER, ParameterKind.NUMBERS)
_SIZED = (ParameterKind.TEXT, ParameterKind.NUMBERS, ParameterKind.TEXTS)


@dataclass(frozen=True, slots=True)
class Taken:
    """One parameter: what the world is told of it, and how its Python value is made from plain data.

    `make` turns what JSON can hold into what the function wants; lists have between `shortest` and `longest` entries.
    """

    parameter: Parameter
    type: object = str
    container: Callable[[Iterable[Any]], Any] | None = None
    shortest: int = 0
    longest: int | None = None


@dataclass(slots=True)
class Signature:
    """A tool as its code describes it."""

    name: str
    line: int
    summary: str
    taken: list[Taken] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_signature(function: Callable[..., Any], file: str) -> Signature:
    """Derive what `function` takes; `file` is how problems name the place."""
    line = inspect.unwrap(function).__code__.co_firstlineno
    summary, described = read_docstring(inspect.getdoc(function) or "")
    found = Signature(function.__name__, line, summary)
    if not summary:
        found.problems.append(Problem(file, line, t("tools.plugin.no_docstring", tool=function.__name__)))
    lines = _lines_of_parameters(function, line)
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception as error:  # noqa: BLE001 - annotations are the plugin's code
        found.problems.append(Problem(file, line, t("tools.plugin.annotations", detail=f"{error}"[:200])))
        return found
    parameters = inspect.signature(function).parameters
    for name, one in parameters.items():
        place = (file, lines.get(name, line))
        if name not in described:
            found.problems.append(Problem(*place, t("tools.plugin.no_description", tool=found.name, name=name)))
        if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) or name not in hints:
            found.problems.append(Problem(*place, t("tools.plugin.no_type", tool=found.name, name=name)))
            continue
        taken, wrong = _take(name, hints[name], described.get(name, ""))
        if taken is not None:
            taken, more = _with_default(taken, one)
            found.taken.append(taken)
            wrong += more
        found.problems += [Problem(*place, f"{name}: {message}") for message in wrong]
    for name in described.keys() - parameters.keys():
        near = ", ".join(get_close_matches(name, parameters, n=1) or parameters)
        found.problems.append(Problem(file, line, t("tools.plugin.no_such_parameter", name=name, near=near or "-")))
    return found


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the first section, and what ``Args:`` says of each name (Google style)."""
    summary: list[str] = []
    described: dict[str, list[str]] = {}
    section, current, indent = "", "", 0
    for line in text.splitlines():
        stripped = line.strip()
        depth = len(line) - len(line.lstrip())
        if depth == 0 and _SECTION.fullmatch(stripped):
            section, current = stripped.rstrip(": "), ""
        elif not section:
            summary.append(stripped)
        elif section in ("Args", "Arguments") and stripped:
            match = _ARGUMENT.fullmatch(stripped)
            if match and (not current or depth <= indent):
                current, indent = match[1], depth
                described[current] = [match[2]]
            elif current:
                described[current].append(stripped)
    texts = {name: " ".join(words).strip() for name, words in described.items()}
    return " ".join(word for word in summary if word).strip(), {name: words for name, words in texts.items() if words}


def _take(name: str, annotation: object, help_: str) -> tuple[Taken | None, list[str]]:
    plain, metadata = _unwrapped(annotation)
    origin, arguments = typing.get_origin(plain), typing.get_args(plain)
    taken: Taken | None = None
    if origin is typing.Literal and all(isinstance(one, str) for one in arguments):
        taken = Taken(Parameter(name, ParameterKind.CHOICE, "", help_, choices=tuple(arguments)))
    elif origin in (list, tuple) and arguments:
        inner, inner_metadata = _unwrapped(arguments[0])
        if inner in _MANY and (origin is list or arguments[1:] == (Ellipsis,)):
            metadata = [*metadata, *inner_metadata]
            container = list if origin is list else tuple
            taken = Taken(Parameter(name, _MANY[inner], "", help_), inner, container)
    elif plain in _PLAIN:
        taken = Taken(Parameter(name, _PLAIN[plain], "", help_), plain)
    if taken is None:
        return None, [t("tools.plugin.type", type=_shown(plain))]
    problems: list[str] = []
    for mark in metadata:
        taken, wrong = _marked(taken, mark)
        problems += wrong
    return taken, problems


def _unwrapped(annotation: object) -> tuple[object, list[object]]:
    """Return the bare type and what ``Annotated`` says of it, through ``| None`` on either side."""
    metadata: list[object] = []
    while True:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            metadata += arguments[1:]
            annotation = arguments[0]
        elif origin in (typing.Union, types.UnionType):
            rest = [one for one in arguments if one is not type(None)]
            if len(rest) != 1:
                return annotation, metadata
            annotation = rest[0]
        else:
            return annotation, metadata


def _marked(taken: Taken, mark: object) -> tuple[Taken, list[str]]:
    """Return `taken` with what one mark of its annotation adds."""
    parameter = taken.parameter
    numeric, sized = parameter.kind in _NUMERIC, parameter.kind in _SIZED
    if isinstance(mark, Unit) and numeric:
        from copilot.tools.units import is_unit

        wrong = [] if is_unit(mark.name) else [t("tools.plugin.unit", unit=mark.name)]
        return replace(taken, parameter=replace(parameter, unit=mark.name)), wrong
    if isinstance(mark, Columns) and parameter.kind is ParameterKind.TABLE:
        return replace(taken, parameter=replace(parameter, columns=mark.names)), []
    if isinstance(mark, Len) and sized:
        return replace(taken, shortest=mark.min_length, longest=mark.max_length), []
    if isinstance(mark, Gt | Ge | Lt | Le | Interval) and numeric:
        return replace(taken, parameter=_bounded(parameter, mark)), []
    return taken, [t("tools.plugin.mark", mark=_shown(mark), kind=parameter.kind.value)]


def _bounded(parameter: Parameter, mark: Gt | Ge | Lt | Le | Interval) -> Parameter:
    above, least = getattr(mark, "gt", None), getattr(mark, "ge", None)
    below, most = getattr(mark, "lt", None), getattr(mark, "le", None)
    if above is not None or least is not None:
        limit = typing.cast("float", above if above is not None else least)
        parameter = replace(parameter, minimum=float(limit), above_minimum=above is not None)
    if below is not None or most is not None:
        limit = typing.cast("float", below if below is not None else most)
        parameter = replace(parameter, maximum=float(limit), below_maximum=below is not None)
    return parameter


def _with_default(taken: Taken, one: inspect.Parameter) -> tuple[Taken, list[str]]:
    if one.default is one.empty:
        return taken, []
    default = one.default if isinstance(one.default, str | int | float | bool) else None
    parameter = replace(taken.parameter, required=False, default=default)
    wrong = []
    # No default of a form: neither an infinity nor what is no number.
    if (
        isinstance(default, int | float)
        and not isinstance(default, bool)
        and not (abs(default) <= sys.float_info.max and parameter.allows(default))
    ):
        wrong.append(t("tools.plugin.default", default=default))
        parameter = replace(parameter, default=None)
    if parameter.choices and default is not None and default not in parameter.choices:
        wrong.append(t("tools.plugin.default", default=default))
    return replace(taken, parameter=parameter), wrong


def _lines_of_parameters(function: Callable[..., Any], first: int) -> dict[str, int]:
    """Return the line on which each parameter stands."""
    import ast
    import textwrap

    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return {}
    definition = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    if definition is None:
        return {}
    arguments = definition.args
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return {one.arg: first + one.lineno - 1 for one in every if one is not None}


def _shown(value: object) -> str:
    return getattr(value, "__name__", None) or str(value)[:100]
