"""What the tags of a road say: its class, speed, direction, access and limits (OpenStreetMap's keys)."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

# Class of road, then the speeds of a car and a truck where the map gives no limit, in km/h.
SPEEDS = {
    "motorway": (110.0, 80.0),
    "trunk": (90.0, 75.0),
    "primary": (80.0, 65.0),
    "secondary": (70.0, 60.0),
    "tertiary": (60.0, 50.0),
    "unclassified": (50.0, 40.0),
    "road": (40.0, 30.0),
    "residential": (30.0, 25.0),
    "service": (20.0, 15.0),
    "living_street": (10.0, 10.0),
    "track": (15.0, 10.0),
}
RANKS = {"motorway": 0, "trunk": 1, "primary": 2, "secondary": 3, "tertiary": 4, "track": 6}
MINOR = 5
LIMITS = ("maxweight", "maxheight", "maxaxleload", "load_class")
_ACCESS = {
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "truck": ("hgv", "goods", "motor_vehicle", "vehicle", "access"),
}
_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "agricultural;forestry", "emergency", "use_sidepath"})
_NO_LIMIT = frozenset({"", "none", "no", "default", "below_default", "unsigned", "variable", "signals"})
_WORDS = {"urban": 50.0, "rural": 80.0, "motorway": 130.0, "living_street": 20.0, "walk": 5.0}
_FIGURE = re.compile(r"^(\d+(?:[.,]\d+)?)\s*([a-z/]*)$")
_FEET = re.compile(r"^(\d+)\s*(?:'|ft)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|in))?$")
_TIMES = {
    "maxweight": {"": 1.0, "t": 1.0, "tonnes": 1.0, "kg": 1e-3, "lbs": 0.45359237e-3, "st": 0.90718474},
    "maxheight": {"": 1.0, "m": 1.0, "cm": 0.01},
    "load_class": {"": 1.0, "mlc": 1.0},
    "maxspeed": {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852},
}
_TIMES["maxaxleload"] = _TIMES["maxweight"]


@dataclass(frozen=True, slots=True)
class Road:
    """What a vehicle may do on one road: `forward` and `backward` say which ways; `unread` are limits not "
    "understood."""

    name: str
    kind: str
    kmh: float
    forward: bool
    backward: bool
    limits: tuple[float | None, ...]
    unread: tuple[str, ...]


def read_road(tags: Mapping[str, str], vehicle: str, lowest: str) -> Road | None:
    """Return the road, or None where the vehicle may not use it."""
    kind = first(tags.get("highway", "")).removesuffix("_link")
    if kind not in SPEEDS or RANKS.get(kind, MINOR) > RANKS.get(lowest, MINOR):
        return None
    access = next((tags[key] for key in _ACCESS[vehicle] if key in tags), "yes")
    if access in _CLOSED:
        return None
    limits, unread = [], []
    for key in LIMITS:
        limit, understood = read_limit(key, tags.get(key, ""))
        limits.append(limit)
        if not understood:
            unread.append(f"{key}={tags[key]}")
    usual = SPEEDS[kind][vehicle == "truck"]
    signed, _ = read_limit("maxspeed", tags.get("maxspeed", ""))
    kmh = usual if signed is None else max(5.0, signed if vehicle == "car" else min(signed, usual))
    oneway = tags.get("oneway", "").casefold()
    single = oneway in ("yes", "true", "1") or (
        oneway == "" and (kind == "motorway" or tags.get("junction") in ("roundabout", "circular"))
    )
    name = first(tags.get("name", "")) or first(tags.get("ref", ""))
    backward = oneway in ("-1", "reverse")
    return Road(name, kind, kmh, not backward, not single, tuple(limits), tuple(unread))


def first(text: str) -> str:
    """Return the first of several values, written as a list by OSMnx or parted by semicolons."""
    return values(text)[0]


def values(text: str) -> list[str]:
    if text.startswith("[") and text.endswith("]"):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [text]
        return [str(one) for one in found] or [""]
    return [one.strip() for one in text.split(";")]


def read_limit(key: str, text: str) -> tuple[float | None, bool]:
    """Return the least limit of a tag in t, m, km/h or classes (None: no limit), and whether all of it was read."""
    found: list[float] = []
    for one in values(text):
        word = one.strip().casefold()
        if word in _NO_LIMIT:
            continue
        match = _FIGURE.match(word)
        times = _TIMES[key].get(match[2]) if match else None
        if match and times is not None:
            found.append(float(match[1].replace(",", ".")) * times)
        elif key == "maxheight" and (feet := _FEET.match(word)):
            found.append(int(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254)
        elif key == "maxspeed" and word.rpartition(":")[2] in _WORDS:
            found.append(_WORDS[word.rpartition(":")[2]])
        elif key != "maxspeed":
            return None, False
    return (min(found) if found else None), True
