"""Every notation of a number, date, time, unit and place is found with its value."""

from __future__ import annotations

from fractions import Fraction

import pytest

from copilot.language.quantities import Kind, find_quantities


def only(text: str, language: str) -> tuple[Kind, str, str]:
    found = find_quantities(text, language)
    assert len(found) == 1, [quantity.text for quantity in found]
    value = found[0].value
    return found[0].kind, str(float(value)) if isinstance(value, Fraction) else value, found[0].unit


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("42 000", "fr", 42000, ""),
        ("42\u202f000", "fr", 42000, ""),
        ("42.000", "fr", 42000, ""),
        ("42,000", "en", 42000, ""),
        ("42’000", "fr", 42000, ""),
        ("42'000", "en", 42000, ""),
        ("42 mille", "fr", 42000, ""),
        ("1,5", "fr", 1.5, ""),
        ("1.5", "en", 1.5, ""),
        ("1 500,75", "fr", 1500.75, ""),
        ("1,500.75", "en", 1500.75, ""),
        ("1.234.567,89", "fr", 1234567.89, ""),
        ("0,500", "fr", 0.5, ""),
        ("-5 °C", "fr", -5, "°C"),
        ("12,5 %", "fr", 12.5, "%"),
        ("12 pour cent", "fr", 12, "%"),
        ("12 per cent", "en", 12, "%"),
        ("vingt et un", "fr", 21, ""),
        ("soixante-douze", "fr", 72, ""),
        ("quatre-vingts", "fr", 80, ""),
        ("quatre-vingt-dix-sept", "fr", 97, ""),
        ("deux cent mille", "fr", 200000, ""),
        ("trois mille deux cents litres", "fr", 3200, "L"),
        ("cent dix", "fr", 110, ""),
        ("twenty-one", "en", 21, ""),
        ("one hundred and five", "en", 105, ""),
        ("forty-two thousand litres", "en", 42000, "L"),
        ("2 millions de litres", "fr", 2_000_000, "L"),
        ("3,2 milliards d'euros", "fr", 3_200_000_000, "€"),
        ("3 M€", "fr", 3_000_000, "€"),
        ("$5 million", "en", 5_000_000, "$"),
        ("4,5 t", "fr", 4500, "kg"),
        ("3 m³", "fr", 3000, "L"),
        ("2 hours", "en", 7200, "s"),
        ("3 jours", "fr", 259200, "s"),
        ("500kVA", "en", 500000, "VA"),
        ("36 km/h", "fr", 10, "m/s"),
        ("17 metres per second", "en", 17, "m/s"),
        ("17 mètres par seconde", "fr", 17, "m/s"),
        ("86,400 L per day", "en", 1, "L/s"),
        ("12 personnes", "fr", 12, "person"),
        ("03", "fr", 3, ""),
    ],
)
def test_numbers(text: str, language: str, value: float, unit: str) -> None:
    assert only(f"({text})", language) == (Kind.NUMBER, str(float(value)), unit)


@pytest.mark.parametrize(
    ("text", "language", "kind", "value"),
    [
        ("12 mars 2026", "fr", Kind.DATE, "2026-03-12"),
        ("1er avril 2025", "fr", Kind.DATE, "2025-04-01"),
        ("12/03/2026", "fr", Kind.DATE, "2026-03-12"),
        ("12.03.2026", "fr", Kind.DATE, "2026-03-12"),
        ("March 12, 2026", "en", Kind.DATE, "2026-03-12"),
        ("12th of March 2026", "en", Kind.DATE, "2026-03-12"),
        ("2026-03-12", "en", Kind.DATE, "2026-03-12"),
        ("12 MAR 26", "en", Kind.DATE, "2026-03-12"),
        ("mars 2026", "fr", Kind.DATE, "2026-03-*"),
        ("12 mars", "fr", Kind.DATE, "*-03-12"),
        ("120600ZMAR26", "fr", Kind.INSTANT, "2026-03-12T06:00Z"),
        ("120600Z MAR 26", "en", Kind.INSTANT, "2026-03-12T06:00Z"),
        ("2026-03-12T06:00Z", "en", Kind.INSTANT, "2026-03-12T06:00Z"),
        ("06h30", "fr", Kind.TIME, "06:30"),
        ("6 h 30", "fr", Kind.TIME, "06:30"),
        ("18 h", "fr", Kind.TIME, "18:00"),
        ("6:30 am", "en", Kind.TIME, "06:30"),
        ("6 p.m.", "en", Kind.TIME, "18:00"),
        ("0630Z", "en", Kind.TIME, "06:30Z"),
        ("J+3", "fr", Kind.RELATIVE_DAY, "D+3"),
        ("D-1", "en", Kind.RELATIVE_DAY, "D-1"),
        ("0123-45-678-9012", "en", Kind.IDENTIFIER, "0123-45-678-9012"),
        ("00123", "fr", Kind.IDENTIFIER, "00123"),
        ("01 23 45 67 89", "fr", Kind.IDENTIFIER, "0123456789"),
        ("M1A2", "en", Kind.IDENTIFIER, "M1A2"),
        ("31U DQ 48251 11932", "fr", Kind.COORDINATE, "31UDQ4825111932"),
        ("31U 448251 5411932", "fr", Kind.COORDINATE, "31U 448251 5411932"),
        ("48°51'29.5\" N", "en", Kind.COORDINATE, str(float(Fraction(351779, 7200)))),
        ("3e", "fr", Kind.ORDINAL, "3.0"),
        ("XXIe", "fr", Kind.ORDINAL, "21.0"),
        ("third", "en", Kind.ORDINAL, "3.0"),
    ],
)
def test_dates_times_and_names(text: str, language: str, kind: Kind, value: str) -> None:
    assert only(f"({text})", language)[:2] == (kind, value)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Valbrune | 42 000 | 2026-03-12 | 12", "fr", ["42 000", "2026-03-12", "12"]),
        ("Le 12 mars 2026 à 06h30, 300 camions.", "fr", ["12 mars 2026", "06h30", "300"]),
        ("En mars 12 camions sont partis.", "fr", ["12"]),
        ("the premier ministre and one of them may leave", "fr", []),
        ("between 10 and 15 km", "en", ["10", "15 km"]),
        ("voir art. 3, n° 5 et v1.2.3", "fr", ["3", "5"]),
        ("12 345 678,9 et 0.500", "fr", ["12 345 678,9", "0.500"]),
    ],
)
def test_what_is_found_in_a_line(text: str, language: str, expected: list[str]) -> None:
    assert [quantity.text for quantity in find_quantities(text, language)] == expected


def test_ambiguous_notations_keep_their_readings() -> None:
    (number,) = find_quantities("1.500", "fr")
    assert {reading.value for reading in number.readings} == {Fraction(1500), Fraction(3, 2)}
    (date,) = find_quantities("03/04/2026", "en")
    assert {reading.value for reading in date.readings} == {"2026-04-03", "2026-03-04"}
    (hours,) = find_quantities("18 h", "fr")
    assert {reading.kind for reading in hours.readings} == {Kind.TIME, Kind.NUMBER}
