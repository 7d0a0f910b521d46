"""Options ranked on weighted criteria, and the weights at which another comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.plugin_api import Column, DataTable, Result, ResultTable, ToolError, Value, say, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_MORE = frozenset({"max", "more", "high", "benefit", "+", "plus", "haut", "maximiser", "maximise", "maximize"})
_LESS = frozenset({"min", "less", "low", "cost", "-", "moins", "bas", "minimiser", "minimise", "minimize"})
_GRID = 1000
Scoring = Callable[["Array"], "Array"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Options (rows) by criteria (columns); weights sum to 1, `more` says where a higher figure is better."""

    options: tuple[str, ...]
    criteria: tuple[str, ...]
    figures: Array
    weights: Array
    more: NDArray[np.bool_]


def read_choice(options: DataTable, criteria: DataTable) -> Choice:
    import numpy as np

    names = criteria.texts("criterion")
    weights = np.array(criteria.numbers("weight"))
    if (weights < 0).any() or weights.sum() <= 0 or len(names) < 2:
        raise ToolError(
            say(
                "It takes two criteria or more, with weights of 0 or more that are not all 0.",
                "Il faut au moins deux critères, de poids positifs ou nuls et non tous nuls.",
            )
        )
    more = np.array([_is_more(name, word) for name, word in zip(names, criteria.texts("better"), strict=True)])
    figures = np.array([options.numbers(name) for name in names]).T
    if len(figures) < 2:
        raise ToolError(say("It takes two options or more.", "Il faut au moins deux options."))
    return Choice(tuple(options.texts("option")), tuple(names), figures, weights / weights.sum(), more)


def _is_more(name: str, word: str) -> bool:
    if word.casefold() not in _MORE | _LESS:
        raise ToolError(
            say(
                f"Criterion “{name}”: “{word}” is neither “max” (more is better) nor “min”.",
                f"Critère « {name} » : « {word} » n'est ni « max » (plus vaut mieux) ni « min ».",
            )
        )
    return word.casefold() in _MORE


def weighted_sum(choice: Choice) -> Scoring:
    """Score by the weighted sum of figures brought to 0 (worst option) to 1 (best)."""
    import numpy as np

    low, high = choice.figures.min(axis=0), choice.figures.max(axis=0)
    share = (choice.figures - low) / np.where(high > low, high - low, 1.0)
    share = np.where(choice.more, share, 1 - share)
    # A criterion on which all are equal tells none from another.
    share[:, high == low] = 0.0
    return lambda weights: np.asarray(share @ weights)


def topsis(choice: Choice) -> Scoring:
    """Score by closeness to the best of all and distance from the worst, vector-normalised (Hwang and Yoon, 1981)."""
    import numpy as np

    length = np.sqrt((choice.figures**2).sum(axis=0))
    scaled = choice.figures / np.where(length > 0, length, 1.0)

    def score(weights: Array) -> Array:
        weighted = scaled * weights
        low, high = weighted.min(axis=0), weighted.max(axis=0)
        best, worst = np.where(choice.more, high, low), np.where(choice.more, low, high)
        to_best = np.sqrt(((weighted - best) ** 2).sum(axis=1))
        to_worst = np.sqrt(((weighted - worst) ** 2).sum(axis=1))
        apart = to_best + to_worst
        return np.asarray(np.where(apart > 0, to_worst / np.where(apart > 0, apart, 1.0), 0.5))

    return score


def flips(choice: Choice, score: Scoring, which: int) -> list[tuple[float, str]]:
    """Return the nearest weights below and above at which another option overtakes the first, and which does.

    The other weights keep their proportions to each other. A crossing is bracketed on a grid, then halved to 1e-12.
    """
    import numpy as np

    now = float(choice.weights[which])
    rest = choice.weights.copy()
    rest[which] = 0.0
    share = rest.sum()
    if share <= 0:
        return []
    first = int(np.argmax(score(choice.weights)))

    def lead(weight: float) -> tuple[float, int]:
        weights = rest * ((1 - weight) / share)
        weights[which] = weight
        found = score(weights)
        others = np.delete(found, first)
        rival = int(np.argmax(others))
        return float(found[first] - others[rival]), rival + (rival >= first)

    told = []
    for end in (0.0, 1.0):
        kept = now
        for weight in np.linspace(now, end, _GRID + 1)[1:]:
            if lead(float(weight))[0] < -1e-12:
                lost = float(weight)
                while abs(lost - kept) > 1e-12:
                    middle = (lost + kept) / 2
                    kept, lost = (middle, lost) if lead(middle)[0] >= 0 else (kept, middle)
                told.append((lost, choice.options[lead(lost)[1]]))
                break
            kept = float(weight)
    return told


