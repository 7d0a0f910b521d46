"""Axle loads by statics: a rigid vehicle on two axles, or a tractor with a semi-trailer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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

_STEPS = 80


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Axles from front to rear: name, position in m, load when empty and limit in kg; the fifth wheel of a tractor."""

    names: tuple[str, ...]
    at: tuple[float, ...]
    empty: tuple[float, ...]
    limits: tuple[float, ...]
    coupling: float | None

    def shares(self, x: float) -> tuple[float, ...]:
        """Return the share of a mass at x that each axle bears (levers); a share below 0 lifts the axle."""
        front, rear = self.at[0], self.at[1]
        if self.coupling is None:
            back = (x - front) / (rear - front)
            return (1 - back, back)
        trailer = (x - self.coupling) / (self.at[2] - self.coupling)
        drive = (1 - trailer) * (self.coupling - front) / (rear - front)
        return (1 - trailer - drive, drive, trailer)


def read_vehicle(axles: DataTable, coupling: float | None) -> Vehicle:
    names, at = axles.texts("axle"), axles.numbers("position")
    empty, limits = axles.numbers("empty"), axles.numbers("limit")
    wanted = 2 if coupling is None else 3
    if len(names) != wanted:
        raise ToolError(
            say(
                "A lorry has two axles or axle groups; a tractor with its semi-trailer has three, and the position "
                "of its "
                "coupling. Give a group of axles as one, at its middle.",
                "Un porteur a deux essieux ou groupes d'essieux ; un tracteur avec sa semi-remorque en a trois, et la "
                "position de sa sellette. Donnez un groupe d'essieux comme un seul, en son milieu.",
            )
        )
    rising = all(a < b for a, b in pairwise(at))
    seated = coupling is None or at[0] < coupling < at[2]
    if not rising or not seated or min(empty) < 0 or min(limits) <= 0:
        raise ToolError(
            say(
                "Axles go from front to rear, the coupling between the first and the last; loads are not negative.",
                "Les essieux vont de l'avant vers l'arrière, la sellette entre le premier et le dernier ; charges non "
                "négatives.",
            )
        )
    return Vehicle(tuple(names), tuple(at), tuple(empty), tuple(limits), coupling)


def rules(vehicle: Vehicle, gross: float, steering: float) -> list[tuple[tuple[float, ...], float]]:
    """Return every limit as (weights, most): the weighted sum of the axle loads stays at or below `most`.

    The front axle bears at least the share `steering` of what stands on the axles of the vehicle that is steered.
    """
    count = len(vehicle.names)
    single = [tuple(float(i == j) for j in range(count)) for i in range(count)]
    steered = (steering - 1.0, steering, 0.0)[:count]
    return [
        *zip(single, vehicle.limits, strict=True),
        *((tuple(-one for one in row), 0.0) for row in single),
        ((1.0,) * count, gross),
        (steered, 0.0),
    ]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def most_cargo(vehicle: Vehicle, x: float, gross: float, steering: float) -> float:
    """Return the greatest mass at x that keeps all limits; 0 where the empty vehicle breaks one."""
    most, shares = float("inf"), vehicle.shares(x)
    for weights, limit in rules(vehicle, gross, steering):
        spare, slope = limit - _dot(weights, vehicle.empty), _dot(weights, shares)
        if spare < 0:
            return 0.0
        if slope > 1e-12:
            most = min(most, spare / slope)
    return most


