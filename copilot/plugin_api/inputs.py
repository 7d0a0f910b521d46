"""What a tool may take besides numbers and words: quantities with a unit, tables, files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.plugin_api.errors import ToolError
from copilot.plugin_api.running import say
from copilot.records.results import Scalar

_BLANKS = re.compile(r"[ \u00a0\u202f']")


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit in which a tool wants a number, as pint names it; whoever calls may give any unit of that dimension."""

    name: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a table must have, by the names of its header row; more are allowed."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the user named: the tool may read this path and no other."""

    path: str


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table that the user named by a handle (``file.xlsx#sheet!A1:F40``, ``file.csv``), its first row the header.

    Cells of a delimited file are text as written, so that leading zeros survive; those of a workbook keep their types.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    source: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def position(self, column: str) -> int:
        """Return where `column` stands; ToolError that lists what there is where it does not."""
        try:
            return self.columns.index(column)
        except ValueError:
            there = ", ".join(self.columns)
            raise ToolError(
                say(
                    f"The table has no column “{column}”; it has: {there}.",
                    f"Le tableau n'a pas de colonne « {column} » ; il a : {there}.",
                )
            ) from None

    def has(self, column: str) -> bool:
        return column in self.columns

    def texts(self, column: str) -> list[str]:
        """Return a column as text, an empty cell as the empty string."""
        at = self.position(column)
        return ["" if row[at] is None else str(row[at]).strip() for row in self.rows]

    def numbers(self, column: str) -> list[float]:
        """Return a column as numbers, decimal comma or point.

        Raises:
            ToolError: a cell holds no finite number; it names the row.
        """
        at = self.position(column)
        found: list[float] = []
        for number, row in enumerate(self.rows, start=2):
            value = parse_number(row[at])
            if value is None:
                cell = row[at]
                raise ToolError(
                    say(
                        f"Row {number}, column “{column}”: “{cell}” is not a number.",
                        f"Ligne {number}, colonne « {column} » : « {cell} » n'est pas un nombre.",
                    )
                )
            found.append(value)
        return found

    def records(self) -> Iterator[dict[str, Scalar]]:
        """Yield each row by the names of its columns."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))


def parse_number(cell: Scalar) -> float | None:
    """Return a finite number from a cell, whether typed or written (``1 250,5``, ``1,250.5``); None where it is none.

    A single comma is a decimal comma, unless a point follows it.
    """
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else None
    text = _BLANKS.sub("", cell.strip())
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
