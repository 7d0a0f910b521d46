"""Coordinates and identifiers: what is compared as written, never as a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from copilot.language.quantities.records import Kind, Reading
from copilot.language.quantities.units import match_unit

Found = tuple[int, int, tuple[Reading, ...]]

_SPACE = "[ \u00a0\u202f]"
_MGRS = re.compile(
    rf"(?<!\w)(?:0?[1-9]|[1-5]\d|60)[C-HJ-NP-X]{_SPACE}?[A-HJ-NP-Z]{{2}}{_SPACE}?(?:\d{{2,5}}{_SPACE}\d{{2,5}}|\d{{4,10}})(?!\w)"
)
_UTM = re.compile(
    rf"(?<!\w)(?:0?[1-9]|[1-5]\d|60){_SPACE}?[C-HJ-NP-X]{_SPACE}(?P<east>\d{{6}})(?:{_SPACE}?m?E)?{_SPACE}(?P<north>\d{{5,7}})(?:{_SPACE}?m?N)?(?!\w)"
)
_NORTH, _EAST = "NSns", "EWOewo"
_DEGREES = r"(?P<degrees>\d{1,3}(?:[.,]\d{1,8})?)"
_SECONDS = rf"(?P<seconds>[0-5]?\d(?:[.,]\d{{1,6}})?){_SPACE}?(?:[\"”″]|''|’’)"
_MINUTES = rf"(?:{_SPACE}?(?P<minutes>[0-5]?\d(?:[.,]\d{{1,6}})?){_SPACE}?['’′]{_SPACE}?(?:{_SECONDS})?)?"
# 48°51'29.5" N, 2,2945° E, 48.8582 N
_ORDINATE = re.compile(
    rf"(?<![\w.,]){_DEGREES}{_SPACE}?(?:[°º]{_MINUTES})?{_SPACE}?(?P<side>[NSEWO](?![\w'’])|(?:[Nn]ord|[Ss]ud|[Ee]st|[Oo]uest|[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)\b)"
)
# Without a degree sign three decimals tell a latitude from «12,5 N», a force.
_FINE = re.compile(r"[.,]\d{3}")
_PAIR = re.compile(
    rf"(?<![\w.,+-])(?P<lat>[+\-−]?[0-8]?\d\.\d{{4,8}})(?:{_SPACE}?[,;]{_SPACE}?|{_SPACE})(?P<lon>[+\-−]?1?\d{{1,2}}\.\d{{4,8}})(?![\w,]|\.\d)"
)
_STOCK_NUMBER = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{3}-\d{4}(?![\w-])")
_PHONE = re.compile(rf"(?<![\w.,])(?:\+\d{{1,3}}{_SPACE}?(?:\(0\))?\d|0\d)(?:[ .\-\u00a0\u202f]\d{{2}}){{4}}(?![\w])")
_VERSION = re.compile(r"(?<![\w.,])\d{1,5}(?:\.\d{1,5}){2,6}(?![\w]|[.,]\d)")
# Letters and digits in one word: A-32, FRX2004, M1A2, 7B, COVID-19, 2026-0017. No blank inside, so it is tried once a
# word.
_CODE = re.compile(r"(?<![\w./-])\w[\w.-]{1,60}(?<![.-])(?!\w)")
_FIGURES = re.compile(r"\d[\d.,]*(?:[-/]\d[\d.,]*)*")
_LEADING_ZERO = re.compile(r"(?<![\w.,:/])(?<!\d[ \u00a0\u202f\u2009'’])0\d{1,30}(?![\w]|[.,:/]\d)")
_LONG_NUMBER = re.compile(r"(?<!\d)\d{26,}(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3}){1,8}")


def find_coordinates(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield grid references as strings and each ordinate of a latitude and longitude as signed degrees."""
    for match in _MGRS.finditer(text):
        yield match.start(), match.end(), (Reading(Kind.COORDINATE, re.sub(r"\s", "", match.group()).lstrip("0")),)
    for match in _UTM.finditer(text):
        zone = re.sub(r"\s", "", match.group()[: match.start("east") - match.start()]).lstrip("0")
        yield match.start(), match.end(), (Reading(Kind.COORDINATE, f"{zone} {match['east']} {match['north']}"),)
    for match in _ORDINATE.finditer(text):
        if not re.search("[°º]", match.group()) and not _FINE.search(match["degrees"]):
            continue
        side = match["side"][0].upper()
        value = _degrees(match["degrees"]) + _degrees(match["minutes"]) / 60 + _degrees(match["seconds"]) / 3600
        axis = "lat" if side in _NORTH else "lon"
        signed = -value if side in "SWO" else value
        yield match.start(), match.end(), (Reading(Kind.COORDINATE, signed, axis),)
    for match in _PAIR.finditer(text):
        for axis in ("lat", "lon"):
            start, end = match.span(axis)
            yield start, end, (Reading(Kind.COORDINATE, Fraction(match[axis].replace("−", "-")), axis),)


def _degrees(written: str | None) -> Fraction:
    return Fraction((written or "0").replace(",", "."))


def find_identifiers(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield what only looks like a number: stock and telephone numbers, codes, versions, numbers with leading zeros."""
    for pattern in (_STOCK_NUMBER, _PHONE, _LONG_NUMBER):
        for match in pattern.finditer(text):
            yield match.start(), match.end(), (_identifier(match.group()),)
    for match in _VERSION.finditer(text):
        if not _THOUSANDS.fullmatch(match.group()):
            yield match.start(), match.end(), (_identifier(match.group()),)
    for match in _LEADING_ZERO.finditer(text):
        written = match.group()
        # «03 véhicules» is how forms and messages write three; from three digits on the zeros belong to the name.
        number = (
            (Reading(Kind.NUMBER, Fraction(int(written)), figure=Fraction(int(written))),) if len(written) == 2 else ()
        )
        yield match.start(), match.end(), (*number, _identifier(written))


def find_codes(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield words that mix letters and digits (``A-32``, ``M1A2``), but not ``12MW``."""
    for match in _CODE.finditer(text):
        word = match.group()
        if any(c.isdigit() for c in word) and any(c.isupper() for c in word) and not _is_measure(word):
            yield match.start(), match.end(), (_identifier(word),)


def _is_measure(word: str) -> bool:
    figures = _FIGURES.match(word)
    if figures is None:
        return False
    unit = match_unit(word, figures.end())
    return unit is not None and unit[1] == len(word)


def _identifier(written: str) -> Reading:
    return Reading(Kind.IDENTIFIER, re.sub(r"\s", "", written).upper())
