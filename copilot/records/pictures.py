"""The picture of a page."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as pixels: `height` rows of `width` times red, green and blue, a byte each, from the top left.

    `marked` says whether the quote that was asked for was found on the page and is highlighted; it begins at row `top`.
    """

    width: int
    height: int
    pixels: bytes = field(repr=False)
    marked: bool = False
    top: int = 0
