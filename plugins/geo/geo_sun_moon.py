"""The light of one day: sun, twilights, moon, and the hours without either."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from geo_position import read_position
from geo_sky import DELTA_T, altitude, elongation, julian, lit, moon, next_phase, parallax, sun

from copilot.plugin_api import Column, Figure, FigureKind, Line, Result, ResultTable, Scalar, ToolError, Value, say

_STEP = 5  # minutes between two looks; a body that is up for less is missed
_YEARS = (1900, 2100)
_SUN, _CIVIL, _NAUTICAL, _ASTRONOMICAL = -0.8333, -6.0, -12.0, -18.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where and on which local day; times are local minutes from its midnight."""

    lat: float
    lon: float
    midnight: float

    def at(self, minute: float) -> float:
        return self.midnight + minute / 1440

    def sun(self, minute: float) -> float:
        jd = self.at(minute)
        return altitude(sun(jd + DELTA_T), jd, self.lat, self.lon)[0]

    def moon(self, minute: float) -> float:
        """Return the height of the Moon above where it rises: its parallax, radius and refraction taken off."""
        jd = self.at(minute)
        body = moon(jd + DELTA_T)
        return altitude(body, jd, self.lat, self.lon)[0] - (0.7275 * parallax(body) - 0.5667)


def crossings(height: Callable[[float], float], level: float) -> list[tuple[float, bool]]:
    """Return the minutes of the day at which a height passes a level, and whether it rises."""
    found = []
    marks = [(minute, height(minute) - level) for minute in range(0, 1440 + _STEP, _STEP)]
    for (a, low), (b, high) in pairwise(marks):
        if (low < 0) == (high < 0):
            continue
        left, right = float(a), float(b)
        for _ in range(30):
            middle = (left + right) / 2
            left, right = (middle, right) if (height(middle) - level < 0) == (low < 0) else (left, middle)
        if right < 1440:
            found.append((right, high > low))
    return found


def clock(minute: float | None) -> str | None:
    """Return hours and minutes, rounded to a minute of the day."""
    if minute is None:
        return None
    whole = min(1439, round(minute))
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _first(events: list[tuple[float, bool]], rising: bool) -> float | None:
    return next((minute for minute, up in events if up is rising), None)


def sun_moon_result(text: str, date: dt.date, utc_offset: float) -> Result:
    """Find all events of the local day by their heights, sought every five minutes and then closed in on."""
    if not _YEARS[0] <= date.year <= _YEARS[1]:
        raise ToolError(
            say(
                f"The formulas hold from {_YEARS[0]} to {_YEARS[1]}.",
                f"Les formules valent de {_YEARS[0]} à {_YEARS[1]}.",
            )
        )
    position = read_position(text)
    start = dt.datetime.combine(date, dt.time()) - dt.timedelta(hours=utc_offset)
    place = Place(position.lat, position.lon, julian(start))
    levels = {"sun": _SUN, "civil": _CIVIL, "nautical": _NAUTICAL, "astronomical": _ASTRONOMICAL}
    events = {name: crossings(place.sun, level) for name, level in levels.items()}
    lunar = crossings(place.moon, 0.0)
    minutes = range(0, 1440, _STEP)
    day = [place.sun(one) for one in minutes]
    night = [place.moon(one) for one in minutes]
    noon = place.at(720) + DELTA_T
    values = [
        Value("sunrise", clock(_first(events["sun"], True)), None, say("Sunrise", "Lever du soleil")),
        Value("sunset", clock(_first(events["sun"], False)), None, say("Sunset", "Coucher du soleil")),
        Value("civil_dawn", clock(_first(events["civil"], True)), None, say("Civil dawn", "Aube civile")),
        Value("civil_dusk", clock(_first(events["civil"], False)), None, say("Civil dusk", "Crépuscule civil")),
        Value("nautical_dawn", clock(_first(events["nautical"], True)), None, say("Nautical dawn", "Aube nautique")),
        Value(
            "nautical_dusk", clock(_first(events["nautical"], False)), None, say("Nautical dusk", "Crépuscule nautique")
        ),
        Value("moonrise", clock(_first(lunar, True)), None, say("Moonrise", "Lever de la lune")),
        Value("moonset", clock(_first(lunar, False)), None, say("Moonset", "Coucher de la lune")),
        Value("moon_lit", lit(noon), None, say("Share of the moon lit, at noon", "Part éclairée de la lune, à midi")),
        Value(
            "moon_ahead", elongation(noon), "degree", say("Moon ahead of the sun", "Avance de la lune sur le soleil")
        ),
        Value("daylight", _hours(events["sun"], day[0] > _SUN), "hour", say("Sun above the horizon", "Soleil levé")),
        Value(
            "dark",
            _dark(day, night),
            "hour",
            say("Hours without sun (nautical) or moon", "Heures sans soleil (nautique) ni lune"),
        ),
    ]
    return Result(
        values=tuple(values),
        tables=(_table(events, lunar), _phases(place.at(0) + DELTA_T, utc_offset, date)),
        figure=Figure(
            FigureKind.SERIES,
            say("Height of sun and moon", "Hauteur du soleil et de la lune"),
            lines=(
                Line(say("Sun", "Soleil"), tuple(one / 60 for one in minutes), tuple(day)),
                Line(say("Moon", "Lune"), tuple(one / 60 for one in minutes), tuple(night)),
            ),
            x_label=say("Local hour", "Heure locale"),
            y_label=say("Height", "Hauteur"),
            x_unit="hour",
            y_unit="degree",
        ),
        assumptions=_assumptions(utc_offset),
        warnings=_warnings(events["sun"], day, position.lat),
    )


