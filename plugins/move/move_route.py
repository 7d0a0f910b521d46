"""The best route for a vehicle on a road network, and what its limits cost."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from move_graph import Arc, Graph, Point, nearest, read_graph
from move_roads import LIMITS

from copilot.plugin_api import (
    Column,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    Scalar,
    ToolError,
    Value,
    report_progress,
    say,
    written,
)

_PLACE = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$")
_FAR = 500.0
_UNITS = {"maxweight": "t", "maxheight": "m", "maxaxleload": "t", "load_class": ""}


@dataclass(frozen=True, slots=True)
class Search:
    """A vehicle's wishes: its size by limit, and whether time or distance should be least."""

    graph: Graph
    size: Mapping[str, float]
    best: str

    def fits(self, arc: Arc) -> bool:
        limits = arc.road.limits
        return all(limits[i] is None or self.size.get(key, 0.0) <= limits[i] for i, key in enumerate(LIMITS))

    def cost(self, arc: Arc) -> float:
        """Return seconds or metres."""
        return arc.metres / arc.road.kmh * 3.6 if self.best == "time" else arc.metres

    def path(self, start: int, end: int, allowed: Callable[[Arc], bool]) -> list[Arc] | None:
        """Return the arcs of the least cost (Dijkstra), or None."""
        least = {start: 0.0}
        came: dict[int, tuple[int, Arc]] = {}
        queue = [(0.0, start)]
        done: set[int] = set()
        while queue:
            cost, node = heapq.heappop(queue)
            if node in done:
                continue
            done.add(node)
            if node == end:
                break
            for arc in self.graph.leaving[node]:
                there = cost + self.cost(arc)
                if allowed(arc) and there < least.get(arc.to, float("inf")):
                    least[arc.to] = there
                    came[arc.to] = (node, arc)
                    heapq.heappush(queue, (there, arc.to))
        if end not in done:
            return None
        arcs: list[Arc] = []
        node = end
        while node != start:
            node, arc = came[node]
            arcs.append(arc)
        return arcs[::-1]


def route_result(
    path: str, start: str, end: str, vehicle: str, best: str, size: Mapping[str, float], lowest: str
) -> Result:
    """Find the route within the limits, and the one without them to say what they cost."""
    graph = read_graph(path, vehicle, lowest)
    report_progress(0.7, say("Map read", "Carte lue"))
    search = Search(graph, size, best)
    begin, begin_off = _locate(graph, start)
    goal, goal_off = _locate(graph, end)
    arcs = search.path(begin, goal, search.fits)
    free = search.path(begin, goal, lambda _: True) if size else arcs
    if arcs is None:
        raise _no_way(search, free)
    metres, seconds = _sums(arcs)
    extra, barred = 0.0, []
    if free is not None and size:
        extra = metres - _sums(free)[0]
        barred = _barred(search, free)
    values = [
        Value("distance", metres / 1000, "km", say("Distance", "Distance")),
        Value("time", seconds / 60, "minute", say("Driving time", "Temps de conduite")),
        Value("mean_speed", metres / seconds * 3.6 if seconds else 0.0, "km/h", say("Mean speed", "Vitesse moyenne")),
    ]
    if size:
        values.append(Value("detour", extra / 1000, "km", say("Detour that the limits cost", "Détour dû aux limites")))
    return Result(
        values=tuple(values),
        tables=(_steps(arcs), *_tightest(arcs)),
        figure=_map(graph, begin, goal, arcs),
        assumptions=_assumptions(vehicle, best),
        warnings=(*_off((begin_off, goal_off)), *barred, *_unread(arcs)),
    )


def _locate(graph: Graph, text: str) -> tuple[int, float]:
    name = text.strip()
    if name in graph.index:
        return graph.index[name], 0.0
    match = _PLACE.match(name)
    if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise ToolError(
            say(
                f"“{text}” is neither a node of the map nor “latitude, longitude” in degrees (48.8582, 2.2945).",
                f"« {text} » n'est ni un nœud de la carte ni « latitude, longitude » en degrés (48.8582, 2.2945).",
            )
        )
    return nearest(graph, (float(match[2]), float(match[1])), graph.touched)


def _sums(arcs: Sequence[Arc]) -> tuple[float, float]:
    return sum(arc.metres for arc in arcs), sum(arc.metres / arc.road.kmh * 3.6 for arc in arcs)


def _named(arc: Arc) -> str:
    return arc.road.name or arc.road.kind


def _over(search: Search, arc: Arc) -> str:
    """Return the limits of a road that the vehicle exceeds, such as ``3.5 t``."""
    pairs = ((key, arc.road.limits[i]) for i, key in enumerate(LIMITS))
    return ", ".join(
        f"{written(limit)} {_UNITS[key] or say('class', 'classe')}"
        for key, limit in pairs
        if limit is not None and search.size.get(key, 0.0) > limit
    )


def _barred(search: Search, free: Sequence[Arc]) -> list[str]:
    shut = dict.fromkeys(f"{_named(arc)} ({_over(search, arc)})" for arc in free if not search.fits(arc))
    if not shut:
        return []
    listed = "; ".join(list(shut)[:5])
    return [
        say(f"The shorter way is barred by: {listed}.", f"Le chemin plus court est barré par : {listed}."),
    ]


