"""How long stocks last: one stock with receipts, many items side by side."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from copilot.plugin_api import (
    Column,
    DataTable,
    Figure,
    FigureKind,
    Line,
    Result,
    ResultTable,
    Scalar,
    ToolError,
    Value,
    parse_number,
    say,
    written,
)

_DAY = re.compile(r"^[DdJj]\s*\+?\s*(\d+(?:[.,]\d+)?)$")
_MOST_DAYS = 36_525.0


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a stock: ``(day, level)`` corners, when it first runs out and falls below, what goes unmet."""

    corners: tuple[tuple[float, float], ...]
    out: float
    below: float
    last_out: float
    unmet: float
    steps: tuple[tuple[float, float, float, float], ...]


def follow(stock: float, per_day: float, floor: float, receipts: list[tuple[float, float]]) -> Course:
    """Run a stock down at a constant rate through its receipts (day, quantity), to its end after the last.

    Demand that meets an empty stock is not caught up. A level equal to `floor` counts as held. Each step is
    (day, level before, quantity received, level after).
    """
    day, level = 0.0, stock
    corners = [(0.0, stock)]
    out = below = -1.0
    unmet = 0.0
    steps: list[tuple[float, float, float, float]] = []
    if stock < floor:
        below = 0.0
    for when, quantity in [*sorted(receipts), (float("inf"), 0.0)]:
        empty = day + level / per_day
        falls = day + max(0.0, level - floor) / per_day
        if below < 0 and falls < when:
            below = falls
        if empty < when:
            if out < 0:
                out = empty
            corners.append((empty, 0.0))
            last_out = empty
            if when == float("inf"):
                break
            unmet += (when - empty) * per_day
            corners.append((when, 0.0))
        before = max(0.0, level - (when - day) * per_day)
        level = before + quantity
        day = when
        steps.append((when, before, quantity, level))
        corners += [(when, before), (when, level)]
    return Course(tuple(corners), out, below, last_out, unmet, tuple(steps))


def read_receipts(receipts: DataTable | None, start: dt.date | None) -> list[tuple[float, float]]:
    """Return (day, quantity) of each delivery; a day is a number, ``D+6`` or ``J+6``, or a date where `start` is."""
    if receipts is None:
        return []
    found = []
    cells = [row[receipts.position("day")] for row in receipts.rows]
    for number, (cell, quantity) in enumerate(zip(cells, receipts.numbers("quantity"), strict=True), start=2):
        day = _day(cell, start)
        if day is None or not 0 <= day <= _MOST_DAYS or quantity < 0:
            shown = "" if cell is None else str(cell)
            raise ToolError(
                say(
                    f"Row {number} of the receipts: the day “{shown}” must be a number of days from the start, D+6, or "
                    "a date (2026-05-31) on or after a start that is given; quantities must not be negative.",
                    f"Ligne {number} des livraisons : le jour « {shown} » doit être un nombre de jours depuis le "
                    "début, J+6, ou une date (2026-05-31) à partir d'un début donné ; pas de quantité négative.",
                )
            )
        found.append((day, quantity))
    return found


def _day(cell: Scalar, start: dt.date | None) -> float | None:
    number = parse_number(cell)
    if number is not None:
        return number
    text = str(cell or "").strip()
    if match := _DAY.match(text):
        return parse_number(match[1])
    if start is None:
        return None
    try:
        date = dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
    return float((date - start).days)


def _date_at(start: dt.date, day: float) -> str:
    return (start + dt.timedelta(days=int(day))).isoformat()


def days_result(
    stock: float, per_day: float, reserve: float, receipts: DataTable | None, start: dt.date | None
) -> Result:
    """Follow one stock; all days are counted from the start, all quantities in litres."""
    coming = read_receipts(receipts, start)
    if stock / per_day > _MOST_DAYS:
        raise ToolError(
            say(
                "The stock lasts more than a century: check both figures and their units.",
                "Le stock durerait plus d'un siècle : vérifiez les deux chiffres et leurs unités.",
            )
        )
    course = follow(stock, per_day, reserve * per_day, coming)
    values = [
        Value("days", stock / per_day, "day", say("Days of supply in stock", "Jours de stock")),
        Value("stock_out", course.out, "day", say("Runs out on day", "Rupture au jour")),
    ]
    if start is not None:
        label = say("Runs out on", "Rupture le")
        values.append(Value("stock_out_date", _date_at(start, course.out), None, label))
    if reserve:
        label = say("Falls below the reserve on day", "Passe sous la réserve au jour")
        values.append(Value("below_reserve", course.below, "day", label))
        if start is not None:
            label = say("Falls below the reserve on", "Passe sous la réserve le")
            values.append(Value("below_reserve_date", _date_at(start, course.below), None, label))
    if course.unmet:
        values.append(Value("unmet", course.unmet, "L", say("Demand that goes unmet", "Besoin non satisfait")))
        label = say("Runs out for good on day", "Rupture définitive au jour")
        values.append(Value("last_stock_out", course.last_out, "day", label))
    return Result(
        values=tuple(values),
        tables=_receipts_table(course, start),
        figure=Figure(
            FigureKind.SERIES,
            say("Stock by day", "Stock par jour"),
            lines=_lines(course, reserve * per_day),
            x_label=say("Day", "Jour"),
            y_label="Stock",
            x_unit="day",
            y_unit="L",
        ),
        assumptions=(
            say(
                "Use is constant, day and night; day 0 is the start, at 0 h.",
                "La consommation est constante, jour et nuit ; le jour 0 est le début, à 0 h.",
            ),
            say(
                "All of the stock can be used: no dead stock, loss or evaporation.",
                "Tout le stock est utilisable : ni fond de cuve, ni perte, ni évaporation.",
            ),
            say(
                "A receipt counts from the beginning of its day; what was lacking before is not caught up.",
                "Une livraison compte dès le début de son jour ; ce qui a manqué avant n'est pas rattrapé.",
            ),
        ),
        warnings=_warnings(course, coming, reserve),
    )