def _hours(events: list[tuple[float, bool]], up: bool) -> float:
    """Return the hours above a level in the day, from its crossings."""
    total, since = 0.0, 0.0
    for minute, rises in events:
        if not rises and up:
            total += minute - since
        up, since = rises, minute
    return (total + (1440 - since if up else 0.0)) / 60


def _dark(day: list[float], night: list[float]) -> float:
    return sum(_STEP for high, low in zip(day, night, strict=True) if high < _NAUTICAL and low < 0) / 60


def _phase(ahead: float) -> str:
    names = (
        say("new moon", "nouvelle lune"),
        say("waxing crescent", "premier croissant"),
        say("first quarter", "premier quartier"),
        say("waxing gibbous", "gibbeuse croissante"),
        say("full moon", "pleine lune"),
        say("waning gibbous", "gibbeuse décroissante"),
        say("last quarter", "dernier quartier"),
        say("waning crescent", "dernier croissant"),
    )
    # The four principal phases stand for the day around them: half a day is six degrees.
    nearest = round(ahead / 90) % 4
    if abs((ahead - 90 * nearest + 180) % 360 - 180) < 6.1:
        return names[2 * nearest]
    return names[2 * int(ahead // 90) + 1]


def _table(events: dict[str, list[tuple[float, bool]]], lunar: list[tuple[float, bool]]) -> ResultTable:
    labels = {
        ("astronomical", True): say("Astronomical dawn (sun at −18°)", "Aube astronomique (soleil à −18°)"),
        ("nautical", True): say("Nautical dawn (−12°)", "Aube nautique (−12°)"),
        ("civil", True): say("Civil dawn (−6°)", "Aube civile (−6°)"),
        ("sun", True): say("Sunrise", "Lever du soleil"),
        ("sun", False): say("Sunset", "Coucher du soleil"),
        ("civil", False): say("Civil dusk (−6°)", "Crépuscule civil (−6°)"),
        ("nautical", False): say("Nautical dusk (−12°)", "Crépuscule nautique (−12°)"),
        ("astronomical", False): say("Astronomical dusk (−18°)", "Crépuscule astronomique (−18°)"),
        ("moon", True): say("Moonrise", "Lever de la lune"),
        ("moon", False): say("Moonset", "Coucher de la lune"),
    }
    listed = sorted(
        (minute, labels[name, rises]) for name, some in {**events, "moon": lunar}.items() for minute, rises in some
    )
    rows: tuple[tuple[Scalar, ...], ...] = tuple((clock(minute), label) for minute, label in listed)
    columns = (
        Column("time", None, say("Local time", "Heure locale")),
        Column("event", None, say("Event", "Événement")),
    )
    return ResultTable("events", columns, rows, say("Events of the day", "Événements du jour"))


def _phases(jde: float, utc_offset: float, date: dt.date) -> ResultTable:
    """Say the phase at noon, and when the principal ones come next."""
    rows = []
    for wanted in (0.0, 90.0, 180.0, 270.0):
        jd = next_phase(jde, wanted) - DELTA_T + utc_offset / 24
        local = dt.datetime(2000, 1, 1, 12) + dt.timedelta(days=jd - 2_451_545.0)  # noqa: DTZ001  (offset applied)
        local = (local + dt.timedelta(seconds=30)).replace(second=0, microsecond=0)
        rows.append((local.isoformat(sep=" ", timespec="minutes"), _phase(wanted)))
    noon = (f"{date.isoformat()} 12:00", _phase(elongation(jde + 0.5)))
    columns = (Column("time", None, say("Local time", "Heure locale")), Column("phase", None, "Phase"))
    return ResultTable(
        "phases",
        columns,
        (noon, *sorted(rows)),
        say("Phase of the moon at noon and next", "Phase de la lune à midi, puis les prochaines"),
    )


def _assumptions(utc_offset: float) -> tuple[str, ...]:
    offset = f"{utc_offset:+g}"
    return (
        say(
            f"Times are local, UTC{offset}; on the day of a change of the clock, give the offset that holds.",
            f"Heures locales, UTC{offset} ; un jour de changement d'heure, donnez le décalage en vigueur.",
        ),
        say(
            "Flat horizon at sea level, refraction of 34′: relief and weather move rise and set by minutes.",
            "Horizon plat au niveau de la mer, réfraction de 34′ : relief et météo déplacent levers et couchers de "
            "quelques minutes.",
        ),
        say(
            "Meeus' formulas: sun to a minute or less, moon to about a minute, below 65° of latitude.",
            "Formules de Meeus : soleil à la minute près, lune à une minute environ, sous 65° de latitude.",
        ),
    )


def _warnings(rises: list[tuple[float, bool]], day: list[float], lat: float) -> tuple[str, ...]:
    if rises:
        if abs(lat) > 65:
            return (
                say(
                    "At this latitude the sun grazes the horizon: times may be off by several minutes.",
                    "À cette latitude, le soleil rase l'horizon : les heures peuvent varier de plusieurs minutes.",
                ),
            )
        return ()
    if max(day) > _SUN:
        return (say("The sun does not set on this day.", "Le soleil ne se couche pas ce jour-là."),)
    return (say("The sun does not rise on this day.", "Le soleil ne se lève pas ce jour-là."),)
