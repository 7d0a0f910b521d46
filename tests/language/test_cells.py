"""The units of a table's header, column by column."""

from __future__ import annotations

import pytest

from copilot.language.cells import units_over

HEADER = "Annexe B\nCode | Ouvrage | PK (km) | Limite (t) | Hauteur (m) | Série"
ROWS = "P-06 | Pont Neuf | 20,1 | 19 | 3,60 | 1930\nP-07 | Pont d'Orval | 22,4 | 26 | | 1932"


def bases(text: str, context: str, figure: str) -> list[str] | None:
    units = units_over(text, context, text.index(figure))
    return None if units is None else [base for base, _ in units]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [("06", []), ("20,1", ["m"]), ("19", ["kg"]), ("3,60", ["m"]), ("22,4", ["m"]), ("26", ["kg"]), ("1932", [])],
)
def test_a_figure_has_the_unit_of_its_column_past_empty_cells(figure: str, expected: list[str]) -> None:
    assert bases(ROWS, HEADER, figure) == expected


def test_a_row_of_other_columns_has_those_of_the_whole_header() -> None:
    assert bases("Pont d'Orval | 26", HEADER, "26") == ["m", "kg", "m"]


def test_outside_tables_there_is_no_column() -> None:
    assert bases("Le pont porte 26 tonnes.", HEADER, "26") is None
    assert bases("Pont | 26", "Annexe B", "26") is None
