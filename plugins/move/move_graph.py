"""Road networks from files: OpenStreetMap extracts (.osm.pbf) and GraphML."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from move_roads import SPEEDS, Road, read_road

from copilot.plugin_api import ToolError, need, report_progress, say

Point = tuple[float, float]
_MOST_ROADS = 1_500_000
_EARTH = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Arc:
    """One way along a road to node `to`; `line` are its corners (longitude, latitude), both ends included."""

    to: int
    metres: float
    road: Road
    line: tuple[Point, ...]


@dataclass(slots=True)
class Graph:
    """Nodes by their name in the file, where they lie (longitude, latitude), and the arcs that leave each."""

    index: dict[str, int] = field(default_factory=dict)
    places: list[Point] = field(default_factory=list)
    leaving: list[list[Arc]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    arcs: int = 0

    def node(self, name: str, place: Point) -> int:
        """Return the number of a node, new where it was not known."""
        found = self.index.get(name)
        if found is None:
            found = self.index[name] = len(self.places)
            self.places.append(place)
            self.leaving.append([])
        return found

    def add(self, a: int, b: int, road: Road, line: Sequence[Point], metres: float | None = None) -> None:
        """Add a road from a to b in the directions it may be used."""
        length = sum(metres_between(*pair) for pair in pairwise(line)) if metres is None else metres
        if road.forward:
            self.leaving[a].append(Arc(b, length, road, tuple(line)))
        if road.backward:
            self.leaving[b].append(Arc(a, length, road, tuple(reversed(line))))
        self.touched |= {a, b}
        self.arcs += 1
        if self.arcs > _MOST_ROADS:
            raise ToolError(
                say(
                    "The map is too large; cut out the region you need (osmium extract), or leave out minor roads.",
                    "La carte est trop grande ; découpez la région utile (osmium extract) ou excluez les petites "
                    "routes.",
                )
            )


def metres_between(a: Point, b: Point) -> float:
    """Return the great-circle distance of two places (longitude, latitude) in degrees, on the mean sphere."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, half)))


def read_graph(path: str, vehicle: str, lowest: str) -> Graph:
    """Read a map; ToolError where it is no road map, or none of its roads is open to the vehicle."""
    name = path.casefold()
    if name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")):
        graph = _from_osm(path, vehicle, lowest)
    elif name.endswith((".graphml", ".xml")):
        graph = _from_graphml(path, vehicle, lowest)
    else:
        raise ToolError(
            say(
                f"“{Path(path).name}” is no map that is read here: it takes .osm.pbf or .graphml.",
                f"« {Path(path).name} » n'est pas une carte lue ici : il faut .osm.pbf ou .graphml.",
            )
        )
    if not graph.touched:
        raise ToolError(
            say(
                "No road of this map is open to this vehicle: allow lower classes of road, or check the map.",
                "Aucune route de cette carte n'est ouverte à ce véhicule : admettez des routes plus petites, "
                "ou vérifiez la carte.",
            )
        )
    return graph


def _from_osm(path: str, vehicle: str, lowest: str) -> Graph:
    """Read ways in two passes: which nodes join roads, then each road from junction to junction."""
    osmium: Any = need("osmium", "move")
    roads_only = need("osmium.filter", "move").KeyFilter("highway")
    ways = need("osmium.osm", "move").WAY
    graph = Graph()
    try:
        uses: Counter[int] = Counter()
        for way in osmium.FileProcessor(path, ways).with_filter(roads_only):
            if way.tags["highway"].removesuffix("_link") not in SPEEDS:
                continue
            refs = [one.ref for one in way.nodes]
            uses.update(refs)
            uses.update((refs[0], refs[-1]) if refs else ())
        report_progress(0.4, say("Junctions found", "Carrefours trouvés"))
        for way in osmium.FileProcessor(path).with_locations().with_filter(roads_only):
            if way.is_way() and (road := read_road(dict(way.tags), vehicle, lowest)) is not None:
                nodes = [(one.ref, (one.lon, one.lat)) for one in way.nodes if one.location.valid()]
                _add_way(graph, road, nodes, uses)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise _unreadable(path, error) from error
    return graph


def _add_way(graph: Graph, road: Road, nodes: Sequence[tuple[int, Point]], uses: Counter[int]) -> None:
    begin = 0
    for i in range(1, len(nodes)):
        if uses[nodes[i][0]] > 1 or i == len(nodes) - 1:
            (first, place), (last, other) = nodes[begin], nodes[i]
            line = [one for _, one in nodes[begin : i + 1]]
            graph.add(graph.node(str(first), place), graph.node(str(last), other), road, line)
            begin = i


def _from_graphml(path: str, vehicle: str, lowest: str) -> Graph:
    """Read nodes with x and y (or lon and lat), edges with OpenStreetMap's keys; `length` is in metres.

    In a directed graph each edge is one way, as OSMnx writes it.
    """
    networkx: Any = need("networkx", "move")
    import xml.etree.ElementTree as ET

    try:
        read = networkx.read_graphml(path, force_multigraph=True)
    except (ET.ParseError, networkx.NetworkXError, KeyError, ValueError, OSError) as error:
        raise _unreadable(path, error) from error
    graph = Graph()
    for name, facts in read.nodes(data=True):
        place = _place(facts)
        if place is None:
            raise ToolError(
                say(
                    f"Node “{name}” has no place; nodes need x and y, or lon and lat, in degrees.",
                    f"Le nœud « {name} » n'a pas de position ; il faut x et y, ou lon et lat, en degrés.",
                )
            )
        graph.node(str(name), place)
    for a, b, facts in read.edges(data=True):
        tags = {key: str(value) for key, value in facts.items() if value is not None}
        if read.is_directed():
            tags["oneway"] = "yes"
        road = read_road({"highway": "road", **tags}, vehicle, lowest)
        if road is not None:
            ends = graph.index[str(a)], graph.index[str(b)]
            line = _line(tags.get("geometry", "")) or [graph.places[ends[0]], graph.places[ends[1]]]
            length = _number(tags.get("length", ""))
            graph.add(*ends, road, line, length if length is not None and length >= 0 else None)
    return graph


def _place(facts: dict[str, Any]) -> Point | None:
    for x, y in (("x", "y"), ("lon", "lat"), ("longitude", "latitude")):
        lon, lat = _number(facts.get(x, "")), _number(facts.get(y, ""))
        if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90:
            return lon, lat
    return None


def _number(cell: object) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _line(text: str) -> list[Point] | None:
    """Return the corners of ``LINESTRING (lon lat, lon lat)``; None where it is none."""
    body = text.partition("(")[2].rstrip(") ")
    points: list[Point] = []
    for pair in body.split(","):
        parts = [_number(one) for one in pair.split()]
        if len(parts) < 2 or parts[0] is None or parts[1] is None:
            return None
        points.append((parts[0], parts[1]))
    return points if len(points) > 1 else None


def _unreadable(path: str, error: Exception) -> ToolError:
    return ToolError(
        say(
            f"“{Path(path).name}” cannot be read as a road map: {error}",
            f"« {Path(path).name} » ne se lit pas comme une carte routière : {error}",
        )
    )


def nearest(graph: Graph, place: Point, among: Iterable[int]) -> tuple[int, float]:
    """Return the nearest of some nodes, and how many metres away it lies."""
    best = min(among, key=lambda i: (metres_between(place, graph.places[i]), i))
    return best, metres_between(place, graph.places[best])
