"""One SELECT over tables of the user, by DuckDB, which by then can reach nothing else."""

from __future__ import annotations

import csv
import datetime
import decimal
import math
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tables_columns import TableColumn, kind_in_words

from copilot.plugin_api import Column, Result, ResultTable, Scalar, ToolError, Value, need, say

_TYPES = {"number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}
_SECONDS = 40.0
# What stands for an empty cell on the way; no cell of a table that people keep holds it.
_NULL = "\x1fempty\x1f"
_MEMORY = "384MB"


def query_tables(tables: Mapping[str, Sequence[TableColumn]], sql: str, limit: int) -> Result:
    """Run `sql` over tables of these names; at most `limit` rows come back."""
    duckdb = need("duckdb", "tables")
    with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": _MEMORY}) as connection:
        for name, columns in tables.items():
            _load(connection, name, columns)
        # From here on it opens no file, loads no extension, and cannot be told otherwise.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        _check(duckdb, connection, sql)
        stop = threading.Timer(_SECONDS, connection.interrupt)
        stop.start()
        try:
            cursor = connection.execute(sql)
            names = [str(described[0]) for described in cursor.description]
            rows = cursor.fetchmany(limit + 1)
        except duckdb.InterruptException as error:
            raise ToolError(
                say(f"The query takes more than {_SECONDS:g} s.", f"La requête prend plus de {_SECONDS:g} s.")
            ) from error
        except duckdb.Error as error:
            raise _refused(error, tables) from error
        finally:
            stop.cancel()
    return _result(names, rows, limit, sql, tables)


def _load(connection: Any, name: str, columns: Sequence[TableColumn]) -> None:
    """Load a table through a file: by far the fastest way in, and types are ours, not guessed."""
    names = [column.name for column in columns]
    kinds = {column.name: _TYPES.get(column.kind, "VARCHAR") for column in columns}
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="", delete=False) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL") else csv.QUOTE_ALL)
        writer.writerow(names)
        writer.writerows(
            [_NULL if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row]
            for row in zip(*(column.cells for column in columns), strict=True)
        )
    connection.execute(
        f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', escape = '\"', "
        "nullstr = ?, allow_quoted_nulls = true, columns = ?)",
        [file.name, _NULL, kinds],
    )
    Path(file.name).unlink()


def _check(duckdb: Any, connection: Any, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise ToolError(say(f"The query cannot be read: {error}", f"La requête est illisible : {error}")) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ToolError(say("Write exactly one SELECT.", "Écrivez exactement un SELECT."))


def _refused(error: Exception, tables: Mapping[str, Sequence[TableColumn]]) -> ToolError:
    # What follows repeats the query with a pointer under it.
    told = " ".join(str(error).partition("\n\nLINE ")[0].split())
    there = " ; ".join(f"{name}({', '.join(column.name for column in columns)})" for name, columns in tables.items())
    return ToolError(
        say(
            f"The query was refused: {told} The tables are: {there}.",
            f"La requête a été refusée : {told} Les tables sont : {there}.",
        )
    )


def _result(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    limit: int,
    sql: str,
    tables: Mapping[str, Sequence[TableColumn]],
) -> Result:
    warnings = []
    if len(rows) > limit:
        warnings.append(
            say(f"Only the first {limit} rows are shown.", f"Seules les {limit} premières lignes sont montrées.")
        )
    if "order by" not in " ".join(sql.lower().split()):
        warnings.append(say("Without ORDER BY rows have no order.", "Sans ORDER BY les lignes n'ont pas d'ordre."))
    plain = [tuple(_plain(cell) for cell in row) for row in rows[:limit]]
    columns = _distinct(names)
    values = ()
    if len(plain) == 1 and len(columns) <= 12:
        values = tuple(Value(name, cell) for name, cell in zip(columns, plain[0], strict=True))
    return Result(
        values=values or (Value("rows", len(plain), label=say("Rows", "Lignes")),),
        tables=(
            ResultTable("result", tuple(Column(name) for name in columns), tuple(plain), say("Result", "Résultat")),
        ),
        assumptions=tuple(_reading(name, columns) for name, columns in tables.items()),
        warnings=tuple(warnings),
    )


def _reading(name: str, columns: Sequence[TableColumn]) -> str:
    """Say what each column was taken for."""
    told = ", ".join(
        f"{column.name}: {kind_in_words(column.kind)}" + (f" ({column.note})" if column.note else "")
        for column in columns
    )
    return say(f"{name} was read as {told}.", f"{name} a été lu ainsi : {told}.")


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names of the columns, each once: a join may give two of a name."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return told


def _plain(cell: Any) -> Scalar:
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, decimal.Decimal):
        cell = float(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, datetime.date | datetime.time):
        with suppress(AttributeError):
            return cell.isoformat()
    return str(cell)
