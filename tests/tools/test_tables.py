"""Tables out of European files: separators, decimal commas, encodings, leading zeros, ranges."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from copilot.tools.tables import Handle, TableError, read_delimited, read_table


def handle(path: Path, sheet: str | None = None, cells: str | None = None) -> Handle:
    return Handle(str(path), sheet, cells, path.name)


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        (b"a;b\n1,5;00012\n", [["a", "b"], ["1,5", "00012"]]),
        (b"a,b\n1.5,x\n", [["a", "b"], ["1.5", "x"]]),
        (b"a\tb\r\n1,5\t2\r\n", [["a", "b"], ["1,5", "2"]]),
        (b'a;b\n"x;y";"say ""no"""\n', [["a", "b"], ["x;y", 'say "no"']]),
        ("désignation;coût\nfiltre;3 €\n".encode("cp1252"), [["désignation", "coût"], ["filtre", "3 €"]]),
        ("désignation;coût\n".encode("utf-8-sig"), [["désignation", "coût"]]),
        ("a;b\n1;2\n".encode("utf-16"), [["a", "b"], ["1", "2"]]),
        (b"sep=|\na|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        (b"a;b\n;\n1; 2 \n", [["a", "b"], [None, None], ["1", "2"]]),
        (b"nom;note\nx;un, deux\ny;trois, quatre\nz;rien\n",
         [["nom", "note"], ["x", "un, deux"], ["y", "trois, quatre"], ["z", "rien"]]),
        (b"only\n1\n2\n", [["only"], ["1"], ["2"]]),
    ],
)  # fmt: skip
def test_delimited_text(data: bytes, cells: list[list[str | None]]) -> None:
    assert read_delimited(data) == cells


def test_a_delimited_table(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes("NSN;Quantité;\r\n0099;1 250,5;\r\n;;\r\n0100;2\r\n".encode("cp1252"))
    table = read_table(handle(file))
    assert table.columns == ("NSN", "Quantité")
    assert table.rows == (("0099", "1 250,5"), ("0100", "2"))
    assert table.numbers("Quantité") == [1250.5, 2.0]
    assert read_table(handle(file, cells="A1:A2")).rows == (("0099",),)


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Stocks"
    for row in (
        ["", "Tableau des stocks"],
        [],
        ["", "nsn", "litres", "day", "share", "free"],
        ["", "00123", 1200, datetime.date(2026, 3, 12), 0.5, True],
        ["", "00124", 3.25, datetime.datetime.fromisoformat("2026-03-12T06:30"), None, False],
    ):
        sheet.append(row)
    other = book.create_sheet("Autre")
    other.append(["x", "x"])
    file = tmp_path / "stocks.xlsx"
    book.save(file)
    book.close()
    return file


def test_a_range_of_a_workbook(workbook: Path) -> None:
    table = read_table(handle(workbook, "Stocks", "B3:F5"), ("nsn", "litres"))
    assert table.columns == ("nsn", "litres", "day", "share", "free")
    assert table.rows == (
        ("00123", 1200, "2026-03-12", 0.5, True),
        ("00124", 3.25, "2026-03-12T06:30:00", None, False),
    )


@pytest.mark.parametrize(
    ("sheet", "cells", "columns", "told"),
    [
        ("Nope", None, (), "There is no sheet “Nope”; there is: Stocks, Autre"),
        ("Autre", None, (), "columns of the same name: x"),
        ("Stocks", "H9:J20", (), "is empty"),
        ("Stocks", "B3:F5", ("task",), "lacks the columns: task. Its header row has: nsn, litres, day, share, free"),
    ],
)
def test_what_a_workbook_lacks(
    workbook: Path, sheet: str, cells: str | None, columns: tuple[str, ...], told: str
) -> None:
    with pytest.raises(TableError) as error:
        read_table(handle(workbook, sheet, cells), columns)
    assert told in str(error.value)


def test_headers_in_other_words(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("Tâche;DURÉE;Note\nA;3;x\n", encoding="utf-8")
    aliases = {"tache": "task", "duree": "duration", "note": "task"}
    table = read_table(handle(file), ("task", "duration"), aliases)
    assert table.columns == ("task", "duration", "Note")
    # The column's own name comes first, whatever else goes by that name.
    file.write_text("Tâche;task;duration\nA;B;3\n", encoding="utf-8")
    table = read_table(handle(file), ("task", "duration"), aliases)
    assert table.columns == ("Tâche", "task", "duration")


def test_a_damaged_workbook(tmp_path: Path) -> None:
    file = tmp_path / "bad.xlsx"
    file.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(TableError, match="cannot be read as a workbook"):
        read_table(handle(file))
