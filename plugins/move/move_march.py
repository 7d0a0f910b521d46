"""The march table of a column: pass time, road space, passage at points, fuel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from copilot.plugin_api import (
    Bar,
    Column,
    DataTable,
    Figure,
    FigureKind,
    Result,
    ResultTable,
    Scalar,
    ToolError,
    Value,
    parse_number,
    say,
    written,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A point: km from the start, minutes at which the head gets there, halt before it goes on, and the leg's speed."""

    name: str
    km: float
    head: float
    halt: float
    kmh: float


def pass_minutes(vehicles: int, spacing: float, length: float, kmh: float) -> float:
    """Return how long vehicles take to pass a point: ``N (spacing + length) / v``, in minutes, metres and km/h."""
    return vehicles * (spacing + length) / 1000 / kmh * 60


def march_result(
    pace: tuple[float, float, float],
    vehicles: int | None,
    distance: float,
    between: tuple[int, float],
    start: dt.datetime | None,
    points: DataTable | None,
    serials: DataTable | None,
    consumption: float | None,
    tank: float | None,
) -> Result:
    """Work out the table; `pace` is speed, spacing and length of a vehicle, `between` gaps and their minutes."""
    speed, spacing, length = pace
    groups = _groups(serials, vehicles)
    count = sum(number for _, number in groups)
    gaps = len(groups) - 1 if serials is not None else between[0]
    rolling = pass_minutes(count, spacing, length, speed)
    pass_time = rolling + gaps * between[1]
    course = _course(points, distance, speed)
    whole, halts = course[-1].km, sum(one.halt for one in course[:-1])
    head = course[-1].head
    values = [
        Value("pass_time", pass_time, "minute", say("Pass time", "Durée d'écoulement")),
        Value("road_space", pass_time / 60 * speed, "km", say("Road space", "Longueur de la colonne")),
        Value("vehicles", count, None, say("Vehicles", "Véhicules")),
        Value("density", 1000 / (spacing + length) if spacing + length else None, "1/km", say("Density", "Densité")),
    ]
    if whole:
        values += [
            Value("distance", whole, "km", say("Distance", "Distance")),
            Value("head_time", head, "minute", say("Travel time of the head", "Temps de trajet de la tête")),
            Value(
                "whole_time", head + pass_time, "minute", say("Until the tail is in", "Jusqu'à l'arrivée de la queue")
            ),
        ]
    if start is not None:
        tail = _clock(start, head + pass_time)
        values.append(Value("head_arrives", _clock(start, head), None, say("Head arrives", "Arrivée de la tête")))
        values.append(Value("tail_arrives", tail, None, say("Tail arrives", "Arrivée de la queue")))
    fuel_values, warnings = _fuel(count, whole, consumption, tank)
    tables = [_passages(course, pace, count, gaps, between[1], start)]
    if serials is not None:
        tables.append(_serials(groups, course, pace, between[1], start))
    return Result(
        values=(*values, *fuel_values),
        tables=tuple(tables),
        figure=_gantt(groups, course, pace, gaps, between[1]),
        assumptions=_assumptions(bool(halts), consumption is not None),
        warnings=tuple(warnings),
    )


def _groups(serials: DataTable | None, vehicles: int | None) -> list[tuple[str, int]]:
    if serials is None:
        if vehicles is None:
            raise ToolError(
                say("Give the number of vehicles, or the serials.", "Donnez le nombre de véhicules, ou les rames.")
            )
        return [("", vehicles)]
    found = []
    for name, number in zip(serials.texts("serial"), serials.numbers("vehicles"), strict=True):
        if number < 1 or number != int(number):
            raise ToolError(
                say(
                    f"Serial “{name}” needs a whole number of vehicles from 1.",
                    f"La rame « {name} » doit avoir un nombre entier de véhicules, 1 au moins.",
                )
            )
        found.append((name, int(number)))
    total = sum(number for _, number in found)
    if not found or (vehicles is not None and vehicles != total):
        raise ToolError(
            say(
                f"The serials hold {total} vehicles, the column {vehicles or 0}: give one of the two.",
                f"Les rames comptent {total} véhicules, la colonne {vehicles or 0} : donnez l'un des deux.",
            )
        )
    return found


