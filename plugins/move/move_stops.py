"""The stops of tours: places, demands, time windows, distances, and a lower bound on any tours that serve them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.plugin_api import DataTable, Scalar, ToolError, parse_number, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.int64]

_CLOCK = re.compile(r"^(\d{1,2})(?::|h|H)(\d{2})?(?::\d{2})?$")
_MOST_STOPS = 1500
_LATE = 10**9
_EARTH = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops, the depot first; metres between them, seconds of windows and service.

    `given` says that distances came from a table, `on_map` that places are known, `degrees` that they are longitude and
    latitude, `by_clock` that times are shown as times of day.
    """

    names: tuple[str, ...]
    demand: tuple[float, ...]
    places: tuple[tuple[float, float], ...]
    metres: Matrix
    ready: tuple[int, ...]
    due: tuple[int, ...]
    service: tuple[int, ...]
    given: bool
    on_map: bool
    degrees: bool
    by_clock: bool

    def clock(self, seconds: int) -> Scalar:
        """Return a time of day, or minutes where the table counts in minutes."""
        if not self.by_clock:
            return seconds / 60
        minutes = round(seconds / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    def least_vehicles(self, served: set[int], capacity: float) -> int:
        return math.ceil(sum(self.demand[i] for i in served) / capacity - 1e-9)


def read_stops(table: DataTable, depot: str, distances: DataTable | None, capacity: float) -> Stops:
    """Read and check the table of stops; ToolError names what is missing or impossible."""
    names, demand = table.texts("stop"), table.numbers("demand")
    first = _depot(names, depot)
    order = [first, *(i for i in range(len(names)) if i != first)]
    if not 2 <= len(names) <= _MOST_STOPS or len(set(names)) < len(names) or "" in names:
        raise ToolError(
            say(
                f"It takes a depot and 1 to {_MOST_STOPS - 1} stops, each with a name of its own.",
                f"Il faut un dépôt et de 1 à {_MOST_STOPS - 1} arrêts, chacun avec un nom à lui.",
            )
        )
    if min(demand) < 0 or capacity * 1000 > 2**52:
        raise ToolError(say("A demand is negative or too large.", "Un besoin est négatif ou trop grand."))
    places, degrees = _places(table)
    if places is None and distances is None:
        raise ToolError(
            say(
                "Give the stops “lat” and “lon” (or “x” and “y” in km), or a table of distances.",
                "Donnez aux arrêts « lat » et « lon » (ou « x » et « y » en km), ou un tableau de distances.",
            )
        )
    metres = _from_table(names, distances) if distances is not None else _straight(places or [], degrees)
    ready, clock = _times(table, "ready", 0)
    due, other = _times(table, "due", _LATE)
    service, _ = _times(table, "service", 0, of_day=False)
    for name, early, late in zip(names, ready, due, strict=True):
        if early > late:
            raise ToolError(
                say(
                    f"Stop “{name}” is ready after it is due; give a time window.",
                    f"L'arrêt « {name} » est prêt après son échéance ; donnez un créneau.",
                )
            )
    at = places or [(0.0, 0.0)] * len(names)
    return Stops(
        tuple(names[i] for i in order),
        tuple(0.0 if i == first else demand[i] for i in order),
        tuple(at[i] for i in order),
        metres[order][:, order],
        tuple(ready[i] for i in order),
        tuple(due[i] for i in order),
        tuple(0 if i == first else service[i] for i in order),
        distances is not None,
        places is not None,
        degrees,
        clock or other,
    )


def _depot(names: list[str], depot: str) -> int:
    if not depot:
        return 0
    if depot not in names:
        raise ToolError(
            say(f"The depot “{depot}” is no row of the stops.", f"Le dépôt « {depot} » n'est pas une ligne des arrêts.")
        )
    return names.index(depot)


def _places(table: DataTable) -> tuple[list[tuple[float, float]] | None, bool]:
    for x, y, degrees in (("lon", "lat", True), ("x", "y", False)):
        if table.has(x) and table.has(y):
            places = list(zip(table.numbers(x), table.numbers(y), strict=True))
            if degrees and any(abs(lon) > 180 or abs(lat) > 90 for lon, lat in places):
                raise ToolError(
                    say(
                        "A latitude or longitude is out of range; are the columns swapped?",
                        "Une latitude ou longitude est hors limites ; les colonnes sont-elles inversées ?",
                    )
                )
            return places, degrees
    return None, False


def _straight(places: list[tuple[float, float]], degrees: bool) -> Matrix:
    """Return metres between places: great circles of the mean sphere, or straight lines of a plane in km."""
    import numpy as np

    x, y = np.array(places).T
    if not degrees:
        return np.rint(1000 * np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])).astype(np.int64)
    lon, lat = np.radians(x), np.radians(y)
    half = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
    half = half + np.cos(lat)[:, None] * np.cos(lat)[None, :] * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    return np.rint(2 * _EARTH * np.arcsin(np.sqrt(np.minimum(1, half)))).astype(np.int64)


