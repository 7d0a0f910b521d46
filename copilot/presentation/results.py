"""One run of a tool for a screen: values, tables, figure, then from what and under which assumptions."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.figures import figure_lines
from copilot.presentation.terminal import THEMES, Look
from copilot.presentation.units import unit_in_words
from copilot.records import Column, ResultTable, ToolRun, Value
from copilot.sanitise import one_line

_ROWS_SHOWN = 200


def run_view(run: ToolRun, theme: str = "standard", width: int = 72) -> RenderableType:
    """Return a run as a renderable for a screen `width` cells wide; `theme` is one of `THEMES`."""
    look, result = THEMES[theme], run.result
    parts: list[RenderableType] = [Text(f"[T{run.number}] {one_line(run.title)}", look.heading)]
    if result.values:
        parts += [Text(), _values(result.values, look)]
    for table in result.tables:
        parts += [Text(), _table(table, look)]
    if result.figure is not None:
        # Each line stands as it is: wrapped, a drawing falls apart.
        drawn = figure_lines(result.figure, width)
        parts += [Text(), *(Text(line, no_wrap=True, overflow="crop") for line in drawn)]
    parts.append(Text())
    if result.solver is not None:
        parts.append(Text(wording.solver_of(result.solver)))
    for argument in run.arguments:
        parts.append(Text(t("presentation.tool.argument", text=wording.argument_of(argument)), look.quiet))
        parts += [Text(line, look.partial) for line in wording.caution_lines(argument.origin)]
    parts += [Text(t("presentation.tool.assumption", text=one_line(text))) for text in result.assumptions]
    parts += [Text(t("presentation.tool.warning", text=one_line(text)), look.partial) for text in result.warnings]
    return Group(*parts)


def _values(values: tuple[Value, ...], look: Look) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(justify="right", overflow="fold")
    for value in values:
        grid.add_row(
            Text(one_line(value.label or value.name)), Text(wording.with_unit(value.value, value.unit), look.heading)
        )
    return grid


def _table(table: ResultTable, look: Look) -> RenderableType:
    shown = Table(box=None, padding=(0, 1), header_style=look.heading, title_justify="left")
    for column in table.columns:
        numeric = all(isinstance(row[len(shown.columns)], int | float | None) for row in table.rows)
        shown.add_column(Text(_heading(column)), justify="right" if numeric else "left", overflow="fold")
    for row in table.rows[:_ROWS_SHOWN]:
        shown.add_row(*(Text("" if cell is None else wording.number_written(cell)) for cell in row))
    parts: list[RenderableType] = [Text(one_line(table.title or table.name), look.heading), shown]
    if len(table.rows) > _ROWS_SHOWN:
        parts.append(Text(t("presentation.tool.more_rows", count=len(table.rows) - _ROWS_SHOWN), look.quiet))
    return Group(*parts)


def _heading(column: Column) -> str:
    label = one_line(column.label or column.name)
    return f"{label} ({one_line(unit_in_words(column.unit))})" if column.unit else label