def _receipts_table(course: Course, start: dt.date | None) -> tuple[ResultTable, ...]:
    if not course.steps:
        return ()
    columns = [
        Column("day", "day", say("Day", "Jour")),
        Column("before", "L", say("Stock before", "Stock avant")),
        Column("receipt", "L", say("Receipt", "Livraison")),
        Column("after", "L", say("Stock after", "Stock après")),
    ]
    rows: list[tuple[Scalar, ...]] = list(course.steps)
    if start is not None:
        columns.append(Column("date", None, "Date"))
        rows = [(*row, _date_at(start, step[0])) for row, step in zip(rows, course.steps, strict=True)]
    return (ResultTable("receipts", tuple(columns), tuple(rows), say("Receipts", "Livraisons")),)


def _lines(course: Course, floor: float) -> tuple[Line, ...]:
    days, levels = zip(*course.corners, strict=True)
    lines = [Line("Stock", days, levels)]
    if floor:
        lines.append(Line(say("Reserve", "Réserve"), (0.0, course.last_out), (floor, floor)))
    return tuple(lines)


def _warnings(course: Course, coming: list[tuple[float, float]], reserve: float) -> tuple[str, ...]:
    found = []
    if course.unmet:
        late = next(when for when, _ in sorted(coming) if when > course.out)
        found.append(
            say(
                f"The stock runs out on day {written(course.out, '.2f')}, before the receipt of day {written(late)}.",
                f"La rupture survient au jour {written(course.out, '.2f')}, avant la livraison du jour "
                f"{written(late)}.",
            )
        )
    if reserve and course.below == 0:
        found.append(say("The stock is below the reserve from the start.", "Le stock est d'emblée sous la réserve."))
    return tuple(found)


def status_result(items: DataTable, minimum: float) -> Result:
    """Return the days of supply of each item, shortest first; an item that is not used lasts without end."""
    names, stocks, rates = items.texts("item"), items.numbers("stock"), items.numbers("per_day")
    if not names:
        raise ToolError(say("The table has no item.", "Le tableau n'a aucun article."))
    for number, (stock, rate) in enumerate(zip(stocks, rates, strict=True), start=2):
        if stock < 0 or rate < 0:
            raise ToolError(
                say(
                    f"Row {number}: stock and daily use must not be negative.",
                    f"Ligne {number} : ni stock ni consommation négatifs.",
                )
            )
    units = items.texts("unit") if items.has("unit") else [""] * len(names)
    wanted = [minimum] * len(names)
    if items.has("minimum_days"):
        cells = [parse_number(row[items.position("minimum_days")]) for row in items.rows]
        wanted = [minimum if cell is None else cell for cell in cells]
    lasting = [stock / rate if rate else None for stock, rate in zip(stocks, rates, strict=True)]
    endless = float("inf")
    order = sorted(range(len(names)), key=lambda i: (endless if lasting[i] is None else lasting[i], names[i]))
    short = [i for i in order if (days := lasting[i]) is not None and days < wanted[i]]
    rows: list[tuple[Scalar, ...]] = [
        (
            names[i],
            stocks[i],
            rates[i],
            units[i],
            lasting[i],
            wanted[i],
            max(0.0, wanted[i] * rates[i] - stocks[i]),
        )
        for i in order
    ]
    first = order[0]
    return Result(
        values=(
            Value("shortest", names[first], None, say("Shortest item", "Article le plus court")),
            Value("shortest_days", lasting[first], "day", say("Its days of supply", "Ses jours de stock")),
            Value("below", len(short), None, say("Items below their minimum", "Articles sous leur minimum")),
            Value("items", len(names), None, say("Number of items", "Nombre d'articles")),
        ),
        tables=(
            ResultTable(
                "status",
                (
                    Column("item", None, say("Item", "Article")),
                    Column("stock", None, "Stock"),
                    Column("per_day", None, say("Use per day", "Consommation par jour")),
                    Column("unit", None, say("Unit", "Unité")),
                    Column("days", "day", say("Days of supply", "Jours de stock")),
                    Column("minimum", "day", "Minimum"),
                    Column("missing", None, say("Missing to the minimum", "Manque jusqu'au minimum")),
                ),
                tuple(rows),
                say("Days of supply by item", "Jours de stock par article"),
            ),
        ),
        assumptions=(
            say("Use is constant and nothing comes in.", "La consommation est constante et rien n'est livré."),
            say(
                "Stock and daily use of an item are in the same unit; an item without use has no days of supply.",
                "Stock et consommation d'un article sont dans la même unité ; non consommé, il n'a pas de jours.",
            ),
        ),
        warnings=tuple(
            say(
                f"“{names[i]}” has {written(lasting[i] or 0.0, '.1f')} days, below its minimum of "
                f"{written(wanted[i])}.",
                f"« {names[i]} » tient {written(lasting[i] or 0.0, '.1f')} jours, sous son minimum de "
                f"{written(wanted[i])}.",
            )
            for i in short[:5]
        ),
    )
