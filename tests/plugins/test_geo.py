"""The geo plugin against published positions, distances and almanacs."""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import Any

import pytest

from benchmarks.references.almanac import (
    BLUFFTON,
    DEFIANCE,
    JFK,
    JFK_LHR,
    LHR,
    LIT,
    PHASES,
    lambert_93,
    minutes,
)
from benchmarks.references.bundled import load, number, rows, value
from copilot.plugin_api import ToolError, need

geo = load("geo")
position = load("geo_position", "geo")
sky = load("geo_sky", "geo")
TOWER = (48.8582, 2.2945)


@pytest.mark.parametrize(
    "written",
    [
        "48.8582, 2.2945",
        "48.8582 2.2945",
        "48,8582 ; 2,2945",
        "48,8582 N 2,2945 E",
        "48.8582° N, 2.2945° E",
        "48°51'29.52\"N 2°17'40.2\"E",
        '48°51’29.52"N, 2°17’40.2"E',
        "48° 51' 29.52\" nord 2° 17' 40.2\" est",
        "48°51.492'N 2°17.670'E",
        "N48 51.492 E002 17.670",
        "31UDQ4825111932",
        "31u dq 48251 11932",
        "31U 448251 5411932",
        "31 nord 448251 5411932",
        "31N 448251 5411932",
        "648237 6862249",
        "Lambert 93 : 648237 6862249",
        "648237, 6862249",
        "648237,6862249",
        "648237,1 6862249,2",
    ],
)
def test_one_place_in_many_notations(written: str) -> None:
    found = position.read_position(written)
    assert (found.lat, found.lon) == pytest.approx(TOWER, abs=2e-5)


@pytest.mark.parametrize(
    ("written", "lat", "lon"),
    [
        ("33.87 S 151.21 E", -33.87, 151.21),
        ("45,5 N 3 O", 45.5, -3),
        ("-0.5, -0.25", -0.5, -0.25),
        ("0°30'S 0°15'W", -0.5, -0.25),
        ("40.4 nord 3.7 ouest", 40.4, -3.7),
        ("34S 255000 6250000", -33.862, 18.352),
        ("10 S 20 30 E", -10, 20.5),
    ],
)
def test_halves_of_the_globe(written: str, lat: float, lon: float) -> None:
    found = position.read_position(written)
    assert (found.lat, found.lon) == pytest.approx((lat, lon), abs=1e-3)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Paris", "no position that is understood"),
        ("48 51 2", "no position that is understood"),
        ("48.5 51 N 2 17 E", "only the last figure"),
        ("48°61'N 2°17'E", "below 60"),
        ("-48 N 2 E", "takes no minus"),
        ("91, 2", "out of range"),
        ("31U DQ 482 11932", "as many digits"),
        ("31U DQ 48251 119321", "as many digits"),
        ("61U 448251 5411932", "zone is 1 to 60"),
        ("31S 448251 4000000", "write “north” or “south”"),
    ],
)
def test_positions_that_cannot_be_or_could_be_two(written: str, told: str) -> None:
    with pytest.raises(ToolError, match=told):
        position.read_position(written)


