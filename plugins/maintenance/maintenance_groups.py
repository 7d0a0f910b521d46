"""Survival by group, and what drives the risk of failure."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from maintenance_lives import read_lives, steps

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
    need,
    say,
    written,
)


def survival_result(lives: DataTable, time_unit: str, confidence: float) -> Result:
    """Estimate, test and lay out survival by group."""
    times, failed = read_lives(lives)
    groups = lives.texts("group")
    names = list(dict.fromkeys(groups))
    if len(names) > 20:
        raise ToolError(
            say(f"{len(names)} groups are too many; 20 at most.", f"{len(names)} groupes, c'est trop ; 20 au plus.")
        )
    lifelines = need("lifelines", "maintenance")
    rows: list[tuple[str, int, int, float | None, float | None, float | None]] = []
    steps_of: list[tuple[str, float, float, float, float]] = []
    lines = []
    for name in names:
        mine = [i for i, one in enumerate(groups) if one == name]
        curve = lifelines.KaplanMeierFitter(alpha=1 - confidence)
        curve.fit([times[i] for i in mine], [failed[i] for i in mine])
        band = curve.confidence_interval_
        middle = need("lifelines.utils", "maintenance").median_survival_times(band)
        ends = [_finite(middle.iloc[0, 0]), _finite(middle.iloc[0, 1])]
        events = sum(failed[i] for i in mine)
        rows.append((name, len(mine), events, _finite(curve.median_survival_time_), ends[0], ends[1]))
        ages, shares = steps([times[i] for i in mine], [failed[i] for i in mine])
        lines.append(Line(name, ages, shares))
        steps_of += [
            (name, age, share, float(band.loc[age].iloc[0]), float(band.loc[age].iloc[1]))
            for age, share in zip(ages[1:], shares[1:], strict=True)
        ]
    values = [Value("groups", len(names), None, say("Groups", "Groupes"))]
    if len(names) > 1:
        test = need("lifelines.statistics", "maintenance").multivariate_logrank_test(times, groups, failed)
        values.append(Value("log_rank", float(test.test_statistic), None, say("Log-rank statistic", "Log-rank")))
        label = say("Likelihood of such a difference by chance (p)", "Probabilité d'un tel écart par hasard (p)")
        values.append(Value("p_value", float(test.p_value), None, label))
    return Result(
        values=tuple(values),
        tables=(_groups_table(rows, time_unit, confidence), _steps_table(steps_of, time_unit)),
        figure=Figure(
            FigureKind.SERIES,
            say("Share still running", "Part encore en service"),
            lines=tuple(lines),
            x_label=say("Age", "Âge"),
            x_unit=time_unit,
        ),
        assumptions=(
            say(
                "Kaplan-Meier; why an item left service without failing has nothing to do with how soon it would fail.",
                "Kaplan-Meier ; la raison d'un retrait sans panne est sans rapport avec la panne qui serait venue.",
            ),
            say(
                "Log-rank test of equal survival; intervals on the log-log scale.",
                "Test du log-rank d'égalité des survies ; intervalles à l'échelle log-log.",
            ),
        ),
        warnings=tuple(
            say(f"“{one[0]}” has {one[2]} failures only.", f"« {one[0]} » n'a que {one[2]} pannes.")
            for one in rows
            if one[2] < 5
        ),
    )


def cox_result(lives: DataTable, factors: Sequence[str], confidence: float) -> Result:
    """Fit, check and lay out what drives the risk."""
    times, failed = read_lives(lives)
    names = list(factors) or [one for one in lives.columns if one not in ("time", "failed")]
    columns = {name: lives.numbers(name) for name in names}
    for name in names:
        if len(set(columns[name])) < 2:
            raise ToolError(
                say(
                    f"The factor “{name}” never varies; leave it out.",
                    f"Le facteur « {name} » ne varie pas ; retirez-le.",
                )
            )
    if not names or sum(failed) < 2 * len(names):
        raise ToolError(
            say(
                f"{sum(failed)} failures cannot tell {len(names)} factors apart; name fewer in “factors”.",
                f"{sum(failed)} pannes ne séparent pas {len(names)} facteurs ; nommez-en moins dans « factors ».",
            )
        )
    model, check = _fit_cox(times, failed, columns, confidence)
    found = model.summary
    low, high = (next(one for one in found.columns if one.startswith(f"exp(coef) {end}")) for end in ("lower", "upper"))
    rows = tuple(
        (
            name,
            float(found.loc[name, "coef"]),
            float(found.loc[name, "se(coef)"]),
            float(found.loc[name, "exp(coef)"]),
            float(found.loc[name, low]),
            float(found.loc[name, high]),
            float(found.loc[name, "p"]),
            float(check.loc[name, "p"]),
        )
        for name in names
    )
    told = [
        say(
            f"“{row[0]}” does not multiply the risk by the same factor at every age (p = {written(row[7], '.3f')}): "
            "read it as a mean over the period.",
            f"« {row[0]} » ne multiplie pas le risque par le même facteur à tout âge (p = {written(row[7], '.3f')}) : "
            "lisez-le comme une moyenne sur la période.",
        )
        for row in rows
        if row[7] < 0.05
    ]
    if sum(failed) < 10 * len(names):
        told.append(
            say(
                "Fewer than ten failures a factor: the coefficients are unsteady.",
                "Moins de dix pannes par facteur : les coefficients sont instables.",
            )
        )
    label = say("Pairs put in the right order", "Paires bien ordonnées")
    together = say(
        "Likelihood by chance, all factors together (p)", "Probabilité par hasard, ensemble des facteurs (p)"
    )
    return Result(
        values=(
            Value("concordance", float(model.concordance_index_), None, label),
            Value("p_value", float(model.log_likelihood_ratio_test().p_value), None, together),
            Value("failures", sum(failed), None, say("Failures", "Pannes")),
        ),
        tables=(
            ResultTable(
                "factors",
                (
                    Column("factor", None, say("Factor", "Facteur")),
                    Column("coefficient", None, say("Coefficient", "Coefficient")),
                    Column("error", None, say("Standard error", "Erreur-type")),
                    Column("ratio", None, say("Multiplies the risk by", "Multiplie le risque par")),
                    Column("low", None, say("Low", "Bas")),
                    Column("high", None, say("High", "Haut")),
                    Column("p_value", None, "p"),
                    Column("proportional_p", None, say("p, constant over time", "p, constance dans le temps")),
                ),
                rows,
                say(
                    f"Factors, intervals at {written(confidence, '.0%')}",
                    f"Facteurs, intervalles à {written(confidence, '.0%')}",
                ),
            ),
        ),
        assumptions=(
            say(
                "Proportional hazards (Cox), Efron's method for ties; the last column tests that a ratio is constant.",
                "Risques proportionnels (Cox), ex aequo selon Efron ; la dernière colonne teste la constance du "
                "rapport.",
            ),
            say("An association is not a cause.", "Une association n'est pas une cause."),
        ),
        warnings=tuple(told),
    )


def _finite(number: Any) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _fit_cox(times: list[float], failed: list[bool], columns: dict[str, list[float]], confidence: float) -> Any:
    """Return the fitted model and, a row a factor, the test that its ratio is constant over time."""
    lifelines = need("lifelines", "maintenance")
    statistics = need("lifelines.statistics", "maintenance")
    exceptions = need("lifelines.exceptions", "maintenance")
    frame = need("pandas", "maintenance").DataFrame({**columns, "__time": times, "__failed": failed})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", exceptions.ConvergenceWarning)
            model = lifelines.CoxPHFitter(alpha=1 - confidence).fit(frame, "__time", "__failed")
            return model, statistics.proportional_hazard_test(model, frame, time_transform="km").summary
    except (exceptions.ConvergenceError, exceptions.ConvergenceWarning) as error:
        raise ToolError(
            say(
                "The factors cannot be told apart: two of them go together, or one decides every failure. Leave "
                "one out.",
                "Les facteurs ne se séparent pas : deux vont ensemble, ou l'un décide de chaque panne. Retirez-en un.",
            )
        ) from error


def _groups_table(rows: list[Any], time_unit: str, confidence: float) -> ResultTable:
    return ResultTable(
        "groups",
        (
            Column("group", None, say("Group", "Groupe")),
            Column("items", None, say("Items", "Matériels")),
            Column("failures", None, say("Failures", "Pannes")),
            Column("median", time_unit, say("Median life", "Durée de vie médiane")),
            Column("low", time_unit, say("Low", "Bas")),
            Column("high", time_unit, say("High", "Haut")),
        ),
        tuple(rows),
        say(
            f"Groups, intervals at {written(confidence, '.0%')}", f"Groupes, intervalles à {written(confidence, '.0%')}"
        ),
    )


def _steps_table(rows: list[Any], time_unit: str) -> ResultTable:
    return ResultTable(
        "steps",
        (
            Column("group", None, say("Group", "Groupe")),
            Column("age", time_unit, say("Age", "Âge")),
            Column("survival", None, say("Share still running", "Part encore en service")),
            Column("low", None, say("Low", "Bas")),
            Column("high", None, say("High", "Haut")),
        ),
        tuple(rows),
        say("Survival after each failure", "Survie après chaque panne"),
    )
