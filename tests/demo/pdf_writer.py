"""PDF documents: running lines with the marking and the page number, tables with rules."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Flowing
from reportlab.platypus import SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from tests.demo.source import Block, Heading, Item, PageBreak, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type

_MARGIN = 57  # points, 2 cm
_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13.5, spaceAfter=6)
_ITEM = ParagraphStyle("item", parent=_BODY, leftIndent=14, bulletIndent=3, spaceAfter=3)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8.5, leading=10.5, spaceAfter=0)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_HEADINGS = {
    level: ParagraphStyle(
        f"h{level}", fontName="Helvetica-Bold", fontSize=size, leading=size * 1.3, spaceBefore=8, spaceAfter=5
    )
    for level, size in ((1, 15), (2, 12), (3, 10.5))
}


def write_pdf(source: Source) -> bytes:
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN + 14,
        bottomMargin=_MARGIN + 14,
        title=source.head["title"],
        author=source.head["author"],
        lang=source.language,
        invariant=1,
        pageCompression=0,
    )
    blocks = read_blocks(set_type(source.body, source.language, narrow=False))
    story: list[Any] = []
    for block in blocks:
        story += _flowables(block, document.width)

    def run(canvas: Canvas, _document: Any) -> None:
        set_date(canvas, source.date)
        _draw_running(canvas, source)

    document.build(story, onFirstPage=run, onLaterPages=run)
    return buffer.getvalue()


def set_date(canvas: Canvas, date: str) -> None:
    """Write the document's own date where an invariant canvas writes the first day of 2000."""
    canvas.setDateFormatter(lambda *_moment: f"D:{date.replace('-', '')}080000+00'00'")


def _draw_running(canvas: Canvas, source: Source) -> None:
    width, height = A4
    canvas.saveState()
    canvas.setFont("Helvetica-Bold", 9)
    canvas.drawCentredString(width / 2, height - 34, source.marking)
    canvas.drawCentredString(width / 2, 40, source.marking)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(_MARGIN, 28, source.head.get("reference", source.head["title"]))
    canvas.drawRightString(width - _MARGIN, 28, f"Page {canvas.getPageNumber()}")
    canvas.restoreState()


def _flowables(block: Block, width: float) -> list[Any]:
    if isinstance(block, Heading):
        return [Flowing(escape(block.text), _HEADINGS[block.level])]
    if isinstance(block, Item):
        return [Flowing(escape(block.text), _ITEM, bulletText="–")]
    if isinstance(block, PageBreak):
        return [NewPage()]
    if isinstance(block, Table):
        return [_grid(block, width), Spacer(1, 8)]
    return [Flowing(escape(block.text), _BODY)] if isinstance(block, Paragraph) else []


def _grid(table: Table, width: float) -> Grid:
    """Set a table over the whole width; a column is as wide as its longest cell asks, within bounds."""
    longest = [min(max(max(len(cell) for cell in column), 11), 40) for column in zip(*table.rows, strict=True)]
    widths = [width * length / sum(longest) for length in longest]
    rows = [
        [Flowing(escape(cell), _CELL if number else _HEAD) for cell in row] for number, row in enumerate(table.rows)
    ]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Grid(rows, colWidths=widths, style=style, repeatRows=1)
