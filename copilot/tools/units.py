"""Units as people write them in French and English, converted by pint: the one module that loads it, and only then.

What is written comes from questions, documents and plugins: it is cut into names, exponents and factors here, and pint
sees single names only, never an expression.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from copilot.language.words import fold

if TYPE_CHECKING:
    from pint import UnitRegistry

_FRENCH = """
liter: litre litres l ltr            | milliliter: millilitre millilitres  | hectoliter: hectolitre hectolitres hl
meter: metre metres                  | kilometer: kilometre kilometres     | centimeter: centimetre centimetres
millimeter: millimetre millimetres   | foot: pied pieds ft                 | inch: pouce pouces
nautical_mile: mille milles nmi      | hectare: hectare hectares ha        | oil_bbl: baril barils barrel barrels bbl
second: seconde secondes sec         | minute: minute minutes mn min       | hour: heure heures hours hr hrs h
day: jour jours journee journees j days d | week: semaine semaines weeks   | month: mois months
year: an ans annee annees years yr   | gram: gramme grammes                | metric_ton: tonne tonnes t
kilogram: kilo kilos kilogramme kilogrammes kg | pound: livre livres lb lbs | knot: noeud noeuds kt kts kn knots
degree: degre degres deg             | percent: % pct pourcent             | bit: bit bits
watt: watts                          | kilowatt: kilowatts kw              | watt_hour: wattheure wattheures wh
kilometer_per_hour: kmh kph          | mile_per_hour: mph                  | bar: bars
item: article articles items piece pieces unite unites unit units exemplaire exemplaires colis objet objets
vehicle: vehicule vehicules vehicles vl pl vhl camion camions truck trucks engin engins
person: personne personnes persons people pax pers homme hommes soldat soldats
pallet: palette palettes pallets     | container: conteneur conteneurs containers
euro: euros eur €                    | dollar: dollars usd $               | rotation: rotations
"""
# Symbols that mean another unit in lower case, or in pint.
_EXACT = {"NM": "nautical_mile", "H": "hour", "°": "degree", "°C": "degC", "°F": "degF", "′": "arcminute",
          "″": "arcsecond", "M€": "megaeuro", "k€": "kiloeuro", "Mo": "megabyte", "Go": "gigabyte",
          "ko": "kilobyte"}  # fmt: skip
_COUNTS = ("item", "vehicle", "person", "pallet", "container", "rotation")
_OWN_UNITS = (*(f"{name} = []" for name in _COUNTS), "euro = [currency]", "dollar = [other_currency]",
              "kilometer_per_hour = kilometer / hour")  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LONGEST = 60
# “An” is a year in French: only before a word is it English.
_SEPARATOR = re.compile(
    r"\s*(/|·|\*(?!\*)|\bpar\b|\bper\b|\ban?\b(?=\s+\w)|\beach\b|\bà l['’]|\baux?\b)\s*", re.IGNORECASE
)
_FACTOR = re.compile(
    r"(?P<number>\d{1,6}(?:[.,]\d{1,6})?)?\s*"
    r"(?P<name>(?:[^\W\d_]|[°€$%′″])[\w€ ]*?)?"
    r"(?:\s*(?:\^|\*\*)?\s*(?P<power>-?\d))?"
)

Factors = tuple[tuple[str, int, float], ...]


class UnitError(Exception):
    """A unit that is not known, or of another dimension; `wanted` says which dimension it should have, if any."""


@cache
def _names() -> dict[str, str]:
    known: dict[str, str] = {}
    for entry in re.split(r"[|\n]", _FRENCH.strip()):
        name, _, words = entry.partition(":")
        known |= dict.fromkeys(words.split(), name.strip())
    return known


def read_unit(written: str) -> Factors:
    """Return a unit as factors ``(name, exponent, number)``; ``L/100 km`` is a litre by a hundred kilometres.

    Raises:
        UnitError: it is not written like a unit.
    """
    text = written.strip().translate(_SUPERSCRIPTS)
    if not text or len(text) > _LONGEST:
        raise UnitError(written)
    pieces = _SEPARATOR.split(text)
    if not pieces[0] and len(pieces) > 1:  # “par heure”, “/h”
        pieces[0] = "1"
    factors: list[tuple[str, int, float]] = []
    # What follows a mark of division divides; a product after it divides no more.
    for separator, piece in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        sign = 1 if separator in ("", "·", "*") else -1
        match = _FACTOR.fullmatch(piece.strip())
        if match is None or not (match["name"] or match["number"]):
            raise UnitError(written)
        number = float((match["number"] or "1").replace(",", "."))
        if number == 0:
            raise UnitError(written)
        power = int(match["power"] or 1)
        factors.append((_name(match["name"]) if match["name"] else "", sign * power, number**sign))
    return tuple(factors)


def _name(written: str) -> str:
    if written in _EXACT:
        return _EXACT[written]
    known = _names()
    if written in known:
        return known[written]
    # A symbol with an upper-case letter among others, or alone, is one of its own: kN is no knot, J no day.
    if len(written) <= 3 and not written.islower() and (len(written) == 1 or not written.isupper()):
        return written
    folded = fold(written).replace(" ", "_")
    if folded.startswith(("mille_", "milles_")):
        return "nautical_mile"
    return known.get(folded, written.replace(" ", "_"))


@cache
def _registry() -> UnitRegistry[Any]:
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry()
    for definition in _OWN_UNITS:
        registry.define(definition)
    return registry


def _quantity(value: float, unit: str | None) -> Any:
    registry = _registry()
    if unit is None:
        return registry.Quantity(value)
    made = registry.Unit("")
    number = 1.0
    for name, power, factor in read_unit(unit):
        number *= factor
        if name:
            if name not in registry:
                raise UnitError(unit)
            made = made * registry.Unit(name) ** power
    return registry.Quantity(value * number, made)


def is_unit(name: str) -> bool:
    """Say whether a unit is known."""
    try:
        _quantity(1.0, name)
    except _refusals():
        return False
    return True


def _refusals() -> tuple[type[Exception], ...]:
    """Return what is raised over a unit that makes no sense, by pint (an assertion over "¼") or here."""
    from pint import PintError

    return UnitError, PintError, AssertionError, ArithmeticError, AttributeError, ValueError, TypeError, LookupError


def convert(value: float, given: str | None, wanted: str | None) -> float:
    """Return `value` of the unit `given` in the unit `wanted`; None is a number without a unit.

    Raises:
        UnitError: a unit is not known, or the two measure different things.
    """
    if given == wanted or (given and wanted and read_unit(given) == read_unit(wanted)):
        return value
    try:
        target = _quantity(1.0, wanted)
        converted = float(_quantity(value, given).to(target.units).magnitude / target.magnitude)
    except _refusals() as error:
        raise UnitError(given or "") from error
    # Factors are decimal: 3.8 m3 are 3800 L, whatever the last binary digit says.
    return float(f"{converted:.13g}")


def measures_same(first: str | None, second: str | None) -> bool:
    """Say whether two units can be converted into each other."""
    try:
        convert(1.0, first, second)
    except UnitError:
        return False
    return True
