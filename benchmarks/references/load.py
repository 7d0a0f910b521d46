"""References of the load plugin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.references.bundled import load, number, rows, table
from benchmarks.references.packing import HARD_PALLET, PALLETS, pallet, u120
from benchmarks.references.reference import Reference

_PALLETS = "Letchford and Amaral 2001; Birgin et al. 2005"


def references() -> Iterator[Reference]:
    loading = load("load")
    for name, items, capacity, best in u120():
        result = loading.bins(items, capacity)
        assert result.solver.gap == 0
        yield Reference("load.bins", f"{name}, proved optimal", "OR-Library binpack1", best, number(result, "bins"))
    for instance, best in (*PALLETS, HARD_PALLET):
        boxes, length, width, height = pallet(*instance, best)
        (kind,) = rows(loading.pallets(boxes, length, width, height), "kinds")
        length_, width_, a, b = instance
        yield Reference(
            "load.pallets",
            f"{length_} × {width_}, boxes {a} × {b}, in a layer",
            _PALLETS,
            best,
            float(str(kind["per_layer"])),
            "five blocks are known not to reach it" if instance == HARD_PALLET[0] else "",
        )
    for quantity, published, ours in _axles():
        yield Reference("load.axle_loads", quantity, "levers, by hand", published, ours)


def _axles() -> Iterator[tuple[str, float, float]]:
    loading = load("load")
    # Wheelbase 5 m, 10 t at 3.5 m: 7/10 to the rear.
    lorry = table("axle position empty limit", ("front", 0, 4500, 8000), ("rear", 5, 3500, 11500))
    found = loading.axle_loads(table("item mass position", ("crate", 10_000, 3.5)), lorry)
    yield "10 t at 3.5 m of 5 m, front axle, kg", 7500, number(found, "axle_1")
    yield "the same, rear axle, kg", 10_500, number(found, "axle_2")
    # 24 t at 7.5 m; fifth wheel at 3 m, bogie at 11 m: 45/80 to the bogie, 3/4 of the rest 3 m of 4 m behind the front.
    rig = table(
        "axle position empty limit", ("front", 0, 5000, 8000), ("drive", 4, 4000, 11500), ("bogie", 11, 6000, 24_000)
    )
    found = loading.axle_loads(table("item mass position", ("coil", 24_000, 7.5)), rig, 3.0)
    yield "24 t on a semi-trailer, bogie, kg", 6000 + 13_500, number(found, "axle_3")
    yield "the same, drive axle, kg", 4000 + 7875, number(found, "axle_2")
    yield "the same, front axle, kg", 5000 + 2625, number(found, "axle_1")