def axles_result(
    cargo: DataTable, axles: DataTable, coupling: float | None, gross_limit: float | None, steering: float
) -> Result:
    """Add up what each item puts on each axle, and find where the cargo's centre may lie."""
    vehicle = read_vehicle(axles, coupling)
    masses, places = cargo.numbers("mass"), cargo.numbers("position")
    counts = cargo.numbers("quantity") if cargo.has("quantity") else [1.0] * len(masses)
    masses = [mass * count for mass, count in zip(masses, counts, strict=True)]
    if not masses or min(masses) < 0:
        raise ToolError(say("It takes cargo, with masses from 0.", "Il faut du fret, sans masse négative."))
    loads = [0.0] * len(vehicle.names)
    for mass, place in zip(masses, places, strict=True):
        for i, share in enumerate(vehicle.shares(place)):
            loads[i] += mass * share
    total, own = sum(masses), sum(vehicle.empty)
    centre = sum(mass * place for mass, place in zip(masses, places, strict=True)) / total if total else places[0]
    whole = [empty + load for empty, load in zip(vehicle.empty, loads, strict=True)]
    gross = gross_limit if gross_limit is not None else sum(vehicle.limits)
    window = _window(vehicle, total, gross, steering)
    values = [
        Value("cargo", total, "kg", say("Mass of the cargo", "Masse du fret")),
        Value("gross", own + total, "kg", say("Mass of the whole", "Masse totale")),
        Value("centre", centre, "m", say("Centre of the cargo", "Centre du fret")),
        *(
            Value(f"axle_{i}", load, "kg", say(f"Load of axle “{name}”", f"Charge de l'essieu « {name} »"))
            for i, (name, load) in enumerate(zip(vehicle.names, whole, strict=True), start=1)
        ),
        Value(
            "steering",
            whole[0] / (whole[0] + whole[1]) if whole[0] + whole[1] else 0.0,
            None,
            say("Share of the front axle", "Part de l'essieu avant"),
        ),
        Value(
            "most_cargo",
            most_cargo(vehicle, centre, gross, steering),
            "kg",
            say("Most cargo at this centre", "Fret maximal avec ce centre"),
        ),
    ]
    if window is not None:
        values += [
            Value("centre_from", window[0], "m", say("Centre allowed from", "Centre permis depuis")),
            Value("centre_to", window[1], "m", say("Centre allowed to", "Centre permis jusqu'à")),
        ]
    return Result(
        values=tuple(values),
        tables=(_table(vehicle, loads, whole),),
        figure=_diagram(vehicle, gross, steering, centre, total),
        assumptions=_assumptions(vehicle, gross_limit is None),
        warnings=_warnings(vehicle, whole, (own + total, gross), steering, window, centre),
    )


def _window(vehicle: Vehicle, total: float, gross: float, steering: float) -> tuple[float, float] | None:
    """Return from where to where the centre of a cargo of this mass may lie: every limit is linear in it."""
    at_0, at_1 = vehicle.shares(0.0), vehicle.shares(1.0)
    low, high = float("-inf"), float("inf")
    for weights, limit in rules(vehicle, gross, steering):
        base = _dot(weights, vehicle.empty) + total * _dot(weights, at_0)
        slope = total * (_dot(weights, at_1) - _dot(weights, at_0))
        if abs(slope) < 1e-9:
            if base > limit + 1e-6:
                return None
        elif slope > 0:
            high = min(high, (limit - base) / slope)
        else:
            low = max(low, (limit - base) / slope)
    return (low, high) if total and low <= high else None


def _table(vehicle: Vehicle, loads: Sequence[float], whole: Sequence[float]) -> ResultTable:
    rows = tuple(
        (name, vehicle.at[i], vehicle.empty[i], loads[i], whole[i], vehicle.limits[i], whole[i] / vehicle.limits[i])
        for i, name in enumerate(vehicle.names)
    )
    return ResultTable(
        "axles",
        (
            Column("axle", None, say("Axle", "Essieu")),
            Column("position", "m", say("Position", "Emplacement")),
            Column("empty", "kg", say("Empty", "À vide")),
            Column("cargo", "kg", say("From the cargo", "Dû au fret")),
            Column("load", "kg", say("Load", "Charge")),
            Column("limit", "kg", say("Limit", "Limite")),
            Column("use", None, say("Share of the limit", "Part de la limite")),
        ),
        rows,
        say("Axle loads", "Charges par essieu"),
    )


