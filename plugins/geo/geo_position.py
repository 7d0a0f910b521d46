"""Positions as people write them: latitude and longitude, MGRS, UTM, Lambert-93."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from copilot.plugin_api import ToolError, need, say

_MGRS = re.compile(r"^(\d{1,2})?([A-HJ-NP-Z])([A-HJ-NP-Z]{2})(\d*)$")
_UTM = re.compile(
    r"^(\d{1,2})\s*(NORTH|SOUTH|NORD|SUD|[C-HJ-NP-X])\s+(\d{6}(?:\.\d+)?)\s*M?E?\s+(\d{1,8}(?:\.\d+)?)\s*M?N?$"
)
_PLANE = re.compile(r"^(\d{5,7}(?:\.\d+)?)\s+(\d{7}(?:\.\d+)?)$")
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_FIGURE = r"(\d+(?:\.\d+)?)"
# Degrees, then minutes with or without their sign, then seconds.
_ANGLE = (
    r"(-?\d+(?:\.\d+)?)°?\s*"
    rf"(?:{_FIGURE}['′]\s*|(?<=[° ]){_FIGURE}(?:\s+|$))?"
    rf"(?:{_FIGURE}(?:\"|″|''))?"
)
_HALVES = {"N": 1.0, "S": -1.0, "E": 1.0, "W": -1.0, "O": -1.0}
# Where Lambert-93 is meant to be used (EPSG:2154): west, south, east, north.
FRANCE = (-9.86, 41.15, 10.38, 51.56)


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees north and east, how it was written, and the size in metres of the square whose centre it is (0: none)."""

    lat: float
    lon: float
    notation: str
    square: float = 0.0


def transformer(source: int, target: int) -> Any:
    """Return a transformer of EPSG codes that takes east before north and never asks the network."""
    pyproj = need("pyproj", "geo")
    need("pyproj.network", "geo").set_network_enabled(False)
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def read_position(text: str, notation: str = "auto") -> Position:
    """Read a position; ToolError that says what is understood where it is none, or could be two."""
    tidy = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").split()).upper()
    readers = {"mgrs": _mgrs, "utm": _utm, "lambert_93": _lambert_93, "lat_lon": _lat_lon}
    for name, reader in readers.items():
        if notation in ("auto", name):
            found = reader(tidy)
            if found is not None:
                return found
    raise ToolError(
        say(
            f"“{text}” is no position that is understood; write 48.8582 N 2.2945 E, 48°51'29.5\"N 2°17'40\"E, "
            "31U DQ 48251 11932, 31U 448251 5411932, or Lambert-93 as 648237 6862272.",
            f"« {text} » n'est pas une position comprise ; écrivez 48.8582 N 2.2945 E, 48°51'29.5\"N 2°17'40\"E, "
            "31U DQ 48251 11932, 31U 448251 5411932, ou en Lambert-93 648237 6862272.",
        )
    )


def _checked(lat: float, lon: float, notation: str, square: float = 0.0) -> Position:
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ToolError(
            say(
                f"Latitude {lat:g}, longitude {lon:g}: out of range (latitude -90 to 90, longitude -180 to 180).",
                f"Latitude {lat:g}, longitude {lon:g} : hors limites (latitude de -90 à 90, longitude de -180 à 180).",
            )
        )
    return Position(lat, lon, notation, square)


def _mgrs(text: str) -> Position | None:
    match = _MGRS.match(text.replace(" ", ""))
    if match is None or (match[1] is None) != (match[2] in "ABYZ"):
        return None
    digits, halves = match[4], re.search(r"(\d+) (\d+)$", text)
    uneven = halves is not None and len(halves[1]) != len(halves[2])
    if len(digits) % 2 or len(digits) > 10 or uneven:
        raise ToolError(
            say(
                f"An MGRS position takes as many digits to the east as to the north, five each at most: “{text}”.",
                f"Une position MGRS a autant de chiffres vers l'est que vers le nord, cinq au plus : « {text} ».",
            )
        )
    mgrs = need("mgrs", "geo")
    errors = need("mgrs.core", "geo").MGRSError
    try:
        lat, lon = mgrs.MGRS().toLatLon(match[0])
    except (errors, ValueError) as error:
        raise ToolError(
            say(
                f"“{text}” names no square of the MGRS grid: zone, band and letters do not go together.",
                f"« {text} » ne désigne aucun carré MGRS : le fuseau, la bande et les lettres ne s'accordent pas.",
            )
        ) from error
    return _checked(lat, lon, "MGRS", 10.0 ** (5 - len(digits) / 2))