def test_all_notations_of_the_tower() -> None:
    result = geo.coordinates("31U DQ 48251 11932")
    assert (number(result, "lat"), number(result, "lon")) == pytest.approx(TOWER, abs=5e-6)
    assert value(result, "mgrs") == "31UDQ4825111932"
    assert (number(result, "utm_east"), number(result, "utm_north")) == pytest.approx((448_251.5, 5_411_932.5), abs=1)
    # Convergence: (longitude - 3) sin(latitude), to the third order.
    angle = math.radians(number(result, "lon") - 3) * math.sin(math.radians(number(result, "lat")))
    assert number(result, "convergence") == pytest.approx(math.degrees(angle), abs=1e-4)
    rough = geo.coordinates("31U DQ 482 119")
    assert "square of 100 m" in rough.warnings[0]
    assert value(rough, "mgrs") == "31UDQ482119"
    assert number(rough, "utm_east") == pytest.approx(448_250, abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_lambert_93_as_ign_computes_it(seed: int) -> None:
    dice = random.Random(seed)
    lat, lon = dice.uniform(42, 51), dice.uniform(-4.5, 8)
    result = geo.coordinates(f"{lat}, {lon}")
    assert (number(result, "lambert_x"), number(result, "lambert_y")) == pytest.approx(lambert_93(lat, lon), abs=0.01)
    back = position.read_position(f"{number(result, 'lambert_x')} {number(result, 'lambert_y')}")
    assert (back.lat, back.lon) == pytest.approx((lat, lon), abs=1e-7)


@pytest.mark.parametrize(
    ("place", "zone"), [("60, 5", "32V"), ("78, 10", "33X"), ("5, 5", "31N"), ("-33, 151", "56H"), ("0, 179.9", "60N")]
)
def test_zones_and_their_exceptions(place: str, zone: str) -> None:
    result = geo.coordinates(place)
    assert str(value(result, "utm")).split()[0] == zone
    assert str(value(result, "mgrs")).startswith(zone)
    back = position.read_position(str(value(result, "utm")))
    lat, lon = map(float, place.split(","))
    assert (back.lat, back.lon) == pytest.approx((lat, lon), abs=2e-5)


def test_the_poles_have_no_utm() -> None:
    result = geo.coordinates("86, 20")
    assert "UTM ends" in result.warnings[0]
    assert not any(one.name == "utm" for one in result.values)
    back = position.read_position(str(value(result, "mgrs")))
    assert (back.lat, back.lon) == pytest.approx((86, 20), abs=1e-3)


def test_no_grid_is_fetched_from_the_network() -> None:
    network: Any = need("pyproj.network", "geo")
    network.set_network_enabled(True)
    geo.coordinates("48.8, 2.3")
    assert not network.is_network_enabled()


def test_the_geodesic_of_geographiclib() -> None:
    result = geo.distance(JFK, LHR)
    assert number(result, "distance") == pytest.approx(JFK_LHR[0], abs=1e-3)
    assert number(result, "azimuth") == pytest.approx(JFK_LHR[1], abs=1e-5)
    assert number(result, "final_azimuth") == pytest.approx(JFK_LHR[2], abs=1e-5)
    assert number(result, "back_azimuth") == pytest.approx(JFK_LHR[2] + 180, abs=1e-5)
    # A great circle bends to the north between the two.
    assert result.figure is not None
    assert max(result.figure.lines[0].y) > 51.6
    assert "are one" in geo.distance(JFK, JFK).warnings[0]


# --- sky --------------------------------------------------------------------------------------------------------------


def test_the_sun_of_the_naval_observatory() -> None:
    place, day, times = BLUFFTON
    result = geo.sun_moon(place, dt.date.fromisoformat(day), -4.0)
    assert {name: value(result, name) for name in times} == times
    place, day, clocks = DEFIANCE
    events = rows(geo.sun_moon(place, dt.date.fromisoformat(day)), "events")
    assert tuple(one["time"] for one in events if "Moon" not in str(one["event"]))[-8:] == clocks


def test_the_moon_of_the_naval_observatory() -> None:
    for day, lit in enumerate(LIT, start=9):
        moment = dt.datetime.fromisoformat(f"2018-09-{day:02d}T05:00")
        assert sky.lit(sky.julian(moment)) == pytest.approx(lit, abs=0.006)
    for after, wanted, told in PHASES:
        begin = sky.julian(dt.datetime.fromisoformat(after))
        found = sky.next_phase(begin, wanted) - sky.DELTA_T - begin
        known = (dt.datetime.fromisoformat(told) - dt.datetime.fromisoformat(after)).total_seconds() / 86_400
        assert found == pytest.approx(known, abs=2 / 1440)


def test_positions_of_meeus() -> None:
    moon, sun = sky.moon(2_448_724.5), sky.sun(2_448_908.5)
    assert (moon.lon, moon.lat) == pytest.approx((133.167265, -3.229126), abs=2e-3)
    assert moon.km == pytest.approx(368_409.7, abs=10)
    assert sky.parallax(moon) == pytest.approx(0.991990, abs=1e-4)
    assert sky.equatorial(moon, 2_448_724.5) == pytest.approx((134.688470, 13.768368), abs=2e-3)
    assert sky.lit(2_448_724.5) == pytest.approx(0.6786, abs=1e-4)
    assert sun.lon == pytest.approx(199.90895, abs=1e-3)
    assert sky.equatorial(sun, 2_448_908.5) == pytest.approx((198.38083, -7.78507), abs=1e-3)
    assert sky.next_phase(2_443_190.0, 0.0) == pytest.approx(2_443_192.65118, abs=2 / 1440)


@pytest.mark.parametrize("seed", range(6))
def test_rise_and_set_agree_with_another_implementation(seed: int) -> None:
    astral, sun, moon = need("astral", "geo"), need("astral.sun", "geo"), need("astral.moon", "geo")
    dice = random.Random(seed)
    lat, lon = dice.uniform(-55, 55), dice.uniform(-10, 10)
    day = dt.date(2026, 1, 1) + dt.timedelta(days=dice.randrange(365))
    result = geo.sun_moon(f"{lat:.4f}, {lon:.4f}", day)
    place = astral.Observer(lat, lon, 0)
    theirs = sun.sun(place, date=day)
    for name, other in (("sunrise", "sunrise"), ("sunset", "sunset"), ("civil_dawn", "dawn"), ("civil_dusk", "dusk")):
        clock = theirs[other]
        assert minutes(str(value(result, name))) == pytest.approx(clock.hour * 60 + clock.minute, abs=3), name
    for name, find in (("moonrise", moon.moonrise), ("moonset", moon.moonset)):
        try:
            clock = find(place, day)
        except ValueError:
            continue
        if clock is not None and value(result, name) is not None and clock.date() == day:
            # That implementation is good to some minutes only.
            assert minutes(str(value(result, name))) == pytest.approx(clock.hour * 60 + clock.minute, abs=8), name


def test_days_without_a_night_and_nights_without_a_day() -> None:
    summer = geo.sun_moon("69.65, 18.96", dt.date(2026, 6, 21), 2.0)
    assert value(summer, "sunrise") is None
    assert number(summer, "daylight") == 24
    assert "does not set" in summer.warnings[0]
    winter = geo.sun_moon("69.65, 18.96", dt.date(2026, 12, 21), 1.0)
    assert number(winter, "daylight") == 0
    assert "does not rise" in winter.warnings[0]
    assert value(winter, "civil_dawn") is not None


def test_equinox_and_dark_hours() -> None:
    result = geo.sun_moon("0, 0", dt.date(2026, 3, 20))
    # Refraction and the radius of the Sun add some seven minutes to twelve hours.
    assert number(result, "daylight") == pytest.approx(12 + 6.7 / 60, abs=0.03)
    full = geo.sun_moon("48.85, 2.35", dt.date(2026, 1, 3), 1.0)
    fresh = geo.sun_moon("48.85, 2.35", dt.date(2026, 1, 18), 1.0)
    assert rows(full, "phases")[0]["phase"] == "full moon"
    assert rows(fresh, "phases")[0]["phase"] == "new moon"
    assert number(full, "dark") < 4 < 11 < number(fresh, "dark")
    with pytest.raises(ToolError, match="1900 to 2100"):
        geo.sun_moon("0, 0", dt.date(1800, 1, 1))


# --- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "to", "found", "unit"),
    [
        ("55 mph", "km/h", 88.51392, "km/h"),
        ("12,5 km", "mile", 7.767139903, "mi"),
        ("98.6 degF", "degC", 37, "°C"),
        ("-40 °C", "°F", -40, "°F"),
        ("3 800 L/jour", "L/heure", 158.33333, "l/h"),
        ("1\u202f852 m", "NM", 1, "nmi"),
        ("90°", "millièmes", 1600, None),
        ("35 L/100 km", "L/km", 0.35, "l/km"),
        ("0.4 L/km", "L/(100 km)", 40, "L/(100 km)"),
        ("12 nœuds", "km/h", 22.224, "km/h"),
        ("1 tonne", "kg", 1000, "kg"),
    ],
)
def test_units(written: str, to: str, found: float, unit: str | None) -> None:
    result = geo.convert(written, to)
    assert number(result, "value") == pytest.approx(found)
    assert result.values[0].unit == unit


def test_units_that_mislead_are_named() -> None:
    assert any("US gallon" in one for one in geo.convert("1 gal", "L").assumptions)
    assert any("short ton" in one for one in geo.convert("1 ton", "kg").assumptions)
    assert any("statute mile" in one for one in geo.convert("1 mile", "km").assumptions)


@pytest.mark.parametrize(
    ("written", "to", "told"),
    [
        ("5 km", "kg", "different things"),
        ("5 foo", "kg", "no unit that is known"),
        ("5 km", "((", "no unit that is known"),
        ("km", "m", "not a number with a unit"),
        ("5", "m", "not a number with a unit"),
    ],
)
def test_conversions_that_cannot_be(written: str, to: str, told: str) -> None:
    with pytest.raises(ToolError, match=told):
        geo.convert(written, to)
