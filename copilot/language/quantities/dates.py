"""Dates, times of day, date-time groups and relative days, as French and English write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from fractions import Fraction

from copilot.language.quantities.records import Kind, Reading

Found = tuple[int, int, tuple[Reading, ...]]

_MONTHS: dict[str, int] = {}
for _names in (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "janv fév mars avr mai juin juil aou sept oct nov dec",
):
    _MONTHS.update({name: number for number, name in enumerate(_names.split(), start=1)})
_DTG_MONTHS = {name[:3]: number for name, number in _MONTHS.items()} | {"jui": 6, "jul": 7, "fev": 2, "aou": 8}

_SPACE = "[ \u00a0\u202f\t]"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR = r"(?P<year>(?:1[0-9]|20)\d\d)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH}{_SPACE}{{1,3}}{_DAY}(?:st|nd|rd|th)?(?![\w:])(?:,?{_SPACE}{{1,3}}{_YEAR}(?!\w))?", re.IGNORECASE
)
_NAMED = (
    # 12 mars 2026, 1er mars, 12th of March 2026, 12-MAR-26, mars 2026, March 12, 2026
    re.compile(
        rf"(?<![\w.,]){_DAY}(?:er|st|nd|rd|th)?(?:{_SPACE}{{1,3}}|-|{_SPACE}of{_SPACE}){_MONTH}"
        rf"(?:,?(?:{_SPACE}{{1,3}}|-){_YEAR}(?![\w])|(?:-|{_SPACE})(?P<short>\d\d)(?![\w:/°%]|[.,]\d|{_SPACE}%))?",
        re.IGNORECASE,
    ),
    _MONTH_FIRST,
    re.compile(rf"\b{_MONTH},?{_SPACE}{{1,3}}{_YEAR}(?!\w)", re.IGNORECASE),
)
_CLOCK = r"(?P<hour>[01]\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\.\d{1,9})?"
_ISO = re.compile(
    rf"(?<![\w-]){_YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])"
    rf"(?:[T ]{_CLOCK}(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
)
_ISO_MONTH = re.compile(rf"(?<![\w-]){_YEAR}-(?P<month>0[1-9]|1[0-2])(?![\w-])")
_NUMERIC = re.compile(r"(?<![\w./-])(\d{1,2})([/.-])(\d{1,2})\2((?:1[0-9]|20)\d\d|\d\d)(?![\w/-]|[.,]\d)")
_DTG = re.compile(
    rf"(?<!\w){_DAY}(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?::?(?P<second>[0-5]\d))?{_SPACE}?(?P<zone>[A-IK-Z])"
    rf"(?:{_SPACE}?(?P<month>[A-Z]{{3,4}}){_SPACE}?(?P<year>(?:20)?\d\d))?(?!\w)"
)
_DAY_OFFSET = re.compile(r"(?<!\w)(?P<letter>[DJHCGMSTX])(?P<sign>[+\-−–])(?P<count>\d{1,3})(?![\w])")
_TIMES = (
    # 06:30, 06:30:15Z
    re.compile(
        rf"(?<![\w:.,]){_CLOCK}{_SPACE}?(?P<zone>Z\b|UTC\b)?(?P<half>{_SPACE}?[ap]\.?m\b\.?)?(?![\w:])", re.IGNORECASE
    ),
    # 6:30 am, 6 p.m.
    re.compile(
        rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5]\d))?{_SPACE}?(?P<half>[ap]\.?m\b\.?)", re.IGNORECASE
    ),
    # 6:30 without a zero, 0630Z
    re.compile(r"(?<![\w:.,])(?P<hour>\d):(?P<minute>[0-5]\d)(?![\w:])"),
    re.compile(
        r"(?<![\w:.,])(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?P<zone>[A-IK-Z]|" + _SPACE + r"?(?:UTC|hrs|hours))\b"
    ),
)
# 06h30, 6 h 30, 18 h: a time of day or a duration, the text does not say which.
_HOURS = re.compile(
    rf"(?<![\w:.,+-])(?P<hour>\d{{1,3}}){_SPACE}?[hH]{_SPACE}?(?P<minute>[0-5]\d)?(?:{_SPACE}?(?:min|mn)\b)?(?P<zone>Z)?(?![\w²/])"
)


def _date(year: int | None, month: int | None, day: int | None) -> Reading | None:
    try:
        dt.date(year or 2000, month or 1, day or 1)
    except ValueError:
        return None
    parts = (f"{year:04d}" if year else "*", f"{month:02d}" if month else "*", f"{day:02d}" if day else "*")
    return Reading(Kind.DATE, "-".join(parts))


def _full_year(short: str) -> int:
    number = int(short)
    if len(short) > 2:
        return number
    return 2000 + number if number < 70 else 1900 + number


def _clock(hour: str, minute: str | None, second: str | None = None, zone: str = "", half: str = "") -> str | None:
    number = int(hour)
    if half:
        number = number % 12 + (12 if half.strip()[0] in "pP" else 0)
    if number > 24:
        return None
    letter = "Z" if zone.strip().upper() == "UTC" else zone if len(zone) == 1 else ""
    return f"{number % 24:02d}:{minute or '00'}{':' + second if second else ''}{letter.upper()}"


def find_groups(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield military date-time groups (``120600ZMAR26``) and ISO 8601 instants and dates."""
    for match in _DTG.finditer(text):
        name = match["month"]
        month = _DTG_MONTHS.get(name[:3].lower()) if name else None
        if name and month is None:
            continue
        date = _date(_full_year(match["year"]) if match["year"] else None, month, int(match["day"]))
        clock = _clock(match["hour"], match["minute"], match["second"], match["zone"])
        if date and clock:
            yield match.start(), match.end(), (Reading(Kind.INSTANT, f"{date.value}T{clock}"),)
    for match in _ISO.finditer(text):
        date = _date(int(match["year"]), int(match["month"]), int(match["day"]))
        if date is None:
            continue
        if match["hour"] and (clock := _clock(match["hour"], match["minute"], match["second"], match["zone"] or "")):
            yield match.start(), match.end(), (Reading(Kind.INSTANT, f"{date.value}T{clock}"),)
        else:
            yield match.start(), match.end(), (date,)


