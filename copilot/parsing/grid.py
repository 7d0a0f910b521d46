"""A sheet of cells into tables: regions between blank rows, their header, a block a row with its place (``A2:F2``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.parsing.builder import DocumentBuilder
from copilot.records import BlockKind

_VALUE = re.compile(r"^[\s+\-−(]*[\d.,/:\s%€$£kKMg°-]*\d[\d.,/:\s%€$£)°-]*(?:Z|UTC)?$")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text cells; `number` counts from 1 as the sheet's own row numbers do."""

    number: int
    cells: list[str]


def column_name(index: int) -> str:
    """Return the letters of a column counted from 0: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def add_grid(builder: DocumentBuilder, rows: Sequence[Row], sheet: str | None, first_column: int = 0) -> None:
    """Add every region of `rows`; a blank row, or a step in the row numbers, ends a region."""
    region: list[Row] = []
    for row in rows:
        blank = not any(cell.strip() for cell in row.cells)
        if region and (blank or row.number != region[-1].number + 1):
            _add_region(builder, region, sheet, first_column)
            region = []
        if not blank:
            region.append(row)
    if region:
        _add_region(builder, region, sheet, first_column)


def _add_region(builder: DocumentBuilder, region: list[Row], sheet: str | None, first_column: int) -> None:
    """Add the title lines above a table as paragraphs, then the table."""
    body = 0
    if any(_filled(row) > 1 for row in region):
        while _filled(region[body]) == 1:
            text = next(cell for cell in region[body].cells if cell.strip())
            low, high = _columns(region[body : body + 1])
            builder.add(BlockKind.PARAGRAPH, text, sheet=sheet, cells=_place(region[body], low, high, first_column))
            body += 1
    rows = region[body:]
    low, high = _columns(rows)
    header = _is_header(rows, high - low)
    table = builder.next_table()
    for number, row in enumerate(rows):
        place = (sheet, _place(row, low, high, first_column))
        builder.add_row(row.cells[low:high], header=header and number == 0, table=table, place=place)


def _filled(row: Row) -> int:
    return sum(1 for cell in row.cells if cell.strip())


def _columns(rows: Sequence[Row]) -> tuple[int, int]:
    used = [index for row in rows for index, cell in enumerate(row.cells) if cell.strip()]
    return min(used), max(used) + 1


def _place(row: Row, low: int, high: int, first_column: int) -> str:
    return f"{column_name(first_column + low)}{row.number}:{column_name(first_column + high - 1)}{row.number}"


def _is_header(rows: Sequence[Row], width: int) -> bool:
    """A first row is a header when it is all words, nearly full, without repeats, and something follows."""
    first = [cell.strip() for cell in rows[0].cells if cell.strip()]
    if len(rows) < 2 or len(first) < 2 or any(_VALUE.match(cell) for cell in first) or max(map(len, first)) > 120:
        return False
    return len(first) >= 0.5 * width and len({cell.casefold() for cell in first}) == len(first)
