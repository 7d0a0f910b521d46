"""Units as people write them, converted."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.tools.units import UnitError, convert, is_unit, measures_same


@pytest.mark.parametrize(
    ("value", "given", "wanted", "expected"),
    [
        (3800, "L/jour", "L/day", 3800),
        (3.8, "m3 par jour", "L/day", 3800),
        (2, "heures", "hour", 2),
        (12, "nœuds", "km/h", 22.224),
        (35, "L/100 km", "L/km", 0.35),
        (80, "%", None, 0.8),
        (62, "véhicules", None, 62),
        (0.2, "par heure", "1/day", 4.8),
        (1, "NM", "km", 1.852),
        (5, "milles nautiques", "m", 9260),
        (5, "kN", "N", 5000),
        (1, "kn", "km/h", 1.852),
        (7, "J", "kJ", 0.007),
        (7, "j", "hour", 168),
        (4.5, "t", "kg", 4500),
        (68, "°F", "°C", 20),
        (10, "kg/m²", "kg/m2", 10),
        (5, "L/vehicle/day", "L/day", 5),
        (2, "k€", "euro", 2000),
        (36, "km/h", "m/s", 10),
        (180, "litres a day", "L/day", 180),
        (2, "kg an hour", "kg/day", 48),
        (365.25, "litres par an", "L/day", 1),
        (35, "litres aux 100 km", "L/km", 0.35),
        (3, "ans", "year", 3),
    ],
)
def test_conversions(value: float, given: str, wanted: str | None, expected: float) -> None:
    assert convert(value, given, wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("m", "s"), ("L", None), ("L", "kg"), ("gloubi", "m"), ("m**99999", "m"), ("__import__('os')", "m"), ("", "m")],
)
def test_what_cannot_be_converted(given: str, wanted: str | None) -> None:
    with pytest.raises(UnitError):
        convert(1.0, given, wanted)


def test_decimal_factors_leave_no_binary_dust() -> None:
    assert convert(3.8, "m3", "L") == 3800.0


def test_known_units() -> None:
    assert is_unit("1/hour")
    assert is_unit("L/100 km")
    assert not is_unit("bidule")
    assert measures_same("km/h", "nœuds")
    assert not measures_same("km/h", "km")


@given(st.text(max_size=30))
@example("¼")
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    try:
        convert(1.0, text, "m")
    except UnitError:
        return
    assert measures_same(text, "km")
