"""Conversion of units, with the words of both languages and a word on those that mislead."""

from __future__ import annotations

import re
import tokenize
from typing import Any

from copilot.plugin_api import Result, ToolError, Value, need, parse_number, say, written

_VALUE = re.compile(r"^([-+−]?[\d\s\u00a0\u202f.,']*\d(?:[eE][-+]?\d+)?)\s*(.*)$", re.DOTALL)
# French words, and signs that pint does not know or reads as something else than people mean.
_WORDS = {
    "j": "day", "jour": "day", "jours": "day", "h": "hour", "heure": "hour", "heures": "hour", "mn": "minute",
    "min": "minute", "minutes": "minute", "semaine": "week", "semaines": "week", "an": "year", "ans": "year",
    "mètre": "meter", "mètres": "meter", "kilomètre": "kilometer", "kilomètres": "kilometer", "pied": "foot",
    "pieds": "foot", "pouce": "inch", "pouces": "inch", "litre": "liter", "litres": "liter", "tonne": "tonne",
    "tonnes": "tonne", "t": "tonne", "livre": "pound", "livres": "pound", "nœud": "knot", "nœuds": "knot",
    "noeud": "knot", "noeuds": "knot", "kn": "knot", "kt": "knot", "nm": "nautical_mile", "nmi": "nautical_mile",
    "mph": "mile/hour", "kmh": "km/hour", "kph": "km/hour", "°c": "degC", "°f": "degF", "°": "degree",
    "degré": "degree", "degrés": "degree", "millième": "mil6400", "millièmes": "mil6400", "mil": "mil6400",
    "mils": "mil6400", "gal": "gallon", "gallons": "gallon", "l": "liter", "cv": "metric_horsepower",
    "%": "percent",
}  # fmt: skip
_LONGEST = 60
_FIGURES = re.compile(r"(?<![*\w])\d")
_WORD = re.compile(r"[^\W\d_]+|°[CcFf]?|%")


def convert_result(value: str, to: str) -> Result:
    """Convert with pint, exactly; ToolError for a unit that is unknown or of another kind."""
    match = _VALUE.match(value.strip())
    amount = parse_number(match[1].replace("−", "-")) if match else None
    if match is None or amount is None or not match[2].strip():
        raise ToolError(
            say(
                f"“{value}” is not a number with a unit; write for instance 55 mph.",
                f"« {value} » n'est pas un nombre avec une unité ; écrivez par exemple 90 km/h.",
            )
        )
    pint = need("pint", "geo")
    registry = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    registry.define("mil6400 = turn / 6400")
    (many, source), (few, target) = _unit(registry, match[2]), _unit(registry, to)
    try:
        found = float(registry.Quantity(amount * many, source).to(target).magnitude) / few
    except pint.DimensionalityError as error:
        raise ToolError(
            say(
                f"“{match[2]}” and “{to}” measure different things ({source.dimensionality}, {target.dimensionality}).",
                f"« {match[2]} » et « {to} » ne mesurent pas la même chose ({source.dimensionality}, "
                f"{target.dimensionality}).",
            )
        ) from error
    one = float(registry.Quantity(many, source).to(target).magnitude) / few
    names = _named(many, source, match[2]), _named(few, target, to)
    return Result(
        values=(
            Value("value", found, _readable(names[1]), say("Converted", "Converti")),
            Value("given", amount, _readable(names[0]), say("Given", "Donné")),
        ),
        assumptions=(
            say(
                f"1 {names[0]} is {written(one, '.12g')} {names[1]}.",
                f"1 {names[0]} vaut {written(one, '.12g')} {names[1]}.",
            ),
            *_notes(f"{source} {target}"),
        ),
    )


def _unit(registry: Any, text: str) -> tuple[float, Any]:
    """Return a factor and a unit of pint, ``100 km`` having one; words are translated one by one, as in ``L/jour``."""
    tidy = re.sub(r"/\s*(\d+)\s*([^\W\d_]+)", r"/(\1*\2)", text.strip()[:_LONGEST])
    tidy = _WORD.sub(lambda match: _WORDS.get(match[0].casefold(), match[0]), tidy)
    tidy = tidy.replace("·", "*").replace("²", "**2").replace("³", "**3")
    try:
        if not _FIGURES.search(tidy):
            return 1.0, registry.Unit(tidy)
        whole = registry.parse_expression(tidy)
        return float(whole.magnitude), whole.units
    except (AttributeError, ValueError, TypeError, tokenize.TokenError, SyntaxError, AssertionError) as error:
        raise ToolError(
            say(
                f"“{text}” is no unit that is known; write for instance km/h, L/day, degC, nautical_mile.",
                f"« {text} » n'est pas une unité connue ; écrivez par exemple km/h, L/jour, °C, nœud.",
            )
        ) from error


def _named(times: float, unit: Any, text: str) -> str:
    """Return a short name such as ``km/h``; what was written where it is a multiple (``L/(100 km)``)."""
    return f"{unit:~C}" if times == 1 else text.strip()


def _readable(name: str) -> str | None:
    """Return a name that others read as a unit: a sixty-four-hundredth of a turn is known here only."""
    return None if "mil6400" in name else name


def _notes(both: str) -> list[str]:
    """Say which of several units of a name was meant."""
    found = []
    if "gallon" in both and "imperial" not in both:
        found.append(
            say(
                "A gallon is the US gallon (3.785 L); the British one is imperial_gallon (4.546 L).",
                "Le gallon est celui des États-Unis (3,785 L) ; le britannique est imperial_gallon (4,546 L).",
            )
        )
    if re.search(r"\bton\b", both):
        found.append(
            say(
                "A ton is the US short ton (907 kg); the metric one is tonne.",
                "« ton » est la tonne courte des États-Unis (907 kg) ; la tonne métrique est « tonne ».",
            )
        )
    if re.search(r"\bmile\b", both):
        found.append(
            say(
                "A mile is the statute mile (1,609 m); at sea and in the air it is nautical_mile (1,852 m).",
                "Le mile est le mille terrestre (1 609 m) ; en mer et en l'air, c'est nautical_mile (1 852 m).",
            )
        )
    if "mil6400" in both:
        found.append(say("A mil is a 6400th of a turn (NATO).", "Un millième est un 6400e de tour (OTAN)."))
    return found
