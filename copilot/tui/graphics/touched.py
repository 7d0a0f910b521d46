"""Which cells an update of Textual's compositor writes: where a sixel picture lay there, it is gone."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate

IsTouched = Callable[[int, int, int], bool]


def touched_by(update: RenderableType) -> IsTouched:
    """Return a function of row, left and right that says whether `update` writes between them."""
    if isinstance(update, ChopsUpdate):
        spans = update.spans
        return lambda row, left, right: any(y == row and start < right and end > left for y, start, end in spans)
    if isinstance(update, LayoutUpdate):
        region = update.region
        return lambda row, left, right: region.y <= row < region.bottom and region.x < right and region.right > left
    return _everything


def _everything(row: int, left: int, right: int) -> bool:  # noqa: ARG001
    return True
