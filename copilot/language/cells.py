"""Rows of tables as passages hold them: cells with a mark between, the header row among what stands above."""

from __future__ import annotations

from copilot.language.quantities import Units, header_units

# What stands between the cells of a row.
CELLS = " | "


def units_over(text: str, context: str, position: int) -> Units | None:
    """Return the units that a table's header gives what stands at ``text[position]``: those of its column, or of the
    whole header where the columns do not agree; None outside tables.

    `text` is a passage, `context` what stands above it, a line each.
    """
    line_start = text.rfind("\n", 0, position) + 1
    line_end = text.find("\n", position)
    cells = text.count(CELLS, line_start, line_end if line_end >= 0 else len(text))
    headers = [row for row in context.split("\n") if CELLS in row]
    if not cells or not headers:
        return None
    columns = headers[-1].split(CELLS)
    if len(columns) == cells + 1:
        return header_units(columns[text.count(CELLS, line_start, position)])
    return header_units(headers[-1])
