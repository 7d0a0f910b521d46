"""The date a document gives itself, read from its head and its end; and dates of metadata as ISO 8601.

Only dates that stand where a document says when it was made count: after a place («Paris, le 12 mars 2026»), after a
label (``Date:``), in a date-time group, or in a short line of the head. A date in mid-prose is about something else.
"""

from __future__ import annotations

import datetime as dt
import re

from copilot.language.marking import fold

_MONTHS: dict[str, int] = {}
for _names in (
    "JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE",
    "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER",
    "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
    "JANV FEVR MARS AVR MAI JUIN JUIL AOUT SEPT OCT NOV DEC",
    "JANUAR FEBRUAR MARZ APRIL MAI JUNI JULI AUGUST SEPTEMBER OKTOBER NOVEMBER DEZEMBER",
    "GENNAIO FEBBRAIO MARZO APRILE MAGGIO GIUGNO LUGLIO AGOSTO SETTEMBRE OTTOBRE NOVEMBRE DICEMBRE",
    "ENERO FEBRERO MARZO ABRIL MAYO JUNIO JULIO AGOSTO SEPTIEMBRE OCTUBRE NOVIEMBRE DICIEMBRE",
):
    _MONTHS.update({name: number for number, name in enumerate(_names.split(), start=1)})
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
# French date-time groups abbreviate months in French as well.
_DTG_MONTHS = {**{k: v for k, v in _MONTHS.items() if len(k) == 3}, "FEV": 2, "AVR": 4, "JUI": 6, "AOU": 8}

_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_DATES = (
    re.compile(rf"\b{_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?![\d-])"),
    re.compile(rf"\b{_DAY}(?:ER|ST|ND|RD|TH|º|°|\.)?\s+(?:DE\s+|OF\s+)?{_MONTH},?\s+(?:DE\s+)?{_YEAR}\b"),
    re.compile(rf"\b{_MONTH}\s+{_DAY}(?:ST|ND|RD|TH)?,?\s+{_YEAR}\b"),
)
_DTG = re.compile(r"\b(?P<day>\d{2})\d{4}\s?[A-Z]\s?(?P<month>[A-Z]{3})\s?(?P<year>\d{4}|\d{2})\b")
_NUMERIC = re.compile(rf"\b(?P<day>\d{{1,2}})[/.](?P<month>\d{{1,2}})[/.]{_YEAR}\b")
_PLACE_AND_DATE = re.compile(r"^\W*(?:[A-Z][A-Z '.\-]{1,40},?\s+(?:LE|THE|DEN|IL)\s+|LE\s+)\d{1,2}", re.ASCII)
_LABEL = re.compile(
    r"^\W*(?:DATE(?:\s+(?:DE|DU|OF)\s+[A-Z' ]{3,30})?|DTG|GDH|DATED|DATE\s+D'EDITION|ISSUED|PUBLISHED|EDITION|VERSION|"
    r"DU)\b[^0-9]{0,12}"
)
_HEAD_CHARACTERS = 2_500
_TAIL_CHARACTERS = 600
_SHORT_LINE = 100


def content_date(text: str, language: str = "und") -> str | None:
    """Return the date that `text` gives itself, or None; `language` decides whether 03/04/2026 can be read."""
    head = text[:_HEAD_CHARACTERS].split("\n")
    tail = text[max(_HEAD_CHARACTERS, len(text) - _TAIL_CHARACTERS) :].split("\n")
    for lines, accepted in ((head, _says_when), (tail, _says_when), (head, _is_short)):
        for line in lines:
            folded = fold(line)
            if accepted(folded) and (found := _date_in(folded, language)):
                return found
    return None


def _says_when(folded: str) -> bool:
    if len(folded) > 2 * _SHORT_LINE:
        return False
    return bool(_PLACE_AND_DATE.match(folded) or _LABEL.match(folded) or _DTG.search(folded))


def _is_short(folded: str) -> bool:
    return len(folded) <= _SHORT_LINE and not folded.endswith((".", ";"))


def _date_in(folded: str, language: str) -> str | None:
    found: list[tuple[int, str]] = []
    for pattern in _DATES:
        for match in pattern.finditer(folded):
            month = match["month"].rstrip(".")
            number = int(month) if month.isdigit() else _MONTHS[month]
            _collect(found, match.start(), int(match["year"]), number, int(match["day"]))
    for match in _DTG.finditer(folded):
        if month_number := _DTG_MONTHS.get(match["month"]):
            year = int(match["year"])
            _collect(found, match.start(), year if year > 99 else 2000 + year, month_number, int(match["day"]))
    for match in _NUMERIC.finditer(folded):
        day, month_number = int(match["day"]), int(match["month"])
        # Day first everywhere but in the United States: an English text leaves it open unless the day says so.
        if language not in ("en", "und") or day > 12:
            _collect(found, match.start(), int(match["year"]), month_number, day)
    return min(found)[1] if found else None


def _collect(found: list[tuple[int, str]], at: int, year: int, month: int, day: int) -> None:
    try:
        found.append((at, dt.date(year, month, day).isoformat()))
    except ValueError:
        return


def metadata_date(value: object) -> str | None:
    """Return a metadata date (``D:20260312...``, ISO 8601, or a datetime) as ``YYYY-MM-DD``, or None."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.year > 1980 else None
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    match = re.match(r"\s*(?:D:)?(\d{4})-?(\d{2})-?(\d{2})", value)
    if match is None:
        return _date_in(fold(value), "und")
    try:
        return dt.date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None
