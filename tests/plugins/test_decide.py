"""The decide plugin against textbooks, OR-Library, and brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.orlib import cap41, pmed1
from benchmarks.references.textbooks import AIRCRAFT, ARCS, WEIGHTS, criteria, house, p_and_t
from copilot.plugin_api import Scalar, SolverStatus, ToolError, need

decide = load("decide")


def scores(weights: dict[str, float], method: str) -> dict[str, float]:
    result = decide.rank(AIRCRAFT, criteria(weights), method)
    return {str(one["option"]): float(str(one["score"])) for one in rows(result, "ranking")}


def test_topsis_of_the_textbook() -> None:
    result = decide.rank(AIRCRAFT, criteria(WEIGHTS), "topsis")
    found = scores(WEIGHTS, "topsis")
    assert found == pytest.approx({"A1": 0.643, "A3": 0.613, "A4": 0.312, "A2": 0.268}, abs=1e-3)
    assert value(result, "best") == "A1"
    assert any("A3" in one for one in result.warnings)


def test_topsis_agrees_with_another_implementation() -> None:
    pymcdm = need("pymcdm", "plan")
    figures = np.random.default_rng(4).uniform(1, 9, (6, 4))
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    method = need("pymcdm.methods", "plan").TOPSIS(pymcdm.normalizations.vector_normalization)
    # That library's vector normalisation turns a cost over before it weighs it; without costs the two are one.
    theirs = method(figures, weights, np.ones(4))
    lines: list[tuple[Scalar, ...]] = [(f"o{i}", *map(float, row)) for i, row in enumerate(figures)]
    options = table("option a b c d", *lines)
    named = table("criterion weight better", *((name, w, "max") for name, w in zip("abcd", weights, strict=True)))
    ours = {one["option"]: one["score"] for one in rows(decide.rank(options, named, "topsis"), "ranking")}
    assert [ours[f"o{i}"] for i in range(6)] == pytest.approx(list(map(float, theirs)))


def test_the_weighted_sum_by_hand() -> None:
    options = table("option price speed", ("a", 100, 10), ("b", 200, 20), ("c", 150, 18))
    named = table("criterion weight better", ("price", 3, "min"), ("speed", 1, "max"))
    result = decide.rank(options, named)
    assert {one["option"]: one["score"] for one in rows(result, "ranking")} == pytest.approx(
        {"a": 0.75, "c": 0.75 * 0.5 + 0.25 * 0.8, "b": 0.25}
    )
    # c overtakes a where .5 p + .8 (1 - p) = p.
    price = next(one for one in rows(result, "flips") if one["criterion"] == "price")
    assert price["flip"] == pytest.approx(0.8 / 1.3)
    assert price["winner"] == "c"


@pytest.mark.parametrize("method", ["weighted_sum", "topsis"])
def test_beyond_a_flip_another_leads_and_short_of_it_none(method: str) -> None:
    result = decide.rank(AIRCRAFT, criteria(WEIGHTS), method)
    first = value(result, "best")
    found = rows(result, "flips")
    assert found
    for one in found:
        name, at, now = str(one["criterion"]), float(str(one["flip"])), WEIGHTS[str(one["criterion"])]
        for weight, leader in ((at + (at - now) * 1e-3, one["winner"]), (now + (at - now) * 0.999, first)):
            rest = (1 - weight) / (1 - now)
            moved = {other: weight if other == name else w * rest for other, w in WEIGHTS.items()}
            assert next(iter(scores(moved, method))) == leader, (name, weight)


def test_saatys_house() -> None:
    result = decide.ahp(house())
    weights = {str(one["criterion"]): float(str(one["weight"])) for one in rows(result, "weights")}
    published = {
        "size": 0.173, "transport": 0.054, "place": 0.188, "age": 0.018, "yard": 0.031, "modern": 0.036,
        "condition": 0.167, "financing": 0.333,
    }  # fmt: skip
    assert weights == pytest.approx(published, abs=6e-4)
    assert number(result, "largest_eigenvalue") == pytest.approx(9.669, abs=5e-4)
    assert number(result, "consistency_index") == pytest.approx(0.238, abs=5e-4)
    assert number(result, "consistency_ratio") == pytest.approx(0.169, abs=5e-4)
    assert "“place” to “condition”" in result.warnings[0]


def test_half_a_table_of_agreeing_judgements() -> None:
    result = decide.ahp(table("criterion a b c", ("a", 1, 2, "4"), ("b", None, "", 2), ("c", "", "", "1")))
    assert number(result, "consistency_ratio") == pytest.approx(0, abs=1e-9)
    assert [one["weight"] for one in rows(result, "weights")] == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert not result.warnings


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("a", 1, 3), ("b", 3, 1)], "not each other's inverse"),
        ([("a", 1, None), ("b", None, 1)], "not each other's inverse"),
        ([("a", 1, 12), ("b", None, 1)], "“12” is not a judgement"),
        ([("a", 1, "1/0"), ("b", None, 1)], "“1/0” is not a judgement"),
    ],
)
def test_comparisons_that_cannot_be(lines: list[tuple[str, int, int]], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        decide.ahp(table("criterion a b", *lines))


def test_choices_that_cannot_be() -> None:
    with pytest.raises(ToolError, match="neither"):
        decide.rank(AIRCRAFT, table("criterion weight better", ("cost", 1, "?"), ("speed", 1, "max")))
    with pytest.raises(ToolError, match="not all 0"):
        decide.rank(AIRCRAFT, table("criterion weight better", ("cost", 0, "min"), ("speed", 0, "max")))
    with pytest.raises(ToolError, match="no column “height”"):
        decide.rank(AIRCRAFT, table("criterion weight better", ("height", 1, "min"), ("speed", 1, "max")))


# --- sites ------------------------------------------------------------------------------------------------------------


def test_pmed1_of_or_library() -> None:
    result = decide.p_median(*pmed1())
    assert number(result, "total") == 5819
    assert result.solver is not None
    assert result.solver.status is SolverStatus.OPTIMAL
    assert result.solver.bound == pytest.approx(5819)


def test_cap41_of_or_library() -> None:
    costs, sites = cap41()
    result = decide.capacitated_location(costs, sites, "all_demand")
    assert number(result, "total") == pytest.approx(1_040_444.375)
    assert all(float(str(one["served"])) <= float(str(one["capacity"])) + 1e-6 for one in rows(result, "sites"))
    with pytest.raises(ToolError, match="“C34” asks for 12912"):
        decide.capacitated_location(costs, sites, "all_demand", one_site_each=True)


def test_a_client_of_one_site_costs_no_less() -> None:
    costs = table("client demand a b", ("x", 6, 1, 2), ("y", 6, 1, 3), ("z", 4, 2, 1))
    sites = table("site capacity fixed_cost", ("a", 9, 5), ("b", 11, 5))
    shared, whole = (decide.capacitated_location(costs, sites, one_site_each=one) for one in (False, True))
    assert number(shared, "total") == pytest.approx(10 + 6 + 3 + 6 + 4)
    assert number(whole, "total") == pytest.approx(10 + 6 + 12 + 4)
    assert len(rows(whole, "links")) == 3


@pytest.mark.parametrize("seed", range(4))
def test_few_sites_by_force(seed: int) -> None:
    dice = np.random.default_rng(seed)
    away, demand = dice.integers(1, 60, (9, 6)), dice.integers(1, 9, 9)
    lines: list[tuple[Scalar, ...]] = [(f"c{i}", int(demand[i]), *map(int, row)) for i, row in enumerate(away)]
    result = decide.p_median(table("client demand a b c d e f", *lines), 3)
    best = min(int(demand @ away[:, list(some)].min(axis=1)) for some in itertools.combinations(range(6), 3))
    assert number(result, "total") == best
    # With room for all and one cost each, location by cost is the best of all subsets.
    sites = table("site capacity fixed_cost", *((name, 1000, 70) for name in "abcdef"))
    located = decide.capacitated_location(table("client demand a b c d e f", *lines), sites)
    subsets = (some for count in range(1, 7) for some in itertools.combinations(range(6), count))
    cheapest = min(70 * len(some) + int(demand @ away[:, list(some)].min(axis=1)) for some in subsets)
    assert number(located, "total") == pytest.approx(cheapest)


def test_sites_that_cannot_serve() -> None:
    costs = table("client demand a b", ("x", 6, 1, 2), ("y", 6, 1, 2))
    with pytest.raises(ToolError, match="add a site"):
        decide.capacitated_location(costs, table("site capacity fixed_cost", ("a", 5, 1), ("b", 5, 1)))
    with pytest.raises(ToolError, match="No choice of sites"):
        decide.capacitated_location(
            costs, table("site capacity fixed_cost", ("a", 11, 1), ("b", 5, 1)), one_site_each=True
        )
    with pytest.raises(ToolError, match="only 2 sites"):
        decide.p_median(costs, 3)


# --- flows ------------------------------------------------------------------------------------------------------------


def test_the_flow_of_or_tools() -> None:
    nodes = table("node supply", *enumerate([20, 0, 0, -5, -15]))
    result = decide.min_cost_flow(table("from to capacity cost", *ARCS), nodes)
    assert number(result, "total") == pytest.approx(150)
    balance = dict.fromkeys(range(5), 0.0)
    for one in rows(result, "flows"):
        flow = float(str(one["flow"]))
        assert 0 <= flow <= float(str(one["capacity"]))
        assert flow == round(flow)
        balance[int(str(one["from"]))] += flow
        balance[int(str(one["to"]))] -= flow
    assert balance == {0: 20, 1: 0, 2: 0, 3: -5, 4: -15}


def test_the_price_of_a_unit_is_what_one_more_costs() -> None:
    network = table("from to capacity cost", *ARCS)
    result = decide.min_cost_flow(network, table("node supply", *enumerate([20, 0, 0, -5, -14])))
    more = decide.min_cost_flow(network, table("node supply", *enumerate([20, 0, 0, -5, -15])))
    price = {one["node"]: one["price"] for one in rows(more, "prices")}
    assert number(more, "total") - number(result, "total") == pytest.approx(price["4"])
    assert any("1 of the supply" in one for one in result.warnings)


def test_transport_of_the_textbook() -> None:
    result = decide.transport(*p_and_t())
    assert number(result, "total") == 152_535
    assert number(result, "left") == 0


def test_a_shortfall_is_told_in_full() -> None:
    nodes = table("node supply", *enumerate([60, 0, 0, -5, -55]))
    with pytest.raises(ToolError, match="37 cannot be delivered"):
        decide.min_cost_flow(table("from to capacity cost", *ARCS), nodes)
    with pytest.raises(ToolError, match=r"3 cannot be delivered at best, for instance: x \(3\)"):
        decide.transport(table("destination demand a", ("x", 8, 2)), table("origin supply", ("a", 5)))
    with pytest.raises(ToolError, match="“9” is no node"):
        decide.min_cost_flow(table("from to capacity cost", (0, 9, 1, 1)), nodes)