def ranking_result(options: DataTable, criteria: DataTable, method: str) -> Result:
    """Score, rank, and try every weight."""
    import numpy as np

    choice = read_choice(options, criteria)
    score = topsis(choice) if method == "topsis" else weighted_sum(choice)
    scores = score(choice.weights)
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    other = (weighted_sum(choice) if method == "topsis" else topsis(choice))(choice.weights)
    turning = [
        (name, float(choice.weights[k]), weight, weight - float(choice.weights[k]), winner)
        for k, name in enumerate(choice.criteria)
        for weight, winner in flips(choice, score, k)
    ]
    turning.sort(key=lambda one: abs(one[3]))
    best = choice.options[order[0]]
    values = [
        Value("best", best, None, say("First", "Première")),
        Value("score", float(scores[order[0]]), None, say("Its score", "Son score")),
        Value("lead", float(scores[order[0]] - scores[order[1]]), None, say("Ahead of the next by", "Avance")),
    ]
    told = []
    if turning:
        name, now, weight, _, winner = turning[0]
        values.append(
            Value("nearest_flip", weight, None, say(f"Weight of “{name}” at a flip", f"Bascule au poids « {name} »"))
        )
        if abs(weight - now) < 0.05:
            told.append(
                say(
                    f"Fragile: “{winner}” comes first once the weight of “{name}” goes from {written(now, '.3f')} "
                    f"to {written(weight, '.3f')}.",
                    f"Fragile : « {winner} » passe première si le poids de « {name} » va de {written(now, '.3f')} "
                    f"à {written(weight, '.3f')}.",
                )
            )
    if int(np.argmax(other)) != order[0]:
        rival = choice.options[int(np.argmax(other))]
        told.append(
            say(
                f"The other method puts “{rival}” first: the choice hangs on the method.",
                f"L'autre méthode met « {rival} » en tête : le choix tient à la méthode.",
            )
        )
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "ranking",
                (
                    Column("rank", None, say("Rank", "Rang")),
                    Column("option", None, "Option"),
                    Column("score", None, "Score"),
                ),
                tuple((rank, choice.options[i], float(scores[i])) for rank, i in enumerate(order, start=1)),
                say("Ranking", "Classement"),
            ),
            ResultTable(
                "flips",
                (
                    Column("criterion", None, say("Criterion", "Critère")),
                    Column("weight", None, say("Weight", "Poids")),
                    Column("flip", None, say("Weight at the flip", "Poids de bascule")),
                    Column("change", None, say("Change", "Écart")),
                    Column("winner", None, say("Then first", "Alors première")),
                ),
                tuple(turning),
                say("Weights at which the first changes", "Poids où la première place change"),
            ),
        ),
        assumptions=(_method_told(method), _weights_told()),
        warnings=tuple(told),
    )


def _method_told(method: str) -> str:
    if method == "topsis":
        return say(
            "TOPSIS with vector normalisation: nearest to the best of all, farthest from the worst.",
            "TOPSIS à normalisation vectorielle : au plus près du meilleur, au plus loin du pire.",
        )
    return say(
        "Weighted sum; each figure counts from 0 (worst of the options) to 1 (best): adding an option can move "
        "the others.",
        "Somme pondérée ; chaque note va de 0 (pire des options) à 1 (meilleure) : une option de plus déplace "
        "les autres.",
    )


def _weights_told() -> str:
    return say(
        "Weights are brought to a sum of 1; where one changes, the others keep their proportions.",
        "Les poids sont ramenés à une somme de 1 ; quand l'un change, les autres gardent leurs proportions.",
    )