def _utm(text: str) -> Position | None:
    match = _UTM.match(text)
    if match is None:
        return None
    zone, east, north = int(match[1]), float(match[3]), float(match[4])
    if not (1 <= zone <= 60 and 100_000 <= east < 1_000_000 and north <= 10_000_000):
        raise ToolError(
            say(
                f"“{text}”: a UTM zone is 1 to 60, an easting 100,000 to 999,999 m, a northing up to 10,000,000 m.",
                f"« {text} » : un fuseau UTM va de 1 à 60, un est de 100 000 à 999 999 m, un nord jusqu'à 10 000 000 "
                "m.",
            )
        )
    lon, lat = transformer(32600 + zone + 100 * _is_south(match[2], north), 4326).transform(east, north)
    return _checked(lat, lon, "UTM")


def _is_south(mark: str, north: float) -> bool:
    """Say whether a UTM position lies south; a lone S may be the band of 32° to 40° north or the hemisphere."""
    if mark in ("SOUTH", "SUD"):
        return True
    if mark == "S" and 3_500_000 < north < 4_450_000:
        raise ToolError(
            say(
                "S may be the band from 32° to 40° north or the southern hemisphere: write “north” or “south” instead.",
                "S peut être la bande de 32° à 40° nord ou l'hémisphère sud : écrivez « nord » ou « sud ».",
            )
        )
    return mark not in ("NORTH", "NORD", "N") and (mark == "S" or _BANDS.index(mark) < _BANDS.index("N"))


def _lambert_93(text: str) -> Position | None:
    bare = re.sub(r"^(L93|LAMBERT[- ]?93)\s*:?\s*", "", text)
    # A comma with a blank parts the two; one between figures is a decimal comma if a blank parts them elsewhere.
    match = _PLANE.match(bare.replace(", ", " ").replace(",", "." if " " in bare.replace(", ", "") else " "))
    if match is None or not (6_000_000 < float(match[2]) < 7_200_000):
        return None
    lon, lat = transformer(2154, 4326).transform(float(match[1]), float(match[2]))
    return _checked(lat, lon, "Lambert-93")


def _lat_lon(text: str) -> Position | None:
    """Read two angles, the half of the globe before or behind each.

    Without halves or signs of degrees it takes exactly two figures: ``48 51 2`` could be many places.
    """
    words = re.sub(r"\b(NORTH|NORD)\b", "N", re.sub(r"\b(SOUTH|SUD)\b", "S", text))
    words = re.sub(r"\b(EAST|EST)\b", "E", re.sub(r"\b(WEST|OUEST)\b", "W", words))
    marked = re.search(r"[NSEWO°'′]", words) is not None
    if marked or ";" in words or words.count(",") > 1:
        words = re.sub(r"(?<=\d),(?=\d)", ".", words)
    words = words.replace(",", " ").replace(";", " ").strip()
    if not marked and len(words.split()) != 2:
        return None
    before = re.match(rf"^([NS])\s*{_ANGLE}\s*([EWO])\s*{_ANGLE}$", words)
    if before:
        lat, lon = _degrees(before.groups()[1:5], before[1]), _degrees(before.groups()[6:10], before[6])
        return _checked(lat, lon, "lat/lon")
    after = re.match(rf"^{_ANGLE}\s*([NS]?)\s+{_ANGLE}\s*([EWO]?)$", re.sub(r"([NS])(?=\d)", r"\1 ", words))
    if after is None:
        return None
    lat, lon = _degrees(after.groups()[:4], after[5] or ""), _degrees(after.groups()[5:9], after[10] or "")
    return _checked(lat, lon, "lat/lon")


def _degrees(parts: tuple[str | None, ...], half: str) -> float:
    degrees, minutes, other, seconds = (float(one or 0) for one in parts)
    minutes += other
    broken = (minutes and degrees != int(degrees)) or (seconds and minutes != int(minutes))
    if broken or minutes >= 60 or seconds >= 60 or (half and degrees < 0):
        raise ToolError(
            say(
                "Minutes and seconds stay below 60, only the last figure of an angle has decimals, and a direction "
                "(N, S, E, W) takes no minus.",
                "Minutes et secondes restent sous 60, seul le dernier nombre d'un angle a des décimales, et une "
                "direction (N, S, E, O) exclut le signe moins.",
            )
        )
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return size * (-1.0 if (parts[0] or "").startswith("-") else 1.0) * _HALVES.get(half, 1.0)
