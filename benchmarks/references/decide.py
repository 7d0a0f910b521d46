"""References of the decide plugin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.references.bundled import load, number, rows, table
from benchmarks.references.orlib import cap41, pmed1
from benchmarks.references.reference import Reference
from benchmarks.references.textbooks import AIRCRAFT, ARCS, SUPPLIES, WEIGHTS, criteria, house, p_and_t

_SAATY = "Saaty 1990, buying a house"
_YOON = "Hwang and Yoon 1981"
_BEASLEY = "OR-Library (Beasley)"


def references() -> Iterator[Reference]:
    decide = load("decide")
    ranking = decide.rank(AIRCRAFT, criteria(WEIGHTS), "topsis")
    scores = {str(one["option"]): float(str(one["score"])) for one in rows(ranking, "ranking")}
    for name, published in {"A1": 0.643, "A2": 0.268, "A3": 0.613, "A4": 0.312}.items():
        yield Reference("decide.rank", f"TOPSIS closeness of {name}", _YOON, published, scores[name])
    weights = decide.ahp(house())
    for name, published in (("largest_eigenvalue", 9.669), ("consistency_index", 0.238), ("consistency_ratio", 0.169)):
        yield Reference("decide.ahp", name.replace("_", " "), _SAATY, published, number(weights, name))
    heaviest = float(str(rows(weights, "weights")[0]["weight"]))
    yield Reference("decide.ahp", "weight of financing", _SAATY, 0.333, heaviest)
    near = decide.p_median(*pmed1())
    yield Reference("decide.p_median", "pmed1, proved optimal", _BEASLEY, 5819, number(near, "total"))
    located = decide.capacitated_location(*cap41(), "all_demand")
    label = "cap41, proved optimal"
    yield Reference("decide.capacitated_location", label, _BEASLEY, 1_040_444.375, number(located, "total"))
    sent = decide.transport(*p_and_t())
    yield Reference(
        "decide.transport", "P & T Company", "Hillier and Lieberman, chapter 8", 152_535, number(sent, "total")
    )
    nodes = table("node supply", *enumerate(SUPPLIES))
    flow = decide.min_cost_flow(table("from to capacity cost", *ARCS), nodes)
    yield Reference("decide.min_cost_flow", "least cost", "OR-Tools guide", 150, number(flow, "total"))
