"""A page's picture in the form that a kind of terminal takes, cut to cells.

Made from our own numbers and pixels alone. For kitty: a PNG sent once, and cells that stand for its parts, which scroll
and are covered as letters are. For sixel: one picture a row of cells, so that any rows can be drawn anew.
"""

from __future__ import annotations

import io
from base64 import standard_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from copilot.records import PageImage
from copilot.tui.graphics.detect import Graphics

if TYPE_CHECKING:
    from PIL import Image

PLACEHOLDER = "\U0010eeee"
# Combining characters that number rows and columns, from 0, as kitty's protocol lists them (its first 129).
_NUMBERS = (
    0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352, 0x357,
    0x35B, *range(0x363, 0x370), *range(0x483, 0x488), *range(0x592, 0x596), *range(0x597, 0x59A),
    *range(0x59C, 0x5A2), 0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, *range(0x610, 0x618), *range(0x657, 0x65C), 0x65D,
    0x65E, *range(0x6D6, 0x6DD), *range(0x6DF, 0x6E3), 0x6E4, 0x6E7, 0x6E8, 0x6EB, 0x6EC, 0x730, 0x732, 0x733, 0x735,
    0x736, 0x73A, 0x73D, 0x73F, 0x740, 0x741, 0x743, 0x745, 0x747, 0x749, 0x74A, *range(0x7EB, 0x7F2), 0x7F3,
    *range(0x816, 0x81A), *range(0x81B, 0x824), *range(0x825, 0x828), *range(0x829, 0x82E),
)  # fmt: skip
NUMBERS = "".join(map(chr, _NUMBERS))
MOST_CELLS = len(NUMBERS)
_PIECE = 4_096
_COLOURS = 64
_BAND = 6


@dataclass(frozen=True, slots=True)
class Drawing:
    """So many columns and rows of cells; `png` for kitty, or `sixels`, one a row. The quote begins in row `top`."""

    columns: int
    rows: int
    png: bytes = field(default=b"", repr=False)
    sixels: tuple[str, ...] = field(default=(), repr=False)
    top: int = 0

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.png) + sum(map(len, self.sixels))


def room(graphics: Graphics, columns: int) -> tuple[int, int]:
    """Return the pixels that a picture of so many columns may fill."""
    return min(max(1, columns), MOST_CELLS) * graphics.cell_width, MOST_CELLS * graphics.cell_height


def drawing_of(page: PageImage, graphics: Graphics) -> Drawing:
    """Return a page as the terminal takes it, filled up with white to whole cells."""
    from PIL import Image

    columns = -(-page.width // graphics.cell_width)
    rows = -(-page.height // graphics.cell_height)
    size = (columns * graphics.cell_width, rows * graphics.cell_height)
    image = Image.new("RGB", size, "white")
    image.paste(Image.frombytes("RGB", (page.width, page.height), page.pixels), (0, 0))
    top = page.top // graphics.cell_height
    if graphics.kind == "kitty":
        written = io.BytesIO()
        image.save(written, "PNG")
        return Drawing(columns, rows, png=written.getvalue(), top=top)
    return Drawing(columns, rows, sixels=_sixels(image, graphics.cell_height), top=top)


def transmission(drawing: Drawing, number: int) -> str:
    """Return what sends a drawing to kitty as picture `number`, to be shown by cells, without an answer."""
    data = standard_b64encode(drawing.png).decode("ascii")
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    sent = []
    for at, piece in enumerate(pieces):
        about = f"a=T,U=1,f=100,i={number:d},c={drawing.columns:d},r={drawing.rows:d}," if at == 0 else ""
        more = int(at < len(pieces) - 1)
        sent.append(f"\x1b_G{about}q=2,m={more};{piece}\x1b\\")
    return "".join(sent)


def removal(number: int) -> str:
    """Return what makes kitty forget picture `number`."""
    return f"\x1b_Ga=d,d=I,i={number:d},q=2\x1b\\"


def cell(row: int, column: int) -> str:
    """Return the cell that stands for this part of a picture; its number is the colour of the cell."""
    return PLACEHOLDER + NUMBERS[row] + NUMBERS[column]


def _sixels(image: Image.Image, height: int) -> tuple[str, ...]:
    from PIL import Image

    few = image.quantize(_COLOURS, dither=Image.Dither.NONE)
    palette = few.getpalette() or []
    pixels = np.asarray(few, dtype=np.uint8)
    return tuple(_sixel(pixels[top : top + height], palette) for top in range(0, pixels.shape[0], height))


def _sixel(pixels: NDArray[np.uint8], palette: list[int]) -> str:
    """Return pixels, numbers into `palette`, as one sixel picture; what lies below them stays as it is."""
    height, width = pixels.shape
    out = [f'\x1bP0;1;0q"1;1;{width};{height}']
    for colour in np.unique(pixels).tolist():
        red, green, blue = (round(part * 100 / 255) for part in palette[3 * colour : 3 * colour + 3])
        out.append(f"#{colour};2;{red};{green};{blue}")
    for top in range(0, height, _BAND):
        band = pixels[top : top + _BAND]
        weights = (1 << np.arange(band.shape[0], dtype=np.uint8))[:, None]
        lines = []
        for colour in np.unique(band).tolist():
            bits = ((band == colour) * weights).sum(axis=0).astype(np.uint8)
            lines.append(f"#{colour}{_runs(bits)}")
        out.append("$".join(lines))
        out.append("-")
    out[-1] = "\x1b\\"
    return "".join(out)


def _runs(bits: NDArray[np.uint8]) -> str:
    ends = np.flatnonzero(np.diff(bits)) + 1
    starts = np.concatenate(([0], ends))
    lengths = np.diff(np.concatenate((starts, [bits.size])))
    signs = [chr(63 + int(one)) for one in bits[starts]]
    return "".join(
        sign * length if length < 4 else f"!{length}{sign}"
        for sign, length in zip(signs, lengths.tolist(), strict=True)
    )