def _no_way(search: Search, free: Sequence[Arc] | None) -> ToolError:
    if free is None:
        return ToolError(
            say(
                "No road leads from the start to the end on this map; check both places, or allow lower classes of "
                "road.",
                "Aucune route ne mène du départ à l'arrivée sur cette carte ; vérifiez les deux lieux, ou admettez "
                "des routes plus petites.",
            )
        )
    shut = dict.fromkeys(f"{_named(arc)} ({_over(search, arc)})" for arc in free if not search.fits(arc))
    listed = "; ".join(list(shut)[:5])
    return ToolError(
        say(
            f"No route is within the limits of this vehicle; in its way: {listed}.",
            f"Aucun itinéraire ne respecte les limites de ce véhicule ; font obstacle : {listed}.",
        )
    )


def _steps(arcs: Sequence[Arc]) -> ResultTable:
    rows: list[list[Scalar]] = []
    gone = 0.0
    for arc in arcs:
        minutes = arc.metres / arc.road.kmh * 0.06
        gone += arc.metres / 1000
        if rows and rows[-1][0] == arc.road.name and rows[-1][1] == arc.road.kind:
            last = rows[-1]
            last[2] = float(str(last[2])) + arc.metres / 1000
            last[3] = float(str(last[3])) + minutes
            last[4] = gone
        else:
            rows.append([arc.road.name, arc.road.kind, arc.metres / 1000, minutes, gone])
    return ResultTable(
        "steps",
        (
            Column("road", None, say("Road", "Route")),
            Column("class", None, say("Class", "Classe")),
            Column("length", "km", say("Length", "Longueur")),
            Column("time", "minute", say("Time", "Temps")),
            Column("from_start", "km", say("From the start", "Depuis le départ")),
        ),
        tuple(tuple(row) for row in rows),
        say("Steps", "Étapes"),
    )


def _tightest(arcs: Sequence[Arc]) -> tuple[ResultTable, ...]:
    words = {
        "maxweight": say("Weight", "Masse"),
        "maxheight": say("Height", "Hauteur"),
        "maxaxleload": say("Axle load", "Charge par essieu"),
        "load_class": say("Load class", "Classe"),
    }
    rows: list[tuple[Scalar, ...]] = []
    for i, key in enumerate(LIMITS):
        limited = [(limit, arc) for arc in arcs if (limit := arc.road.limits[i]) is not None]
        if limited:
            limit, arc = min(limited, key=lambda pair: pair[0])
            rows.append((words[key], limit, _UNITS[key], _named(arc)))
    if not rows:
        return ()
    columns = (
        Column("limit", None, say("Limit", "Limite")),
        Column("value", None, say("Lowest", "La plus basse")),
        Column("unit", None, say("Unit", "Unité")),
        Column("road", None, say("Road", "Route")),
    )
    return (ResultTable("limits", columns, tuple(rows), say("Limits on the way", "Limites sur le trajet")),)


def _map(graph: Graph, begin: int, goal: int, arcs: Sequence[Arc]) -> Figure:
    points: list[Point] = [graph.places[begin]]
    for arc in arcs:
        points += arc.line[1:]
    lon, lat = zip(*points, strict=True)
    ends = [graph.places[begin], graph.places[goal]]
    return Figure(
        FigureKind.MAP,
        say("Route", "Itinéraire"),
        lines=(
            Line(say("Route", "Itinéraire"), lon, lat),
            *(
                Line(label, (place[0],), (place[1],))
                for label, place in zip((say("Start", "Départ"), say("End", "Arrivée")), ends, strict=True)
            ),
        ),
        x_label="Longitude",
        y_label="Latitude",
    )


def _assumptions(vehicle: str, best: str) -> tuple[str, ...]:
    return (
        say(
            "The map is right and complete: a limit it does not hold is unknown. Turns barred by signs, barriers and "
            "slopes are not looked at.",
            "La carte est exacte et complète : une limite absente est inconnue. Ni interdictions de tourner, ni "
            "barrières, ni pentes ne sont prises en compte.",
        ),
        say(
            "Speed is the usual one of the class of road, or the signed limit where lower"
            + (" (a car: the signed limit)." if vehicle == "car" else "."),
            "La vitesse est celle de la classe de route, ou la limite signalée si elle est plus basse"
            + (" (voiture : la limite signalée)." if vehicle == "car" else "."),
        ),
        say(
            f"The best route is the one of least {best}; stops and traffic are left out.",
            f"Le meilleur itinéraire est celui {'du moindre temps' if best == 'time' else 'de moindre distance'}, "
            "sans arrêts ni circulation.",
        ),
    )


def _off(away: Sequence[float]) -> list[str]:
    return [
        say(
            f"The nearest road lies {written(metres, '.0f')} m from the place given.",
            f"La route la plus proche est à {written(metres, '.0f')} m du lieu donné.",
        )
        for metres in away
        if metres > _FAR
    ]


def _unread(arcs: Sequence[Arc]) -> list[str]:
    found = dict.fromkeys(f"{_named(arc)} ({', '.join(arc.road.unread)})" for arc in arcs if arc.road.unread)
    if not found:
        return []
    listed = "; ".join(list(found)[:5])
    return [
        say(
            f"Limits on the way that could not be read were taken as none: {listed}.",
            f"Des limites illisibles sur le trajet ont été tenues pour absentes : {listed}.",
        )
    ]
