"""Plans of uncertain length: drawn durations, how often a task is critical, and the textbook's normal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from schedule_network import Network, is_zero, passes, read_durations

from copilot.plugin_api import DataTable, ToolError, report_progress, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]


def three_points(network: Network, tasks: DataTable) -> tuple[list[float], list[float], list[float]]:
    low, mode, high = (read_durations(network, tasks, one) for one in ("optimistic", "likely", "pessimistic"))
    for i, name in enumerate(network.names):
        if not low[i] <= mode[i] <= high[i]:
            raise ToolError(
                say(
                    f"Task “{name}”: the estimates must rise from optimistic to likely to pessimistic.",
                    f"Tâche « {name} » : il faut optimiste ≤ probable ≤ pessimiste.",
                )
            )
    return low, mode, high


def draw(
    low: Sequence[float], mode: Sequence[float], high: Sequence[float], distribution: str, runs: int, seed: int
) -> Samples:
    """Return durations, one row a task. Beta-PERT: 1 + 4 (m - a) / (b - a) and 1 + 4 (b - m) / (b - a)."""
    import numpy as np

    generator = np.random.default_rng(seed)
    drawn = np.empty((len(low), runs))
    for i, (a, m, b) in enumerate(zip(low, mode, high, strict=True)):
        if a == b:
            drawn[i] = a
        elif distribution == "triangular":
            drawn[i] = generator.triangular(a, m, b, runs)
        else:
            drawn[i] = a + (b - a) * generator.beta(1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a), runs)
        report_progress(0.8 * (i + 1) / len(low))
    return drawn


def forward(network: Network, drawn: Samples) -> tuple[Samples, Samples]:
    """Return the earliest start of each task in each run, and the length of each run."""
    import numpy as np

    early = np.zeros_like(drawn)
    for i, earlier in enumerate(network.before):
        for j in earlier:
            np.maximum(early[i], early[j] + drawn[j], out=early[i])
    return early, (early + drawn).max(axis=0)


def criticality(network: Network, drawn: Samples, early: Samples, length: Samples) -> list[float]:
    """Return in what share of the runs each task has no slack."""
    import numpy as np

    late = np.empty_like(drawn)
    after = network.after
    for i in reversed(range(len(late))):
        late[i] = length
        for j in after[i]:
            np.minimum(late[i], late[j], out=late[i])
        late[i] -= drawn[i]
    return [float(one) for one in (late - early <= 1e-9 * np.maximum(1.0, length)).mean(axis=1)]


def classical(network: Network, low: Sequence[float], mode: Sequence[float], high: Sequence[float]) -> NormalDist:
    """Return the textbook's normal: means (a + 4m + b) / 6 and variances ((b - a) / 6)^2 along the critical path.

    Of several critical paths the one with most variance counts.
    """
    means = [(a + 4 * m + b) / 6 for a, m, b in zip(low, mode, high, strict=True)]
    early, _, length = passes(network, means)
    variance: list[float] = []
    for i, earlier in enumerate(network.before):
        tight = [j for j in earlier if is_zero(early[j] + means[j] - early[i], length)]
        variance.append(max((variance[j] for j in tight), default=0.0) + ((high[i] - low[i]) / 6) ** 2)
    last = [i for i in range(len(means)) if is_zero(early[i] + means[i] - length, length)]
    return NormalDist(length, max(variance[i] for i in last) ** 0.5)


def normal_below(normal: NormalDist, deadline: float) -> float:
    return normal.cdf(deadline) if normal.stdev else float(deadline >= normal.mean)


def risk_assumptions(distribution: str) -> tuple[str, ...]:
    shape = say(
        "Durations are beta-PERT (weight 4 on the likely value) between the optimistic and pessimistic estimates.",
        "Les durées suivent une loi bêta-PERT (poids 4 sur la valeur probable) entre les deux estimations extrêmes.",
    )
    if distribution == "triangular":
        shape = say("Durations are triangular.", "Les durées suivent une loi triangulaire.")
    return (
        shape,
        say(
            "The tasks are independent: what delays one does not delay another. Shared causes make the P80 later.",
            "Les tâches sont indépendantes : ce qui retarde l'une ne retarde pas l'autre. "
            "Des causes communes reculent le P80.",
        ),
        say(
            "Classical PERT: normal, along the critical path of the means, with variance ((b - a) / 6)².",
            "PERT classique : loi normale, sur le chemin critique des moyennes, de variance ((b - a) / 6)².",
        ),
    )


def merge_warning(pert: NormalDist, p50: float, deviation: float) -> tuple[str, ...]:
    """Warn where paths that run beside the critical one make the plan longer than the textbook says."""
    if p50 - pert.mean <= 0.25 * deviation:
        return ()
    return (
        say(
            "Parallel paths push the plan beyond classical PERT, which looks at one path only: use the P50 and P80.",
            "Des chemins parallèles allongent le plan au-delà du PERT classique, qui n'en regarde qu'un : "
            "retenez le P50 et le P80.",
        ),
    )
