"""Tables in files: what they hold, a query over them, and what is odd about them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from tables_columns import TableColumn, kind_in_words, read_columns
from tables_query import query_tables

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Ge,
    Le,
    Len,
    Line,
    Result,
    ResultTable,
    Scalar,
    ToolError,
    Value,
    say,
    tool,
)

_EXAMPLES, _EXAMPLE_LENGTH = 3, 40
# Tukey's fences: a value further than one and a half spreads of the middle half from it is far off.
_FENCE = 1.5
_LEAST_FOR_FENCES = 8
_BINS = 12


@tool
def describe(table: DataTable) -> Result:
    """Say what a table holds: its columns with their kinds, how many cells are filled, and examples.

    Args:
        table: Any table with a header row.
    """
    columns = read_columns(table)
    rows: list[tuple[Scalar, ...]] = []
    for column in columns:
        filled = column.filled
        examples = list(dict.fromkeys(_shown(cell) for cell in filled))[:_EXAMPLES]
        rows.append(
            (column.name, kind_in_words(column.kind), len(filled), len(set(filled)), " | ".join(examples), column.note)
        )
    return Result(
        values=(
            Value("rows", len(table), label=say("Rows", "Lignes")),
            Value("columns", len(columns), label=say("Columns", "Colonnes")),
        ),
        tables=(
            ResultTable(
                "columns",
                (
                    Column("column", label=say("Column", "Colonne")),
                    Column("kind", label=say("Kind", "Nature")),
                    Column("filled", label=say("Filled", "Remplies")),
                    Column("distinct", label=say("Distinct", "Distinctes")),
                    Column("examples", label=say("Examples", "Exemples")),
                    Column("note", label=say("Note", "Remarque")),
                ),
                tuple(rows),
                say("Columns", "Colonnes"),
            ),
        ),
    )


@tool
def query(
    table: DataTable,
    sql: Annotated[str, Len(1, 10_000)],
    other: DataTable | None = None,
    limit: Annotated[int, Ge(1), Le(10_000)] = 1_000,
) -> Result:
    """Answer one SELECT over a table, called data in the query, and a second one, called other.

    Args:
        table: The table that the query calls data.
        sql: One SELECT in the SQL of DuckDB; a name with blanks or accents stands between double quotes.
        other: A second table to join, which the query calls other.
        limit: How many rows to return at most.
    """
    tables = {"data": read_columns(table)}
    if other is not None:
        tables["other"] = read_columns(other)
    return query_tables(tables, sql, limit)


@tool
def profile(table: DataTable) -> Result:
    """Say what is usual and what is odd in a table: spread of the numbers, values far off, blanks, repeated rows.

    Args:
        table: Any table with a header row.
    """
    if not len(table):
        raise ToolError(say("The table has no row under its header.", "Le tableau n'a aucune ligne sous son en-tête."))
    columns = read_columns(table)
    numeric = [column for column in columns if column.numbers]
    repeated = sum(count - 1 for count in Counter(table.rows).values())
    return Result(
        values=(
            Value("rows", len(table), label=say("Rows", "Lignes")),
            Value("repeated_rows", repeated, label=say("Repeated rows", "Lignes répétées")),
            Value(
                "empty_cells",
                sum(len(column.cells) - len(column.filled) for column in columns),
                label=say("Empty cells", "Cellules vides"),
            ),
        ),
        tables=tuple(one for one in (_numbers(numeric), _words(columns), _keys(columns)) if one.rows),
        figure=_histogram(numeric[0]) if numeric else None,
        assumptions=(
            say(
                "Quartiles are inclusive; a value is far off beyond 1.5 times the middle half's spread (Tukey).",
                "Quartiles inclusifs ; une valeur est écartée au-delà de 1,5 fois l'écart interquartile (Tukey).",
            ),
        ),
        warnings=tuple(f"{column.name} : {column.note}" for column in columns if column.note),
    )


def _numbers(columns: Sequence[TableColumn]) -> ResultTable:
    rows: list[tuple[Scalar, ...]] = []
    for column in columns:
        numbers = column.numbers
        low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive") if len(numbers) > 1 else numbers * 3
        reach = _FENCE * (high - low)
        far = [one for one in numbers if not low - reach <= one <= high + reach]
        spread = statistics.stdev(numbers) if len(numbers) > 1 else None
        rows.append(
            (
                column.name,
                len(column.cells) - len(column.filled),
                min(numbers),
                low,
                middle,
                statistics.fmean(numbers),
                high,
                max(numbers),
                spread,
                sum(numbers),
                len(far) if len(numbers) >= _LEAST_FOR_FENCES else None,
            )
        )
    labels = {
        "column": say("Column", "Colonne"),
        "empty": say("Empty", "Vides"),
        "minimum": say("Minimum", "Minimum"),
        "q1": say("1st quartile", "1er quartile"),
        "median": say("Median", "Médiane"),
        "mean": say("Mean", "Moyenne"),
        "q3": say("3rd quartile", "3e quartile"),
        "maximum": say("Maximum", "Maximum"),
        "deviation": say("Standard deviation", "Écart-type"),
        "total": say("Total", "Total"),
        "far_off": say("Far off", "Écartées"),
    }
    headers = tuple(Column(name, label=label) for name, label in labels.items())
    return ResultTable("numbers", headers, tuple(rows), say("Numbers", "Nombres"))


def _words(columns: Sequence[TableColumn]) -> ResultTable:
    rows: list[tuple[Scalar, ...]] = []
    for column in columns:
        if column.kind == "number" or not column.filled:
            continue
        # The most frequent; among equals the first in the alphabet.
        common, count = min(Counter(column.filled).items(), key=lambda item: (-item[1], str(item[0])))
        empty = len(column.cells) - len(column.filled)
        rows.append((column.name, kind_in_words(column.kind), empty, len(set(column.filled)), _shown(common), count))
    headers = (
        Column("column", label=say("Column", "Colonne")),
        Column("kind", label=say("Kind", "Nature")),
        Column("empty", label=say("Empty", "Vides")),
        Column("distinct", label=say("Distinct", "Distinctes")),
        Column("most_common", label=say("Most common", "La plus fréquente")),
        Column("times", label=say("Times", "Fois")),
    )
    return ResultTable("words", headers, tuple(rows), say("Words and dates", "Mots et dates"))


def _keys(columns: Sequence[TableColumn]) -> ResultTable:
    """Name the columns that tell every row apart."""
    keys = [column for column in columns if len(set(column.filled)) == len(column.cells) > 1 and column.kind != "empty"]
    headers = (Column("column", label=say("Column", "Colonne")),)
    title = say("Columns that tell every row apart", "Colonnes qui distinguent chaque ligne")
    return ResultTable("keys", headers, tuple((column.name,) for column in keys), title)


def _histogram(column: TableColumn) -> Figure:
    numbers = column.numbers
    low, high = min(numbers), max(numbers)
    width = (high - low) / _BINS or 1.0
    counts = [0.0] * _BINS
    for one in numbers:
        counts[min(_BINS - 1, int((one - low) / width))] += 1
    edges = tuple(low + width * position for position in range(_BINS))
    return Figure(
        FigureKind.HISTOGRAM, column.name, lines=(Line(column.name, edges, tuple(counts)),), x_label=column.name
    )


def _shown(cell: object) -> str:
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= _EXAMPLE_LENGTH else text[: _EXAMPLE_LENGTH - 1] + "…"
