"""One layer of equal boxes on a rectangle, by the recursive five-block heuristic (Morabito and Morales 1998).

A rectangle is filled all one way, cut in two, or cut into four blocks around a fifth, and each part likewise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grid = NDArray[np.int64]

_MOST_WORK = 150_000_000
_MOST_FOR_FIVE = 110
_MOST_POINTS = 600
Spot = tuple[int, int, int, int]
Cuts = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Layer:
    """Where the boxes of a layer lie (x, y, size along x, size along y), and a bound on any layer's number of boxes."""

    spots: tuple[Spot, ...]
    bound: int


class Patterns:
    """The best patterns found of a box `a` by `b` on all rectangles whose sides are sums of its sides.

    Where that is not too much work every rectangle is tried with five blocks; otherwise the whole one only.
    """

    def __init__(self, length: int, width: int, a: int, b: int) -> None:
        import numpy as np

        self.a, self.b = a, b
        self.xs, self.ys = sums(length, a, b), sums(width, a, b)
        self.floor_x, self.floor_y = _floors(self.xs, length), _floors(self.ys, width)
        xs, ys = np.array(self.xs), np.array(self.ys)
        self.rises, self.floors = ys, np.array(self.floor_y)
        straight = (xs[:, None] // a) * (ys[None, :] // b)
        self.best = np.maximum(straight, (xs[:, None] // b) * (ys[None, :] // a))
        self.five: dict[tuple[int, int], Cuts] = {}
        nested = math.comb(len(xs), 3) * math.comb(len(ys), 3) < _MOST_WORK
        for i in range(1, len(self.xs)):
            self._cut_length(i)
            for j in range(1, len(self.ys)):
                self._cut_width(i, j)
                if nested and self.best[i, j] < self.xs[i] * self.ys[j] // (a * b):
                    self._five_blocks(i, j)
        last = len(xs) - 1, len(ys) - 1
        if not nested and self.best[last] < area_bound(length, width, a, b) and max(last) < _MOST_FOR_FIVE:
            self._five_blocks(*last)

    def _cut_length(self, i: int) -> None:
        import numpy as np

        for k in range(1, i):
            if 2 * self.xs[k] > self.xs[i]:
                break
            np.maximum(self.best[i], self.best[k] + self.best[self.floor_x[self.xs[i] - self.xs[k]]], out=self.best[i])

    def _cut_width(self, i: int, j: int) -> None:
        import numpy as np

        half = int(np.searchsorted(self.rises, self.rises[j] / 2, side="right"))
        if half > 1:
            row = self.best[i]
            rest = self.floors[self.rises[j] - self.rises[1:half]]
            row[j] = max(row[j], int((row[1:half] + row[rest]).max()))

    def _five_blocks(self, i: int, j: int) -> None:
        """Try five blocks: cuts x1 < x2 and y1 < y2 with a block between them in the middle."""
        import numpy as np

        if i < 3 or j < 3:
            return
        length, width = self.xs[i], self.ys[j]
        floor_x = np.array(self.floor_x)
        low, high = np.triu_indices(j - 1, 1)
        y1, y2 = self.rises[low + 1], self.rises[high + 1]
        columns = [self.floors[one] for one in (y1, y2, width - y2, width - y1, y2 - y1)]
        for p in range(1, i - 1):
            x1 = self.xs[p]
            x2 = np.array(self.xs[p + 1 : i])
            sides = (x2, length - x2, np.full_like(x2, length - x1), np.full_like(x2, x1), x2 - x1)
            held = sum(
                self.best[floor_x[side][:, None], column[None, :]] for side, column in zip(sides, columns, strict=True)
            )
            q, at = np.unravel_index(int(np.argmax(held)), held.shape)
            if held[q, at] > self.best[i, j]:
                self.best[i, j] = held[q, at]
                self.five[i, j] = (x1, int(x2[q]), int(y1[at]), int(y2[at]))

    def value(self, x: int, y: int) -> int:
        return int(self.best[self.floor_x[x], self.floor_y[y]])

    def place(self, x: int, y: int, at: tuple[int, int]) -> list[Spot]:
        """Return where the boxes of the pattern of a rectangle lie, its corner at `at`."""
        i, j = self.floor_x[x], self.floor_y[y]
        x, y, wanted = self.xs[i], self.ys[j], int(self.best[i, j])
        for a, b in ((self.a, self.b), (self.b, self.a)):
            if (x // a) * (y // b) == wanted:
                return [(at[0] + p * a, at[1] + q * b, a, b) for p in range(x // a) for q in range(y // b)]
        for cut in self.xs[1:i]:
            if self.value(cut, y) + self.value(x - cut, y) == wanted:
                return self.place(cut, y, at) + self.place(x - cut, y, (at[0] + cut, at[1]))
        for cut in self.ys[1:j]:
            if self.value(x, cut) + self.value(x, y - cut) == wanted:
                return self.place(x, cut, at) + self.place(x, y - cut, (at[0], at[1] + cut))
        x1, x2, y1, y2 = self.five[i, j]
        blocks = (
            (x2, y1, 0, 0),
            (x - x2, y2, x2, 0),
            (x - x1, y - y2, x1, y2),
            (x1, y - y1, 0, y1),
            (x2 - x1, y2 - y1, x1, y1),
        )
        return [spot for w, h, dx, dy in blocks for spot in self.place(w, h, (at[0] + dx, at[1] + dy))]


def sums(most: int, a: int, b: int) -> list[int]:
    """Return all sums of multiples of two sides up to `most`, 0 first."""
    return sorted({p * a + q * b for p in range(most // a + 1) for q in range((most - p * a) // b + 1)})


def _floors(points: Sequence[int], most: int) -> list[int]:
    """Return for each whole number up to `most` the position of the greatest point that is no greater."""
    found, at = [], 0
    for number in range(most + 1):
        while at + 1 < len(points) and points[at + 1] <= number:
            at += 1
        found.append(at)
    return found


def area_bound(length: int, width: int, a: int, b: int) -> int:
    """Return the lesser of the area bound and that of Barnes (1979), which knows the waste of strips."""

    def waste(side: int) -> int:
        r, s = length % side, width % side
        return min(r * s, (side - r) * (side - s))

    # Boxes a by b can be cut into bars 1 wide: bars as long as the box leave at least this waste on the grid.
    lost = max(waste(a), waste(b))
    area = length * width
    while (area - lost) % (a * b) and lost < area:
        lost += 1
    return min((area - lost) // (a * b), area // (a * b))


def best_layer(length: int, width: int, a: int, b: int) -> Layer:
    """Return the best layer found of boxes `a` by `b`, in whole units."""
    bound = area_bound(length, width, a, b)
    if min(a, b) > min(length, width) or max(a, b) > max(length, width):
        return Layer((), 0)
    if len(sums(length, a, b)) + len(sums(width, a, b)) > _MOST_POINTS:
        return Layer(tuple(_rows(length, width, a, b)), bound)
    return Layer(tuple(Patterns(length, width, a, b).place(length, width, (0, 0))), bound)


def _rows(length: int, width: int, a: int, b: int) -> list[Spot]:
    """Lay boxes small against the pallet all one way."""
    a, b = max(((a, b), (b, a)), key=lambda sides: (length // sides[0]) * (width // sides[1]))
    return [(p * a, q * b, a, b) for p in range(length // a) for q in range(width // b)]
