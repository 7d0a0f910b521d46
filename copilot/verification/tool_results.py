"""A tool's run as text that figures can be looked up in."""

from __future__ import annotations

import math
from collections.abc import Iterator

from copilot.records import Scalar, ToolRun

_DIGITS = 12
# A claim may round what a tool computed, to so many decimals and as long as this many digits that count remain.
_DECIMALS = range(5)
_SIGNIFICANT = 2
_MOST_ROWS = 2_000


def evidence_of(run: ToolRun, language: str) -> str:
    """Return values, tables, assumptions and arguments of a run, one a line, in the notation of `language`."""
    return "\n".join(_lines(run, language))


def _lines(run: ToolRun, language: str) -> Iterator[str]:
    yield run.title
    for value in run.result.values:
        yield f"{value.label or value.name} : {_with_unit(value.value, value.unit, language)}"
    for table in run.result.tables:
        yield table.title or table.name
        for row in table.rows[:_MOST_ROWS]:
            yield " ; ".join(
                f"{column.label or column.name} {_with_unit(cell, column.unit, language)}"
                for column, cell in zip(table.columns, row, strict=True)
            )
    yield from run.result.assumptions
    yield from run.result.warnings
    for argument in run.arguments:
        values = argument.value if isinstance(argument.value, tuple) else (argument.value,)
        yield f"{argument.name} : {' ; '.join(_with_unit(one, argument.unit, language) for one in values)}"


def _with_unit(value: Scalar, unit: str | None, language: str) -> str:
    """Write a value with its unit, and after it each rounding that a claim may use."""
    if not isinstance(value, float):
        return f"{value} {unit or ''}".rstrip()
    forms = [f"{value:.{_DIGITS}g}"]
    if value and math.isfinite(value):
        first_decimals = _SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
        forms += [f"{value:.{decimals}f}" for decimals in _DECIMALS if decimals >= first_decimals]
    written = (form.replace(".", ",") if language == "fr" else form for form in dict.fromkeys(forms))
    return " ; ".join(f"{form} {unit or ''}".rstrip() for form in written)
