"""Where the Sun and the Moon stand: Meeus, Astronomical Algorithms (1998), chapters 12, 13, 22, 25, 47, 48.

The Sun is good to 0.01 degree, the Moon to some thousandths. Angles are in degrees; a moment is a Julian date of UTC,
taken for UT1 (less than a second apart).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import acos, asin, atan2, cos, degrees, radians, sin, tan

# Terrestrial time less universal time in days: 69 seconds, right to some seconds from 2010 to 2035 and to two minutes
# from 1900 to 2100, in which the Moon moves by a sixtieth of a degree.
DELTA_T = 69 / 86_400
_AU = 149_597_870.7
# D, M, M', F, then longitude (1e-6 degree) and distance (metres): the greater terms of table 47.A.
_LONGITUDE = """
0 0 1 0 6288774 -20905355|2 0 -1 0 1274027 -3699111|2 0 0 0 658314 -2955968|0 0 2 0 213618 -569925
0 1 0 0 -185116 48888|0 0 0 2 -114332 -3149|2 0 -2 0 58793 246158|2 -1 -1 0 57066 -152138|2 0 1 0 53322 -170733
2 -1 0 0 45758 -204586|0 1 -1 0 -40923 -129620|1 0 0 0 -34720 108743|0 1 1 0 -30383 104755|2 0 0 -2 15327 10321
0 0 1 2 -12528 0|0 0 1 -2 10980 79661|4 0 -1 0 10675 -34782|0 0 3 0 10034 -23210|4 0 -2 0 8548 -21636
2 1 -1 0 -7888 24208|2 1 0 0 -6766 30824|1 0 -1 0 -5163 -8379|1 1 0 0 4987 -16675|2 -1 1 0 4036 -12831
2 0 2 0 3994 -10445|4 0 0 0 3861 -11650|2 0 -3 0 3665 14403|0 1 -2 0 -2689 -7003|2 0 -1 2 -2602 0
2 -1 -2 0 2390 10056|1 0 1 0 -2348 6322|2 -2 0 0 2236 -9884
0 1 2 0 -2120 5751|0 2 0 0 -2069 0|2 -2 -1 0 2048 -4950|2 0 1 -2 -1773 4130|2 0 0 2 -1595 0|4 -1 -1 0 1215 -3958
0 0 2 2 -1110 0|3 0 -1 0 -892 3258|2 1 1 0 -810 2616|4 -1 -2 0 759 -1897|0 2 -1 0 -713 -2117|2 2 -1 0 -700 2354
2 0 -1 -2 0 8752
"""
# D, M, M', F, then latitude (1e-6 degree): the greater terms of table 47.B.
_LATITUDE = """
0 0 0 1 5128122|0 0 1 1 280602|0 0 1 -1 277693|2 0 0 -1 173237|2 0 -1 1 55413|2 0 -1 -1 46271|2 0 0 1 32573
0 0 2 1 17198|2 0 1 -1 9266|0 0 2 -1 8822|2 -1 0 -1 8216|2 0 -2 -1 4324|2 0 1 1 4200|2 1 0 -1 -3359
2 -1 -1 1 2463|2 -1 0 1 2211|2 -1 -1 -1 2065|0 1 -1 -1 -1870|4 0 -1 -1 1828|0 1 0 1 -1794
0 0 0 3 -1749|0 1 -1 1 -1565|1 0 0 1 -1491|0 1 1 1 -1475|0 1 1 -1 -1410|0 1 0 -1 -1344|1 0 0 -1 -1335|0 0 3 1 1107
4 0 0 -1 1021|4 0 -1 1 833
"""


def _terms(table: str) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, term.split())) for line in table.split("\n") if line for term in line.split("|"))


LONGITUDE, LATITUDE = _terms(_LONGITUDE), _terms(_LATITUDE)


@dataclass(frozen=True, slots=True)
class Body:
    """A body seen from the centre of the Earth: apparent ecliptic longitude and latitude, distance in km."""

    lon: float
    lat: float
    km: float


def julian(moment: dt.datetime) -> float:
    """Return the Julian date of a moment given in UTC without a zone."""
    return (moment - dt.datetime(2000, 1, 1, 12)).total_seconds() / 86_400 + 2_451_545.0  # noqa: DTZ001  (all in UTC)


def _node(t: float) -> float:
    return radians(125.04452 - 1934.136261 * t)


def nutation(t: float) -> float:
    """Return the nutation in longitude, its greater terms."""
    sun, moon = radians(280.4665 + 36000.7698 * t), radians(218.3165 + 481267.8813 * t)
    node = _node(t)
    return (-17.20 * sin(node) - 1.32 * sin(2 * sun) - 0.23 * sin(2 * moon) + 0.21 * sin(2 * node)) / 3600


def obliquity(t: float) -> float:
    return 23.4392911 - 0.0130042 * t + 0.00256 * cos(_node(t))


def sun(jde: float) -> Body:
    """Return the Sun at a Julian date of terrestrial time (chapter 25, low accuracy)."""
    t = (jde - 2_451_545.0) / 36_525
    anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t) * sin(anomaly)
        + (0.019993 - 0.000101 * t) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    true = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + centre
    eccentricity = 0.016708634 - 0.000042037 * t
    au = 1.000001018 * (1 - eccentricity**2) / (1 + eccentricity * cos(anomaly + radians(centre)))
    return Body((true - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360, 0.0, au * _AU)


def moon(jde: float) -> Body:
    """Return the Moon at a Julian date of terrestrial time (chapter 47, its greater terms)."""
    t = (jde - 2_451_545.0) / 36_525
    mean = 218.3164477 + 481267.88123421 * t - 0.0015786 * t * t + t**3 / 538_841
    arguments = (
        297.8501921 + 445267.1114034 * t - 0.0018819 * t * t + t**3 / 545_868,
        357.5291092 + 35999.0502909 * t - 0.0001536 * t * t,
        134.9633964 + 477198.8675055 * t + 0.0087414 * t * t + t**3 / 69_699,
        93.2720950 + 483202.0175233 * t - 0.0036539 * t * t,
    )
    flattening = 1 - 0.002516 * t - 0.0000074 * t * t

    def angle(term: tuple[int, ...]) -> float:
        return radians(sum(times * one for times, one in zip(term[:4], arguments, strict=True)))

    venus, jupiter, third = (
        radians(119.75 + 131.849 * t),
        radians(53.09 + 479264.290 * t),
        radians(313.45 + 481266.484 * t),
    )
    long, far = radians(mean), radians(arguments[3])
    lon = 3958 * sin(venus) + 1962 * sin(long - far) + 318 * sin(jupiter)
    lat = (
        -2235 * sin(long)
        + 382 * sin(third)
        + 175 * (sin(venus - far) + sin(venus + far))
        + 127 * sin(long - radians(arguments[2]))
        - 115 * sin(long + radians(arguments[2]))
    )
    metres = 385_000_560.0
    for term in LONGITUDE:
        share = flattening ** abs(term[1])
        lon += term[4] * share * sin(angle(term))
        metres += term[5] * share * cos(angle(term))
    for term in LATITUDE:
        lat += term[4] * flattening ** abs(term[1]) * sin(angle(term))
    return Body((mean + lon / 1e6 + nutation(t)) % 360, lat / 1e6, metres / 1000)


def equatorial(body: Body, jde: float) -> tuple[float, float]:
    """Return right ascension and declination."""
    tilt = radians(obliquity((jde - 2_451_545.0) / 36_525))
    lon, lat = radians(body.lon), radians(body.lat)
    ascension = atan2(sin(lon) * cos(tilt) - tan(lat) * sin(tilt), cos(lon))
    return degrees(ascension) % 360, degrees(asin(sin(lat) * cos(tilt) + cos(lat) * sin(tilt) * sin(lon)))


def altitude(body: Body, jd: float, lat: float, lon: float) -> tuple[float, float]:
    """Return height above the horizon and azimuth from north at a UTC moment, seen from the Earth's centre."""
    ascension, declination = equatorial(body, jd + DELTA_T)
    t = (jd - 2_451_545.0) / 36_525
    turn = 280.46061837 + 360.98564736629 * (jd - 2_451_545.0) + 0.000387933 * t * t
    turn += nutation(t) * cos(radians(obliquity(t)))
    hour, high, dec = radians(turn + lon - ascension), radians(lat), radians(declination)
    height = asin(sin(high) * sin(dec) + cos(high) * cos(dec) * cos(hour))
    south = atan2(sin(hour), cos(hour) * sin(high) - tan(dec) * cos(high))
    return degrees(height), (degrees(south) + 180) % 360


def parallax(body: Body) -> float:
    return degrees(asin(6378.14 / body.km))


def elongation(jde: float) -> float:
    """Return how far the Moon is ahead of the Sun in longitude: 0 new, 90 first quarter, 180 full, 270 last quarter."""
    return (moon(jde).lon - sun(jde).lon) % 360


def lit(jde: float) -> float:
    """Return the share of the Moon's disc that is lit (chapter 48)."""
    near, star = moon(jde), sun(jde)
    apart = acos(cos(radians(near.lat)) * cos(radians(near.lon - star.lon)))
    phase = atan2(star.km * sin(apart), near.km - star.km * cos(apart))
    return (1 + cos(phase)) / 2


def next_phase(jde: float, wanted: float) -> float:
    """Return the Julian date of terrestrial time at which the elongation next is `wanted`."""
    when = jde + ((wanted - elongation(jde)) % 360) / 12.1907
    for _ in range(20):
        away = (wanted - elongation(when) + 180) % 360 - 180
        when += away / 12.1907
        if abs(away) < 1e-7:
            break
    return when
