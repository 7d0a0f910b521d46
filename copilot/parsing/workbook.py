"""Workbooks (XLSX, XLSB, XLS, ODS) by calamine: a page a sheet, a block a row, values as the sheet shows them."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import python_calamine as calamine

from copilot.parsing import failures
from copilot.parsing.archives import open_guarded
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.grid import Row, add_grid
from copilot.parsing.number_formats import SheetFormats, read_formats
from copilot.parsing.office import read_core_properties, read_sheet_headers

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
# What Excel keeps of a number; more digits are noise of the binary form (0.1 + 0.2).
_DIGITS = 15


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add every sheet, hidden ones too: what a workbook holds can be cited."""
    formats: list[SheetFormats] = []
    if data.startswith(b"PK"):
        with open_guarded(builder.name, data, builder.options) as archive:
            formats = read_formats(archive)
            read_core_properties(builder.about, archive)
            read_sheet_headers(builder.about, archive)
    try:
        workbook = calamine.load_workbook(io.BytesIO(data))
    except calamine.PasswordError as cause:
        raise failures.encrypted(builder.name) from cause
    cells = 0
    with workbook:
        for index, name in enumerate(workbook.sheet_names):
            builder.start_page(name)
            if workbook.sheets_metadata[index].typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            cells += sheet.height * sheet.width
            if cells > builder.options.max_cells:
                raise failures.too_large(builder.name, "cells", cells, builder.options.max_cells)
            _add_sheet(builder, sheet, formats[index] if index < len(formats) else {})


def _add_sheet(builder: DocumentBuilder, sheet: calamine.CalamineSheet, formats: SheetFormats) -> None:
    if sheet.start is None:
        return
    first_row, first_column = sheet.start
    values = sheet.to_python(skip_empty_area=True)
    _fill_merged(values, sheet, first_row, first_column)
    rows = []
    for offset, row in enumerate(values):
        number = first_row + offset
        texts = [
            show(value, formats.get((number, first_column + column))) if value != "" else ""
            for column, value in enumerate(row)
        ]
        rows.append(Row(number + 1, texts))
    add_grid(builder, rows, sheet.name, first_column)


def _fill_merged(values: list[list[Value]], sheet: calamine.CalamineSheet, first_row: int, first_column: int) -> None:
    """Repeat a value merged over several rows in each of them, so that a row says alone what it belongs to."""
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or []:
        row, column = top - first_row, left - first_column
        if bottom == top or not (0 <= row < len(values) and 0 <= column < len(values[row])):
            continue
        for below in range(row + 1, min(bottom - first_row + 1, len(values))):
            if values[below][column] == "" and any(cell != "" for cell in values[below]):
                values[below][column] = values[row][column]


def show(value: Value, number_format: str | None = None) -> str:
    """Return a cell as its reader sees it: whole numbers without ``.0``, ISO dates, its format's zeros."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _show_number(value, number_format)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if seconds else f"{hours}:{minutes:02}"
    return str(value)


def _show_number(value: float, number_format: str | None) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, f".{_DIGITS}g"))
    if number_format is None:
        return _plain(exact)
    if number_format == "%":
        return f"{_plain(exact * 100)} %"
    if exact != exact.to_integral_value() or exact < 0:
        return _plain(exact)
    digits = str(int(exact)).zfill(number_format.count("0"))
    surplus, digits = digits[: -number_format.count("0")], digits[-number_format.count("0") :]
    following = iter(digits)
    return surplus + "".join(next(following) if character == "0" else character for character in number_format)


def _plain(number: Decimal) -> str:
    """Decimal digits without an exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
