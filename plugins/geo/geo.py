"""Places and skies: coordinates in all notations, distance and azimuth, sun, moon and twilight, units."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from geo_coordinates import coordinates_result
from geo_distance import distance_result
from geo_sun_moon import sun_moon_result
from geo_units import convert_result

from copilot.plugin_api import Ge, Le, Result, Unit, tool


@tool
def coordinates(
    position: str,
    notation: Literal["auto", "lat_lon", "mgrs", "utm", "lambert_93"] = "auto",
) -> Result:
    """Write a position in all notations: latitude and longitude, MGRS, UTM, Lambert-93.

    Args:
        position: The position, such as 31U DQ 48251 11932, 48.8582 N 2.2945 E, 31U 448251 5411932 or 648237 6862272.
        notation: How the position is written; found out by itself in most cases.
    """
    return coordinates_result(position, notation)


@tool
def distance(start: str, end: str) -> Result:
    """Measure the geodesic distance between two positions, and the azimuths at both ends (WGS 84).

    Args:
        start: The position to measure from, in any notation.
        end: The position to measure to, in any notation.
    """
    return distance_result(start, end)


@tool
def sun_moon(
    position: str,
    date: dt.date,
    utc_offset: Annotated[float, Unit("hour"), Ge(-12), Le(14)] = 0.0,
) -> Result:
    """Tell sunrise, sunset, twilights, moonrise, moonset, phase and dark hours at a position on a day.

    Args:
        position: The position, in any notation.
        date: The local date.
        utc_offset: How far local time is ahead of UTC: 1 or 2 for France, 0 for Z.
    """
    return sun_moon_result(position, date, utc_offset)


@tool
def convert(value: str, to: str) -> Result:
    """Convert a quantity to another unit of the same kind.

    Args:
        value: The number with its unit, such as 55 mph, 12,5 km or 98.6 degF.
        to: The unit wanted, such as km/h, mile or degC.
    """
    return convert_result(value, to)
