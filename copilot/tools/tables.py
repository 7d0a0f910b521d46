"""Tables out of files that the user named; runs in the walled child, since a workbook can be hostile too."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.language.words import fold
from copilot.plugin_api import DataTable, Scalar

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
DELIMITED = (".csv", ".tsv", ".txt")
_DELIMITERS = ";\t,|"
_SNIFFED_LINES = 50
_MOST_CELLS = 5_000_000
_LARGEST_FILE = 256 * 2**20
_CELLS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7}):\$?([A-Za-z]{1,3})\$?(\d{1,7})")


class TableError(Exception):
    """The table cannot be had: the message, in the user's language, says why."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Where a table stands: a file, the sheet of a workbook (the first where None), a range of cells (all where None).

    `source` is the handle as the user wrote it.
    """

    path: str
    sheet: str | None
    cells: str | None
    source: str


def is_range(text: str) -> bool:
    """Say whether `text` names a range of cells (``A1:F40``)."""
    return bool(_CELLS.fullmatch(text))


def read_table(handle: Handle, columns: Sequence[str] = (), aliases: Mapping[str, str] | None = None) -> DataTable:
    """Read a table whose first row is its header; `columns` must be among it.

    A header cell counts as the column that `aliases` gives for its folded text.

    Raises:
        TableError: no such sheet, range or column, or the file is no table.
    """
    path = Path(handle.path)
    if path.stat().st_size > _LARGEST_FILE:
        raise TableError(t("tools.table.large", source=handle.source, megabytes=_LARGEST_FILE // 2**20))
    if path.suffix.lower() in WORKBOOKS:
        grid = _read_workbook(handle)
    else:
        grid = read_delimited(path.read_bytes())
        if handle.sheet is not None:
            raise TableError(t("tools.table.no_sheets", source=handle.source))
    if handle.cells is not None:
        grid = _cut(grid, handle.cells)
    rows = [row for row in grid if any(cell not in (None, "") for cell in row)]
    if not rows:
        raise TableError(t("tools.table.empty", source=handle.source))
    header = _header(rows[0], handle, columns, aliases or {})
    width = len(header)
    if width * len(rows) > _MOST_CELLS:
        raise TableError(t("tools.table.large", source=handle.source, megabytes=_MOST_CELLS // 10**6))
    body = tuple(tuple((*row, *[None] * width)[:width]) for row in rows[1:])
    return DataTable(header, body, handle.source)


def read_delimited(data: bytes) -> list[list[Scalar]]:
    """Return the cells of delimited text, each as it is written; an empty one is None.

    Text is UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252. The delimiter is the one that cuts the lines
    most evenly; the semicolon before the comma, which is a decimal sign in half of Europe.
    """
    text = _decode(data)
    first, _, rest = text.partition("\n")
    delimiter = None
    if re.fullmatch(r"sep=.\r?", first):
        delimiter, text = first[4], rest
    if delimiter is None:
        delimiter = _delimiter_of(text)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise TableError(t("tools.table.not_delimited", detail=cause_of(error))) from error
    return [[cell.strip() or None for cell in line] for line in lines]


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter_of(text: str) -> str:
    sample = text[:100_000].splitlines(keepends=True)[:_SNIFFED_LINES]

    def evenness(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(line) for line in csv.reader(sample, delimiter=delimiter) if line]
        except csv.Error:
            return (0.0, 0)
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 0)

    scored = [(evenness(delimiter), -order) for order, delimiter in enumerate(_DELIMITERS)]
    # Evenness within a tenth decides nothing: an unquoted comma in a remark must not win over semicolons.
    best = max(scored, key=lambda one: (round(one[0][0], 1), one[1]))
    return _DELIMITERS[-best[1]] if best[0][1] > 1 else ";"


def _read_workbook(handle: Handle) -> list[list[Scalar]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(handle.path) as book:
            names = book.sheet_names
            if handle.sheet is not None and handle.sheet not in names:
                raise TableError(t("tools.table.no_sheet", sheet=handle.sheet, there=", ".join(names)))
            sheet = book.get_sheet_by_name(handle.sheet if handle.sheet is not None else names[0])
            if sheet.total_height * sheet.total_width > _MOST_CELLS:
                raise TableError(t("tools.table.large", source=handle.source, megabytes=_MOST_CELLS // 10**6))
            return [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, IndexError, ValueError) as error:
        raise TableError(t("tools.table.unreadable", source=handle.source, detail=cause_of(error))) from error


def _cell(value: object) -> Scalar:
    """Return a workbook's cell as plain data: dates in ISO 8601, durations in hours, whole numbers without a point."""
    if value == "":
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds() / 3600
    return value if isinstance(value, str | int | bool) else str(value)


def _cut(grid: list[list[Scalar]], cells: str) -> list[list[Scalar]]:
    match = _CELLS.fullmatch(cells)
    if match is None:
        raise TableError(t("tools.table.bad_range", range=cells))
    left, right = sorted((_column_number(match[1]), _column_number(match[3])))
    top, bottom = sorted((int(match[2]), int(match[4])))
    return [row[left - 1 : right] for row in grid[max(0, top - 1) : bottom]]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _header(
    row: Sequence[Scalar], handle: Handle, columns: Sequence[str], aliases: Mapping[str, str]
) -> tuple[str, ...]:
    written = [str(cell).strip() if cell not in (None, "") else "" for cell in row]
    while written and not written[-1]:
        written.pop()
    # The column's own name comes before any other name that it goes by.
    taken = {name for name in written if name in columns}
    names = []
    for number, name in enumerate(written, start=1):
        known = aliases.get(fold(name), name) if name not in columns else name
        names.append((name if known in taken and known != name else known) or _column_letters(number))
        taken.add(names[-1])
    missing = [name for name in columns if name not in names]
    if missing:
        there = ", ".join(names)
        raise TableError(t("tools.table.no_columns", source=handle.source, missing=", ".join(missing), there=there))
    if len(set(names)) < len(names):
        twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
        raise TableError(t("tools.table.twice", source=handle.source, names=twice))
    return tuple(names)
