"""Numbers with their units, in figures and in words, in French and English notation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from copilot.language.quantities.records import Kind, Reading
from copilot.language.quantities.spelled import SCALES, find_spelled, find_spelled_ordinals, languages_of
from copilot.language.quantities.units import Units, match_unit

Found = tuple[int, int, tuple[Reading, ...]]

_SPACE = "[ \u00a0\u202f\u2009]"
_GROUPED = r"\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3}){1,8}(?!\d)(?:[.,]\d{1,15}(?!\d))?"
_DOTTED = r"\d{1,3}(?:\.\d{3}){1,8}(?!\d)(?:,\d{1,15}(?!\d))?"
_COMMAED = r"\d{1,3}(?:,\d{3}){1,8}(?!\d)(?:\.\d{1,15}(?!\d))?"
_PLAIN = r"\d{1,25}(?!\d)(?:[.,]\d{1,15}(?!\d))?"
_NUMBER = re.compile(
    rf"(?P<currency>(?<!\w)(?<!\d[ \u00a0\u202f])[€$£]{_SPACE}?)?(?P<sign>(?<![\w.,)\]])[+\-−–](?=\d))?"
    rf"(?P<figures>(?<!\w)(?<!\d[.,])(?:{_GROUPED}|{_DOTTED}|{_COMMAED}|{_PLAIN}))"
)
_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,4})(?:er|ère|re|e|ème|ième|nd|nde|st|rd|th|°)s?(?!\w)")
_ROMAN = re.compile(r"(?<!\w)([IVX]{1,7})(?:er|e|ème)(?!\w)")
_ROMAN_VALUE = {"I": 1, "V": 5, "X": 10}
_OF = re.compile(rf"{_SPACE}?(?:de{_SPACE}|d['’]|of{_SPACE}|-)?")
# What stands between the ends of a range, or between numbers that share the unit of the last.
_RANGE = re.compile(rf"{_SPACE}?(?:-|–|—|à|to|et|and|ou|or|/|x|×){_SPACE}?(?=[\d+\-−])", re.IGNORECASE)
_CURRENCY = {"€": "€", "$": "$", "£": "£"}
_DASHES = "-−–"


def find_numbers(text: str, language: str) -> Iterator[Found]:
    """Yield numbers with their unit in the span; the first of a range (``10 à 15 km``) may have the unit of the
    second."""
    waiting: list[Found] = []
    for start, end, values in sorted(_values(text, language), key=lambda found: found[0]):
        if waiting and not _joined(text, waiting[-1][1], start):
            yield from waiting
            waiting = []
        unit_end, units = _unit_after(text, start, end)
        if units:
            yield from (_with_units(found, units) for found in waiting)
            waiting = []
            readings = tuple(
                Reading(Kind.NUMBER, value * factor, base, value) for value in values for base, factor in units
            )
            yield start, unit_end, tuple(dict.fromkeys(readings))
        else:
            waiting.append((start, end, tuple(Reading(Kind.NUMBER, value, figure=value) for value in values)))
    yield from waiting


def _joined(text: str, end: int, start: int) -> bool:
    between = _RANGE.match(text, end)
    return between is not None and between.end() in (start, start + 1)


def _with_units(found: Found, units: Units) -> Found:
    start, end, readings = found
    united = [
        Reading(Kind.NUMBER, reading.value * factor, base, reading.value)
        for reading in readings
        for base, factor in units
        if isinstance(reading.value, Fraction)
    ]
    return start, end, (*united, *readings)


def _unit_after(text: str, start: int, end: int) -> tuple[int, Units]:
    if text[start] in _CURRENCY:
        return end, ((_CURRENCY[text[start]], Fraction(1)),)
    gap = _OF.match(text, end)
    # «de», «of» may stand before a unit only after million, thousand and their like: «2 millions de litres».
    between = gap.group() if gap else ""
    if between.strip(" \u00a0\u202f\u2009-") and text[end - 1].isdigit():
        return end, ()
    found = match_unit(text, end + len(between))
    return (found[1], found[0]) if found else (end, ())


def _values(text: str, language: str) -> Iterator[tuple[int, int, tuple[Fraction, ...]]]:
    taken: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(text):
        following = text[match.end() : match.end() + 1]
        if following.isalpha() and not _glued_unit(text, match.end(), language):
            continue
        values = read_figures(match["figures"], language)
        end = match.end()
        if scale := _scale_pattern(language).match(text, end):
            factor = _scale(scale["word"], language)
            values, end = tuple(value * factor for value in values), scale.end()
        if match["sign"] and match["sign"] in _DASHES:
            values = tuple(-value for value in values)
        taken.append((match.start(), end))
        yield match.start(), end, tuple(dict.fromkeys(values))
    starts = {position for span in taken for position in range(*span)}
    for start, end, value in find_spelled(text, language):
        if start not in starts:
            yield start, end, (value,)


def _glued_unit(text: str, position: int, language: str) -> bool:
    return match_unit(text, position) is not None or _scale_pattern(language).match(text, position) is not None


@cache
def _scale_pattern(language: str) -> re.Pattern[str]:
    words = {word for one in languages_of(language) for word in SCALES[one]}
    alternatives = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(
        rf"[ \u00a0\u202f-]?(?P<word>(?i:{alternatives})|k|Md|Mds|M(?=[ \u00a0\u202f](?:€|d|of)))(?!\w|€)"
    )


def _scale(word: str, language: str) -> int:
    for one in languages_of(language):
        if word.lower() in SCALES[one]:
            return SCALES[one][word.lower()]
    return {"k": 10**3, "M": 10**6}.get(word, 10**9)


def read_figures(figures: str, language: str) -> tuple[Fraction, ...]:
    """Return what a number in figures can mean, the likeliest first.

    ``1,500`` is fifteen hundred in an English text and either that or one and a half in others; ``1.500`` is open in
    all, for French uses the point for thousands in forms and for decimals in what computers print.
    """
    bare = re.sub(r"[\s'’]", "", figures)
    spaced = bare != figures
    separators = [c for c in bare if c in ".,"]
    if not separators:
        return (Fraction(bare),)
    if len(set(separators)) == 2:
        thousands = separators[0]
        return (Fraction(bare.replace(thousands, "").replace(",", ".")),)
    decimal = Fraction(bare.replace(",", ".")) if len(separators) == 1 else None
    whole, _, rest = bare.partition(separators[0])
    groups = bare.split(separators[0])
    if spaced or (len(rest) != 3 and decimal is not None) or whole.startswith("0") or len(whole) > 3:
        return (decimal,) if decimal is not None else (Fraction("".join(groups)),)
    grouped = Fraction("".join(groups))
    # Nobody writes a whole number with three decimals that are noughts.
    if decimal is None or rest == "000" or (language == "en" and separators[0] == ","):
        return (grouped,)
    likely_decimal = (language == "en") or (language == "fr" and separators[0] == ",")
    return (decimal, grouped) if likely_decimal else (grouped, decimal)


def find_ordinals(text: str, language: str) -> Iterator[Found]:  # noqa: ARG001
    """Yield ranks: ``3e``, ``1er``, ``2nd``, ``XXIe``, ``troisième``, ``third``."""
    for match in _ORDINAL.finditer(text):
        yield match.start(), match.end(), (Reading(Kind.ORDINAL, Fraction(int(match[1]))),)
    for match in _ROMAN.finditer(text):
        yield match.start(), match.end(), (Reading(Kind.ORDINAL, Fraction(_roman(match[1]))),)
    for start, end, value in find_spelled_ordinals(text):
        yield start, end, (Reading(Kind.ORDINAL, value),)


def _roman(figures: str) -> int:
    values = [_ROMAN_VALUE[figure] for figure in figures]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))
