"""References of the geo plugin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from benchmarks.references.almanac import BLUFFTON, DEFIANCE, JFK, JFK_LHR, LHR, lambert_93, minutes
from benchmarks.references.bundled import load, number, rows, value
from benchmarks.references.reference import Reference

_USNO = "US Naval Observatory, minutes of the day"
_MEEUS = "Meeus, Astronomical Algorithms"


def references() -> Iterator[Reference]:
    geo, sky = load("geo"), load("geo_sky", "geo")
    tower = geo.coordinates("31U DQ 48251 11932")
    yield Reference("geo.coordinates", "MGRS 31UDQ4825111932, latitude", "NGA", 48.8582, number(tower, "lat"))
    yield Reference("geo.coordinates", "the same, longitude", "NGA", 2.2945, number(tower, "lon"))
    x, y = lambert_93(number(tower, "lat"), number(tower, "lon"))
    yield Reference("geo.coordinates", "the same, Lambert-93 X", "IGN NT/G 71", x, number(tower, "lambert_x"))
    yield Reference("geo.coordinates", "the same, Lambert-93 Y", "IGN NT/G 71", y, number(tower, "lambert_y"))
    line = geo.distance(JFK, LHR)
    for name, published in zip(("distance", "azimuth", "final_azimuth"), JFK_LHR, strict=True):
        yield Reference("geo.distance", f"JFK to LHR, {name}", "GeographicLib", published, number(line, name))
    place, day, times = BLUFFTON
    light = geo.sun_moon(place, dt.date.fromisoformat(day), -4.0)
    for name, published_at in times.items():
        ours = float(minutes(str(value(light, name))))
        yield Reference("geo.sun_moon", f"Bluffton {day}, {name}", _USNO, minutes(published_at), ours)
    place, day, clocks = DEFIANCE
    events = rows(geo.sun_moon(place, dt.date.fromisoformat(day)), "events")
    # The day begins with the end of the evening before, and the Moon is not in that table.
    solar = [str(one["time"]) for one in events if "Moon" not in str(one["event"])][-8:]
    for published_at, ours_at in zip(clocks, solar, strict=True):
        quantity = f"Defiance {day}, twilight of {published_at}"
        yield Reference("geo.sun_moon", quantity, _USNO, minutes(published_at), float(minutes(ours_at)))
    moon = sky.moon(2_448_724.5)
    for quantity, published, ours in (
        ("example 47.a, apparent longitude of the Moon", 133.167265, moon.lon),
        ("example 47.a, its latitude", -3.229126, moon.lat),
        ("example 47.a, its distance, km", 368_409.7, moon.km),
        ("example 48.a, its lit share", 0.6786, sky.lit(2_448_724.5)),
        ("example 49.a, new moon of February 1977, Julian date", 2_443_192.65118, sky.next_phase(2_443_190.0, 0.0)),
        ("example 25.a, apparent longitude of the Sun", 199.90895, sky.sun(2_448_908.5).lon),
    ):
        yield Reference("geo.sun_moon", quantity, _MEEUS, published, ours)
    for written, unit, published in (
        ("1 nautical_mile", "m", 1852),
        ("98.6 °F", "°C", 37),
        ("1 gal", "L", 3.785411784),
    ):
        ours = number(geo.convert(written, unit), "value")
        yield Reference("geo.convert", f"{written} in {unit}", "NIST SP 811", published, ours)
