"""A small road map, written as .osm.pbf and as GraphML: a bridge, a low tunnel, a one-way street, a track."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from copilot.plugin_api import need

# Node, longitude, latitude. A hundredth of a degree of longitude at the equator is 1.1119 km on the mean sphere.
PLACES = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.015, 0.01), 5: (0.015, -0.02), 6: (0.03, 0.0)}
WAYS: list[tuple[list[int], dict[str, str]]] = [
    ([1, 2], {"highway": "primary", "ref": "N1"}),
    ([2, 3], {"highway": "primary", "name": "Pont bas", "maxweight": "12 t", "bridge": "yes"}),
    ([2, 4, 3], {"highway": "tertiary", "name": "Tunnel", "maxheight": "3.5"}),
    ([2, 5], {"highway": "secondary", "name": "Détour"}),
    ([5, 3], {"highway": "secondary", "name": "Détour", "maxspeed": "30 mph"}),
    ([3, 6], {"highway": "residential", "name": "Sens unique", "oneway": "yes"}),
    ([1, 6], {"highway": "track"}),
    ([1, 3], {"highway": "service", "access": "private"}),
    ([4, 6], {"highway": "footway"}),
]


def write_pbf(path: Path) -> str:
    """Write the map as an extract of OpenStreetMap."""
    osmium: Any = need("osmium", "move")
    mutable: Any = need("osmium.osm.mutable", "move")
    writer = osmium.SimpleWriter(str(path))
    for node, place in PLACES.items():
        writer.add_node(mutable.Node(id=node, location=place, tags={}))
    for number, (nodes, tags) in enumerate(WAYS, start=1):
        writer.add_way(mutable.Way(id=number, nodes=nodes, tags=tags))
    writer.close()
    return str(path)


def write_graphml(path: Path) -> str:
    """Write the map as OSMnx does: directed, text values, `length` in metres left out here."""
    networkx: Any = need("networkx", "move")
    graph = networkx.MultiDiGraph()
    for node, (lon, lat) in PLACES.items():
        graph.add_node(node, x=str(lon), y=str(lat))
    for nodes, tags in WAYS:
        for a, b in pairwise(nodes):
            graph.add_edge(a, b, **tags)
            if tags.get("oneway") != "yes":
                graph.add_edge(b, a, **tags)
    networkx.write_graphml(graph, path)
    return str(path)
