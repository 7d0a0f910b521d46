"""The maintenance plugin against published fits, and its intervals and errors against fresh draws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from benchmarks.references.bundled import load, number, rows, table, value
from benchmarks.references.textbooks import NIST, nile, remissions, rossi
from benchmarks.references.wear import histories
from copilot.plugin_api import ToolError, need

maintenance = load("maintenance")
weibull = load("maintenance_weibull", "maintenance")
changes = load("maintenance_changes", "maintenance")


# --- lives ------------------------------------------------------------------------------------------------------------


def test_the_weibull_fit_of_nist() -> None:
    result = maintenance.life_fit(NIST, age=500, span=100)
    assert number(result, "shape") == pytest.approx(1.7208, abs=5e-5)
    assert number(result, "scale") == pytest.approx(606.5280, abs=5e-4)
    # From these two parameters by hand.
    assert number(result, "b10") == pytest.approx(164.02, abs=0.01)
    assert number(result, "failure") == pytest.approx(0.2323, abs=1e-4)
    assert number(result, "mean_life") == pytest.approx(540.737, abs=1e-3)
    for one in rows(result, "intervals"):
        assert float(str(one["low"])) < float(str(one["value"])) < float(str(one["high"]))
    assert maintenance.life_fit(NIST, age=500, span=100) == result


def test_the_interval_of_the_shape_is_where_the_profile_likelihood_falls() -> None:
    result = maintenance.life_fit(NIST)
    shape = next(one for one in rows(result, "intervals") if one["quantity"] == "Shape")
    times, failed = weibull.read_lives(NIST)

    def profile(k: float) -> float:
        scale = (sum(t**k for t in times) / 10) ** (1 / k)
        logs = sum(math.log(t) for t, one in zip(times, failed, strict=True) if one)
        return 10 * math.log(k) - 10 * k * math.log(scale) + (k - 1) * logs - 10

    limit = profile(number(result, "shape")) - need("scipy.stats", "maintenance").chi2.ppf(0.95, 1) / 2
    assert profile(float(str(shape["low"]))) == pytest.approx(limit, abs=1e-3)
    assert profile(float(str(shape["high"]))) == pytest.approx(limit, abs=1e-3)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    dice = np.random.default_rng(5)
    truth = {"Shape": 2.0, "Scale": 100.0, "Age when 10 % have failed (B10)": 100 * (-math.log(0.9)) ** 0.5}
    held = dict.fromkeys(truth, 0)
    for _ in range(300):
        lives = 100 * dice.weibull(2.0, 30)
        drawn = table("time failed", *((float(min(one, 110)), int(one <= 110)) for one in lives))
        for one in rows(maintenance.life_fit(drawn, confidence=0.9), "intervals"):
            name = str(one["quantity"])
            held[name] += float(str(one["low"])) <= truth[name] <= float(str(one["high"]))
    # 270 of 300 expected, with a standard deviation of 5.2.
    assert all(254 <= one <= 286 for one in held.values()), held


def test_wear_is_not_claimed_where_chance_would_do() -> None:
    few = table("time failed", (100, "oui"), (250, "oui"), ("300,5", "non"), (400, "oui"))
    told = maintenance.life_fit(few).warnings
    assert len(told) == 2
    assert "do not tell wear from chance" in told[1]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([(5, 0), (7, 0)], "two different times"),
        ([(5, 1), (5, 1), (9, 0)], "two different times"),
        ([(0, 1), (5, 1)], "above 0"),
        ([(5, "maybe"), (6, 1)], "“maybe”"),
    ],
)
def test_lives_that_say_too_little(lines: list[tuple[float, int]], told: str) -> None:
    with pytest.raises(ToolError, match=told):
        maintenance.life_fit(table("time failed", *lines))


def test_survival_of_the_remissions() -> None:
    result = maintenance.survival(remissions(), "week")
    shares = [float(str(one["survival"])) for one in rows(result, "steps") if one["group"] == "6-MP"]
    # Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, chapter 1.
    assert shares == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    assert number(result, "log_rank") == pytest.approx(16.79, abs=5e-3)
    assert number(result, "p_value") == pytest.approx(4.17e-5, rel=1e-2)
    median = {str(one["group"]): (one["median"], one["low"], one["high"]) for one in rows(result, "groups")}
    assert median["6-MP"] == (23, 13, None)
    assert median["placebo"] == (8, 4, 11)


def test_cox_on_the_released_prisoners() -> None:
    result = maintenance.cox(rossi())
    found = {str(one["factor"]): one for one in rows(result, "factors")}
    # Rossi, Berk and Lenihan (1980), as fitted by Fox, An R Companion to Applied Regression, appendix.
    published = {
        "fin": (-0.379, 0.191), "age": (-0.057, 0.022), "race": (0.314, 0.308), "wexp": (-0.150, 0.212),
        "mar": (-0.434, 0.382), "paro": (-0.085, 0.196), "prio": (0.091, 0.029),
    }  # fmt: skip
    for name, (coefficient, error) in published.items():
        assert found[name]["coefficient"] == pytest.approx(coefficient, abs=5.5e-4), name
        assert found[name]["error"] == pytest.approx(error, abs=5.5e-4), name
    # The same appendix finds the ratio of age not to be constant.
    assert any("“age”" in one for one in result.warnings)


def test_factors_that_cannot_be_told_apart() -> None:
    dice = np.random.default_rng(1)
    lines = [(float(1 + t), 1, float(a), float(2 * a)) for t, a in zip(dice.random(40), dice.random(40), strict=True)]
    with pytest.raises(ToolError, match="cannot be told apart"):
        maintenance.cox(table("time failed a b", *lines))
    with pytest.raises(ToolError, match="never varies"):
        maintenance.cox(table("time failed a", (1, 1, 2), (2, 1, 2)))
    with pytest.raises(ToolError, match="name fewer"):
        maintenance.cox(table("time failed a b", (1, 1, 2, 3), (2, 1, 3, 5), (3, 0, 1, 1)))


# --- changes ----------------------------------------------------------------------------------------------------------


def test_the_change_of_the_nile() -> None:
    result = maintenance.change_points(nile())
    change = rows(result, "changes")[0]
    # Zeileis et al., Testing and Dating of Structural Changes in Practice (2003): after 28, in 1898; interval 25 to 32,
    # with a variance for each side; one variance for both, as here, gives 25 to 31.
    assert value(result, "changes") == 1
    assert (change["after"], change["last"]) == (28, "1898")
    assert (change["low"], change["high"]) == ("1895", "1901")
    assert change["before_mean"] == pytest.approx(1097.75)
    assert change["after_mean"] == pytest.approx(849.97, abs=5e-3)
    assert not result.warnings


def test_the_quantiles_of_bai() -> None:
    # Bai, Estimation of a change point in multiple regression models (1997), table 1: 7 at 90 %, 11 at 95 %.
    assert changes.bai_quantile(0.95) == pytest.approx(7.69, abs=0.02)
    assert changes.bai_quantile(0.975) == pytest.approx(11.03, abs=0.02)


def test_cuts_are_the_best_of_all() -> None:
    values = np.random.default_rng(2).normal(size=24) + np.repeat([0.0, 2.0, -1.0], 8)
    for count in (1, 2):
        places = itertools.combinations(range(3, 22), count)
        legal = (cuts for cuts in places if all(b - a >= 3 for a, b in itertools.pairwise((0, *cuts, 24))))
        best = min(changes.squared_error(values, cuts) for cuts in legal)
        assert changes.squared_error(values, changes.best_cuts(values, 2, 3)[count]) == pytest.approx(best)


def test_noise_has_no_changes_and_drift_is_warned_of() -> None:
    noise = np.random.default_rng(3).normal(size=120)
    assert value(maintenance.change_points(table("time value", *enumerate(map(float, noise)))), "changes") == 0
    assert value(maintenance.change_points(table("time value", *((i, 5.0) for i in range(20)))), "changes") == 0
    drift = np.cumsum(noise)
    assert maintenance.change_points(table("time value", *enumerate(map(float, drift)))).warnings
    with pytest.raises(ToolError, match="it takes from 10"):
        maintenance.change_points(table("time value", (1, 1.0)))


# --- remaining life ---------------------------------------------------------------------------------------------------


def test_the_error_told_is_the_error_made_on_new_units() -> None:
    history, _ = histories(40, seed=1)
    fleet, left = histories(60, seed=2, cut=True)
    result = maintenance.remaining_life(history, fleet)
    told = rows(result, "fleet")
    true = np.array([min(left[str(one["unit"])], 125) for one in told])
    guess, low, high = (np.array([float(str(one[name])) for one in told]) for name in ("left", "low", "high"))
    made = float(np.sqrt(((guess - true) ** 2).mean()))
    assert made == pytest.approx(number(result, "rmse"), rel=0.35)
    assert number(result, "rmse") < 0.6 * number(result, "age_rmse")
    assert number(result, "coverage") == pytest.approx(0.8, abs=0.05)
    assert float(((low <= true) & (true <= high)).mean()) == pytest.approx(0.8, abs=0.15)
    assert not result.warnings
    assert maintenance.remaining_life(history, fleet) == result


def test_sensors_that_know_nothing_are_said_to() -> None:
    history, _ = histories(15, seed=3, wear=False)
    result = maintenance.remaining_life(history)
    assert any("hardly more than age" in one for one in result.warnings)


def test_too_few_units() -> None:
    history, _ = histories(5, seed=1)
    with pytest.raises(ToolError, match="there are 5"):
        maintenance.remaining_life(history)
