"""A formula under uncertain inputs: its spread, and which input moves it most."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    ToolError,
    Value,
    report_progress,
    say,
    written,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SHAPES = ("pert", "triangular", "uniform", "normal", "lognormal", "fixed")
_Z90 = NormalDist().inv_cdf(0.9)
_LONGEST = 500
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Input:
    """An uncertain figure. Low and high are its ends; of a normal or lognormal, its 10 % and 90 % points."""

    name: str
    low: float
    base: float
    high: float
    shape: str

    def draw(self, generator: np.random.Generator, runs: int) -> Array:
        import numpy as np

        low, base, high = self.low, self.base, self.high
        if self.shape == "fixed" or low == high:
            return np.full(runs, base)
        if self.shape == "uniform":
            return generator.uniform(low, high, runs)
        if self.shape == "triangular":
            return generator.triangular(low, base, high, runs)
        if self.shape == "pert":
            width = high - low
            return low + width * generator.beta(1 + 4 * (base - low) / width, 1 + 4 * (high - base) / width, runs)
        if self.shape == "normal":
            return generator.normal((low + high) / 2, (high - low) / (2 * _Z90), runs)
        middle = (math.log(low) + math.log(high)) / 2
        return generator.lognormal(middle, (math.log(high) - math.log(low)) / (2 * _Z90), runs)


def read_inputs(table: DataTable) -> list[Input]:
    """Read the inputs of a formula; without a column “distribution” all are beta-PERT."""
    names = table.texts("input")
    shapes = table.texts("distribution") if table.has("distribution") else ["pert"] * len(names)
    figures = zip(table.numbers("low"), table.numbers("base"), table.numbers("high"), strict=True)
    found = []
    for name, shape, (low, base, high) in zip(names, shapes, figures, strict=True):
        one = Input(name, low, base, high, shape.casefold() or "pert")
        if one.shape not in SHAPES:
            raise ToolError(
                say(
                    f"Input “{name}”: “{shape}” is no distribution; there are: {', '.join(SHAPES)}.",
                    f"Entrée « {name} » : « {shape} » n'est pas une loi ; il y a : {', '.join(SHAPES)}.",
                )
            )
        if not name.isidentifier() or not low <= base <= high or (one.shape == "lognormal" and low <= 0):
            raise ToolError(
                say(
                    f"Input “{name}”: a name of letters, digits and _ is needed, and low ≤ base ≤ high "
                    "(above 0 for a lognormal).",
                    f"Entrée « {name} » : il faut un nom de lettres, chiffres et _, et low ≤ base ≤ high "
                    "(au-dessus de 0 pour une lognormale).",
                )
            )
        found.append(one)
    if not found or len(set(names)) < len(names):
        raise ToolError(say("It takes inputs, each named once.", "Il faut des entrées, chacune nommée une fois."))
    return found


class Formula:
    """A formula of numbers, names, ``+ - * / **``, ``min max sqrt exp log abs``; nothing else is ever evaluated."""

    def __init__(self, text: str) -> None:
        try:
            if len(text) > _LONGEST:
                raise SyntaxError
            self._body = ast.parse(text.strip().replace("^", "**"), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise ToolError(
                say(
                    f"“{text[:80]}” is not a formula; write for instance: stock / (per_day * days).",
                    f"« {text[:80]} » n'est pas une formule ; écrivez par exemple : stock / (par_jour * jours).",
                )
            ) from error
        self.names = {node.id for node in ast.walk(self._body) if isinstance(node, ast.Name)} - set(_functions())

    def __call__(self, values: Mapping[str, Array]) -> Array:
        import numpy as np

        with np.errstate(all="ignore"):
            found = self._value(self._body, values, 0)
        return np.broadcast_to(np.asarray(found, dtype=np.float64), np.shape(next(iter(values.values()))))

    def _value(self, node: ast.expr, values: Mapping[str, Array], depth: int) -> Array:
        import numpy as np

        if depth > _DEEPEST:
            raise ToolError(say("The formula is nested too deep.", "La formule est trop imbriquée."))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return np.asarray(min(node.value, 1e308), dtype=np.float64)
        if isinstance(node, ast.Name) and node.id in values:
            return values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self._value(node.operand, values, depth + 1)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp) and type(node.op) in _operators():
            left, right = (self._value(one, values, depth + 1) for one in (node.left, node.right))
            return np.asarray(_operators()[type(node.op)](left, right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _functions():
            arguments = [self._value(one, values, depth + 1) for one in node.args]
            function, least, most = _functions()[node.func.id]
            if not node.keywords and least <= len(arguments) <= most:
                found = arguments[0] if most > 1 else function(arguments[0])
                for one in arguments[1:]:
                    found = function(found, one)
                return np.asarray(found)
        told = ast.unparse(node)[:60]
        raise ToolError(
            say(
                f"“{told}” cannot stand in a formula: use inputs, numbers, + - * / ** and min max sqrt exp log abs.",
                f"« {told} » ne peut figurer dans une formule : entrées, nombres, + - * / ** et "
                "min max sqrt exp log abs.",
            )
        )


def _operators() -> dict[type[ast.operator], np.ufunc]:
    import numpy as np

    return {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.float_power}


def _functions() -> dict[str, tuple[np.ufunc, int, int]]:
    """Return each function with the fewest and most arguments it takes."""
    import numpy as np

    return {
        "min": (np.minimum, 2, 20),
        "max": (np.maximum, 2, 20),
        "sqrt": (np.sqrt, 1, 1),
        "exp": (np.exp, 1, 1),
        "log": (np.log, 1, 1),
        "abs": (np.abs, 1, 1),
    }


def what_if_result(formula: str, inputs: DataTable, threshold: float | None, unit: str, runs: int, seed: int) -> Result:
    """Draw the inputs, evaluate the formula, and swing each input alone from its low to its high."""
    import numpy as np

    asked = Formula(formula)
    known = read_inputs(inputs)
    missing = sorted(asked.names - {one.name for one in known})
    if missing:
        raise ToolError(
            say(
                f"The formula asks for {', '.join(missing)}, which the table lacks.",
                f"La formule demande {', '.join(missing)}, absent du tableau.",
            )
        )
    used = [one for one in known if one.name in asked.names] or known
    # Each input has numbers of its own, so that one more input leaves the others as they were.
    streams = np.random.SeedSequence(seed).spawn(len(known))
    drawn = {
        one.name: one.draw(np.random.default_rng(stream), runs) for one, stream in zip(known, streams, strict=True)
    }
    found = asked(drawn)
    base = {one.name: np.array([one.base]) for one in known}
    middle = float(asked(base)[0])
    if not np.isfinite(found).all() or not math.isfinite(middle):
        raise ToolError(
            say(
                "Some draws have no finite result (a division by zero, a root of less than 0): narrow the inputs.",
                "Certains tirages n'ont pas de résultat fini (division par zéro, racine négative) : resserrez "
                "les entrées.",
            )
        )
    report_progress(0.9)
    swings = []
    for one in used:
        ends = asked({**{k: np.repeat(v, 2) for k, v in base.items()}, one.name: np.array([one.low, one.high])})
        together = _rank_correlation(drawn[one.name], found)
        swings.append((one.name, float(ends[0]), float(ends[1]), float(abs(ends[1] - ends[0])), together))
    swings.sort(key=lambda row: (-row[3], row[0]))
    spread = float(found.std(ddof=1))
    p5, p50, p95 = (float(one) for one in np.percentile(found, (5, 50, 95)))
    named = unit or None
    values = [
        Value("base", middle, named, say("At the base values", "Aux valeurs de base")),
        Value("mean", float(found.mean()), named, say("Mean", "Moyenne")),
        Value("mean_error", spread / math.sqrt(runs), named, say("Standard error of the mean", "Erreur-type")),
        Value("deviation", spread, named, say("Standard deviation", "Écart-type")),
        Value("p5", p5, named, "P5"),
        Value("p50", p50, named, "P50"),
        Value("p95", p95, named, "P95"),
    ]
    if threshold is not None:
        label = say(f"Probability of {written(threshold)} or less", f"Probabilité de {written(threshold)} ou moins")
        values.append(Value("below", float((found <= threshold).mean()), None, label))
    counts, edges = np.histogram(found, bins=40)
    unused = sorted(one.name for one in known if one.name not in asked.names)
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "tornado",
                (
                    Column("input", None, say("Input", "Entrée")),
                    Column("at_low", named, say("Result at its low", "Résultat au bas")),
                    Column("at_high", named, say("Result at its high", "Résultat au haut")),
                    Column("swing", named, say("Swing", "Amplitude")),
                    Column("correlation", None, say("Rank correlation", "Corrélation des rangs")),
                ),
                tuple(swings),
                say("Tornado: each input alone", "Tornade : chaque entrée seule"),
            ),
        ),
        figure=Figure(
            FigureKind.HISTOGRAM,
            say("Spread of the result", "Dispersion du résultat"),
            lines=(Line(say("Runs", "Tirages"), tuple(map(float, edges[:-1])), tuple(map(float, counts))),),
            y_label=say("Runs", "Tirages"),
            x_unit=named,
        ),
        assumptions=(
            say(
                f"Result = {formula.strip()}; inputs are independent.",
                f"Résultat = {formula.strip()} ; les entrées sont indépendantes.",
            ),
            say(
                "Low and high are the ends of a beta-PERT, triangle or uniform, the 10 % and 90 % points of a "
                "(log)normal.",
                "Bas et haut sont les bornes d'une bêta-PERT, triangulaire ou uniforme, les points à 10 % et 90 "
                "% d'une "
                "(log)normale.",
            ),
        ),
        warnings=(say(f"Not in the formula: {', '.join(unused)}.", f"Hors de la formule : {', '.join(unused)}."),)
        if unused
        else (),
        seed=seed,
    )


def _rank_correlation(left: Array, right: Array) -> float:
    import numpy as np

    ranks = [np.argsort(np.argsort(one, kind="stable"), kind="stable").astype(float) for one in (left, right)]
    if left.min() == left.max() or right.min() == right.max():
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
