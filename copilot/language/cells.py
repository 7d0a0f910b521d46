"""Rows of tables as passages hold them: cells with a mark between, the header row among what stands above."""

from __future__ import annotations

import re

from copilot.language.quantities import Units, header_units

# What stands between the cells of a row.
CELLS = " | "
# Of two marks in a row, with an empty cell between, each is one.
_MARK = re.compile(r"(?:^|(?<= ))\|(?= |$)")


def units_over(text: str, context: str, position: int) -> Units | None:
    """Return the units that a table's header gives what stands at ``text[position]``: those of its column, or of the
    whole header where the columns do not agree; None outside tables.

    `text` is a passage, `context` what stands above it, a line each.
    """
    line_start = text.rfind("\n", 0, position) + 1
    line_end = text.find("\n", position)
    row = text[line_start : line_end if line_end >= 0 else len(text)]
    headers = [line for line in context.split("\n") if CELLS in line]
    if CELLS not in row or not headers:
        return None
    columns = _MARK.split(headers[-1])
    if len(columns) == len(_MARK.split(row)):
        return header_units(columns[len(_MARK.findall(row[: position - line_start]))])
    return header_units(headers[-1])