def _course(points: DataTable | None, distance: float, speed: float) -> list[Passage]:
    """Return the points in order, the start first; each leg at its own speed where given."""
    course = [Passage(say("start", "départ"), 0.0, 0.0, 0.0, speed)]
    if points is not None:
        speeds, halts = _cells(points, "speed"), _cells(points, "halt")
        for row, (name, km) in enumerate(zip(points.texts("point"), points.numbers("km"), strict=True)):
            last, kmh, halt = course[-1], speeds[row] or speed, halts[row] or 0.0
            if km < last.km or kmh <= 0 or halt < 0:
                raise ToolError(
                    say(
                        f"Row {row + 2}: points go from the start onwards, with speeds above 0 and halts from 0.",
                        f"Ligne {row + 2} : les points se suivent depuis le départ, vitesses positives, haltes non "
                        "négatives.",
                    )
                )
            if km == 0 and len(course) == 1:
                course[0] = Passage(name, 0.0, 0.0, halt, kmh)
            else:
                course.append(Passage(name, km, last.head + last.halt + (km - last.km) / kmh * 60, halt, kmh))
    last = course[-1]
    if distance > last.km:
        head = last.head + last.halt + (distance - last.km) / speed * 60
        course.append(Passage(say("end", "arrivée"), distance, head, 0.0, speed))
    elif 0 < distance < last.km:
        raise ToolError(
            say(
                f"The last point lies at {written(last.km)} km, beyond the distance of {written(distance)} km.",
                f"Le dernier point est au km {written(last.km)}, au-delà de la distance de {written(distance)} km.",
            )
        )
    return course


def _cells(table: DataTable, column: str) -> list[float | None]:
    if not table.has(column):
        return [None] * len(table)
    return [parse_number(row[table.position(column)]) for row in table.rows]


def _clock(start: dt.datetime, minutes: float) -> str:
    """Return date and time, rounded to the minute."""
    return (start + dt.timedelta(minutes=round(minutes))).isoformat(sep=" ", timespec="minutes")


def _passages(
    course: list[Passage],
    pace: tuple[float, float, float],
    count: int,
    gaps: int,
    gap_time: float,
    start: dt.datetime | None,
) -> ResultTable:
    rows: list[tuple[Scalar, ...]] = []
    for one in course:
        passing = pass_minutes(count, pace[1], pace[2], one.kmh) + gaps * gap_time
        times = (one.head, one.head + one.halt, one.head + one.halt + passing)
        clocks = tuple(_clock(start, time) for time in times) if start is not None else ()
        rows.append((one.name, one.km, one.kmh, *times, *clocks))
    columns = [
        Column("point", None, say("Point", "Point")),
        Column("km", "km", say("From the start", "Depuis le départ")),
        Column("speed", "km/h", say("Speed of the leg", "Vitesse du tronçon")),
        Column("head", "minute", say("Head arrives", "Arrivée de la tête")),
        Column("leaves", "minute", say("Head leaves", "Départ de la tête")),
        Column("clear", "minute", say("Tail is past", "Passage de la queue")),
    ]
    if start is not None:
        columns += [Column(f"{one.name}_at", None, one.label) for one in columns[3:]]
    return ResultTable("points", tuple(columns), tuple(rows), say("March table", "Tableau de marche"))


def _offsets(groups: list[tuple[str, int]], pace: tuple[float, float, float], kmh: float, gap: float) -> list[float]:
    """Return how long after the head of the column the head of each serial passes a point."""
    offsets, after = [], 0.0
    for _, number in groups:
        offsets.append(after)
        after += pass_minutes(number, pace[1], pace[2], kmh) + gap
    return offsets


