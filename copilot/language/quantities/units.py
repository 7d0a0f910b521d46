"""Units by their French and English names, and the exact factors to the base unit of their dimension.

Only factors that are exact by definition stand here (the inch, the pound, the US gallon and the nautical mile are
defined in SI units); temperatures are not converted. A name that means two units in practice (``ton``) gives both.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

# One line a unit: base unit of its dimension | factor to it | symbols, in their exact case | names, in any case.
_TABLE = """
L    | 1               | l L ℓ                     | litre litres liter liters ltr
L    | 0.001           | ml mL                     | millilitre millilitres milliliter milliliters
L    | 0.01            | cl cL                     | centilitre centilitres centiliter centiliters
L    | 0.1             | dl dL                     | décilitre décilitres
L    | 100             | hl hL                     | hectolitre hectolitres hectoliter hectoliters
L    | 1000            | m3 m³ kl kL               | mètre~cube mètres~cubes cubic~metre
L    | 1000            |                           | cubic~metres cubic~meter cubic~meters
L    | 3.785411784     | gal                       | gallon gallons
L    | 158.987294928   | bbl                       | baril barils barrel barrels
kg   | 1               | kg Kg KG                  | kilo kilos kilogramme kilogrammes kilogram kilograms
kg   | 0.001           | g                         | gramme grammes gram grams
kg   | 0.000001        | mg                        | milligramme milligrammes milligram milligrams
kg   | 1000            | t T                       | tonne tonnes metric~ton metric~tons ton tons
kg   | 907.18474       |                           | ton tons short~ton short~tons
kg   | 0.45359237      | lb lbs                    | pound pounds
m    | 1               | m                         | mètre mètres metre metres meter meters
m    | 1000            | km Km KM                  | kilomètre kilomètres kilometre kilometres kilometer kilometers
m    | 0.01            | cm                        | centimètre centimètres centimetre
m    | 0.01            |                           | centimetres centimeter centimeters
m    | 0.001           | mm                        | millimètre millimètres millimetre
m    | 0.001           |                           | millimetres millimeter millimeters
m    | 1852            | NM nmi                    | mille~nautique milles~nautiques mille~marin
m    | 1852            |                           | milles~marins nautical~mile nautical~miles
m    | 1609.344        | mi                        | mile miles
m    | 0.3048          | ft                        | foot feet pied pieds
m    | 0.0254          |                           | pouce pouces inch inches
m    | 0.9144          | yd                        | yard yards
m2   | 1               | m2 m²                     | mètre~carré mètres~carrés square~metre
m2   | 1               |                           | square~metres square~meter square~meters
m2   | 1000000         | km2 km²                   | kilomètres~carrés kilomètre~carré
m2   | 1000000         |                           | square~kilometres square~kilometers square~kilometre
m2   | 10000           | ha                        | hectare hectares
s    | 1               | s                         | seconde secondes seconds sec
s    | 60              | min mn                    | minute minutes mins
s    | 3600            | h H                       | heure heures hour hours hr hrs
s    | 86400           | j                         | jour jours journée journées day days
s    | 604800          |                           | semaine semaines week weeks
month | 1              |                           | mois month months
month | 12             | yr                        | an ans année années year years
m/s  | 463/900         | kt kts kn                 | nœud nœuds noeud noeuds knot knots
m/s  | 5/18            | kph kmh                   |
m/s  | 0.44704         | mph                       |
W    | 1               | W                         | watt watts
W    | 1000            | kW KW                     | kilowatt kilowatts
W    | 1000000         | MW                        | mégawatt mégawatts megawatt megawatts
VA   | 1               | VA                        | voltampère voltampères
VA   | 1000            | kVA KVA kva               |
VA   | 1000000         | MVA                       |
Wh   | 1               | Wh                        | wattheure wattheures
Wh   | 1000            | kWh KWh                   | kilowattheure kilowattheures
Wh   | 1000000         | MWh                       | mégawattheure mégawattheures
V    | 1               | V                         | volt volts
V    | 1000            | kV                        | kilovolt kilovolts
A    | 1               | A                         | ampère ampères amp amps ampere amperes
A    | 0.001           | mA                        |
Ah   | 1               | Ah                        |
Hz   | 1               | Hz                        | hertz
Hz   | 1000            | kHz                       |
Hz   | 1000000         | MHz                       |
Hz   | 1000000000      | GHz                       |
Pa   | 1               | Pa                        | pascal pascals
Pa   | 100             | hPa mbar                  |
Pa   | 1000            | kPa                       |
Pa   | 100000          | bar bars                  |
Pa   | 1000000         | MPa                       |
N    | 1               | N                         | newton newtons
N    | 1000            | kN                        |
rpm  | 1               | rpm tr/min                |
dB   | 1               | dB                        | décibel décibels decibel decibels
°C   | 1               | °C ℃ °c                   | degré~celsius degrés~celsius degrees~celsius degree~celsius
°F   | 1               | °F ℉                      | degrés~fahrenheit degrees~fahrenheit
°    | 1               | °                         | degré degrés degree degrees
%    | 1               | % pct                     | pour~cent pourcent percent per~cent
%    | 0.1             | ‰                         | pour~mille
pt%  | 1               |                           | point~de~pourcentage points~de~pourcentage
pt%  | 1               |                           | percentage~point percentage~points
byte | 1               | o                         | octet octets byte bytes
byte | 1000            | ko kB Ko KB               |
byte | 1000000         | Mo MB                     | mégaoctet mégaoctets megabyte megabytes
byte | 1000000000      | Go GB                     | gigaoctet gigaoctets gigabyte gigabytes
byte | 1000000000000   | To TB                     |
ppm  | 1               | ppm                       |
person | 1             | pers pax PAX              | personne personnes person persons people
€    | 1               | € EUR                     | euro euros
€    | 1000            | k€ K€ kEUR                |
€    | 1000000         | M€ MEUR                   |
€    | 1000000000      | Md€ Mds€ Md€              |
$    | 1               | $ USD US$                 | dollar dollars
£    | 1               | £ GBP                     |
"""
Units = tuple[tuple[str, Fraction], ...]

_SPACE = "[ \u00a0\u202f\u2009]"
# The fallback for a word follows a symbol only when the symbol does not go on into a longer word.
_SECOND = "second"
_AFTER = r"(?![\w²³€$]|-\w)"


@cache
def _tables() -> tuple[dict[str, Units], dict[str, Units]]:
    symbols: dict[str, Units] = {}
    names: dict[str, Units] = {}
    for line in _TABLE.strip().splitlines():
        base, factor, exact, words = (cell.strip() for cell in line.split("|"))
        unit = (base, Fraction(factor))
        for symbol in exact.split():
            symbols[symbol] = (*symbols.get(symbol, ()), unit)
        for name in words.split():
            spaced = name.replace("~", " ")
            names[spaced] = (*names.get(spaced, ()), unit)
    return symbols, names


def _alternation(names: list[str]) -> str:
    ordered = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\ ", _SPACE) for name in ordered)


@cache
def _unit_pattern() -> re.Pattern[str]:
    symbols, names = _tables()
    name = f"(?i:{_alternation(list(names))})"
    one = f"(?:{name}|{_alternation(list(symbols))}){_AFTER}"
    rate = rf"(?:{_SPACE}?/{_SPACE}?|{_SPACE}(?:par|per|a|an|aux|each){_SPACE})(?P<hundred>100{_SPACE}?)?"
    # By itself "second" is a rank.
    return re.compile(f"(?P<unit>{one})(?:{rate}(?P<per>{one}|(?i:{_SECOND}){_AFTER}))?")


def match_unit(text: str, position: int) -> tuple[Units, int] | None:
    """Return the unit that stands at `position` of `text` with where it ends, or None.

    A rate (``km/h``, ``litres par jour``, ``L/100 km``) is one unit whose base is the quotient of the two bases.
    """
    match = _unit_pattern().match(text, position)
    if match is None:
        return None
    units = _lookup(match["unit"])
    if match["per"] is None:
        return units, match.end()
    by = Fraction(100) if match["hundred"] else Fraction(1)
    rates = tuple(
        (f"{base}/{per_base}", factor / per_factor / by)
        for base, factor in units
        for per_base, per_factor in _lookup(match["per"])
    )
    return rates, match.end()


def _lookup(written: str) -> Units:
    symbols, names = _tables()
    if written.lower() == _SECOND:
        return names["seconds"]
    if written in symbols:
        return symbols[written]
    return names[re.sub(r"\s", " ", written.lower())]


_IN_BRACKETS = re.compile(r"[(\[]\s?(?:en |in )?")
_AFTER_IN = re.compile(r"\b(?:en|in)\s", re.IGNORECASE)
_WORD = re.compile(r"\b[^\W\d_]{3,}")


def header_units(context: str) -> Units:
    """Return the units that a heading or table header names: ``Quantité (L)``, ``distance en km``, ``Tonnes``."""
    found: list[tuple[str, Fraction]] = []
    for pattern in (_IN_BRACKETS, _AFTER_IN):
        for match in pattern.finditer(context):
            if unit := match_unit(context, match.end()):
                found.extend(unit[0])
    for match in _WORD.finditer(context):
        if unit := match_unit(context, match.start()):
            found.extend(unit[0])
    return tuple(dict.fromkeys(found))
