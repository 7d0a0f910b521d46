"""The load plugin against OR-Library, published pallets, statics and brute force."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.packing import HARD_PALLET, PALLETS, u120
from copilot.plugin_api import DataTable, Scalar, SolverStatus, ToolError

loading = load("load")
layers = load("load_layers", "load")
arcs = load("load_arcs", "load")
bins_of = load("load_bins", "load")
axles_of = load("load_axles", "load")


def packed(result: object, sizes: dict[str, float], capacity: float) -> dict[str, int]:
    """Count what the plan holds, and check that no bin holds too much."""
    found: dict[str, int] = {}
    for one in rows(result, "bins"):  # type: ignore[arg-type]  # a result of any plugin
        total = 0.0
        for part in str(one["items"]).split(", "):
            name, _, times = part.partition(" × ")
            found[name] = found.get(name, 0) + int(times or 1)
            total += sizes[name] * int(times or 1)
        assert total == pytest.approx(one["load"])
        assert total <= capacity + 1e-9
    return found


@pytest.mark.parametrize(("name", "items", "capacity", "best"), list(u120())[:10], ids=lambda one: str(one)[:7])
def test_or_librarys_bins_are_proved_optimal(name: str, items: DataTable, capacity: float, best: int) -> None:
    result = loading.bins(items, capacity)
    assert (value(result, "bins"), value(result, "lower_bound")) == (best, best), name
    assert result.solver is not None
    assert result.solver.status is SolverStatus.OPTIMAL
    sizes = dict(zip(items.texts("item"), items.numbers("size"), strict=True))
    assert packed(result, sizes, capacity) == dict.fromkeys(sizes, 1)


@pytest.mark.parametrize("seed", range(6))
def test_few_items_are_the_best_of_all_ways(seed: int) -> None:
    dice = random.Random(seed)
    sizes = [dice.randint(20, 70) for _ in range(8)]
    items = table("item size", *((f"i{k}", size) for k, size in enumerate(sizes)))

    def fewest(left: tuple[int, ...], rooms: tuple[int, ...]) -> int:
        if not left:
            return len(rooms)
        first, *rest = left
        options = {room: i for i, room in enumerate(rooms) if room >= first}
        found = [fewest(tuple(rest), (*rooms[:i], rooms[i] - first, *rooms[i + 1 :])) for i in options.values()]
        return min([*found, fewest(tuple(rest), (*rooms, 100 - first))])

    best = fewest(tuple(sizes), ())
    result = loading.bins(items, 100.0)
    assert value(result, "bins") == best
    # With fewer there, the most that fits, by trying every way of leaving items behind.
    less = loading.bins(items, 100.0, best - 1)
    most = max(
        sum(some)
        for count in range(9)
        for some in itertools.combinations(sizes, count)
        if fewest(tuple(some), ()) <= best - 1
    )
    assert sum(float(str(one["load"])) for one in rows(less, "bins")) == pytest.approx(most)
    assert sum(int(str(one["quantity"])) for one in rows(less, "unplaced")) == value(less, "unplaced")


@pytest.mark.parametrize("seed", range(8))
def test_bounds_stay_below_what_was_found(seed: int) -> None:
    dice = random.Random(seed)
    lines = [(f"i{k}", dice.choice([dice.randint(10, 60), 34, 51]), dice.randint(1, 9)) for k in range(15)]
    result = loading.bins(table("item size quantity", *lines), 100.0)
    assert number(result, "lower_bound") <= number(result, "bins")
    sizes = {name: float(size) for name, size, _ in lines}
    assert packed(result, sizes, 100.0) == {name: count for name, _, count in lines}


def test_what_does_not_fit_is_listed() -> None:
    items = table("item size quantity", ("pump", "2,5", 3), ("tank", 12, 2), ("hose", 0.5, 1), ("spare", 1, 0))
    result = loading.bins(items, 5.0)
    assert value(result, "bins") == 2
    (left,) = rows(result, "unplaced")
    assert (left["item"], left["quantity"]) == ("tank", 2)
    assert "larger" in str(left["why"])
    assert "tank × 2" in result.warnings[0]
    short = loading.bins(items, 5.0, 1)
    assert {one["item"]: one["quantity"] for one in rows(short, "unplaced")} == {"pump": 1, "hose": 1, "tank": 2}
    assert "2 are needed, 1 are there" in short.warnings[1]


def test_a_flow_too_large_to_solve_still_has_its_bound() -> None:
    dice = random.Random(5)
    lines = [(f"i{k}", round(dice.uniform(2, 30), 3)) for k in range(400)]
    result = loading.bins(table("item size", *lines), 100.0)
    assert arcs.build([dice.randint(1, 999) for _ in range(300)], [1] * 300, 10**6) is None
    assert number(result, "lower_bound") <= number(result, "bins") <= number(result, "lower_bound") + 2


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("a", 0, 1)], "Row 2"),
        ([("a", 1, 1.5)], "Row 2"),
        ([("a", 1, 0)], "1 to 20000 items"),
        ([("a", 9, 1)], "larger"),
    ],
)
def test_items_that_cannot_be(lines: list[tuple[Scalar, ...]], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        loading.bins(table("item size quantity", *lines), 5.0)


# --- pallets ----------------------------------------------------------------------------------------------------------


def disjoint(spots: tuple[tuple[int, int, int, int], ...], length: int, width: int) -> bool:
    inside = all(x >= 0 and y >= 0 and x + a <= length and y + b <= width for x, y, a, b in spots)
    return inside and not any(
        x < u + c and u < x + a and y < v + d and v < y + b
        for (x, y, a, b), (u, v, c, d) in itertools.combinations(spots, 2)
    )


@pytest.mark.parametrize(("instance", "best"), PALLETS)
def test_published_pallets(instance: tuple[int, int, int, int], best: int) -> None:
    found = layers.best_layer(*instance)
    assert len(found.spots) == best
    assert found.bound >= best
    assert disjoint(found.spots, instance[0], instance[1])


def test_a_pallet_beyond_five_blocks_is_told_by_its_bound() -> None:
    found = layers.best_layer(*HARD_PALLET[0])
    assert found.bound == HARD_PALLET[1]
    assert len(found.spots) == found.bound - 1
    assert disjoint(found.spots, *HARD_PALLET[0][:2])


@pytest.mark.parametrize("seed", range(12))
def test_layers_lie_within_the_pallet(seed: int) -> None:
    dice = random.Random(seed)
    length, width = dice.randint(300, 1300), dice.randint(300, 1300)
    a, b = dice.randint(60, 400), dice.randint(60, 400)
    found = layers.best_layer(length, width, a, b)
    assert disjoint(found.spots, length, width)
    assert len(found.spots) <= found.bound
    turned = max((length // a) * (width // b), (length // b) * (width // a))
    assert len(found.spots) >= turned
    assert {tuple(sorted(spot[2:])) for spot in found.spots} <= {tuple(sorted((a, b)))}


def test_euro_pallets() -> None:
    boxes = table("box length width height quantity weight", ("ration", 400, 300, 250, 100, 12))
    result = loading.pallets(boxes)
    # Eight in a layer; six layers high, 576 kg.
    assert value(result, "pallets") == 3
    (kind,) = rows(result, "kinds")
    assert (kind["per_layer"], kind["layers"]) == (8, 13)
    stacks = rows(result, "pallets")
    assert [one["boxes"] for one in stacks] == [48, 48, 4]
    assert stacks[0]["height"] == 1500
    assert stacks[0]["weight"] == 576
    assert len(rows(result, "layer")) == 8
    assert result.solver is not None
    assert result.solver.status is SolverStatus.OPTIMAL


def test_mixed_pallets_keep_every_limit_and_lose_no_box() -> None:
    boxes = table(
        "box length width height quantity weight",
        ("can", 400, 300, 300, 37, 20),
        ("crate", 600, 400, 400, 9, 45),
        ("bag", 500, 350, 200, 22, 15),
        ("mast", 4000, 100, 100, 2, 9),
        ("tower", 400, 400, 1600, 1, 9),
        ("block", 400, 400, 400, 1, 900),
    )
    result = loading.pallets(boxes, load_height=1200.0, load_weight=600.0)
    assert {one["box"]: one["quantity"] for one in rows(result, "unplaced")} == {"mast": 2, "tower": 1, "block": 1}
    stacks = rows(result, "pallets")
    assert all(float(str(one["height"])) <= 1200 and float(str(one["weight"])) <= 600 for one in stacks)
    assert sum(int(str(one["boxes"])) for one in stacks) == 37 + 9 + 22 == value(result, "placed")
    assert number(result, "lower_bound") <= number(result, "pallets")
    # Nothing stands on a layer that is not full.
    full = {str(one["box"]): one["per_layer"] for one in rows(result, "kinds")}
    for one in stacks:
        below = str(one["layers"]).split(" / ")[:-1]
        assert all(int(part.split()[2]) == full[part.split()[3]] for part in below)
    with pytest.raises(ToolError, match="no box"):
        loading.pallets(table("box length width height quantity", ("a", 1, 1, 1, 0)))
    with pytest.raises(ToolError, match="Row 2"):
        loading.pallets(table("box length width height quantity", ("a", 0, 1, 1, 1)))


# --- axles ------------------------------------------------------------------------------------------------------------

LORRY = table("axle position empty limit", ("front", 0, 4500, 8000), ("rear", 5, 3500, 11500))
RIG = table(
    "axle position empty limit", ("front", 0, 5000, 8000), ("drive", 4, 4000, 11500), ("bogie", 11, 6000, 24000)
)


def test_a_lorry_by_levers() -> None:
    result = loading.axle_loads(table("item mass position quantity", ("crate", 5_000, 3.5, 2)), LORRY)
    assert (number(result, "axle_1"), number(result, "axle_2")) == pytest.approx((7500, 10_500))
    assert not result.warnings
    # At 3.5 m the front axle allows 3500 / .3, the rear one 8000 / .7.
    assert number(result, "most_cargo") == pytest.approx(8000 / 0.7)
    assert number(result, "centre_from") == pytest.approx(5 - 3500 / 10_000 * 5)
    assert number(result, "centre_to") == pytest.approx(8000 / 10_000 * 5)


def test_an_articulated_lorry_by_levers() -> None:
    result = loading.axle_loads(table("item mass position", ("coil", 24_000, 7.5)), RIG, 3.0)
    loads = [number(result, f"axle_{i}") for i in (1, 2, 3)]
    assert loads == pytest.approx([7625, 11_875, 19_500])
    assert sum(loads) == pytest.approx(number(result, "gross"))
    assert "“drive” is 375 kg over" in result.warnings[0]
    assert "Moving the centre" in result.warnings[1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("coupling", [None, 3.2])
def test_forces_and_moments_balance(seed: int, coupling: float | None) -> None:
    dice = random.Random(seed)
    axles = LORRY if coupling is None else RIG
    lines = [(f"i{k}", dice.uniform(100, 3000), dice.uniform(1, 10)) for k in range(6)]
    result = loading.axle_loads(table("item mass position", *lines), axles, coupling)
    found = rows(result, "axles")
    from_cargo = [(float(str(one["cargo"])), float(str(one["position"]))) for one in found]
    assert sum(load for load, _ in from_cargo) == pytest.approx(sum(mass for _, mass, _ in lines))
    moment = sum(mass * place for _, mass, place in lines)
    assert sum(load * place for load, place in from_cargo) == pytest.approx(moment)


@pytest.mark.parametrize(("axles", "coupling"), [(LORRY, None), (RIG, 3.0)])
def test_the_window_is_where_all_limits_hold(axles: DataTable, coupling: float | None) -> None:
    def loaded(x: float, mass: float = 9000.0) -> tuple[bool, dict[str, float]]:
        result = loading.axle_loads(table("item mass position", ("load", mass, x)), axles, coupling)
        return bool(result.warnings), {
            one.name: float(one.value) for one in result.values if isinstance(one.value, int | float)
        }

    _, found = loaded(4.0)
    low, high = found["centre_from"], found["centre_to"]
    assert not loaded(low + 0.01)[0]
    assert not loaded(high - 0.01)[0]
    assert loaded(low - 0.01)[0]
    assert loaded(high + 0.01)[0]
    for x in (low + 0.1, (low + high) / 2, high - 0.1):
        most = loaded(x)[1]["most_cargo"]
        assert not loaded(x, most - 1)[0]
        assert loaded(x, most + 1)[0]


def test_overloads_are_told() -> None:
    heavy = loading.axle_loads(table("item mass position", ("tank", 20_000, 3)), LORRY, gross_limit=19_000.0)
    assert any("whole is 9000 kg over" in one for one in heavy.warnings)
    behind = loading.axle_loads(table("item mass position", ("tail", 6_000, 9)), LORRY)
    assert any("lifts off" in one for one in behind.warnings)
    assert any("steering" in one for one in behind.warnings)
    assert math.isclose(sum(number(behind, f"axle_{i}") for i in (1, 2)), 14_000)


@pytest.mark.parametrize(
    ("axles", "coupling", "told"),
    [(RIG, None, "two axles"), (LORRY, 3.0, "two axles"), (RIG, 12.0, "between the first and the last")],
)
def test_vehicles_that_cannot_be(axles: DataTable, coupling: float | None, told: str) -> None:
    with pytest.raises(ToolError, match=told):
        loading.axle_loads(table("item mass position", ("a", 1, 1)), axles, coupling)
