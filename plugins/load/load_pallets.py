"""Pallets of layers, each of one kind of box."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from load_layers import Spot, best_layer

from copilot.plugin_api import (
    Column,
    DataTable,
    Result,
    ResultTable,
    Scalar,
    Solver,
    SolverStatus,
    ToolError,
    Value,
    parse_number,
    report_progress,
    say,
)

_MOST_LAYERS = 20_000


@dataclass(frozen=True, slots=True)
class Box:
    """One kind of box: sides in mm, weight in kg, how many, the best layer of it and a bound on any."""

    name: str
    length: float
    width: float
    height: float
    weight: float
    count: int
    spots: tuple[Spot, ...]
    most: int
    bound: int

    @property
    def volume(self) -> float:
        return self.length * self.width * self.height


@dataclass(frozen=True, slots=True)
class Stacked:
    """One layer on a pallet: `count` boxes of a kind; partial where it is not full."""

    box: Box
    count: int

    @property
    def weight(self) -> float:
        return self.count * self.box.weight

    @property
    def partial(self) -> bool:
        return self.count < self.box.most


@dataclass(slots=True)
class Pallet:
    """Layers from below."""

    layers: list[Stacked] = field(default_factory=list)

    @property
    def height(self) -> float:
        return sum(one.box.height for one in self.layers)

    @property
    def weight(self) -> float:
        return sum(one.weight for one in self.layers)

    def takes(self, layer: Stacked, height: float, weight: float) -> bool:
        """Say whether a layer fits; nothing stands on a partial layer, so that a pallet has one at most."""
        crowded = layer.partial and any(one.partial for one in self.layers)
        fits = self.height + layer.box.height <= height + 1e-9 and self.weight + layer.weight <= weight + 1e-9
        return fits and not crowded


def pallets_result(boxes: DataTable, length: float, width: float, height: float, weight: float) -> Result:
    """Lay each kind out in layers, stack the layers by first fit, and compare with volume and weight."""
    kinds, barred = _read(boxes, length, width, height, weight)
    layers = [
        Stacked(box, min(box.most, box.count - done)) for box in kinds for done in range(0, box.count, box.most or 1)
    ]
    if len(layers) > _MOST_LAYERS:
        raise ToolError(say("There are too many boxes; split the load.", "Trop de caisses ; scindez le chargement."))
    plans = [
        _stack(sorted(layers, key=key), height, weight)
        for key in (
            lambda one: (one.partial, -one.box.height, -one.weight, one.box.name),
            lambda one: (one.partial, -one.weight, -one.box.height, one.box.name),
            lambda one: (-one.box.height, one.partial, -one.weight, one.box.name),
        )
    ]
    pallets = min(plans, key=len)
    for pallet in pallets:
        pallet.layers.sort(key=lambda one: (one.partial, -one.weight, one.box.name))
    room = length * width * height
    volume = sum(box.volume * box.count for box in kinds)
    total = sum(box.weight * box.count for box in kinds)
    bound = max(math.ceil(volume / room - 1e-9), math.ceil(total / weight - 1e-9))
    return _result(pallets, kinds, barred, bound, room, volume)


def _read(
    boxes: DataTable, length: float, width: float, height: float, weight: float
) -> tuple[list[Box], list[tuple[Scalar, ...]]]:
    """Return the kinds of boxes with their layers, and (name, quantity, why) of those that no pallet takes."""
    names = boxes.texts("box")
    sides = [boxes.numbers(name) for name in ("length", "width", "height")]
    counts = boxes.numbers("quantity")
    weights = [0.0] * len(names)
    if boxes.has("weight"):
        weights = [parse_number(row[boxes.position("weight")]) or 0.0 for row in boxes.rows]
    kinds: list[Box] = []
    barred: list[tuple[Scalar, ...]] = []
    for row, name in enumerate(names):
        a, b, tall = (side[row] for side in sides)
        count = counts[row]
        if min(a, b, tall) <= 0 or weights[row] < 0 or count < 0 or count != int(count):
            raise ToolError(
                say(
                    f"Row {row + 2}: sides are above 0 in mm, quantities whole numbers, weights from 0.",
                    f"Ligne {row + 2} : côtés en mm au-dessus de 0, quantités entières, poids non négatifs.",
                )
            )
        # Sides are counted in whole mm, boxes rounded up: what fits on paper fits on the pallet.
        found = best_layer(int(length), int(width), math.ceil(a), math.ceil(b))
        most = len(found.spots)
        if weights[row]:
            most = min(most, int(weight / weights[row] + 1e-9))
        why = ""
        if not found.spots:
            why = say("does not fit on the pallet upright", "ne tient pas debout sur la palette")
        elif tall > height:
            why = say("higher than the load may be", "plus haute que le chargement permis")
        elif not most:
            why = say("heavier than the load may be", "plus lourde que le chargement permis")
        if why and count:
            barred.append((name, int(count), why))
        elif count:
            kinds.append(Box(name, a, b, tall, weights[row], int(count), found.spots, most, found.bound))
        report_progress((row + 1) / len(names))
    if not kinds and not barred:
        raise ToolError(say("There is no box to stack.", "Il n'y a aucune caisse à charger."))
    return kinds, barred


def _stack(layers: list[Stacked], height: float, weight: float) -> list[Pallet]:
    pallets: list[Pallet] = []
    for layer in layers:
        pallet = next((one for one in pallets if one.takes(layer, height, weight)), None)
        if pallet is None:
            pallet = Pallet()
            pallets.append(pallet)
        pallet.layers.append(layer)
    return pallets


def _result(
    pallets: list[Pallet], kinds: list[Box], barred: list[tuple[Scalar, ...]], bound: int, room: float, volume: float
) -> Result:
    count = len(pallets)
    left = sum(int(str(one[1])) for one in barred)
    gap = (count - bound) / count if count else 0.0
    names = ", ".join(f"{one[0]} × {one[1]}" for one in barred[:10])
    return Result(
        values=(
            Value("pallets", count, None, say("Pallets", "Palettes")),
            Value("lower_bound", bound, None, say("Lower bound by volume and weight", "Borne par volume et poids")),
            Value("placed", sum(box.count for box in kinds), None, say("Boxes placed", "Caisses placées")),
            Value("unplaced", left, None, say("Boxes not placed", "Caisses non placées")),
            Value("fill", volume / (count * room) if count else 0.0, None, say("Volume used", "Volume employé")),
        ),
        tables=(_stacks_table(pallets), _kinds_table(kinds), _spots_table(kinds), *_barred_table(barred)),
        assumptions=(
            say(
                "Boxes stand upright, may be turned on the floor, and do not overhang; sides are in mm, rounded up.",
                "Les caisses restent debout, peuvent tourner à plat et ne débordent pas ; côtés en mm, arrondis en "
                "plus.",
            ),
            say(
                "A layer holds one kind of box; only the top layer of a pallet may be partial. Any kind bears any "
                "other.",
                "Une couche tient une seule sorte de caisse ; seule la couche du haut peut être partielle. Toute "
                "caisse en "
                "porte une autre.",
            ),
            say(
                "Heavier layers lie below; strapping, crushing and mixed layers are not looked at.",
                "Les couches lourdes sont dessous ; ni arrimage, ni écrasement, ni couches mixtes.",
            ),
        ),
        warnings=(say(f"Not placed: {names}.", f"Non placées : {names}."),) if barred else (),
        solver=Solver(
            say("layers by first fit", "couches au premier ajustement"),
            SolverStatus.OPTIMAL if count == bound else SolverStatus.FEASIBLE,
            float(count),
            float(bound),
            gap,
        ),
    )


def _stacks_table(pallets: list[Pallet]) -> ResultTable:
    rows = []
    for number, pallet in enumerate(pallets, start=1):
        runs: list[tuple[str, int, int]] = []
        for one in pallet.layers:
            if runs and runs[-1][:2] == (one.box.name, one.count):
                runs[-1] = (one.box.name, one.count, runs[-1][2] + 1)
            else:
                runs.append((one.box.name, one.count, 1))
        named = " / ".join(f"{layers} × {count} {name}" for name, count, layers in runs)
        rows.append((number, sum(one.count for one in pallet.layers), pallet.height, pallet.weight, named))
    return ResultTable(
        "pallets",
        (
            Column("pallet", None, say("Pallet", "Palette")),
            Column("boxes", None, say("Boxes", "Caisses")),
            Column("height", "mm", say("Height of the load", "Hauteur du chargement")),
            Column("weight", "kg", say("Weight", "Poids")),
            Column(
                "layers", None, say("Layers from below (number × boxes)", "Couches depuis le bas (nombre × caisses)")
            ),
        ),
        tuple(rows),
        say("Load plan", "Plan de chargement"),
    )


def _kinds_table(kinds: list[Box]) -> ResultTable:
    rows = tuple((box.name, box.count, box.most, box.bound, -(-box.count // box.most)) for box in kinds)
    columns = (
        Column("box", None, say("Box", "Caisse")),
        Column("quantity", None, say("Quantity", "Quantité")),
        Column("per_layer", None, say("In a layer", "Par couche")),
        Column("bound", None, say("No layer holds more than", "Aucune couche ne dépasse")),
        Column("layers", None, say("Layers", "Couches")),
    )
    return ResultTable("kinds", columns, rows, say("Kinds of boxes", "Sortes de caisses"))


def _spots_table(kinds: list[Box]) -> ResultTable:
    rows = tuple((box.name, *(float(one) for one in spot)) for box in kinds for spot in box.spots[: box.most])
    columns = (
        Column("box", None, say("Box", "Caisse")),
        Column("x", "mm", say("From the left", "Depuis la gauche")),
        Column("y", "mm", say("From the front", "Depuis l'avant")),
        Column("along_x", "mm", say("Along the length", "Dans la longueur")),
        Column("along_y", "mm", say("Along the width", "Dans la largeur")),
    )
    return ResultTable(
        "layer", columns, rows, say("Where the boxes of a layer lie", "Place des caisses dans une couche")
    )


def _barred_table(barred: list[tuple[Scalar, ...]]) -> tuple[ResultTable, ...]:
    if not barred:
        return ()
    columns = (
        Column("box", None, say("Box", "Caisse")),
        Column("quantity", None, say("Quantity", "Quantité")),
        Column("why", None, say("Why", "Raison")),
    )
    return (ResultTable("unplaced", columns, tuple(barred), say("Not placed", "Non placées")),)
