"""What counts as the same quantity in another notation, and what does not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.language.quantities import Standing, find_quantities, same, standing

NARROW = "\u202f"
FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
ENGLISH_MONTHS = "January February March April May June July August September October November December".split()


def stands(claim: str, language: str, evidence: str, evidence_language: str, *, counts: bool = False) -> Standing:
    (claimed,) = find_quantities(claim, language)
    return standing(claimed, find_quantities(evidence, evidence_language), counts=counts)


@pytest.mark.parametrize(
    ("claim", "language", "evidence", "evidence_language"),
    [
        ("42 000 L", "fr", "42,000 litres", "en"),
        ("4,5 t", "fr", "4 500 kg", "fr"),
        ("42 m³", "fr", "42 000 L", "fr"),
        ("10 km", "fr", "de 10 à 15 km", "fr"),
        ("1,852 km", "en", "1 000 milles nautiques", "fr"),
        ("12 March 2026", "en", "120600ZMAR26", "fr"),
        ("06h00Z", "fr", "120600ZMAR26", "fr"),
        ("120600ZMAR26", "fr", "le 12 mars 2026 à 06h00Z", "fr"),
        ("mars 2026", "fr", "12 mars 2026", "fr"),
        ("2026", "fr", "12/03/2026", "fr"),
        ("12 mars 2026", "fr", "le 12 mars ; année 2026", "fr"),
        ("18:00", "en", "18 h", "fr"),
        ("18 heures", "fr", "18 h", "fr"),
        ("J+3", "fr", "D+3", "en"),
        ("deux", "fr", "2", "en"),
        ("42 000", "fr", "42 000 L", "fr"),
        ("48.8582° N", "en", "48°51'29.5\" N", "en"),
        ("31UDQ4825111932", "en", "31U DQ 48251 11932", "fr"),
    ],
)
def test_stands(claim: str, language: str, evidence: str, evidence_language: str) -> None:
    assert stands(claim, language, evidence, evidence_language) is Standing.STANDS


@pytest.mark.parametrize(
    ("claim", "language", "evidence", "expected"),
    [
        ("42 000 kg", "fr", "42 000 L", Standing.UNIT_DIFFERS),
        ("42 L", "fr", "42 000 L", Standing.ABSENT),
        ("42 L", "fr", "42.000 L", Standing.ABSENT),
        ("12 mars 2026", "fr", "mars 2026", Standing.ABSENT),
        ("12 mars 2026", "fr", "12 mars 2025", Standing.ABSENT),
        ("06:30Z", "en", "06:31Z", Standing.ABSENT),
        ("00123", "fr", "123", Standing.ABSENT),
        ("123", "fr", "00123", Standing.ABSENT),
        ("0123-45-678-9012", "fr", "0123-45-678-9013", Standing.ABSENT),
        ("31UDQ4825111932", "fr", "31UDQ4825111933", Standing.ABSENT),
        ("48.8583° N", "fr", "48.8582° N", Standing.ABSENT),
        ("48.8582° S", "fr", "48.8582° N", Standing.ABSENT),
        ("J+3", "fr", "J-3", Standing.ABSENT),
        ("3e", "fr", "3", Standing.ABSENT),
    ],
)
def test_does_not_stand(claim: str, language: str, evidence: str, expected: Standing) -> None:
    assert stands(claim, language, evidence, language) is expected


def test_a_number_that_counts_something_does_not_borrow_another_unit() -> None:
    assert stands("12", "fr", "12 jours", "fr") is Standing.STANDS
    assert stands("12", "fr", "12 jours", "fr", counts=True) is Standing.UNIT_DIFFERS


def groups(digits: str, separator: str) -> str:
    head = len(digits) % 3 or 3
    return separator.join([digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))])


@given(st.integers(1, 10**12), st.integers(0, 99), st.sampled_from(["L", "kg", "km", "%", "€", ""]))
def test_a_number_is_found_in_all_notations(whole: int, cents: int, unit: str) -> None:
    digits, rest = str(whole), f"{cents:02d}"
    written = [
        (f"{groups(digits, ' ')},{rest} {unit}", "fr"),
        (f"{groups(digits, NARROW)},{rest} {unit}", "fr"),
        (f"{groups(digits, '.')},{rest} {unit}", "fr"),
        (f"{groups(digits, ',')}.{rest} {unit}", "en"),
        (f"{groups(digits, '’')}.{rest} {unit}", "fr"),
        (f"{digits}.{rest}{unit}", "en"),
    ]
    found = [find_quantities(f"Il y a {text.strip()}.", language) for text, language in written]
    assert [len(quantities) for quantities in found] == [1] * len(written)
    assert all(same(found[0][0], quantities[0]) for quantities in found)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)))
def test_a_date_is_found_in_all_notations(date: dt.date) -> None:
    day, month, year = date.day, date.month, date.year
    written = [
        (f"{day} {FRENCH_MONTHS[month - 1]} {year}", "fr"),
        (f"{day:02d}/{month:02d}/{year}", "fr"),
        (f"{ENGLISH_MONTHS[month - 1]} {day}, {year}", "en"),
        (f"{day} {ENGLISH_MONTHS[month - 1]} {year}", "en"),
        (date.isoformat(), "en"),
        (f"{day:02d} {ENGLISH_MONTHS[month - 1][:3].upper()} {year % 100:02d}", "en"),
        (f"{month}/{day}/{year}", "en"),
    ]
    found = [find_quantities(f"({text})", language) for text, language in written]
    assert [len(quantities) for quantities in found] == [1] * len(written)
    assert all(same(found[0][0], quantities[0]) for quantities in found)


@given(st.text(alphabet="0123456789 .,'’-/:+°hHzZ%LkmtNE\u00a0\n|DJaéMAR", max_size=120))
def test_spans_are_true_ordered_and_apart(text: str) -> None:
    position = 0
    for quantity in find_quantities(text, "und"):
        assert position <= quantity.start < quantity.end
        assert quantity.text == text[quantity.start : quantity.end]
        position = quantity.end


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "111 ",
        "1,",
        "111,",
        "1.1",
        "a1-",
        "12/",
        "deux ",
        "48°",
        "12 mars ",
        "(L",
        "+1",
        "1-",
        "0",
        "€",
        "A",
        "1 h ",
    ],
)
def test_long_odd_text_finishes(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert all(quantity.text for quantity in find_quantities(text, "fr"))
