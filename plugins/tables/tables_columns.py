"""What the columns of a table hold: numbers, dates or text, judged over all their cells."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.plugin_api import DataTable, Scalar, parse_number, say

_LEADING_ZERO = re.compile(r"[+-]?0\d")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")

Cell = str | float | bool | None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column with its cells as what they are: `kind` is number, date, text, boolean or empty; `note` says why."""

    name: str
    kind: str
    cells: tuple[Cell, ...]
    note: str = ""

    @property
    def filled(self) -> list[Cell]:
        return [cell for cell in self.cells if cell is not None]

    @property
    def numbers(self) -> list[float]:
        return [cell for cell in self.cells if isinstance(cell, float)]


def read_columns(table: DataTable) -> list[TableColumn]:
    """Judge each column by all of its cells: one cell that is no number makes it text."""
    return [_read(name, [row[position] for row in table.rows]) for position, name in enumerate(table.columns)]


def kind_in_words(kind: str) -> str:
    return {
        "number": say("number", "nombre"),
        "date": say("date", "date"),
        "text": say("text", "texte"),
        "boolean": say("yes or no", "oui ou non"),
    }.get(kind, say("empty", "vide"))


def _read(name: str, cells: Sequence[Scalar]) -> TableColumn:
    filled = [cell for cell in cells if cell not in (None, "")]
    if not filled:
        return TableColumn(name, "empty", (None,) * len(cells))
    if all(isinstance(cell, bool) for cell in filled):
        return TableColumn(name, "boolean", tuple(cell if isinstance(cell, bool) else None for cell in cells))
    texts = [cell.strip() for cell in filled if isinstance(cell, str)]
    dates = [None if cell in (None, "") else _date(cell) for cell in cells]
    if sum(date is not None for date in dates) == len(filled):
        day_first = any(_DAY_FIRST.fullmatch(text) for text in texts)
        return TableColumn(
            name, "date", tuple(dates), say("read day first", "lue jour en premier") if day_first else ""
        )
    if any(_LEADING_ZERO.match(text) and "." not in text and "," not in text for text in texts):
        return _as_text(name, cells, say("zeros in front are kept", "les zéros de tête sont gardés"))
    with_comma = [text for text in texts if "," in text]
    if with_comma and all(_GROUPED.fullmatch(text) for text in with_comma):
        why = say(
            "“1,234” could be thousands or decimals: kept as text",
            "« 1,234 » peut être des milliers ou des décimales : gardé en texte",
        )
        return _as_text(name, cells, why)
    numbers = [None if cell in (None, "") else parse_number(cell) for cell in cells]
    if sum(number is not None for number in numbers) == len(filled):
        return TableColumn(name, "number", tuple(numbers))
    return _as_text(name, cells)


def _as_text(name: str, cells: Sequence[Scalar], note: str = "") -> TableColumn:
    return TableColumn(name, "text", tuple(None if cell in (None, "") else str(cell).strip() for cell in cells), note)


def _date(cell: Scalar) -> str | None:
    """Return an ISO date from ISO or day-first writing; None where it is none."""
    text = str(cell).strip()
    if match := _DAY_FIRST.fullmatch(text):
        text = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        return None
