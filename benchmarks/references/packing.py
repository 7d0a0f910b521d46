"""Instances of packing as tables; `data/README.md` says where those in files come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from copilot.plugin_api import DataTable

DATA = Path(__file__).parent / "data"
# Best values after the file was published; equal to the lower bound.
BETTER = {"u120_08": 50, "u120_19": 49}
# Pallet and box, then the optimum: Letchford and Amaral 2001; Birgin, Morabito and Nishihara 2005.
PALLETS = (
    ((22, 16, 5, 3), 23),
    ((46, 34, 11, 6), 23),
    ((40, 25, 7, 3), 47),
    ((52, 33, 9, 4), 47),
    ((42, 39, 9, 4), 45),
    ((56, 52, 12, 5), 48),
    ((153, 100, 24, 7), 90),
)
# One of those that five blocks are known not to solve.
HARD_PALLET = ((43, 26, 7, 3), 53)


def u120() -> Iterator[tuple[str, DataTable, float, int]]:
    """Yield name, items, capacity and optimum of the twenty instances of binpack1."""
    words = (DATA / "binpack1.txt").read_text(encoding="utf-8").split()
    at = 1
    for _ in range(int(words[0])):
        name, capacity, count, best = words[at], float(words[at + 1]), int(words[at + 2]), int(words[at + 3])
        sizes = words[at + 4 : at + 4 + count]
        at += 4 + count
        items = DataTable(("item", "size"), tuple((f"item {i}", size) for i, size in enumerate(sizes, start=1)))
        yield name, items, capacity, BETTER.get(name, best)


def pallet(length: int, width: int, a: int, b: int, count: int) -> tuple[DataTable, float, float, float]:
    """Return boxes of one kind, and a pallet that holds one layer of them."""
    header = ("box", "length", "width", "height", "quantity")
    return DataTable(header, (("box", a, b, 10, count),)), float(length), float(width), 10.0
