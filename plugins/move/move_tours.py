"""Tours of several vehicles from one depot: capacities, time windows, a bound to judge them by (PyVRP)."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from move_stops import Stops, closure, lower_bound, read_stops
from move_tours_report import WALL, Trip, assumptions, missing_table, tours_map, tours_table, visits_table, weak_points

from copilot.plugin_api import (
    DataTable,
    Result,
    Solver,
    SolverStatus,
    ToolError,
    Value,
    need,
    report_progress,
    say,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Demands are counted in thousandths.
_PARTS = 1000
_LATE = 10**9


def tours_result(
    table: DataTable,
    vehicles: int,
    capacity: float,
    depot: str,
    distances: DataTable | None,
    speed: float,
    max_hours: float | None,
    iterations: int,
    seed: int,
) -> Result:
    """Search tours of least total distance; where not all stops can be served, as many as can be."""
    stops = read_stops(table, depot, distances, capacity)
    longest = _LATE if max_hours is None else round(max_hours * 3600)
    durations = (stops.metres / (speed / 3.6)).round().astype("int64")
    # Out of reach is what even the shortest way, through other stops, does not reach.
    hopeless = [*_too_big(stops, capacity), *_too_far(stops, closure(durations), longest)]
    barred = {i for i, _ in hopeless}
    if len(barred) == len(stops.names) - 1:
        raise ToolError(
            say(
                f"No stop can be served: “{stops.names[hopeless[0][0]]}”, {hopeless[0][1]}.",
                f"Aucun arrêt ne peut être servi : « {stops.names[hopeless[0][0]]} », {hopeless[0][1]}.",
            )
        )
    found, by_clock = _search(stops, durations, vehicles, capacity, longest, iterations, seed, barred, True)
    if not found.is_feasible():
        found, late = _search(stops, durations, vehicles, capacity, longest, iterations, seed, barred, False)
        by_clock = by_clock or late
    if not found.is_feasible():
        raise ToolError(
            say(
                "No tours were found that keep the limits; allow more vehicles, longer tours or wider time windows.",
                "Aucune tournée trouvée dans les limites ; admettez plus de véhicules, des tournées plus longues ou "
                "des créneaux plus larges.",
            )
        )
    return _result(stops, found.best, durations, hopeless, vehicles, capacity, by_clock, seed)


def _too_big(stops: Stops, capacity: float) -> list[tuple[int, str]]:
    told = say("demand above the capacity of a vehicle", "besoin supérieur à la capacité d'un véhicule")
    return [(i, told) for i, one in enumerate(stops.demand) if one > capacity]


def _too_far(stops: Stops, durations: NDArray[np.int64], longest: int) -> list[tuple[int, str]]:
    """Return the stops that no vehicle reaches in time even on its own, and why."""
    found = []
    for i in range(1, len(stops.names)):
        arrives = max(stops.ready[i], stops.ready[0] + int(durations[0, i]))
        back = arrives + stops.service[i] + int(durations[i, 0])
        # A vehicle may leave late, so that it does not wait.
        away = int(durations[0, i]) + stops.service[i] + int(durations[i, 0])
        if arrives > stops.due[i] or back > stops.due[0]:
            found.append((i, say("cannot be reached in its time window", "hors d'atteinte dans son créneau")))
        elif away > longest:
            found.append(
                (i, say("there and back takes longer than a tour may", "aller-retour plus long qu'une tournée"))
            )
    return found


def _search(
    stops: Stops,
    durations: NDArray[np.int64],
    vehicles: int,
    capacity: float,
    longest: int,
    iterations: int,
    seed: int,
    barred: set[int],
    required: bool,
) -> tuple[Any, bool]:
    """Run PyVRP's iterated local search; stops that nobody can serve are left out from the start."""
    import numpy as np

    pyvrp = need("pyvrp", "move")
    stop = need("pyvrp.stop", "move")
    kept = [0, *(i for i in range(1, len(stops.names)) if i not in barred)]
    parts = [round(stops.demand[i] * _PARTS) for i in kept]
    # The search is at its best with small whole numbers: distances and demands are counted in their common divisors.
    metre, part = max(1, int(np.gcd.reduce(stops.metres, axis=None))), max(1, math.gcd(*parts))
    # Leaving out a stop costs more than any way to it and back, and breaking a limit by one unit more than that.
    left_out = 4 * int(stops.metres.max()) // metre + 1
    limits = pyvrp.PenaltyParams(min_penalty=0.1 if required else 2.0 * left_out, max_penalty=max(1e5, 4.0 * left_out))
    timed = longest < _LATE or min(stops.due) < _LATE or max(stops.ready) > 0
    hours = {"tw_early": stops.ready[0], "tw_late": stops.due[0]} if timed else {}
    shift = {"shift_duration": longest} if timed else {}
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(*stops.places[i]) for i in kept],
        clients=[
            pyvrp.Client(
                location=at,
                delivery=[parts[at] // part],
                prize=0 if required else left_out,
                required=required,
                **(_window(stops, i) if timed else {}),
            )
            for at, i in enumerate(kept)
            if at
        ],
        depots=[pyvrp.Depot(location=0, **hours)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=vehicles, capacity=[int(capacity * _PARTS + 1e-6) // part], **hours, **shift
            )
        ],
        distance_matrices=[stops.metres[kept][:, kept] // metre],
        duration_matrices=[durations[kept][:, kept] * int(timed)],
    )
    report_progress(0.1 if required else 0.5, say("Searching", "Recherche"))
    ends = stop.MultipleCriteria([stop.MaxIterations(iterations), stop.MaxRuntime(WALL)])
    with warnings.catch_warnings():
        # It warns where it struggles to keep the limits; whether it kept them is looked at afterwards.
        warnings.simplefilter("ignore")
        params = pyvrp.SolveParams(penalty=limits)
        found = pyvrp.solve(data, ends, seed=seed, collect_stats=False, display=False, params=params)
    return found, found.num_iterations < iterations


def _window(stops: Stops, i: int) -> dict[str, int]:
    return {"tw_early": stops.ready[i], "tw_late": stops.due[i], "service_duration": stops.service[i]}


def _result(
    stops: Stops,
    best: Any,
    durations: NDArray[np.int64],
    hopeless: list[tuple[int, str]],
    vehicles: int,
    capacity: float,
    by_clock: bool,
    seed: int,
) -> Result:
    kept = [0, *(i for i in range(1, len(stops.names)) if i not in {j for j, _ in hopeless})]
    trips = sorted(
        (
            Trip.along(
                stops, durations, [kept[one.idx + 1] for one in route if one.is_client()], int(route.start_time())
            )
            for route in best.routes()
        ),
        key=lambda trip: trip.stops,
    )
    served = {i for trip in trips for i in trip.stops}
    reasons = dict(hopeless)
    no_room = say("no vehicle had room or time left", "plus de place ou de temps dans un véhicule")
    missing = [(i, reasons.get(i, no_room)) for i in range(1, len(stops.names)) if i not in served]
    total = sum(trip.metres for trip in trips)
    bound = lower_bound(stops, sorted(served), capacity) if served else 0.0
    gap = (total - bound) / total if total else 0.0
    longest, needed = max((trip.duration for trip in trips), default=0), stops.least_vehicles(served, capacity)
    values = (
        Value("distance", total / 1000, "km", say("Total distance", "Distance totale")),
        Value("tours", len(trips), None, say("Tours", "Tournées")),
        Value("served", len(served), None, say("Stops served", "Arrêts servis")),
        Value("unserved", len(missing), None, say("Stops not served", "Arrêts non servis")),
        Value("longest", longest / 3600, "hour", say("Longest tour", "Tournée la plus longue")),
        Value("least_vehicles", needed, None, say("Vehicles needed at least", "Véhicules nécessaires au moins")),
    )
    return Result(
        values=values,
        tables=(
            tours_table(stops, trips, capacity),
            visits_table(stops, trips),
            *missing_table(stops, missing),
        ),
        figure=tours_map(stops, trips),
        assumptions=assumptions(stops),
        warnings=weak_points(stops, missing, by_clock, len(trips), vehicles),
        solver=Solver(
            "PyVRP",
            SolverStatus.OPTIMAL if gap < 1e-12 else SolverStatus.FEASIBLE,
            total / 1000,
            bound / 1000,
            gap,
            seed,
        ),
        seed=seed,
    )