def _from_table(names: list[str], distances: DataTable) -> Matrix:
    import numpy as np

    rows = {name: i for i, name in enumerate(distances.texts("from"))}
    absent = [name for name in names if name not in rows or not distances.has(name)]
    if absent:
        raise ToolError(
            say(
                f"The distances lack a row or a column for: {', '.join(absent[:5])}.",
                f"Il manque aux distances une ligne ou une colonne pour : {', '.join(absent[:5])}.",
            )
        )
    metres = np.zeros((len(names), len(names)), dtype=np.int64)
    for j, name in enumerate(names):
        column = distances.position(name)
        for i, other in enumerate(names):
            km = parse_number(distances.rows[rows[other]][column])
            if i != j and (km is None or km < 0 or km > 1e6):
                raise ToolError(
                    say(
                        f"The distance from “{other}” to “{name}” is missing or impossible.",
                        f"La distance de « {other} » à « {name} » manque ou est impossible.",
                    )
                )
            metres[i, j] = 0 if i == j else round(1000 * (km or 0.0))
    return metres


def _times(table: DataTable, column: str, default: int, of_day: bool = True) -> tuple[list[int], bool]:
    """Return seconds, from minutes or times of day; and whether any was a time of day."""
    if not table.has(column):
        return [default] * len(table), False
    found, clock = [], False
    for row, cells in enumerate(table.rows, start=2):
        cell = cells[table.position(column)]
        text = "" if cell is None else str(cell).strip()
        minutes = parse_number(cell)
        match = _CLOCK.match(text) if of_day else None
        if text == "":
            found.append(default)
        elif minutes is not None and 0 <= minutes <= 1e6:
            found.append(round(minutes * 60))
        elif match:
            clock = True
            found.append((int(match[1]) * 60 + int(match[2] or 0)) * 60)
        else:
            raise ToolError(
                say(
                    f"Row {row}, column “{column}”: “{text}” is neither minutes nor a time such as 08:30.",
                    f"Ligne {row}, colonne « {column} » : « {text} » n'est ni des minutes ni une heure comme 08:30.",
                )
            )
    return found, clock


def closure(matrix: Matrix) -> Matrix:
    """Return shortest ways through other stops (Floyd and Warshall)."""
    import numpy as np

    best = matrix.copy()
    for k in range(len(best)):
        np.minimum(best, best[:, k, None] + best[None, k, :], out=best)
    return best


def lower_bound(stops: Stops, served: list[int], capacity: float) -> float:
    """Return metres that no tours can go below: a spanning tree, or trips weighted by load, whichever is greater.

    Tours join all stops to the depot, so that they are no shorter than a spanning tree of the cheaper directions; and a
    tour is no shorter than there and back to any of its stops, hence than their mean weighted by ``demand / capacity``
    (Haimovich and Rinnooy Kan 1985).
    """
    import numpy as np

    best = closure(stops.metres)
    radial = sum(stops.demand[i] / capacity * float(best[0, i] + best[i, 0]) for i in served)
    nodes = [0, *served]
    either = np.minimum(best, best.T)[nodes][:, nodes].astype(float)
    joined, tree = either[0].copy(), 0.0
    joined[0] = np.inf
    for _ in served:
        nearest = int(np.argmin(joined))
        tree += float(joined[nearest])
        joined = np.where(np.isinf(joined), np.inf, np.minimum(joined, either[nearest]))
        joined[nearest] = np.inf
    return max(radial, tree, float(max(best[0, i] + best[i, 0] for i in served)))
