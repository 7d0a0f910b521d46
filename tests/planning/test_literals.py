"""What a question says: its figures with their own units, its dates in any notation, its words."""

from __future__ import annotations

import pytest

from copilot.planning.literals import NotSaidError, Question, said_unit
from copilot.records import ParameterKind

FRENCH = "Un stock de 42 m³ à 3 800 litres par jour, 62 véhicules, du 12 mars 2026 au dépôt d'Évry, puis 120, 130 km ?"
NUMBER, DATE, TEXT = ParameterKind.NUMBER, ParameterKind.DATE, ParameterKind.TEXT


def unit_in(
    question: str, value: object, unit: str | None, tools_unit: str | None, kind: ParameterKind = NUMBER
) -> str:
    """Return the unit that is found, “-” for none, “?” where the question does not say so."""
    try:
        return said_unit(Question(question, "fr"), kind, value, unit, tools_unit) or "-"  # type: ignore[arg-type]
    except NotSaidError:
        return "?"


@pytest.mark.parametrize(
    ("value", "unit", "tools_unit", "found"),
    [
        (42, "m3", "L", "m³"),
        (42, "m³", "L", "m³"),
        (42, "kL", "L", "m³"),
        (42, None, "L", "m³"),
        (42, "L", "L", "?"),
        (3800, "L/day", "L/day", "litres par jour"),
        (3800, "L", "L/day", "?"),
        (62, None, "vehicle", "-"),
        (62, "vehicle", "vehicle", "-"),
        (62, "véhicules", "vehicle", "véhicules"),
        (62, "t", "kg", "?"),
        (63, None, None, "?"),
        ((120, 130), "km", "km", "km"),
        ((120, 130), None, "m", "km"),
        ((120, 140), "km", "km", "?"),
    ],
)
def test_a_figure_counts_with_its_own_unit(value: object, unit: str | None, tools_unit: str, found: str) -> None:
    assert unit_in(FRENCH, value, unit, tools_unit) == found


def test_two_quantities_with_one_figure() -> None:
    question = "Entre 42 L et 42 m³ ?"
    assert unit_in(question, 42, None, "L") == "?"
    assert unit_in(question, 42, "m3", "L") == "m³"
    assert unit_in(question, 42, "L", "L") == "L"


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        ("2026-03-12", DATE, "-"),
        ("2026-03-13", DATE, "?"),
        ("depot d'evry", TEXT, "-"),
        ("dépôt de Lyon", TEXT, "?"),
        (("stock", "Évry"), ParameterKind.TEXTS, "-"),
        (("stock", "Lyon"), ParameterKind.TEXTS, "?"),
        ("any", ParameterKind.CHOICE, "-"),
        (True, ParameterKind.BOOLEAN, "-"),
    ],
)
def test_dates_and_words(value: object, kind: ParameterKind, found: str) -> None:
    assert unit_in(FRENCH, value, None, None, kind) == found
