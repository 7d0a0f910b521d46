"""Where in its document a quote stands: the page, and the cells of a table row, not those of the whole passage."""

from __future__ import annotations

import re
from bisect import bisect_right

from copilot.records import Passage

_RANGE = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")


def page_at(passage: Passage, offset: int) -> int:
    """Return the page that holds the document's character `offset`, which lies in the passage."""
    return passage.page_first + bisect_right(passage.page_breaks, offset)


def cells_at(passage: Passage, start: int, end: int) -> str | None:
    """Return the cells of the rows that ``passage.text[start:end]`` stands in, as ``A4:F4``.

    A passage of a workbook has one line a row. Where rows were left out (blank ones), lines and rows do not agree and
    the passage's whole range is returned.
    """
    found = _RANGE.fullmatch(passage.cells or "")
    if found is None:
        return passage.cells
    first_column, first_row, last_column, last_row = found[1], int(found[2]), found[3], int(found[4])
    if passage.text.count("\n") != last_row - first_row:
        return passage.cells
    top = first_row + passage.text.count("\n", 0, start)
    bottom = top + passage.text.count("\n", start, end)
    return f"{first_column}{top}:{last_column}{bottom}"