def _serials(
    groups: list[tuple[str, int]],
    course: list[Passage],
    pace: tuple[float, float, float],
    gap: float,
    start: dt.datetime | None,
) -> ResultTable:
    rows: list[tuple[Scalar, ...]] = []
    for point in course:
        for (name, number), offset in zip(groups, _offsets(groups, pace, point.kmh, gap), strict=True):
            head = point.head + point.halt + offset
            clear = head + pass_minutes(number, pace[1], pace[2], point.kmh)
            clocks = (_clock(start, head), _clock(start, clear)) if start is not None else ()
            rows.append((point.name, name, number, head, clear, *clocks))
    columns = [
        Column("point", None, say("Point", "Point")),
        Column("serial", None, say("Serial", "Rame")),
        Column("vehicles", None, say("Vehicles", "Véhicules")),
        Column("head", "minute", say("Head passes", "Passage de la tête")),
        Column("clear", "minute", say("Tail is past", "Passage de la queue")),
    ]
    if start is not None:
        columns += [Column(f"{one.name}_at", None, one.label) for one in columns[3:]]
    return ResultTable("serials", tuple(columns), tuple(rows), say("Passage of the serials", "Passage des rames"))


def _gantt(
    groups: list[tuple[str, int]],
    course: list[Passage],
    pace: tuple[float, float, float],
    gaps: int,
    gap: float,
) -> Figure:
    bars = []
    for point in course:
        begin = point.head + point.halt
        if len(groups) == 1:
            passing = pass_minutes(groups[0][1], pace[1], pace[2], point.kmh) + gaps * gap
            bars.append(Bar(groups[0][0] or say("passage", "passage"), begin, begin + passing, point.name))
            continue
        for (name, number), offset in zip(groups, _offsets(groups, pace, point.kmh, gap), strict=True):
            passing = pass_minutes(number, pace[1], pace[2], point.kmh)
            bars.append(Bar(name, begin + offset, begin + offset + passing, point.name))
    return Figure(
        FigureKind.GANTT,
        say("Passage at each point", "Passage à chaque point"),
        bars=tuple(bars),
        x_label=say("Minutes from the start", "Minutes depuis le départ"),
        x_unit="minute",
    )


def _fuel(count: int, km: float, consumption: float | None, tank: float | None) -> tuple[tuple[Value, ...], list[str]]:
    if consumption is None:
        return (), []
    each = consumption * km
    values = [
        Value("fuel", each * count, "L", say("Fuel of the column", "Carburant de la colonne")),
        Value("fuel_each", each, "L", say("Fuel of one vehicle", "Carburant d'un véhicule")),
    ]
    warnings = []
    if tank is not None:
        reach = tank / consumption
        stops = max(0, -int(-each // tank) - 1)
        values.append(Value("range", reach, "km", say("Range of a full tank", "Autonomie d'un plein")))
        values.append(Value("refuellings", stops, None, say("Refuelling on the way", "Ravitaillements en route")))
        if stops:
            warnings.append(
                say(
                    f"A full tank reaches {written(reach, '.0f')} km: times to refuel on the way: {stops}.",
                    f"Un plein mène à {written(reach, '.0f')} km : ravitaillements à prévoir en route : {stops}.",
                )
            )
    return tuple(values), warnings


def _assumptions(halts: bool, fuel: bool) -> tuple[str, ...]:
    found = [
        say(
            "The column keeps its speed and spacing; pass time = vehicles × (spacing + length) / speed + gaps.",
            "La colonne tient sa vitesse et ses distances ; écoulement = véhicules × (distance + longueur) / vitesse "
            "+ intervalles.",
        ),
        say(
            "Each vehicle, the last too, takes up its spacing; road space is pass time × speed.",
            "Chaque véhicule, le dernier aussi, occupe sa distance ; la longueur de la colonne est écoulement × "
            "vitesse.",
        ),
    ]
    if halts:
        found.append(
            say(
                "At a halt the whole column stands for that time, wherever each vehicle is.",
                "À une halte, toute la colonne s'arrête ce temps-là, où que soit chaque véhicule.",
            )
        )
    if fuel:
        found.append(
            say(
                "Fuel is for the road only: no idling, detour, slope or reserve; all tanks are full at the start.",
                "Carburant du seul trajet : ni ralenti, ni détour, ni pente, ni réserve ; pleins faits au départ.",
            )
        )
    return tuple(found)
