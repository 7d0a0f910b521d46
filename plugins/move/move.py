"""Moves by road: a route on an offline map, a march table, tours of several vehicles."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from move_march import march_result
from move_route import route_result
from move_tours import tours_result

from copilot.plugin_api import Columns, DataTable, Ge, Gt, InputFile, Le, Result, Unit, tool


@tool
def route(
    road_map: InputFile,
    start: str,
    end: str,
    vehicle: Literal["car", "truck"] = "truck",
    best: Literal["time", "distance"] = "time",
    weight: Annotated[float, Unit("tonne"), Gt(0)] | None = None,
    height: Annotated[float, Unit("m"), Gt(0)] | None = None,
    axle_load: Annotated[float, Unit("tonne"), Gt(0)] | None = None,
    load_class: Annotated[float, Gt(0)] | None = None,
    lowest_road: Literal["motorway", "trunk", "primary", "secondary", "tertiary", "minor", "track"] = "minor",
) -> Result:
    """Find the best route between two places on an offline road map, within weight, height and class limits.

    Args:
        road_map: A road network as .osm.pbf or GraphML.
        start: Where it begins: “latitude, longitude” in degrees, or a node of the map.
        end: Where it ends, written the same way.
        vehicle: The kind of vehicle, for speeds and access.
        best: What should be least.
        weight: Weight of the vehicle; roads and bridges with a lower limit are avoided.
        height: Height of the vehicle with its load.
        axle_load: Greatest load of one axle.
        load_class: Military load class of the vehicle, held against the class of bridges where the map gives one.
        lowest_road: The least class of road to use.
    """
    limits = {"maxweight": weight, "maxheight": height, "maxaxleload": axle_load, "load_class": load_class}
    wanted = {name: value for name, value in limits.items() if value is not None}
    return route_result(road_map.path, start, end, vehicle, best, wanted, lowest_road)


@tool
def march_table(
    speed: Annotated[float, Unit("km/h"), Gt(0), Le(150)],
    spacing: Annotated[float, Unit("m"), Ge(0)],
    vehicles: Annotated[int, Ge(1)] | None = None,
    distance: Annotated[float, Unit("km"), Ge(0)] = 0.0,
    vehicle_length: Annotated[float, Unit("m"), Ge(0)] = 10.0,
    gaps: Annotated[int, Ge(0)] = 0,
    gap_time: Annotated[float, Unit("minute"), Ge(0)] = 5.0,
    start: dt.datetime | None = None,
    points: Annotated[DataTable, Columns("point", "km")] | None = None,
    serials: Annotated[DataTable, Columns("serial", "vehicles")] | None = None,
    consumption: Annotated[float, Unit("L/km"), Gt(0)] | None = None,
    tank: Annotated[float, Unit("L"), Gt(0)] | None = None,
) -> Result:
    """Work out the march table of a column: pass time, road space, passage at each point, and fuel.

    Args:
        speed: March speed.
        spacing: Distance between two vehicles.
        vehicles: How many vehicles march; may be left out where serials are given.
        distance: Length of the march; the last of the points where left out.
        vehicle_length: Mean length of a vehicle.
        gaps: How many gaps part the column; where serials are given, one between each two.
        gap_time: How long each gap is.
        start: When the first vehicle leaves the start point.
        points: One point a row and its distance from the start; “halt” (minutes) and “speed” (km/h of the leg to it)
            may be added.
        serials: One part of the column a row, in order of march, and its number of vehicles.
        consumption: Fuel of one vehicle.
        tank: What the tank of one vehicle holds.
    """
    pace, between = (speed, spacing, vehicle_length), (gaps, gap_time)
    return march_result(pace, vehicles, distance, between, start, points, serials, consumption, tank)


@tool
def tours(
    stops: Annotated[DataTable, Columns("stop", "demand")],
    vehicles: Annotated[int, Ge(1), Le(500)],
    capacity: Annotated[float, Gt(0)],
    depot: str = "",
    distances: Annotated[DataTable, Columns("from")] | None = None,
    speed: Annotated[float, Unit("km/h"), Gt(0)] = 50.0,
    max_hours: Annotated[float, Unit("hour"), Gt(0)] | None = None,
    iterations: Annotated[int, Ge(10), Le(200_000)] = 5_000,
    seed: Annotated[int, Ge(0)] = 1,
) -> Result:
    """Plan the tours of several vehicles from one depot that serve all stops, with time windows where given.

    Args:
        stops: One stop a row with its demand, the depot among them; “lat” and “lon” (or “x” and “y” in km), and
            “ready”, “due” and “service” (minutes, or times as 08:30) may be added.
        vehicles: How many vehicles there are.
        capacity: What one vehicle carries, in the unit of the demands.
        depot: The name of the depot's row; the first row where left out.
        distances: Road distances in km: one place a row under “from”, one column a place; straight lines if left out.
        speed: Mean speed between stops.
        max_hours: The longest a tour may last.
        iterations: How long to search; the same number gives the same tours.
        seed: The start of the random numbers; the same seed gives the same tours.
    """
    return tours_result(stops, vehicles, capacity, depot, distances, speed, max_hours, iterations, seed)
