"""The fewest bins: bounds and heuristics first, then a proof by arc flow."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from load_arcs import solve_arcs

from copilot.plugin_api import (
    Bar,
    Column,
    DataTable,
    Figure,
    FigureKind,
    Result,
    ResultTable,
    Scalar,
    Solver,
    SolverStatus,
    ToolError,
    Value,
    report_progress,
    say,
    written,
)

_MOST_PARTS = 1000
_MOST_ITEMS = 20_000
_MOST_KINDS = 5_000


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of items by falling size: names, sizes and capacity in whole parts, and how many of each."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    capacity: int


def read_kinds(items: DataTable, capacity: float) -> tuple[Kinds, list[tuple[str, float, int]]]:
    """Read the table; return what can be loaded, in whole parts, and (name, size, how many) of what is too big."""
    names, sizes = items.texts("item"), items.numbers("size")
    counts = items.numbers("quantity") if items.has("quantity") else [1.0] * len(names)
    for row, (size, count) in enumerate(zip(sizes, counts, strict=True), start=2):
        if size <= 0 or count < 0 or count != int(count):
            raise ToolError(
                say(
                    f"Row {row}: sizes are above 0 and quantities whole numbers from 0.",
                    f"Ligne {row} : tailles au-dessus de 0, quantités entières et non négatives.",
                )
            )
    if not 0 < sum(counts) <= _MOST_ITEMS or len(names) > _MOST_KINDS:
        raise ToolError(
            say(
                f"It takes 1 to {_MOST_ITEMS} items, on {_MOST_KINDS} rows at most.",
                f"Il faut de 1 à {_MOST_ITEMS} articles, sur {_MOST_KINDS} lignes au plus.",
            )
        )
    parts = _parts(sizes)
    whole = [math.ceil(size * parts - 1e-6) for size in sizes]
    room = int(capacity * parts + 1e-6)
    too_big = [
        (name, size, int(count))
        for name, size, part, count in zip(names, sizes, whole, counts, strict=True)
        if part > room and count
    ]
    kept = [i for i, part in enumerate(whole) if part <= room and counts[i]]
    common = math.gcd(*(whole[i] for i in kept)) if kept else 1
    kept.sort(key=lambda i: (-whole[i], i))
    kinds = Kinds(
        tuple(names[i] for i in kept),
        tuple(whole[i] // common for i in kept),
        tuple(int(counts[i]) for i in kept),
        room // common,
    )
    return kinds, too_big


def _parts(sizes: Sequence[float]) -> int:
    """Return into how many parts a unit is cut so that all sizes are whole; beyond a thousand, sizes are rounded up."""
    for parts in (1, 2, 4, 5, 10, 100, _MOST_PARTS):
        if all(abs(size * parts - round(size * parts)) < 1e-7 for size in sizes):
            return parts
    return _MOST_PARTS


def lower_bound(kinds: Kinds) -> int:
    """Return the bound L2 of Martello and Toth (1990), at least the sum of sizes over the capacity."""
    room, pairs = kinds.capacity, list(zip(kinds.sizes, kinds.counts, strict=True))
    rising = sorted(pairs)
    sizes = [size for size, _ in rising]
    counts = [0, *accumulate(count for _, count in rising)]
    sums = [0, *accumulate(size * count for size, count in rising)]
    half = bisect_right(sizes, room // 2)
    best = -(-sums[-1] // room)
    for least in sorted({0, *sizes[:half]}):
        top, bottom = bisect_right(sizes, room - least), bisect_left(sizes, least)
        alone, number = counts[-1] - counts[top], counts[top] - counts[half]
        spare = number * room - (sums[top] - sums[half])
        small = sums[half] - sums[bottom]
        best = max(best, alone + number + max(0, -(-(small - spare) // room)))
    return best


def decreasing(kinds: Kinds, best_fit: bool) -> list[dict[int, int]]:
    """Load by falling size into the first bin with room, or into the fullest with room."""
    packed: list[dict[int, int]] = []
    room: list[int] = []
    by_room: list[tuple[int, int]] = []
    for kind, (size, count) in enumerate(zip(kinds.sizes, kinds.counts, strict=True)):
        first = 0
        for _ in range(count):
            if best_fit:
                place = bisect_left(by_room, (size, -1))
                at = by_room.pop(place)[1] if place < len(by_room) else len(packed)
            else:
                # What had no room for one of this size has none for the next.
                while first < len(room) and room[first] < size:
                    first += 1
                at = first
            if at == len(packed):
                packed.append({})
                room.append(kinds.capacity)
            room[at] -= size
            packed[at][kind] = packed[at].get(kind, 0) + 1
            if best_fit:
                insort(by_room, (room[at], at))
    return packed


def bins_result(items: DataTable, capacity: float, available: int | None) -> Result:
    """Find the fewest bins; with fewer available, the most that they take."""
    kinds, too_big = read_kinds(items, capacity)
    if not kinds.names:
        raise ToolError(
            say(
                f"Every item is larger than the capacity ({written(capacity)}).",
                f"Tous les articles dépassent la capacité ({written(capacity)}).",
            )
        )
    bound = lower_bound(kinds)
    packed = min((decreasing(kinds, False), decreasing(kinds, True)), key=len)
    late = False
    if len(packed) > bound:
        report_progress(0.2, say("Proving how few it takes", "Preuve du minimum"))
        exact = solve_arcs(kinds.sizes, kinds.counts, kinds.capacity, None)
        if exact is not None:
            bound, late = max(bound, exact.bound), exact.by_clock
            packed = exact.bins if exact.bins and len(exact.bins) < len(packed) else packed
    needed = len(packed)
    proved = needed == bound
    if available is not None and available < needed:
        packed, most = _fill(kinds, packed, available)
    else:
        most = None
    told = _warnings(needed, available, proved, most, late)
    return _result(items, kinds, packed, too_big, (needed, bound, proved), told)


def _fill(kinds: Kinds, packed: list[dict[int, int]], available: int) -> tuple[list[dict[int, int]], bool]:
    """Load as much as possible into the bins there are; say whether that is proved."""
    report_progress(0.6, say("Filling what there is", "Remplissage de ce qu'il y a"))
    loads = sorted(packed, key=lambda one: -sum(kinds.sizes[kind] * count for kind, count in one.items()))
    exact = solve_arcs(kinds.sizes, kinds.counts, kinds.capacity, available)
    if exact is None or not exact.bins:
        return loads[:available], False
    held = sum(kinds.sizes[kind] * count for one in exact.bins for kind, count in one.items())
    other = sum(kinds.sizes[kind] * count for one in loads[:available] for kind, count in one.items())
    return (exact.bins, exact.proved) if held >= other else (loads[:available], False)


def _result(
    items: DataTable,
    kinds: Kinds,
    packed: list[dict[int, int]],
    too_big: list[tuple[str, float, int]],
    outcome: tuple[int, int, bool],
    told: list[str],
) -> Result:
    needed, bound, proved = outcome
    size_of = dict(zip(items.texts("item"), items.numbers("size"), strict=True))
    sizes = [size_of[name] for name in kinds.names]
    packed = sorted(packed, key=lambda one: -sum(sizes[kind] * count for kind, count in one.items()))
    placed = [sum(one.get(kind, 0) for one in packed) for kind in range(len(sizes))]
    left = [
        (name, sizes[kind], count - placed[kind], say("no room left", "plus de place"))
        for kind, (name, count) in enumerate(zip(kinds.names, kinds.counts, strict=True))
        if count > placed[kind]
    ]
    left += [(*one, say("larger than the capacity", "plus grand que la capacité")) for one in too_big]
    loads = [sum(sizes[kind] * count for kind, count in one.items()) for one in packed]
    unit = kinds.capacity / kinds.sizes[0] * sizes[0]
    values = (
        Value("bins", needed, None, say("Vehicles or containers needed", "Véhicules ou contenants nécessaires")),
        Value("lower_bound", bound, None, say("Proved lower bound", "Borne inférieure prouvée")),
        Value("used", len(packed), None, say("Used", "Employés")),
        Value("placed", sum(placed), None, say("Items loaded", "Articles chargés")),
        Value("unplaced", sum(one[2] for one in left), None, say("Items left behind", "Articles non chargés")),
        Value("fill", sum(loads) / (len(packed) * unit), None, say("Mean fill", "Remplissage moyen")),
    )
    return Result(
        values=values,
        tables=(_bins_table(kinds, packed, loads, unit), *_left_table(left)),
        figure=_plan(kinds, packed, sizes),
        assumptions=(
            say(
                "Sizes add up: only one measure counts (mass, volume or length), and any items go together.",
                "Les tailles s'additionnent : une seule mesure compte (masse, volume ou longueur), et tous les "
                "articles "
                "vont ensemble.",
            ),
            say(
                "All vehicles or containers are alike; sizes with more than three decimals are rounded up.",
                "Véhicules ou contenants sont semblables ; au-delà de trois décimales, les tailles sont arrondies en "
                "plus.",
            ),
        ),
        warnings=(*_left_warning(left), *told),
        solver=Solver(
            say("bounds and arc flow (HiGHS)", "bornes et flot sur arcs (HiGHS)"),
            SolverStatus.OPTIMAL if proved else SolverStatus.FEASIBLE,
            float(needed),
            float(bound),
            (needed - bound) / needed,
        ),
    )


def _bins_table(kinds: Kinds, packed: list[dict[int, int]], loads: list[float], unit: float) -> ResultTable:
    rows: list[tuple[Scalar, ...]] = []
    for number, (one, load) in enumerate(zip(packed, loads, strict=True), start=1):
        named = ", ".join(
            kinds.names[kind] + (f" × {count}" if count > 1 else "") for kind, count in sorted(one.items())
        )
        rows.append((number, load, load / unit, named))
    return ResultTable(
        "bins",
        (
            Column("bin", None, say("Number", "Numéro")),
            Column("load", None, say("Load", "Charge")),
            Column("fill", None, say("Fill", "Remplissage")),
            Column("items", None, say("Items", "Articles")),
        ),
        tuple(rows),
        say("Load plan", "Plan de chargement"),
    )


def _left_table(left: list[tuple[str, float, int, str]]) -> tuple[ResultTable, ...]:
    if not left:
        return ()
    columns = (
        Column("item", None, say("Item", "Article")),
        Column("size", None, say("Size", "Taille")),
        Column("quantity", None, say("Quantity", "Quantité")),
        Column("why", None, say("Why", "Raison")),
    )
    return (ResultTable("unplaced", columns, tuple(left), say("Left behind", "Non chargés")),)


def _plan(kinds: Kinds, packed: list[dict[int, int]], sizes: list[float]) -> Figure:
    bars = []
    for number, one in enumerate(packed[:40], start=1):
        at = 0.0
        for kind, count in sorted(one.items()):
            width = sizes[kind] * count
            bars.append(Bar(kinds.names[kind], at, at + width, str(number)))
            at += width
    return Figure(
        FigureKind.GANTT,
        say("Load plan", "Plan de chargement"),
        bars=tuple(bars),
        x_label=say("Load", "Charge"),
        y_label=say("Number", "Numéro"),
    )


def _left_warning(left: list[tuple[str, float, int, str]]) -> list[str]:
    if not left:
        return []
    names = ", ".join(f"{name} × {count}" for name, _, count, _ in left[:10])
    return [say(f"Left behind: {names}.", f"Non chargés : {names}.")]


def _warnings(needed: int, available: int | None, proved: bool, most: bool | None, late: bool) -> list[str]:
    found = []
    if available is not None and available < needed:
        found.append(
            say(f"{needed} are needed, {available} are there.", f"Il en faut {needed}, il y en a {available}.")
        )
    if most is False:
        found.append(
            say(
                "More may fit: no proof was reached.", "On peut peut-être en charger davantage : pas de preuve obtenue."
            )
        )
    if not proved:
        found.append(
            say(
                "It is not proved that no fewer suffice: see the bound.",
                "Il n'est pas prouvé que moins ne suffirait pas : voir la borne.",
            )
        )
    if late:
        found.append(
            say(
                "The clock ended the search: another machine may find a better answer.",
                "L'horloge a mis fin à la recherche : une autre machine peut trouver mieux.",
            )
        )
    return found
