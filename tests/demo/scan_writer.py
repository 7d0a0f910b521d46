"""A scanned page: typed text drawn as an image, a little crooked and noisy, in a PDF that holds no text at all."""

from __future__ import annotations

import io
import random
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.demo.pdf_writer import set_date
from tests.demo.source import Source
from tests.demo.typography import set_type

_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_DOTS_PER_INCH = 150
_SIZE = (1240, 1754)  # A4 at that resolution
_SPECKS = 900


def write_scan(source: Source) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=0)
    image = io.BytesIO()
    _draw(set_type(source.body, source.language, narrow=False)).save(image, "JPEG", quality=60, dpi=(150, 150))
    canvas.drawImage(ImageReader(image), 0, 0, *A4)
    set_date(canvas, source.date)
    canvas.setTitle(source.head["title"])
    canvas.setAuthor(source.head["author"])
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(text: str) -> Image.Image:
    """Draw the lines as they stand; a line of the source is a line of the page."""
    page = Image.new("L", _SIZE, 250)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(_FONT), 25)
    for number, line in enumerate(text.split("\n")):
        draw.text((125, 130 + 40 * number), line, fill=35, font=font)
    page = page.rotate(0.4, resample=Image.Resampling.BICUBIC, fillcolor=250)
    chance = random.Random(26)
    for _ in range(_SPECKS):
        page.putpixel((chance.randrange(_SIZE[0]), chance.randrange(_SIZE[1])), chance.randrange(90, 200))
    return page.filter(ImageFilter.GaussianBlur(0.5))