def _diagram(vehicle: Vehicle, gross: float, steering: float, centre: float, total: float) -> Figure:
    """Draw the load distribution diagram: the most cargo by where its centre lies."""
    begin, end = vehicle.at[0], vehicle.at[-1]
    xs = [begin + (end - begin) * i / _STEPS for i in range(_STEPS + 1)]
    most = tuple(most_cargo(vehicle, x, gross, steering) for x in xs)
    return Figure(
        FigureKind.SERIES,
        say("Most cargo by its centre", "Fret maximal selon son centre"),
        lines=(
            Line(say("Most cargo", "Fret maximal"), tuple(xs), most),
            Line(say("This cargo", "Ce fret"), (centre,), (total,)),
        ),
        x_label=say("Centre of the cargo", "Centre du fret"),
        y_label=say("Cargo", "Fret"),
        x_unit="m",
        y_unit="kg",
    )


def _assumptions(vehicle: Vehicle, no_gross: bool) -> tuple[str, ...]:
    found = [
        say(
            "At rest on flat ground; positions are from one origin, positive to the rear; an item weighs at its "
            "centre.",
            "À l'arrêt sur sol plat ; positions depuis une même origine, positives vers l'arrière ; un colis pèse en "
            "son "
            "centre.",
        ),
        say(
            "A group of axles bears as one axle at its middle, shared evenly among its axles.",
            "Un groupe d'essieux porte comme un seul en son milieu, réparti également.",
        ),
    ]
    if vehicle.coupling is not None:
        found.append(
            say(
                "All cargo is on the semi-trailer, which rests on the fifth wheel and on its own axles.",
                "Tout le fret est sur la semi-remorque, qui repose sur la sellette et sur ses essieux.",
            )
        )
    if no_gross:
        found.append(
            say(
                "No limit of the whole was given: the sum of the axle limits is taken.",
                "Aucune limite totale donnée : la somme des limites des essieux est retenue.",
            )
        )
    return tuple(found)


def _warnings(
    vehicle: Vehicle,
    whole: Sequence[float],
    mass: tuple[float, float],
    steering: float,
    window: tuple[float, float] | None,
    centre: float,
) -> tuple[str, ...]:
    found = []
    for name, load, limit in zip(vehicle.names, whole, vehicle.limits, strict=True):
        if load > limit + 1e-6:
            over = written(load - limit, ".0f")
            found.append(
                say(
                    f"Axle “{name}” is {over} kg over its limit.",
                    f"L'essieu « {name} » dépasse sa limite de {over} kg.",
                )
            )
        elif load < -1e-6:
            found.append(say(f"Axle “{name}” lifts off.", f"L'essieu « {name} » se soulève."))
    if mass[0] > mass[1] + 1e-6:
        over = written(mass[0] - mass[1], ".0f")
        found.append(say(f"The whole is {over} kg over its limit.", f"L'ensemble dépasse sa limite de {over} kg."))
    if whole[0] < steering * (whole[0] + whole[1]) - 1e-6:
        found.append(
            say(
                f"The front axle bears less than {written(steering, '.0%')} of the steered vehicle: steering suffers.",
                f"L'essieu avant porte moins de {written(steering, '.0%')} du véhicule directeur : la direction en "
                "pâtit.",
            )
        )
    if found and window is not None:
        move = (window[0] if centre < window[0] else window[1]) - centre
        found.append(
            say(
                f"Moving the centre of the cargo by {written(move, '+.2f')} m (positive to the rear) keeps all limits.",
                f"Déplacer le centre du fret de {written(move, '+.2f')} m (positif vers l'arrière) respecte toutes les "
                "limites.",
            )
        )
    elif found and mass[0] <= mass[1]:
        found.append(
            say(
                "No place of the centre keeps all limits with this mass: take some off.",
                "Aucune place du centre ne respecte les limites avec cette masse : allégez.",
            )
        )
    return tuple(found)
