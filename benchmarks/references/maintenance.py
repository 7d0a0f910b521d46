"""References of the maintenance plugin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.references.bundled import load, number, rows
from benchmarks.references.reference import Reference
from benchmarks.references.textbooks import NIST, nile, remissions, rossi

_NIST = "NIST/SEMATECH e-Handbook 8.4.1.3"
_GEHAN = "Freireich 1963; Kalbfleisch and Prentice, chapter 1; R survdiff"
_ROSSI = "Rossi 1980; Fox, An R Companion to Applied Regression"
_NILE = "Cobb 1978; Zeileis et al. 2003"


def references() -> Iterator[Reference]:
    maintenance = load("maintenance")
    life = maintenance.life_fit(NIST, age=500.0, span=100.0)
    for name, label, published in (
        ("shape", "Weibull shape", 1.7208),
        ("scale", "Weibull scale, hours", 606.5280),
        ("b10", "B10, hours", 164.02),
        ("failure", "failure within 100 h at 500 h", 0.2323),
    ):
        note = "" if name in ("shape", "scale") else "by hand from the published shape and scale"
        yield Reference("maintenance.life_fit", label, _NIST, published, number(life, name), note)
    groups = maintenance.survival(remissions(), "week")
    steps = [one for one in rows(groups, "steps") if one["group"] == "6-MP"]
    for step, published in zip(steps, (0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482), strict=True):
        label = f"survival of 6-MP at {step['age']:g} weeks"
        yield Reference("maintenance.survival", label, _GEHAN, published, float(str(step["survival"])))
    yield Reference("maintenance.survival", "log-rank statistic", _GEHAN, 16.79, number(groups, "log_rank"))
    found = {str(one["factor"]): float(str(one["coefficient"])) for one in rows(maintenance.cox(rossi()), "factors")}
    fox = {"fin": -0.379, "age": -0.057, "race": 0.314, "wexp": -0.150, "mar": -0.434, "paro": -0.085, "prio": 0.091}
    for name, published in fox.items():
        yield Reference("maintenance.cox", f"coefficient of {name}", _ROSSI, published, found[name])
    change = rows(maintenance.change_points(nile()), "changes")[0]
    yield Reference("maintenance.change_points", "change of the Nile", _NILE, 1898, float(str(change["last"])))
    note = "one variance for both sides; published: one for each"
    for end, published in (("low", 1895), ("high", 1902)):
        label = f"{end} end of its 95 % interval"
        yield Reference("maintenance.change_points", label, _NILE, published, float(str(change[end])), note)
