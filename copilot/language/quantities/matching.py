"""Whether a quantity that is claimed stands in what is quoted, whatever the notation of either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from copilot.language.quantities.records import Kind, Quantity, Reading
from copilot.language.quantities.units import Units

# Half of the last of four decimals of a degree, about five metres: degrees and seconds round differently.
_DEGREE_TOLERANCE = Fraction(5, 100_000)


class Standing(StrEnum):
    """How a claimed quantity stands in the evidence."""

    STANDS = "stands"
    UNIT_DIFFERS = "unit_differs"
    ABSENT = "absent"


def same(one: Quantity, other: Quantity) -> bool:
    """Return whether some reading of each says the same, units included."""
    return any(_equal(a, b) for a in one.readings for b in other.readings)


def standing(claimed: Quantity, evidence: Sequence[Quantity], *, counts: bool = False) -> Standing:
    """Return how `claimed` stands in `evidence`.

    A claim may say less than its evidence (``mars 2026`` of ``12 mars 2026``), never more. A bare number may leave out
    the unit of its evidence unless it `counts` something of its own: «12 camions» does not stand in «12 jours».
    """
    readings = [reading for quantity in evidence for reading in _with_parts(quantity)]
    if not counts:
        readings += [Reading(Kind.NUMBER, figure) for quantity in evidence for figure in quantity.figures]
    if any(_covers(written, wanted, readings) for wanted in claimed.readings for written in readings):
        return Standing.STANDS
    if any(_pieced_together(wanted, readings) for wanted in claimed.readings):
        return Standing.STANDS
    if any(claimed.figures & quantity.figures for quantity in evidence):
        return Standing.UNIT_DIFFERS
    return Standing.ABSENT


def with_units(quantity: Quantity, units: Units) -> Quantity:
    """Return `quantity` as it also reads in the `units` that its column's header names."""
    united = [
        Reading(Kind.NUMBER, reading.value * factor, base, reading.value)
        for reading in quantity.readings
        if reading.kind is Kind.NUMBER and not reading.unit and isinstance(reading.value, Fraction)
        for base, factor in units
    ]
    return replace(quantity, readings=(*quantity.readings, *united))


def _with_parts(quantity: Quantity) -> list[Reading]:
    readings = list(quantity.readings)
    for reading in quantity.readings:
        if reading.kind is Kind.INSTANT and isinstance(reading.value, str):
            date, _, clock = reading.value.partition("T")
            readings += [Reading(Kind.DATE, date), Reading(Kind.TIME, clock)]
    return readings


def _equal(one: Reading, other: Reading) -> bool:
    if one.kind is not other.kind or one.unit != other.unit:
        return False
    if one.kind is Kind.COORDINATE and isinstance(one.value, Fraction) and isinstance(other.value, Fraction):
        return abs(one.value - other.value) < _DEGREE_TOLERANCE
    return one.value == other.value


def _covers(written: Reading, wanted: Reading, readings: Sequence[Reading]) -> bool:
    if wanted.kind is Kind.NUMBER and not wanted.unit:
        return _covers_bare_number(written, wanted)
    if wanted.kind is Kind.DATE and written.kind is Kind.DATE:
        return _covers_date(str(written.value), str(wanted.value), readings)
    if wanted.kind is Kind.TIME and written.kind is Kind.TIME:
        return _covers_time(str(written.value), str(wanted.value))
    return _equal(written, wanted)


def _covers_bare_number(written: Reading, wanted: Reading) -> bool:
    if written.kind is Kind.DATE:
        year = str(written.value).split("-")[0]
        return year.isdigit() and wanted.value == int(year)
    return written.kind is Kind.NUMBER and not written.unit and written.value == wanted.value


def _covers_date(written: str, wanted: str, readings: Sequence[Reading]) -> bool:
    year, *rest = written.split("-")
    wanted_year, *wanted_rest = wanted.split("-")
    if any(part not in ("*", own) for part, own in zip(wanted_rest, rest, strict=False)):
        return False
    if wanted_year in ("*", year):
        return True
    # The year may stand apart from the day: «le 12 mars ... de l'année 2026».
    return year == "*" and wanted_year in _years(readings)


def _years(readings: Sequence[Reading]) -> set[str]:
    dates = {str(reading.value).split("-")[0] for reading in readings if reading.kind is Kind.DATE}
    return dates | {str(reading.value) for reading in readings if reading.kind is Kind.NUMBER and not reading.unit}


def _covers_time(written: str, wanted: str) -> bool:
    zone = written[-1] if written[-1].isalpha() else ""
    wanted_zone = wanted[-1] if wanted[-1].isalpha() else ""
    if wanted_zone and zone != wanted_zone:
        return False
    own, asked = written.rstrip(zone), wanted.rstrip(wanted_zone)
    return own == asked or own.startswith(asked + ":")


def _pieced_together(wanted: Reading, readings: Sequence[Reading]) -> bool:
    """Return whether an instant stands as a date here and a time there."""
    if wanted.kind is not Kind.INSTANT:
        return False
    date, _, clock = str(wanted.value).partition("T")
    has_date = any(r.kind is Kind.DATE and _covers_date(str(r.value), date, readings) for r in readings)
    return has_date and any(r.kind is Kind.TIME and _covers_time(str(r.value), clock) for r in readings)
