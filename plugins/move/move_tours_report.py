"""The tables, map and words of tours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from move_stops import Stops

from copilot.plugin_api import Column, Figure, FigureKind, Line, ResultTable, Scalar, say, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Seconds after which the search stops, whatever its iterations; tours then depend on the machine, and are told as such.
WALL = 240.0


@dataclass(frozen=True, slots=True)
class Trip:
    """One tour: its stops, metres, when it leaves, and each visit, the depot last: (stop, arrival, service)."""

    stops: tuple[int, ...]
    metres: int
    begin: int
    visits: tuple[tuple[int, int, int], ...]

    @classmethod
    def along(cls, stops: Stops, durations: NDArray[np.int64], route: Sequence[int], begin: int) -> Trip:
        """Follow a route; a vehicle that comes early waits."""
        time, here, metres, visits = begin, 0, 0, []
        for i in (*route, 0):
            arrives = time + int(durations[here, i])
            serves = max(arrives, stops.ready[i]) if i else arrives
            visits.append((i, arrives, serves))
            metres += int(stops.metres[here, i])
            time, here = serves + stops.service[i], i
        return cls(tuple(route), metres, begin, tuple(visits))

    @property
    def duration(self) -> int:
        return self.visits[-1][1] - self.begin


def tours_table(stops: Stops, trips: Sequence[Trip], capacity: float) -> ResultTable:
    rows = []
    for number, trip in enumerate(trips, start=1):
        load = sum(stops.demand[i] for i in trip.stops)
        way = " → ".join(stops.names[i] for i in (0, *trip.stops, 0))
        hours = trip.duration / 3600
        rows.append((number, len(trip.stops), load, load / capacity, trip.metres / 1000, hours, way))
    return ResultTable(
        "tours",
        (
            Column("tour", None, say("Tour", "Tournée")),
            Column("stops", None, say("Stops", "Arrêts")),
            Column("load", None, say("Load", "Charge")),
            Column("fill", None, say("Share of the capacity", "Part de la capacité")),
            Column("distance", "km", "Distance"),
            Column("duration", "hour", say("Duration", "Durée")),
            Column("way", None, say("Way", "Parcours")),
        ),
        tuple(rows),
        say("Tours", "Tournées"),
    )


def visits_table(stops: Stops, trips: Sequence[Trip]) -> ResultTable:
    """Say when each stop is reached, and how long the vehicle waits there."""
    rows: list[tuple[Scalar, ...]] = [
        (number, stops.names[i], stops.clock(arrives), stops.clock(serves), (serves - arrives) / 60)
        for number, trip in enumerate(trips, start=1)
        for i, arrives, serves in trip.visits
    ]
    unit = None if stops.by_clock else "minute"
    return ResultTable(
        "visits",
        (
            Column("tour", None, say("Tour", "Tournée")),
            Column("stop", None, say("Stop", "Arrêt")),
            Column("arrives", unit, say("Arrives", "Arrivée")),
            Column("serves", unit, say("Service begins", "Début du service")),
            Column("waits", "minute", say("Waits", "Attente")),
        ),
        tuple(rows),
        say("Visits", "Passages"),
    )


def missing_table(stops: Stops, missing: list[tuple[int, str]]) -> tuple[ResultTable, ...]:
    if not missing:
        return ()
    columns = (
        Column("stop", None, say("Stop", "Arrêt")),
        Column("demand", None, say("Demand", "Besoin")),
        Column("why", None, say("Why", "Raison")),
    )
    rows = tuple((stops.names[i], stops.demand[i], why) for i, why in missing)
    return (ResultTable("unserved", columns, rows, say("Stops not served", "Arrêts non servis")),)


def tours_map(stops: Stops, trips: Sequence[Trip]) -> Figure | None:
    if not stops.on_map:
        return None
    lines = []
    for number, trip in enumerate(trips, start=1):
        x, y = zip(*(stops.places[i] for i in (0, *trip.stops, 0)), strict=True)
        lines.append(Line(say(f"Tour {number}", f"Tournée {number}"), x, y))
    return Figure(
        FigureKind.MAP,
        say("Tours", "Tournées"),
        lines=tuple(lines),
        x_label="Longitude" if stops.degrees else "x",
        y_label="Latitude" if stops.degrees else "y",
        x_unit=None if stops.degrees else "km",
        y_unit=None if stops.degrees else "km",
    )


def assumptions(stops: Stops) -> tuple[str, ...]:
    return (
        say(
            "All vehicles are alike, start at the depot and return to it, once; a stop is served by one visit.",
            "Les véhicules sont semblables, partent du dépôt et y reviennent, une fois ; un arrêt est servi en un "
            "passage.",
        ),
        say("Distances are those of the table.", "Les distances sont celles du tableau.")
        if stops.given
        else say(
            "Distances are straight lines: roads are often 20 to 40 % longer. Give road distances where you have them.",
            "Les distances sont à vol d'oiseau : par la route, souvent 20 à 40 % de plus. Donnez celles de la route si "
            "possible.",
        ),
        say(
            "Least total distance is sought; distances are rounded to the metre and times to the second.",
            "On cherche la moindre distance totale ; distances arrondies au mètre, durées à la seconde.",
        ),
        say(
            "The bound is the greater of a spanning tree and of load-weighted trips; it is often far below the "
            "optimum.",
            "La borne est la plus haute entre un arbre couvrant et des trajets pondérés par la charge ; elle est "
            "souvent "
            "bien sous l'optimum.",
        ),
    )


def weak_points(
    stops: Stops, missing: list[tuple[int, str]], by_clock: bool, used: int, vehicles: int
) -> tuple[str, ...]:
    found = []
    if missing:
        names = ", ".join(stops.names[i] for i, _ in missing[:10])
        found.append(
            say(f"Not served: {len(missing)} ({names}).", f"Non servis : {len(missing)} ({names})."),
        )
    if missing and used == vehicles:
        found.append(
            say(
                f"All {vehicles} vehicles are in use: more of them may serve the rest.",
                f"Les {vehicles} véhicules sont tous employés : davantage serviraient peut-être le reste.",
            )
        )
    if by_clock:
        found.append(
            say(
                f"The clock ended the search after {written(WALL, '.0f')} s: ask for fewer iterations for tours that "
                "come out the same again.",
                f"L'horloge a mis fin à la recherche après {written(WALL, '.0f')} s : demandez moins d'itérations "
                "pour "
                "des tournées reproductibles.",
            )
        )
    return tuple(found)
