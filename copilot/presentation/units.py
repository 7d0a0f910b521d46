"""Units of tools, which are names that programs read, as people write them."""

from __future__ import annotations

from copilot.i18n import current_language

# name: (French singular, French plural, English singular, English plural)
_WORDS = {
    "hour": ("h", "h", "h", "h"),
    "minute": ("min", "min", "min", "min"),
    "second": ("s", "s", "s", "s"),
    "day": ("jour", "jours", "day", "days"),
    "week": ("semaine", "semaines", "week", "weeks"),
    "month": ("mois", "mois", "month", "months"),
    "year": ("an", "ans", "year", "years"),
    "item": ("unité", "unités", "item", "items"),
    "vehicle": ("véhicule", "véhicules", "vehicle", "vehicles"),
    "person": ("personne", "personnes", "person", "persons"),
    "pallet": ("palette", "palettes", "pallet", "pallets"),
    "container": ("conteneur", "conteneurs", "container", "containers"),
    "degree": ("°", "°", "°", "°"),
    "percent": ("%", "%", "%", "%"),
    "knot": ("nœud", "nœuds", "knot", "knots"),
    "metric_ton": ("t", "t", "t", "t"),
    "tonne": ("t", "t", "t", "t"),
    "liter": ("L", "L", "L", "L"),
    "kilogram": ("kg", "kg", "kg", "kg"),
    "meter": ("m", "m", "m", "m"),
    "kilometer": ("km", "km", "km", "km"),
    "euro": ("€", "€", "€", "€"),
}


def unit_in_words(unit: str, *, many: bool = True) -> str:
    """Return a unit in the user's language: ``L/day`` is ``L/jour``, ``1/hour`` is ``par heure``; what is not known
    stays as it is."""
    parts = [part.strip() for part in unit.split("/")]
    rest = "".join(f"/{_word(part, many=False)}" for part in parts[1:])
    if parts[0] == "1" and len(parts) > 1:
        return f"{'par' if current_language() == 'fr' else 'per'} {_spelled(parts[1])}" + "".join(
            f"/{_word(part, many=False)}" for part in parts[2:]
        )
    return _word(parts[0], many=many) + rest


def _word(name: str, *, many: bool) -> str:
    words = _WORDS.get(name) or _WORDS.get(name.removesuffix("s"))
    if words is None:
        return name
    return words[(0 if current_language() == "fr" else 2) + many]


def _spelled(name: str) -> str:
    """Return a unit after “per”: an hour is no h there."""
    if current_language() == "fr":
        return {"hour": "heure", "minute": "minute", "second": "seconde"}.get(name) or _word(name, many=False)
    return name
