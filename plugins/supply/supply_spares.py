"""Spares of one part: Poisson pipeline, both definitions of service."""

from __future__ import annotations

from typing import Any

from copilot.plugin_api import (
    Column,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    ToolError,
    Value,
    need,
    say,
    written,
)

_MOST_PIPELINE = 100_000.0


def backorders(stock: int, law: Any) -> float:
    """Return the mean number of parts missing, ``E (X - s)+``, for X of a law of scipy on the whole numbers."""
    import numpy as np

    below = np.arange(stock + 1)
    return max(0.0, float(law.mean() - stock + ((stock - below) * law.pmf(below)).sum()))


def spares_result(in_use: int, hours_per_day: float, mean_life: float, turnaround: float, service: float) -> Result:
    """Find the least s with ``P(X <= s) >= service`` and with ``P(X <= s - 1) >= service``; X is Poisson (Palm)."""
    stats = need("scipy.stats", "plan")
    per_day = in_use * hours_per_day / mean_life
    pipeline = per_day * turnaround
    if pipeline > _MOST_PIPELINE:
        raise ToolError(
            say(
                f"{written(pipeline, '.3g')} parts on their way at a time: check the figures and their units.",
                f"{written(pipeline, '.3g')} pièces en circulation à la fois : vérifiez les chiffres et leurs unités.",
            )
        )
    law = stats.poisson(pipeline)
    no_shortage = int(law.ppf(service))
    filled = no_shortage + 1
    shown = range(max(0, no_shortage - 5), filled + 5)
    rows = tuple(
        (s, float(law.cdf(s)), float(law.cdf(s - 1)), backorders(s, law), max(0.0, 1 - backorders(s, law) / in_use))
        for s in shown
    )
    columns = (
        Column("stock", None, "Stock"),
        Column("no_shortage", None, say("No shortage", "Pas de manque")),
        Column("filled", None, say("Demands met at once", "Demandes servies aussitôt")),
        Column("backorders", None, say("Mean number missing", "Nombre moyen de manquants")),
        Column("availability", None, say("Share of places filled", "Part des emplacements garnis")),
    )
    return Result(
        values=(
            Value(
                "stock_no_shortage",
                no_shortage,
                None,
                say("Spares so that none is missing", "Rechanges pour qu'aucun ne manque"),
            ),
            Value(
                "stock_filled",
                filled,
                None,
                say("Spares so that a demand is met at once", "Rechanges pour servir aussitôt une demande"),
            ),
            Value("pipeline", pipeline, None, say("Parts on their way, mean", "Pièces en circulation, moyenne")),
            Value("per_day", per_day, "1/day", say("Removals per day", "Déposes par jour")),
            Value(
                "no_shortage",
                float(law.cdf(no_shortage)),
                None,
                say("Service reached, first definition", "Service atteint, première définition"),
            ),
            Value(
                "filled",
                float(law.cdf(filled - 1)),
                None,
                say("Service reached, second definition", "Service atteint, seconde définition"),
            ),
            Value("backorders", backorders(no_shortage, law), None, say("Mean number missing", "Manquants en moyenne")),
        ),
        tables=(ResultTable("stocks", columns, rows, say("Service by stock", "Service selon le stock")),),
        figure=Figure(
            FigureKind.SERIES,
            say("Service by stock", "Service selon le stock"),
            lines=(
                Line(columns[1].label, tuple(float(row[0]) for row in rows), tuple(row[1] for row in rows)),
                Line(columns[2].label, tuple(float(row[0]) for row in rows), tuple(row[2] for row in rows)),
            ),
            x_label="Stock",
            y_label="Service",
        ),
        assumptions=(
            say(
                "Removals are Poisson: independent, at a constant rate (no wear-out, no campaigns); X is the number of "
                "parts on their way.",
                "Les déposes suivent une loi de Poisson : indépendantes, à taux constant (ni usure, ni campagnes) ; X "
                "est le nombre de pièces en circulation.",
            ),
            say(
                "First definition: P(X ≤ s), no one waits at a given moment. Second: P(X ≤ s − 1), a demand finds a "
                "spare. The second takes one more.",
                "Première définition : P(X ≤ s), personne n'attend à un instant donné. Seconde : P(X ≤ s − 1), une "
                "demande trouve un rechange. La seconde en prend un de plus.",
            ),
            say(
                "Each removed part is replaced one for one after the turnaround, whose spread does not matter; repairs "
                "do not queue.",
                "Chaque pièce déposée est remplacée une pour une après le délai, dont la dispersion est sans effet ; "
                "les réparations n'attendent pas.",
            ),
        ),
    )
