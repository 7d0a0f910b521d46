"""The simulate plugin against queueing theory and laws with known moments."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.references.bundled import load, number, rows, table, value
from copilot.plugin_api import DataTable, ToolError

simulate = load("simulate")
queues = load("simulate_queue", "simulate")
formulas = load("simulate_what_if", "simulate")

INPUTS = "input low base high distribution"


# --- what if ----------------------------------------------------------------------------------------------------------


def test_the_sum_of_normals_is_normal() -> None:
    wide = 1.2815515655446004
    inputs = table(INPUTS, ("a", 10 - wide, 10, 10 + wide, "normal"), ("b", 20 - 2 * wide, 20, 20 + 2 * wide, "normal"))
    result = simulate.what_if("a + b", inputs, threshold=30, runs=200_000)
    assert number(result, "base") == 30
    assert number(result, "mean") == pytest.approx(30, abs=5 * number(result, "mean_error"))
    assert number(result, "deviation") == pytest.approx(math.sqrt(5), rel=0.01)
    assert number(result, "below") == pytest.approx(0.5, abs=0.006)
    assert number(result, "p95") == pytest.approx(30 + 1.6449 * math.sqrt(5), abs=0.04)
    assert simulate.what_if("a + b", inputs, threshold=30, runs=200_000) == result


def test_the_product_of_lognormals_is_lognormal() -> None:
    inputs = table(INPUTS, ("a", 1, 2, 4, "lognormal"), ("b", 3, 6, 12, "lognormal"))
    result = simulate.what_if("a * b", inputs, runs=200_000)
    sigma = math.sqrt(2) * math.log(2) / 1.2815515655446004
    assert number(result, "p50") == pytest.approx(12, rel=0.01)
    assert number(result, "mean") == pytest.approx(12 * math.exp(sigma**2 / 2), rel=0.01)


@pytest.mark.parametrize(
    ("shape", "mean", "deviation"),
    [
        ("pert", (2 + 4 * 3 + 10) / 6, math.sqrt((4 - 2) * (10 - 4) / 7)),
        ("triangular", 5.0, math.sqrt((4 + 9 + 100 - 6 - 20 - 30) / 18)),
        ("uniform", 6.0, 8 / math.sqrt(12)),
        ("fixed", 3.0, 0.0),
    ],
)
def test_the_moments_of_each_distribution(shape: str, mean: float, deviation: float) -> None:
    result = simulate.what_if("a", table(INPUTS, ("a", 2, 3, 10, shape)), runs=100_000)
    assert number(result, "mean") == pytest.approx(mean, abs=0.03)
    assert number(result, "deviation") == pytest.approx(deviation, abs=0.03)


def test_the_tornado_of_days_of_supply() -> None:
    inputs = table(
        "input low base high", ("stock", 38_000, "42 000", 46_000), ("per_day", 3_200, 3_800, 4_800), ("z", 1, 2, 3)
    )
    result = simulate.what_if("stock / per_day", inputs, threshold=10, result_unit="day")
    assert number(result, "base") == pytest.approx(11.05, abs=5e-3)
    first, second = rows(result, "tornado")
    assert (first["input"], first["at_low"], first["at_high"]) == ("per_day", 13.125, 8.75)
    assert second["swing"] == pytest.approx(8_000 / 3_800)
    assert float(str(first["correlation"])) < 0 < float(str(second["correlation"]))
    assert result.values[0].unit == "day"
    assert "z" in result.warnings[0]


def test_one_more_input_leaves_the_draws_of_the_others() -> None:
    lines = [("a", 1, 2, 5, "pert"), ("b", 1, 2, 5, "uniform")]
    assert number(simulate.what_if("a", table(INPUTS, *lines)), "mean") == number(
        simulate.what_if("a", table(INPUTS, lines[0])), "mean"
    )


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "a.real", "a[0]", "(lambda: a)()", "a if a else a", "'x'", "a; a", "open", "max(a)",
     "sqrt(a, a)", "a == a", "True", "", "f'{a}'", "-" * 400 + "a", "(" * 400 + "a" + ")" * 400, "min(*a)"],
)  # fmt: skip
def test_formulas_hold_arithmetic_only(formula: str) -> None:
    with pytest.raises(ToolError):
        simulate.what_if(formula, table(INPUTS, ("a", 1, 2, 3, "pert")))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_the_formula(text: str) -> None:
    import numpy as np

    with contextlib.suppress(ToolError):
        formulas.Formula(text)({"a": np.ones(2)})


def test_formulas_by_hand() -> None:
    inputs = table(INPUTS, ("a", 2, 2, 2, "fixed"), ("b", 3, 3, 3, "fixed"))
    for formula, expected in {
        "2 + a * b ^ 2": 20, "-a ** 2": -4, "max(a, b, 1) - min(a, b)": 1, "sqrt(a + 7) / abs(-b)": 1,
        "log(exp(a)) + 1.5e1": 17, "(a + b) * (a - b)": -5,
    }.items():  # fmt: skip
        assert number(simulate.what_if(formula, inputs, runs=1000), "base") == pytest.approx(expected), formula


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ToolError, match="no finite result"):
        simulate.what_if("1 / (a - a)", table(INPUTS, ("a", 1, 2, 3, "pert")))
    with pytest.raises(ToolError, match="asks for b"):
        simulate.what_if("a + b", table(INPUTS, ("a", 1, 2, 3, "pert")))
    with pytest.raises(ToolError, match="no distribution"):
        simulate.what_if("a", table(INPUTS, ("a", 1, 2, 3, "bell")))
    with pytest.raises(ToolError, match="low ≤ base ≤ high"):
        simulate.what_if("a", table(INPUTS, ("a", 3, 2, 1, "pert")))
    with pytest.raises(ToolError, match="low ≤ base ≤ high"):
        simulate.what_if("a", table(INPUTS, ("a", 0, 2, 3, "lognormal")))


# --- queues -----------------------------------------------------------------------------------------------------------


def test_the_wait_of_m_m_3() -> None:
    result = simulate.queue(0.2, 10, 3, limit=5, customers=50_000)
    assert number(result, "exact_wait") == pytest.approx(40 / 9)
    assert number(result, "wait_low") <= 40 / 9 <= number(result, "wait_high")
    assert number(result, "wait") == pytest.approx(40 / 9, rel=0.05)
    assert number(result, "delayed") == pytest.approx(4 / 9, abs=0.01)
    # Of M/M/c: P(wait > t) = C exp(-(c - a) t / s).
    assert number(result, "late") == pytest.approx(4 / 9 * math.exp(-0.5), abs=0.01)
    assert number(result, "use") == pytest.approx(2 / 3, abs=0.01)
    assert simulate.queue(0.2, 10, 3, limit=5, customers=50_000) == result


def test_the_erlang_c_formula() -> None:
    # Gross and Harris, Fundamentals of Queueing Theory: of M/M/1 it is the load; by hand for two and three servers.
    assert queues.erlang_c(0.8, 1) == pytest.approx(0.8)
    assert queues.erlang_c(1.0, 2) == pytest.approx(1 / 3)
    assert queues.erlang_c(2.0, 3) == pytest.approx(4 / 9)
    assert queues.erlang_c(18.0, 20) == pytest.approx(0.5508, abs=1e-4)


@pytest.mark.parametrize("variation", [0.0, 0.5, 2.0])
def test_the_wait_of_m_g_1(variation: float) -> None:
    result = simulate.queue(0.7, 1, 1, service_variation=variation, customers=60_000, replications=20)
    exact = 0.7 * (1 + variation**2) / (2 * 0.3)
    assert number(result, "exact_wait") == pytest.approx(exact)
    assert number(result, "wait") == pytest.approx(exact, rel=0.06)


def test_a_timetable_that_fits_has_no_wait() -> None:
    assert number(simulate.queue(1, 0.9, 1, arrival_variation=0, service_variation=0, customers=1000), "wait") == 0


def test_a_queue_that_grows_for_ever_is_refused() -> None:
    with pytest.raises(ToolError, match="It takes 4 servers"):
        simulate.queue(0.3, 10, 3)


# --- workshops --------------------------------------------------------------------------------------------------------

STATIONS = table("station servers servers_b", ("strip", 2, 2), ("test", 1, 2), ("fit", 3, 3))
ROUTES = table(
    "type step station hours",
    ("engine", 1, "strip", 4), ("engine", 3, "fit", 6), ("engine", 2, "test", 3),
    ("gearbox", 1, "test", 4), ("gearbox", 2, "fit", 9),
)  # fmt: skip
ARRIVALS = table("type per_day", ("engine", 3), ("gearbox", 2))


def tandem() -> tuple[DataTable, DataTable, DataTable]:
    stations = table("station servers", ("one", 1), ("two", 3))
    routes = table("type step station hours", ("item", 1, "one", 3), ("item", 2, "two", 10))
    return stations, routes, table("type per_day", ("item", 4.8))


def test_a_line_of_stations_is_that_of_jackson() -> None:
    result = simulate.workshop(*tandem(), days=1500)
    # Jackson (1957): each station is an M/M/c of its own; here M/M/1 of load .6 and M/M/3 of load 2.
    exact = 3 / (1 - 0.6) + 10 + 40 / 9
    assert number(result, "turnaround_low") <= exact <= number(result, "turnaround_high")
    assert number(result, "turnaround") == pytest.approx(exact, rel=0.03)
    use = {str(one["station"]): one["use"] for one in rows(result, "stations")}
    assert use == pytest.approx({"one": 0.6, "two": 2 / 3}, abs=0.01)
    assert value(result, "bottleneck") == "two"
    assert number(result, "in_shop") == pytest.approx(0.2 * number(result, "turnaround"))


def test_without_chance_in_the_work_the_wait_is_half() -> None:
    stations, routes, arrivals = (
        table("station servers", ("a", 1)),
        table("type step station hours", ("x", 1, "a", 3)),
        None,
    )
    arrivals = table("type per_day", ("x", 4.8))
    constant = simulate.workshop(stations, routes, arrivals, days=2000, variation=0)
    # Pollaczek and Khinchine: load .6.
    assert number(constant, "turnaround") == pytest.approx(3 + 0.6 * 3 / (2 * 0.4), rel=0.03)


def test_who_has_priority_waits_less() -> None:
    stations = table("station servers", ("a", 1))
    routes = table("type step station hours", ("urgent", 1, "a", 2), ("plain", 1, "a", 2))
    arrivals = table("type per_day priority", ("urgent", 4.8, 0), ("plain", 4.8, 1))
    result = simulate.workshop(stations, routes, arrivals, days=1500)
    mean = {str(one["type"]): float(str(one["mean"])) for one in rows(result, "types")}
    # Cobham (1954), without breaking off: W = R / (1 - p1) and R / ((1 - p1) (1 - p)), R = .8 * 2.
    assert mean["urgent"] == pytest.approx(2 + 1.6 / 0.6, rel=0.05)
    assert mean["plain"] == pytest.approx(2 + 1.6 / (0.6 * 0.2), rel=0.08)


def test_common_random_numbers_sharpen_a_comparison() -> None:
    routes = table("type step station hours hours_b", ("item", 1, "one", 3, 2.7), ("item", 2, "two", 10, 10))
    stations, _, arrivals = tandem()
    result = simulate.compare(stations, routes, arrivals, days=300)
    assert number(result, "variance_ratio") < 0.5
    exact = 2.7 / (1 - 0.54) - 3 / (1 - 0.6)
    assert number(result, "difference_low") <= exact <= number(result, "difference_high") < 0
    assert simulate.compare(stations, routes, arrivals, days=300) == result


def test_the_same_way_twice_differs_by_nothing() -> None:
    result = simulate.compare(*tandem(), days=200, replications=5)
    assert number(result, "difference") == 0
    assert "the same" in result.warnings[0]


def test_one_more_server_at_the_bottleneck() -> None:
    result = simulate.compare(STATIONS, ROUTES, ARRIVALS, days=100)
    assert number(result, "difference_high") < 0
    assert [one["servers_b"] for one in rows(result, "stations")] == [2, 2, 3]
    assert value(simulate.workshop(STATIONS, ROUTES, ARRIVALS, days=100), "bottleneck") == "test"


def test_shops_that_cannot_be() -> None:
    with pytest.raises(ToolError, match="“test” is overloaded"):
        simulate.workshop(STATIONS, ROUTES, ARRIVALS, hours_a_day=16)
    with pytest.raises(ToolError, match="unknown"):
        simulate.workshop(STATIONS, table("type step station hours", ("engine", 1, "paint", 1)), ARRIVALS)
    with pytest.raises(ToolError, match="“gearbox” has no step"):
        simulate.workshop(STATIONS, table("type step station hours", ("engine", 1, "fit", 1)), ARRIVALS)
    with pytest.raises(ToolError, match="whole number of servers"):
        simulate.workshop(table("station servers", ("strip", 1.5)), ROUTES, ARRIVALS)
    with pytest.raises(ToolError, match="Ask for fewer days"):
        simulate.workshop(STATIONS, ROUTES, ARRIVALS, days=3650, replications=200)
