"""The move plugin on small maps, on published instances, and against brute force."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.roads import write_graphml, write_pbf
from benchmarks.references.vrplib import c101, cvrp
from copilot.plugin_api import FigureKind, InputFile, Result, Scalar, SolverStatus, ToolError, need

move = load("move")
roads = load("move_roads", "move")
stops_of = load("move_stops", "move")
networkx: Any = need("networkx", "move")
HUNDREDTH = math.radians(0.01) * 6371.0088


@pytest.fixture(scope="module", params=["pbf", "graphml"])
def road_map(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> InputFile:
    folder = tmp_path_factory.mktemp("map")
    if request.param == "pbf":
        return InputFile(write_pbf(folder / "small.osm.pbf"))
    return InputFile(write_graphml(folder / "small.graphml"))


def taken(result: Result) -> list[Scalar]:
    return [one["road"] or one["class"] for one in rows(result, "steps")]


def test_the_straight_way_without_limits(road_map: InputFile) -> None:
    result = move.route(road_map, "1", "3")
    assert taken(result) == ["N1", "Pont bas"]
    assert number(result, "distance") == pytest.approx(2 * HUNDREDTH)
    assert number(result, "time") == pytest.approx(2 * HUNDREDTH / 65 * 60)
    assert not result.warnings
    assert result.figure is not None
    assert result.figure.kind is FigureKind.MAP
    assert result.figure.lines[0].x == pytest.approx((0, 0.01, 0.02))
    assert rows(result, "limits")[0]["value"] == 12


def test_weight_and_height_each_close_a_way(road_map: InputFile) -> None:
    heavy = move.route(road_map, "1", "3", weight=20.0, height=3.0)
    assert taken(heavy) == ["N1", "Tunnel"]
    assert "Pont bas (12 t)" in heavy.warnings[0]
    assert number(heavy, "detour") > 0
    tall = move.route(road_map, "1", "3", weight=20.0, height=3.8)
    assert taken(tall) == ["N1", "Détour"]
    assert number(tall, "distance") > number(heavy, "distance") > 2 * HUNDREDTH
    # A car goes as fast as 30 mph are signed, a truck no faster.
    second = math.hypot(0.005, 0.02) / 0.01 * HUNDREDTH
    slow = HUNDREDTH / 65 + second / 60 + second / (30 * 1.609344)
    assert number(tall, "time") == pytest.approx(60 * slow, rel=1e-3)


def test_no_way_names_what_is_in_the_way(road_map: InputFile) -> None:
    with pytest.raises(ToolError, match=r"Pont bas \(12 t\)"):
        move.route(road_map, "1", "3", weight=20.0, lowest_road="primary")
    with pytest.raises(ToolError, match="No road leads"):
        move.route(road_map, "6", "1")
    assert taken(move.route(road_map, "1", "6"))[-1] == "Sens unique"


def test_classes_of_road_and_access(road_map: InputFile) -> None:
    slow = move.route(road_map, "6", "1", lowest_road="track", best="distance")
    assert taken(slow) == ["track"]
    # The private service road would be shorter for the eye only: it is never taken.
    assert "service" not in taken(move.route(road_map, "1", "3", best="distance"))


def test_places_are_taken_to_the_nearest_road(road_map: InputFile) -> None:
    near = move.route(road_map, "0.0001, 0.0001", "0,02 ; 0,02".replace(",", "."), vehicle="car")
    assert number(near, "distance") > 0
    assert "from the place given" in near.warnings[0]
    with pytest.raises(ToolError, match="neither a node"):
        move.route(road_map, "Paris", "3")
    with pytest.raises(ToolError, match="neither a node"):
        move.route(road_map, "1", "91, 3")


def test_files_that_are_no_map(tmp_path: Path) -> None:
    for name in ("bad.osm.pbf", "bad.graphml", "bad.txt"):
        path = tmp_path / name
        path.write_text("<not a map")
        with pytest.raises(ToolError, match=name):
            move.route(InputFile(str(path)), "1", "2")
    graph = networkx.Graph()
    graph.add_edge("a", "b")
    networkx.write_graphml(graph, tmp_path / "bare.graphml")
    with pytest.raises(ToolError, match="has no place"):
        move.route(InputFile(str(tmp_path / "bare.graphml")), "a", "b")


@pytest.mark.parametrize("seed", range(4))
def test_routes_are_the_shortest_of_another_implementation(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    graph = networkx.gnm_random_graph(60, 150, seed=seed)
    for _, facts in graph.nodes(data=True):
        facts.update(x=dice.uniform(2, 3), y=dice.uniform(48, 49))
    for _, _, facts in graph.edges(data=True):
        facts.update(length=dice.uniform(100, 9000), highway="tertiary", maxweight=dice.choice(["10", "30", "none"]))
    path = tmp_path / "random.graphml"
    networkx.write_graphml(graph, path)
    # The same without the edges barred at 20 t.
    open_edges = [(a, b) for a, b, facts in graph.edges(data=True) if facts["maxweight"] != "10"]
    allowed = graph.edge_subgraph(open_edges)
    reached = networkx.single_source_dijkstra_path_length(allowed, 0, weight="length") if 0 in allowed else {0: 0}
    for goal in (7, 23, 41):
        if goal in reached:
            result = move.route(InputFile(str(path)), "0", str(goal), best="distance", weight=20.0)
            assert number(result, "distance") == pytest.approx(reached[goal] / 1000)
        else:
            with pytest.raises(ToolError):
                move.route(InputFile(str(path)), "0", str(goal), best="distance", weight=20.0)


@pytest.mark.parametrize(
    ("key", "text", "read"),
    [
        ("maxweight", "7.5", 7.5),
        ("maxweight", "26000 kg", 26),
        ("maxweight", "3,5 t", 3.5),
        ("maxweight", "10;12", 10),
        ("maxweight", "['16', '12']", 12),
        ("maxweight", "none", None),
        ("maxheight", "13'6\"", 4.1148),
        ("maxheight", "4.2 m", 4.2),
        ("maxspeed", "30 mph", 48.28),
        ("maxspeed", "FR:urban", 50),
    ],
)
def test_limits_are_read(key: str, text: str, read: float | None) -> None:
    limit, understood = roads.read_limit(key, text)
    assert understood
    assert limit == (None if read is None else pytest.approx(read, abs=5e-3))


def test_a_limit_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    graph = networkx.Graph()
    graph.add_node("a", x=0.0, y=0.0)
    graph.add_node("b", x=0.1, y=0.0)
    graph.add_edge("a", "b", highway="primary", name="Gué", maxweight="see sign")
    networkx.write_graphml(graph, tmp_path / "odd.graphml")
    result = move.route(InputFile(str(tmp_path / "odd.graphml")), "a", "b", weight=20.0)
    assert "Gué (maxweight=see sign)" in result.warnings[0]


# --- march ------------------------------------------------------------------------------------------------------------


def test_the_march_table_by_hand() -> None:
    result = move.march_table(40.0, 50.0, 62, 80.0, gaps=2, start=dt.datetime.fromisoformat("2026-05-04T06:30"))
    assert number(result, "pass_time") == pytest.approx(15.58)
    assert number(result, "road_space") == pytest.approx(10.3867, abs=1e-4)
    assert number(result, "density") == pytest.approx(16.6667, abs=1e-4)
    assert number(result, "head_time") == pytest.approx(120)
    assert value(result, "head_arrives") == "2026-05-04 08:30"
    assert value(result, "tail_arrives") == "2026-05-04 08:46"


def test_points_halts_and_speeds() -> None:
    points = table("point km halt speed", ("SP", 0, "", ""), ("bridge", 20, 30, ""), ("RP", "50", "", 60))
    result = move.march_table(40.0, 90.0, 30, points=points, consumption=0.5, tank=20.0)
    start, bridge, end = rows(result, "points")
    assert start["point"] == "SP"
    assert start["clear"] == pytest.approx(30 * 0.1 / 40 * 60)
    assert (bridge["head"], bridge["leaves"]) == (30, 60)
    assert end["head"] == 90
    # Faster on the last leg: the column passes sooner.
    assert end["clear"] == pytest.approx(90 + 30 * 0.1 / 60 * 60)
    assert number(result, "fuel") == pytest.approx(30 * 0.5 * 50)
    assert number(result, "range") == 40
    assert value(result, "refuellings") == 1
    assert result.figure is not None
    assert [bar.lane for bar in result.figure.bars] == ["SP", "bridge", "RP"]


def test_serials_pass_one_after_the_other() -> None:
    serials = table("serial vehicles", ("A", 20), ("B", 22), ("C", 20))
    result = move.march_table(40.0, 50.0, distance=80.0, gap_time=5.0, serials=serials)
    assert number(result, "pass_time") == pytest.approx(15.58)
    passed = [one for one in rows(result, "serials") if one["point"] == "end"]
    assert passed[0]["head"] == 120
    for before, after in itertools.pairwise(passed):
        assert float(str(after["head"])) - float(str(before["clear"])) == pytest.approx(5)
    assert passed[-1]["clear"] == pytest.approx(number(result, "whole_time"))


def test_marches_that_cannot_be() -> None:
    with pytest.raises(ToolError, match="number of vehicles"):
        move.march_table(40.0, 50.0)
    with pytest.raises(ToolError, match="hold 20 vehicles, the column 30"):
        move.march_table(40.0, 50.0, 30, serials=table("serial vehicles", ("A", 20)))
    with pytest.raises(ToolError, match="beyond the distance"):
        move.march_table(40.0, 50.0, 30, 10.0, points=table("point km", ("x", 20)))
    with pytest.raises(ToolError, match="Row 3"):
        move.march_table(40.0, 50.0, 30, points=table("point km", ("x", 20), ("y", 10)))


# --- tours ------------------------------------------------------------------------------------------------------------


def test_a_n32_k5_at_its_optimum() -> None:
    stops, distances, capacity = cvrp("A-n32-k5")
    result = move.tours(stops, 5, capacity, distances=distances, iterations=2_000)
    assert number(result, "distance") == 784
    assert result.solver is not None
    assert result.solver.status is SolverStatus.FEASIBLE
    assert result.solver.bound is not None
    assert 400 < result.solver.bound < 784
    assert all(float(str(one["load"])) <= capacity for one in rows(result, "tours"))
    assert move.tours(stops, 5, capacity, distances=distances, iterations=2_000) == result


def test_x_n101_k25_is_near_the_best_known() -> None:
    stops, distances, capacity = cvrp("X-n101-k25")
    result = move.tours(stops, 100, capacity, distances=distances, iterations=2_000)
    assert 27_591 <= number(result, "distance") < 27_591 * 1.03


def test_c101_at_its_optimum_within_its_windows() -> None:
    stops, distances, capacity, vehicles = c101()
    result = move.tours(stops, vehicles, capacity, distances=distances, speed=60.0, iterations=1_000)
    assert number(result, "distance") == pytest.approx(827.3)
    assert value(result, "tours") == 10
    windows = {
        name: (early, late) for name, early, late in zip(*map(stops.texts, ("stop", "ready", "due")), strict=True)
    }
    for one in rows(result, "visits"):
        early, late = map(float, windows[str(one["stop"])])
        assert early <= float(str(one["serves"])) <= late or one["stop"] == "0"


@pytest.mark.parametrize("seed", range(3))
def test_small_tours_are_the_best_of_all(seed: int) -> None:
    dice = random.Random(seed)
    lines = [(f"s{i}", dice.randint(1, 4), dice.uniform(0, 50), dice.uniform(0, 50)) for i in range(7)]
    stops = table("stop demand x y", *lines)
    result = move.tours(stops, 3, 8.0, iterations=300)
    read = stops_of.read_stops(stops, "", None, 8.0)
    best = math.inf
    for order in itertools.permutations(range(1, 7)):
        for cuts in itertools.combinations_with_replacement(range(7), 2):
            parts = (order[: cuts[0]], order[cuts[0] : cuts[1]], order[cuts[1] :])
            if all(sum(read.demand[i] for i in part) <= 8 for part in parts):
                away = sum(
                    int(read.metres[a, b]) for part in parts for a, b in zip((0, *part), (*part, 0), strict=True)
                )
                best = min(best, away / 1000)
    assert number(result, "distance") == pytest.approx(best)
    assert result.solver is not None
    assert result.solver.bound is not None
    assert result.solver.bound <= best + 1e-9


def test_the_unserved_are_always_listed() -> None:
    stops = table(
        "stop demand lat lon ready due service",
        ("depot", 0, 48.8, 2.3, "06:00", "18:00", ""),
        ("near", 4, 48.9, 2.3, "07:30", "08h00", 15),
        ("huge", 40, 48.9, 2.4, "", "", ""),
        ("late", 1, 50.8, 2.3, "", "07:00", 10),
        ("two", 4, 48.7, 2.2, "", "", 10),
        ("three", 4, 48.7, 2.3, "", "", 10),
    )
    result = move.tours(stops, 1, 8.0, iterations=200)
    why = {one["stop"]: one["why"] for one in rows(result, "unserved")}
    assert set(why) >= {"huge", "late"}
    assert len(why) == 3
    assert "capacity" in str(why["huge"])
    assert "time window" in str(why["late"])
    assert value(result, "served") == 2
    assert any("All 1 vehicles" in one for one in result.warnings)
    enough = move.tours(stops, 2, 8.0, iterations=200)
    assert {one["stop"] for one in rows(enough, "unserved")} == {"huge", "late"}
    near = next(one for one in rows(enough, "visits") if one["stop"] == "near")
    assert "07:30" <= str(near["serves"]) <= "08:00"


def test_tours_may_be_kept_short() -> None:
    stops = table("stop demand x y", ("depot", 0, 0, 0), ("a", 1, 30, 0), ("b", 1, 0, 30), ("c", 1, -30, 0))
    assert value(move.tours(stops, 3, 9.0, speed=60.0, iterations=100), "tours") == 1
    short = move.tours(stops, 3, 9.0, speed=60.0, max_hours=1.1, iterations=100)
    assert value(short, "tours") == 3
    assert number(short, "longest") <= 1.1
    with pytest.raises(ToolError, match="No stop can be served"):
        move.tours(stops, 3, 9.0, speed=60.0, max_hours=0.5, iterations=100)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("d", 0, 0, 0)], "a depot and"),
        ([("d", 0, 0, 0), ("a", -1, 0, 1)], "negative"),
        ([("d", 0, 0, 0), ("d", 1, 0, 1)], "name of its own"),
        ([("d", 0, 0, 0), ("a", 1, 0, 200)], "out of range"),
    ],
)
def test_stops_that_cannot_be(lines: list[tuple[Scalar, ...]], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        move.tours(table("stop demand lat lon", *lines), 1, 10.0)


def test_distances_that_lack_a_pair() -> None:
    stops = table("stop demand", ("d", 0), ("a", 1))
    with pytest.raises(ToolError, match="Give the stops"):
        move.tours(stops, 1, 10.0)
    with pytest.raises(ToolError, match=r"lack a row or a column for: a"):
        move.tours(stops, 1, 10.0, distances=table("from d", ("d", 0)))
    with pytest.raises(ToolError, match="“d” to “a” is missing"):
        move.tours(stops, 1, 10.0, distances=table("from d a", ("d", 0, ""), ("a", 1, 0)))
    with pytest.raises(ToolError, match="is no row"):
        move.tours(stops, 1, 10.0, "x", distances=table("from d a", ("d", 0, 1), ("a", 1, 0)))
