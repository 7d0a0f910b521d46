"""Workbooks: a ``#`` heading begins a sheet; numbers, dates and padded numbers become cells of their type."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tests.demo.source import Heading, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type
from tests.demo.zips import pack

_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?\d+[.,]\d+")
_PER_CENT = re.compile(r"(\d+(?:[.,]\d+)?) ?%")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A number that a stock system stores without the zeros that its readers see.
_PADDED = re.compile(r"0\d+")


def write_xlsx(source: Source) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.active)
    sheet: Any = None
    for block in read_blocks(source.body):
        if isinstance(block, Heading) and block.level == 1:
            sheet = workbook.create_sheet(block.text)
            sheet.oddHeader.center.text = source.marking
            row = 0
        elif isinstance(block, (Heading, Paragraph)):
            row += 1
            cell = sheet.cell(row, 1, set_type(block.text, source.language))
            cell.font = Font(bold=isinstance(block, Heading))
        elif isinstance(block, Table):
            row += 1 if row else 0
            for number, values in enumerate(block.rows):
                row += 1
                for column, text in enumerate(values, start=1):
                    _fill(sheet.cell(row, column), text, source.language, bold=number == 0)
            row += 1
    _finish(workbook, source)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return _fix_moments(buffer.getvalue(), source.date)


def _fill(cell: Any, text: str, language: str, bold: bool) -> None:
    if _WHOLE.fullmatch(text):
        cell.value = int(text)
    elif _PADDED.fullmatch(text):
        cell.value, cell.number_format = int(text), "0" * len(text)
    elif _DECIMAL.fullmatch(text):
        cell.value = float(text.replace(",", "."))
    elif found := _PER_CENT.fullmatch(text):
        cell.value, cell.number_format = round(float(found[1].replace(",", ".")) / 100, 6), "0%"
    elif _DATE.fullmatch(text):
        cell.value = dt.date.fromisoformat(text)
    elif text:
        cell.value = set_type(text, language)
    cell.font = Font(bold=bold)


def _finish(workbook: Workbook, source: Source) -> None:
    for sheet in workbook.worksheets:
        for index, column in enumerate(sheet.iter_cols(), start=1):
            longest = max((len(str(cell.value)) for cell in column[2:] if cell.value is not None), default=8)
            sheet.column_dimensions[get_column_letter(index)].width = min(longest + 3, 48)
    properties = workbook.properties
    properties.title, properties.creator = source.head["title"], source.head["author"]
    properties.created = properties.modified = dt.datetime.fromisoformat(source.date)


def _fix_moments(data: bytes, date: str) -> bytes:
    """Put the document's own date where openpyxl writes the time of saving."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    core = members["docProps/core.xml"].decode()
    core = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{date}T08:00:00Z", core)
    return pack({**members, "docProps/core.xml": core.encode()})
