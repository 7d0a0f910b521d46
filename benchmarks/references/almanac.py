"""Published figures of places and skies."""

from __future__ import annotations

import math

# US Naval Observatory, as quoted in the tests of Skyfield (times in UTC). Bluffton, Ohio, on 2018-09-12:
BLUFFTON = ("40.8939, -83.8917", "2018-09-12", {"sunrise": "07:13", "sunset": "19:50"})
# Defiance, Ohio, on 2019-11-08: all twilights.
DEFIANCE = (
    "41.281944, -84.362778",
    "2019-11-08",
    ("10:42", "11:15", "11:48", "12:17", "22:25", "22:54", "23:27", "23:59"),
)
# Share of the Moon that is lit on 2018-09-09 to 18, at 5 h UTC.
LIT = (0.00, 0.00, 0.03, 0.08, 0.15, 0.24, 0.33, 0.43, 0.52, 0.62)
PHASES = (("2018-09-11", 90.0, "2018-09-16 23:15"), ("2018-09-11", 180.0, "2018-09-25 02:52"))
# GeographicLib's GeodSolve: JFK (40.6, -73.8) to LHR (51.6, -0.5).
JFK, LHR, JFK_LHR = "40.6, -73.8", "51.6, -0.5", (5_551_759.400, 51.19888, 107.82178)


def minutes(clock: str) -> int:
    """Return the minutes since midnight of a time such as 07:13."""
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def lambert_93(lat: float, lon: float) -> tuple[float, float]:
    """Return Lambert-93 by IGN's algorithms ALG0001 and ALG0003 (NT/G 71), with the constants it prints."""
    n, c, x_pole, y_pole = 0.7256077650, 11_754_255.426, 700_000.0, 12_655_612.050
    eccentricity = 0.08181919112
    phi = math.radians(lat)
    isometric = math.log(
        math.tan(math.pi / 4 + phi / 2)
        * ((1 - eccentricity * math.sin(phi)) / (1 + eccentricity * math.sin(phi))) ** (eccentricity / 2)
    )
    radius, angle = c * math.exp(-n * isometric), n * math.radians(lon - 3)
    return x_pole + radius * math.sin(angle), y_pole - radius * math.cos(angle)
