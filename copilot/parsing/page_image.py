"""The picture of one page of a PDF, drawn by pdfium inside a walled worker, with a quote highlighted.

What the worker sends is pixels and their size, nothing that the parent has to decode.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops

from copilot.errors import ParseError
from copilot.i18n import t
from copilot.parsing import failures
from copilot.parsing.pdf_file import open_pdf
from copilot.records import PageImage
from copilot.sandbox.told import loads

_LONGEST_ERROR = 64 * 1024
_HEAD = struct.Struct(">cIIBI")
_PICTURE, _ERROR = b"P", b"E"
_LARGEST_WORDS = 10_000
# More than any page of a book; one that holds more is not searched for its quote.
_MOST_CHARACTERS = 100_000
_HIGHLIGHT = (255, 236, 120)
# A format's own limit is 200 inches of 72 points; what claims to be wider is damaged.
_LARGEST_POINTS = 14_400.0 * 10


@dataclass(frozen=True, slots=True)
class PageImageJob:
    """A page of a file (its name and bytes are untrusted), counted from 1, to fit into so many pixels."""

    name: str
    data: bytes = field(repr=False)
    page: int
    quote: str
    max_width: int
    max_height: int


def largest_answer(job: PageImageJob) -> int:
    """Return how many bytes the answer to `job` may have."""
    return _HEAD.size + 3 * job.max_width * job.max_height + _LARGEST_WORDS


def run_job(job: PageImageJob) -> bytes:
    """Draw the page of `job` and return it as bytes, or why not: what a walled worker runs."""
    try:
        drawn = draw(job)
    except ParseError as error:
        return _ERROR + json.dumps([error.message, error.next_step, error.reason]).encode()
    return _HEAD.pack(_PICTURE, drawn.width, drawn.height, drawn.marked, drawn.top) + drawn.pixels


def decode_answer(answer: bytes, job: PageImageJob) -> PageImage:
    """Return the picture that a worker sent; raise its ParseError, or ValueError for what no worker of ours sends."""
    if answer[:1] == _ERROR:
        told = loads(answer[1:], _LONGEST_ERROR)
        if not isinstance(told, list) or len(told) != 3 or not all(isinstance(one, str) for one in told):
            raise ValueError("not an error of a worker")
        raise ParseError(told[0], told[1], reason=told[2])
    if answer[:1] != _PICTURE or len(answer) < _HEAD.size:
        raise ValueError("not a picture")
    _, width, height, marked, top = _HEAD.unpack_from(answer)
    if not (0 < width <= job.max_width and 0 < height <= job.max_height and top < height):
        raise ValueError("a picture of another size")
    pixels = answer[_HEAD.size :]
    if len(pixels) != 3 * width * height:
        raise ValueError("a picture with too many or too few pixels")
    return PageImage(width, height, pixels, bool(marked), top)


def draw(job: PageImageJob) -> PageImage:
    """Draw a page as large as fits, the quote highlighted where the page's text holds it. Raises ParseError."""
    document = open_pdf(job.name, job.data)
    try:
        if not 1 <= job.page <= len(document):
            raise ParseError(t("parsing.no_page", name=job.name, page=job.page), reason="damaged")
        page = document[job.page - 1]
        try:
            return _draw(page, job)
        finally:
            page.close()
    except pdfium.PdfiumError as cause:
        raise failures.damaged(job.name, cause) from cause
    finally:
        document.close()


def _draw(page: Any, job: PageImageJob) -> PageImage:
    width, height = page.get_size()
    if not (0 < width <= _LARGEST_POINTS and 0 < height <= _LARGEST_POINTS):
        raise failures.damaged(job.name, f"{width:g} x {height:g} pt")
    # A little below, for pdfium rounds the size in pixels up.
    scale = min(job.max_width / width, job.max_height / height) * (1 - 1e-6)
    if math.ceil(width * scale) > job.max_width or math.ceil(height * scale) > job.max_height:
        raise failures.damaged(job.name, f"{width:g} x {height:g} pt")
    image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    boxes = _boxes_of(page, job.quote, image.size)
    for box in boxes:
        part = image.crop(box)
        image.paste(ImageChops.multiply(part, Image.new("RGB", part.size, _HIGHLIGHT)), box)
    top = min(boxes[0][1], image.height - 1) if boxes else 0
    return PageImage(image.width, image.height, image.tobytes(), bool(boxes), top)


def _boxes_of(page: Any, quote: str, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Return the rectangles of a quote in pixels, a line each; none where the page's text does not hold it.

    Blanks and hyphens do not count: reading joined lines and words that the page sets apart.
    """
    words = "".join(_counted(letter) for letter in quote)
    if not words:
        return []
    text_page = page.get_textpage()
    try:
        letters, places = [], []
        for index in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
            for letter in _counted(chr(pdfium_c.FPDFText_GetUnicode(text_page, index) % 0x110000)):
                letters.append(letter)
                places.append(index)
        start = "".join(letters).find(words)
        if start < 0:
            return []
        found = [_pixels_of(page, text_page, index, size) for index in places[start : start + len(words)]]
    finally:
        text_page.close()
    return _lines_of([box for box in found if box[0] < box[2] and box[1] < box[3]])


def _counted(letter: str) -> str:
    """Return what of a character counts in comparing a quote with a page."""
    return "".join(one for one in unicodedata.normalize("NFKD", letter).casefold() if one.isalnum())


def _pixels_of(page: Any, text_page: Any, index: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    rectangle = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rectangle)):
        return 0, 0, 0, 0
    ends = []
    for x, y in ((rectangle.left, rectangle.top), (rectangle.right, rectangle.bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, ctypes.byref(across), ctypes.byref(down))
        ends.append((min(max(across.value, 0), size[0]), min(max(down.value, 0), size[1])))
    (left, top), (right, bottom) = ends
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def _lines_of(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Join the boxes of letters that stand beside each other."""
    lines: list[tuple[int, int, int, int]] = []
    for box in boxes:
        if lines:
            left, top, right, bottom = lines[-1]
            beside = top < (box[1] + box[3]) / 2 < bottom and -2 <= box[0] - right <= 2 * (bottom - top)
            if beside:
                lines[-1] = (left, min(top, box[1]), max(right, box[2]), max(bottom, box[3]))
                continue
        lines.append(box)
    return lines
