"""The tables plugin: European files, one SELECT that reaches nothing else, what is odd in a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.references.bundled import load, rows, value
from copilot.plugin_api import DataTable, Scalar, ToolError, use_language
from copilot.tools.tables import read_delimited

tables = load("tables")

STOCK = (
    "NSN;Désignation;Quantité;Livré le;Urgent\n"
    "0123456789;Filtre;1 250,5;12/03/2026;oui\n0099;Joint;3,5;01/04/2026;non\n0099;Joint;3,5;01/04/2026;non\n"
    ";Bougie;;;\n"
)


def table(text: str) -> DataTable:
    header, *body = read_delimited(text.encode())
    return DataTable(tuple(map(str, header)), tuple(map(tuple, body)), "typed")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


def answer(sql: str, text: str = STOCK, **more: object) -> list[dict[str, Scalar]]:
    return rows(tables.query(table(text), sql, **more), "result")


def test_columns_are_what_all_their_cells_are() -> None:
    kinds = {str(one["column"]): one["kind"] for one in rows(tables.describe(table(STOCK)), "columns")}
    assert kinds == {
        "NSN": "text", "Désignation": "text", "Quantité": "number", "Livré le": "date", "Urgent": "text"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("1,5\n2,25", "number"),
        ("1 000\n2", "number"),
        ("1.234,5\n2", "number"),
        ("0,5\n0.25", "number"),
        ("0012\n13", "text"),
        ("1,234\n2", "text"),
        ("1,234\n2,5", "number"),
        ("12/03/2026\n2026-03-13", "date"),
        ("31/02/2026\n01/01/2026", "text"),
        ("n/a\n3", "text"),
    ],
)
def test_notations(cells: str, kind: str) -> None:
    [column] = rows(tables.describe(table(f"x;y\n{cells.replace(chr(10), ';z' + chr(10))};z")), "columns")[:1]
    assert column["kind"] == kind


def test_a_query_keeps_leading_zeros_and_adds_decimal_commas() -> None:
    found = answer('SELECT NSN, sum("Quantité") AS total, max("Livré le") AS last FROM data WHERE NSN IS NOT NULL '
                   "GROUP BY NSN ORDER BY NSN")  # fmt: skip
    assert found == [
        {"NSN": "0099", "total": 7.0, "last": "2026-04-01"},
        {"NSN": "0123456789", "total": 1250.5, "last": "2026-03-12"},
    ]


def test_two_tables_are_joined() -> None:
    other = table("NSN;Dépôt\n0099;Angers\n")
    found = answer('SELECT DISTINCT data.NSN, other."Dépôt" FROM data JOIN other USING (NSN)', other=other)
    assert found == [{"NSN": "0099", "Dépôt": "Angers"}]


def test_one_row_is_told_as_values() -> None:
    result = tables.query(table(STOCK), 'SELECT count(*) AS n, sum("Quantité") AS total FROM data')
    assert (value(result, "n"), value(result, "total")) == (4, 1257.5)
    assert "zeros in front are kept" in result.assumptions[0]


def test_no_more_rows_than_asked_for() -> None:
    result = tables.query(table("a;b\n" + "1;2\n" * 20), "SELECT * FROM data", limit=5)
    assert len(rows(result, "result")) == 5
    assert len(result.warnings) == 2


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "Cannot access file"),
        ("SELECT * FROM read_text('/etc/passwd')", "Cannot access file"),
        ("SELECT * FROM '/etc/passwd.csv'", "refused"),
        ("SELECT * FROM glob('/*')", "Cannot access file"),
        ("SELECT getenv('HOME')", "refused"),
        ("COPY data TO '/tmp/copilot-planted.csv'", "exactly one SELECT"),
        ("ATTACH '/tmp/copilot-planted.db'", "exactly one SELECT"),
        ("INSTALL httpfs", "exactly one SELECT"),
        ("LOAD httpfs", "exactly one SELECT"),
        ("SET enable_external_access = true", "exactly one SELECT"),
        ("SELECT 1; SELECT 2", "exactly one SELECT"),
        ("DELETE FROM data", "exactly one SELECT"),
        ("", "exactly one SELECT"),
        ("SELEC 1", "cannot be read"),
        ("SELECT nope FROM data", "The tables are: data(NSN, Désignation, Quantité, Livré le, Urgent)"),
        ("SELECT * FROM (SELECT * FROM 'https://example.com/x.csv')", "refused"),
    ],
)
def test_a_query_reaches_nothing_else(sql: str, told: str) -> None:
    with pytest.raises(ToolError) as refused:
        tables.query(table(STOCK), sql)
    assert told in str(refused.value)
    assert not Path("/tmp/copilot-planted.csv").exists()


def test_odd_cells_survive_the_way_into_the_query() -> None:
    text = 'a;b\n"x,""y""\nz";1\n\\N;2\n"";3\n'
    assert [one["a"] for one in answer("SELECT a FROM data ORDER BY b", text)] == ['x,"y"\nz', "\\N", None]


def test_numbers_that_are_none_come_back_empty() -> None:
    found = answer("SELECT 'nan'::DOUBLE AS x, 1.5::DECIMAL(5,2) AS y, [1, 2] AS z, TRUE AS w, 2 AS x")
    assert found == [{"x": None, "y": 1.5, "z": "[1, 2]", "w": True, "x_2": 2}]


def test_a_profile() -> None:
    text = "nsn;n\n" + "".join(f"{number:03};{number}\n" for number in range(1, 20)) + "020;1000\n020;1000\n"
    result = tables.profile(table(text))
    assert (value(result, "rows"), value(result, "repeated_rows"), value(result, "empty_cells")) == (21, 1, 0)
    [numbers] = rows(result, "numbers")
    # Quartiles of 1..19, 1000, 1000 by linear interpolation (type 7), as R and numpy give them.
    assert (numbers["q1"], numbers["median"], numbers["q3"]) == (6, 11, 16)
    assert (numbers["minimum"], numbers["maximum"], numbers["far_off"]) == (1, 1000, 2)
    assert result.figure is not None
    assert sum(result.figure.lines[0].y) == 21
    assert rows(tables.profile(table("a;b\nx;1\ny;1\n")), "keys") == [{"column": "a"}]
    with pytest.raises(ToolError, match="no row"):
        tables.profile(table("a;b\n"))
