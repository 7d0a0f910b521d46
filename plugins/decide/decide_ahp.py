"""Weights from comparisons two by two, and whether the comparisons agree with each other (Saaty)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.plugin_api import (
    Column,
    DataTable,
    Result,
    ResultTable,
    Scalar,
    ToolError,
    Value,
    parse_number,
    say,
    written,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Mean index of random comparisons for 1 to 15 criteria (Saaty, The Analytic Hierarchy Process, 1980).
_RANDOM = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
_ACCEPTED = 0.10


def read_comparisons(table: DataTable) -> tuple[list[str], Array]:
    """Return the criteria and their matrix; what is blank is filled with the reciprocal."""
    import numpy as np

    names = table.texts("criterion")
    count = len(names)
    if not 2 <= count <= len(_RANDOM) or len(set(names)) < count:
        raise ToolError(
            say(
                f"It takes from 2 to {len(_RANDOM)} criteria, each named once.",
                f"Il faut de 2 à {len(_RANDOM)} critères, chacun nommé une fois.",
            )
        )
    matrix = np.full((count, count), np.nan)
    for j, name in enumerate(names):
        at = table.position(name)
        for i, row in enumerate(table.rows):
            if row[at] not in (None, ""):
                matrix[i, j] = _judgement(row[at], i + 2, name)
    for i in range(count):
        for j in range(count):
            if np.isnan(matrix[i, j]):
                matrix[i, j] = 1.0 if i == j else 1 / matrix[j, i]
    for i in range(count):
        for j in range(i + 1):
            # A third written 0,33 is a third.
            if not abs(matrix[i, j] * matrix[j, i] - 1) <= 0.02:
                raise ToolError(
                    say(
                        f"“{names[i]}” to “{names[j]}” and back are not each other's inverse, or are missing.",
                        f"« {names[i]} » sur « {names[j]} » et retour ne sont pas inverses, ou manquent.",
                    )
                )
            # The larger of the two is written exactly; the other is its inverse.
            if matrix[i, j] >= 1:
                matrix[j, i] = 1 / matrix[i, j]
            else:
                matrix[i, j] = 1 / matrix[j, i]
    return names, matrix


def _judgement(cell: Scalar, row: int, column: str) -> float:
    over, _, under = str(cell).partition("/")
    number, by = parse_number(over), parse_number(under) if under else 1.0
    if number is None or by is None or number <= 0 or by <= 0 or not 1 / 9.5 <= number / by <= 9.5:
        raise ToolError(
            say(
                f"Row {row}, column “{column}”: “{cell}” is not a judgement; write 1 to 9, or 1/2 to 1/9.",
                f"Ligne {row}, colonne « {column} » : « {cell} » n'est pas un jugement ; écrivez 1 à 9, ou 1/2 à 1/9.",
            )
        )
    return number / by


def ahp_result(comparisons: DataTable) -> Result:
    """Weigh the criteria and hold the comparisons against each other."""
    import numpy as np

    names, matrix = read_comparisons(comparisons)
    count = len(names)
    roots, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(roots.real))
    largest = float(roots[first].real)
    weights = np.abs(vectors[:, first].real)
    weights = weights / weights.sum()
    index = (largest - count) / (count - 1)
    ratio = index / _RANDOM[count - 1] if count > 2 else 0.0
    # A comparison is far off where it differs most from the ratio of the weights.
    off = np.abs(np.log(matrix * weights[None, :] / weights[:, None]))
    i, j = (int(one) for one in np.unravel_index(np.argmax(np.triu(off)), off.shape))
    told: tuple[str, ...] = ()
    if ratio > _ACCEPTED:
        told = (
            say(
                f"The comparisons contradict each other (ratio {written(ratio, '.3f')} above "
                f"{written(_ACCEPTED)}): look again at "
                f"“{names[i]}” to “{names[j]}”, said {written(matrix[i, j], '.3g')} where the others imply "
                f"{written(weights[i] / weights[j], '.3g')}.",
                f"Les comparaisons se contredisent (ratio {written(ratio, '.3f')} au-dessus de "
                f"{written(_ACCEPTED)}) : revoyez "
                f"« {names[i]} » sur « {names[j]} », donné {written(matrix[i, j], '.3g')} là où les autres impliquent "
                f"{written(weights[i] / weights[j], '.3g')}.",
            ),
        )
    order = sorted(range(count), key=lambda one: (-weights[one], one))
    return Result(
        values=(
            Value("consistency_ratio", ratio, None, say("Consistency ratio", "Ratio de cohérence")),
            Value("consistency_index", index, None, say("Consistency index", "Indice de cohérence")),
            Value("largest_eigenvalue", largest, None, say("Largest eigenvalue", "Plus grande valeur propre")),
            Value("first", names[order[0]], None, say("Weightiest criterion", "Critère le plus lourd")),
        ),
        tables=(
            ResultTable(
                "weights",
                (
                    Column("criterion", None, say("Criterion", "Critère")),
                    Column("weight", None, say("Weight", "Poids")),
                ),
                tuple((names[one], float(weights[one])) for one in order),
                say("Weights", "Poids"),
            ),
        ),
        assumptions=(
            say(
                "Weights are the principal eigenvector; the random index is Saaty's (1980); a ratio to 0.10 is "
                "accepted.",
                "Les poids sont le vecteur propre principal ; indice aléatoire de Saaty (1980) ; ratio admis "
                "jusqu'à 0,10.",
            ),
        ),
        warnings=told,
    )
