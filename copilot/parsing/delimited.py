"""CSV and TSV: the delimiter by how evenly it cuts the rows, values verbatim (decimal commas, leading zeros)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from copilot.i18n import t
from copilot.parsing import failures
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.decode import decode
from copilot.parsing.grid import Row, add_grid
from copilot.parsing.text import clean

# In this order when two cut equally well: in a European file the comma is the decimal mark.
_DELIMITERS = (";", "\t", ",", "|")
_SAMPLE_ROWS = 60
_LONGEST_FIELD = 1_000_000
_SEPARATOR_LINE = re.compile(r"\A\s*sep=(.)\s*\n", re.I)


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the rows as one page; row numbers count the records of the file."""
    text, guessed = decode(data)
    if guessed:
        builder.about.warnings.append(t("parsing.warn.encoding", encoding=guessed))
    text = clean(text)
    skipped = 0
    if declared := _SEPARATOR_LINE.match(text):
        text, skipped = text[declared.end() :], 1
    delimiter = declared[1] if declared else find_delimiter(text)
    builder.start_page()
    rows: list[Row] = []
    cells = 0
    for number, record in enumerate(_records(text, delimiter), start=1 + skipped):
        if len(record) > builder.options.max_columns:
            raise failures.too_large(builder.name, "columns", len(record), builder.options.max_columns)
        cells += len(record)
        if cells > builder.options.max_cells:
            raise failures.too_large(builder.name, "cells", cells, builder.options.max_cells)
        rows.append(Row(number, record))
    add_grid(builder, rows, sheet=None)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def find_delimiter(text: str) -> str:
    """Return the delimiter that gives most rows the same number of columns, at least two."""
    best, best_share = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(record) for record in islice(_records(text, delimiter), _SAMPLE_ROWS) if any(record)]
        except csv.Error:
            continue
        counted = Counter(width for width in widths if width > 1)
        if not counted:
            continue
        share = counted.most_common(1)[0][1] / len(widths)
        if share > best_share:
            best, best_share = delimiter, share
    return best