def find_dates(text: str, language: str) -> Iterator[Found]:
    """Yield dates with a named month and numeric ones; a numeric date is day first unless the text is English."""
    for pattern in _NAMED:
        if pattern is _MONTH_FIRST and language == "fr":
            continue
        for match in pattern.finditer(text):
            if found := _named(text, match):
                yield found
    for match in _ISO_MONTH.finditer(text):
        if date := _date(int(match["year"]), int(match["month"]), None):
            yield match.start(), match.end(), (date,)
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
        orders = [(second, first)] if language == "fr" else [(second, first), (first, second)]
        readings = [reading for month, day in orders if month and day and (reading := _date(year, month, day))]
        if readings:
            yield match.start(), match.end(), tuple(dict.fromkeys(readings))


def _named(text: str, match: re.Match[str]) -> Found | None:
    groups = match.groupdict()
    month, end = match["month"], match.end()
    written = groups.get("year") or groups.get("short")
    if groups.get("short") and text[end : end + 2].strip()[:1].isalnum() and not month.isupper():
        # «le 12 mars 26 camions» counts trucks; «12 MAR 26 au soir» is a message's year.
        written, end = None, match.start("short") - 1
    if not written and month in ("may", "mar"):
        return None
    day = int(groups["day"]) if groups.get("day") else None
    date = _date(_full_year(written) if written else None, _MONTHS[month.lower()], day)
    return (match.start(), end, (date,)) if date else None


def find_times(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield times of day, hours that may also be durations, and relative days (``D+3``, ``J-1``, ``H+6``)."""
    for match in _DAY_OFFSET.finditer(text):
        letter = {"J": "D"}.get(match["letter"], match["letter"])
        sign = "+" if match["sign"] == "+" else "-"
        yield match.start(), match.end(), (Reading(Kind.RELATIVE_DAY, f"{letter}{sign}{int(match['count'])}"),)
    for pattern in _TIMES:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            clock = _clock(
                groups["hour"],
                groups.get("minute"),
                groups.get("second"),
                groups.get("zone") or "",
                groups.get("half") or "",
            )
            if clock:
                yield match.start(), match.end(), (Reading(Kind.TIME, clock),)
    for match in _HOURS.finditer(text):
        yield match.start(), match.end(), _hours(match)


def _hours(match: re.Match[str]) -> tuple[Reading, ...]:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    duration = Reading(Kind.NUMBER, Fraction(3600 * hour + 60 * minute), "s")
    clock = _clock(match["hour"], match["minute"], zone=match["zone"] or "")
    return (duration,) if clock is None else (Reading(Kind.TIME, clock), duration)
