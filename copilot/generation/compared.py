"""The figures of a sentence that may answer a question, by what makes two of them comparable, and how they differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from copilot.generation.candidates import Candidate, with_header
from copilot.generation.question import AnswerType, Question
from copilot.language.quantities import Kind, Quantity, find_quantities, header_units, same
from copilot.language.words import STOP_WORDS, fold, stem

# By unit: a base unit, a rate as "L/hour", `_DATE`, a sign such as NTU, or the stem of what is counted.
Figures = Mapping[str, Sequence[Quantity]]

_DATE = "date"
_FOLLOWING = re.compile(r"[ \u00a0\u202f]([^\W\d_]{2,})")
_LONGEST_SIGN = 4
_HOW_MANY = re.compile(r"\b(?:combien (?:de|d['’])|how many\b)", re.IGNORECASE)
# These ask for a stretch of time, though no word names its unit.
_HOW_LONG = re.compile(
    r"\b(?:combien de temps|quels? (?:est le |sont les )?(?:temps|délais?)|how (?:much time|long))\b", re.IGNORECASE
)
_STRETCHES = frozenset({"s", "month"})
_SPACE = r"[ \u00a0\u202f]"
# What a figure is a rate of may stand some words behind it: "15 litres of fuel per hour", «11 euros par tête».
_RATE = re.compile(
    rf"(?:{_SPACE}[^\W\d_]+){{0,3}}?(?:{_SPACE}(?:par|per|an?|each|every){_SPACE}|{_SPACE}?/{_SPACE}?"
    rf"|{_SPACE}(?:à |de )?l['’])(?P<of>[^\W\d_]+)",
    re.IGNORECASE,
)
_RATES_OF = {
    word: known
    for known, words in {
        "hour": "h heure heures hour hours",
        "day": "j jour jours day days",
        "minute": "min mn minute minutes",
        "month": "mois month months",
        "week": "semaine semaines week weeks",
        "year": "an annee year",
        "person": "personne personnes person persons head tete homme soldat soldier",
        "km": "km kilometre kilometres kilometer kilometers",
    }.items()
    for word in words.split()
}


def figures_of(candidate: Candidate, question: Question) -> Figures:
    """Return the figures that may be the answer: of the kind that is asked for, and not the question's own."""
    above = header_units(candidate.passage.context)
    found: dict[str, list[Quantity]] = {}
    for quantity in find_quantities(candidate.text, candidate.passage.language):
        if quantity.text not in question.text:
            united = with_header(candidate.passage, candidate.start, quantity, above)
            for unit in _units(candidate.text, united, question):
                found.setdefault(unit, []).append(united)
    return found


def difference(one: Figures, other: Figures) -> tuple[str, str] | None:
    """Return the first figures of a unit in which the two have none in common, as written."""
    for unit in one.keys() & other.keys():
        if not any(_agree(unit, a, b) for a in one[unit] for b in other[unit]):
            return one[unit][0].text, other[unit][0].text
    return None


def dates_of(text: str, language: str) -> list[Quantity]:
    """Return the dates and instants in a text."""
    return [quantity for quantity in find_quantities(text, language) if quantity.kind in (Kind.DATE, Kind.INSTANT)]


def may_be_one_day(one: Quantity, other: Quantity) -> bool:
    """Say whether two dates name no part differently: «12 mars» and «mars 2026» may be one day."""
    return any(
        all("*" in pair or pair[0] == pair[1] for pair in zip(_parts(a.value), _parts(b.value), strict=False))
        for a in one.readings
        for b in other.readings
    )


def _parts(value: object) -> list[str]:
    return str(value).partition("T")[0].split("-")


def _agree(unit: str, one: Quantity, other: Quantity) -> bool:
    if unit == _DATE:
        return may_be_one_day(one, other)
    one, other = _in_unit(unit, one), _in_unit(unit, other)
    # Rates of one thing, written in another way each: their figures are compared as they stand.
    return same(one, other) or (unit.partition("/")[2] in _RATES_OF.values() and bool(one.figures & other.figures))


def _in_unit(unit: str, quantity: Quantity) -> Quantity:
    """Return a quantity as read in a unit alone, where it can be: 44 t and 44 kg agree as bare numbers."""
    readings = tuple(reading for reading in quantity.readings if reading.unit == unit)
    return replace(quantity, readings=readings) if readings else quantity


def _units(text: str, quantity: Quantity, question: Question) -> set[str]:
    if question.answer is AnswerType.DATE:
        return {_DATE} if quantity.kind in (Kind.DATE, Kind.INSTANT) else set()
    if not question.units and _HOW_LONG.search(question.text):
        return {reading.unit for reading in quantity.readings} & _STRETCHES
    if quantity.kind is not Kind.NUMBER:
        return set()
    units = {reading.unit for reading in quantity.readings if reading.unit} or _counted(text, quantity, question)
    if question.units:
        units &= {base for base, _ in question.units}
    elif _HOW_MANY.search(question.text):
        # Of what has no unit it is counted: «combien de groupes» is not answered by a power.
        return _counted(text, quantity, question)
    return _as_rates(text, quantity, units)


def _as_rates(text: str, quantity: Quantity, units: set[str]) -> set[str]:
    """Return the units of a figure that is a rate, by what it is a rate of."""
    match = _RATE.match(text, quantity.end) or _RATE.search(quantity.text)
    known = _RATES_OF.get(fold(match["of"])) if match else None
    if known is None:
        return units
    return {f"{unit.partition('/')[0]}/{known}" for unit in units} | {unit for unit in units if "/" in unit}


def _counted(text: str, quantity: Quantity, question: Question) -> set[str]:
    """Return what follows a bare number, where it is a sign («340 NTU») or something that the question speaks of."""
    match = _FOLLOWING.match(text, quantity.end)
    if match is None or any(fold(match[1]) in words for words in STOP_WORDS.values()):
        return set()
    if match[1].isupper() and len(match[1]) <= _LONGEST_SIGN:
        return {match[1]}
    if question.answer is not AnswerType.QUANTITY:
        return set()
    counted = stem(fold(match[1]), question.language)
    return {counted} if any(term.stem == counted for term in question.terms) else set()
