"""Remaining lives laid out with the error of the method on units it never saw."""

from __future__ import annotations

import math

from maintenance_wear import (
    FEWEST_UNITS,
    HeldOut,
    Track,
    bands,
    coverage,
    features,
    fit,
    hold_out,
    read_tracks,
    remaining,
)

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
    say,
    written,
)

_FOLDS = 10


def wear_result(history: DataTable, fleet: DataTable | None, window: int, cap: float, level: float) -> Result:
    """Learn from the units that failed, measure the error, and estimate the others."""
    import numpy as np

    sensors = [one for one in history.columns if one not in ("unit", "cycle")]
    tracks = read_tracks(history, sensors) if sensors else []
    if len(tracks) < FEWEST_UNITS:
        raise ToolError(
            say(
                f"It takes sensors of {FEWEST_UNITS} failed units or more to measure an error; there are "
                f"{len(tracks)}.",
                f"Il faut les capteurs d'au moins {FEWEST_UNITS} unités en panne pour mesurer une erreur ; "
                f"il y en a {len(tracks)}.",
            )
        )
    held = hold_out(tracks, window, cap, min(_FOLDS, len(tracks)))
    errors, by_age = held.errors(), held.age_errors()
    rmse, naive = float(np.sqrt((errors**2).mean())), float(np.sqrt((by_age**2).mean()))
    each = [float(np.sqrt(((a - b) ** 2).mean())) for a, b in zip(held.predicted, held.true, strict=True)]
    covered = coverage(held, level, cap)
    tables = [_error_table(held)]
    if fleet is not None:
        tables.insert(0, _fleet_table(read_tracks(fleet, sensors), tracks, held, window, cap, level))
    told = []
    if rmse > 0.9 * naive:
        told.append(
            say(
                "The sensors say hardly more than age alone: do not plan on these lives.",
                "Les capteurs n'apprennent guère plus que l'âge seul : ne planifiez pas sur ces durées.",
            )
        )
    if covered < level - 0.05:
        told.append(
            say(
                f"The intervals held the true life in {written(covered, '.0%')} of the cases only.",
                f"Les intervalles n'ont contenu la vraie durée que dans {written(covered, '.0%')} des cas.",
            )
        )
    label = say("Root mean square error on units held out", "Erreur quadratique moyenne sur unités tenues à l'écart")
    spread = float(np.std(each, ddof=1) / math.sqrt(len(each)))
    return Result(
        values=(
            Value("rmse", rmse, None, label),
            Value("rmse_error", spread, None, say("Its standard error over units", "Son erreur-type entre unités")),
            Value("mae", float(np.abs(errors).mean()), None, say("Mean absolute error", "Erreur absolue moyenne")),
            Value("bias", float(errors.mean()), None, say("Mean error (above 0: too long)", "Biais (> 0 : trop long)")),
            Value("age_rmse", naive, None, say("The same error, from age alone", "La même erreur, d'après l'âge seul")),
            Value("coverage", covered, None, say("Intervals that held the truth", "Intervalles contenant la vérité")),
            Value("units", len(tracks), None, say("Units followed to failure", "Unités suivies jusqu'à la panne")),
        ),
        tables=tuple(tables),
        figure=Figure(
            FigureKind.SERIES,
            say("Held-out units: true and estimated life left", "Unités à l'écart : durée vraie et estimée"),
            lines=tuple(
                Line(track.unit, tuple(map(float, held.true[i])), tuple(map(float, held.predicted[i])))
                for i, track in enumerate(tracks[:6])
            ),
            x_label=say("True cycles left", "Cycles vraiment restants"),
            y_label=say("Estimated", "Estimés"),
        ),
        assumptions=(
            say(
                f"Lives are in cycles and count up to {written(cap)}; past wear goes on as it did in the units "
                "that failed.",
                f"Les durées sont en cycles et comptées jusqu'à {written(cap)} ; l'usure se poursuit comme dans les "
                "unités en panne.",
            ),
            say(
                "Ridge regression on means and slopes of the last cycles; errors and intervals from whole units "
                "left out, "
                "each looked at as often, at moments spread over its life.",
                "Régression ridge sur moyennes et pentes des derniers cycles ; erreurs et intervalles sur des unités "
                "entières tenues à l'écart, toutes regardées aussi souvent, à des moments répartis sur leur vie.",
            ),
        ),
        warnings=tuple(told),
    )


def _error_table(held: HeldOut) -> ResultTable:
    """Errors by how long the unit truly had left: near failure they matter most."""
    import numpy as np

    true, errors = np.concatenate(held.true), held.errors()
    rows = []
    for low, high in ((0, 25), (25, 50), (50, 100), (100, math.inf)):
        mine = errors[(true >= low) & (true < high)]
        if len(mine):
            span = f"{low}-{high}" if high < math.inf else f"≥ {low}"
            rows.append((span, len(mine), float(np.sqrt((mine**2).mean())), float(mine.mean())))
    return ResultTable(
        "errors",
        (
            Column("left", None, say("Cycles truly left", "Cycles vraiment restants")),
            Column("cases", None, say("Cases", "Cas")),
            Column("rmse", None, say("Root mean square error", "Erreur quadratique moyenne")),
            Column("bias", None, say("Mean error", "Biais")),
        ),
        tuple(rows),
        say("Error on units held out", "Erreur sur unités tenues à l'écart"),
    )


def _fleet_table(
    fleet: list[Track], tracks: list[Track], held: HeldOut, window: int, cap: float, level: float
) -> ResultTable:
    import numpy as np

    rows = np.concatenate([features(one, window) for one in tracks])
    model = fit(rows, np.concatenate([remaining(one, window, cap) for one in tracks]), cap)
    made = bands(held.predicted, held.true, level)
    told = []
    for one in fleet:
        left = model.predict(features(one, window, last_only=True))
        low, high = made.around(left, cap)
        told.append((one.unit, float(one.cycles[-1]), float(left[0]), float(low[0]), float(high[0])))
    return ResultTable(
        "fleet",
        (
            Column("unit", None, say("Unit", "Unité")),
            Column("cycle", None, say("Cycles run", "Cycles faits")),
            Column("left", None, say("Cycles left", "Cycles restants")),
            Column("low", None, say("Low", "Bas")),
            Column("high", None, say("High", "Haut")),
        ),
        tuple(sorted(told, key=lambda one: (one[2], one[0]))),
        say(
            f"Units in service, intervals at {written(level, '.0%')}",
            f"Unités en service, intervalles à {written(level, '.0%')}",
        ),
    )
