"""Word documents, with the marking in header and footer."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Pt

from tests.demo.source import Block, Heading, Item, PageBreak, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type
from tests.demo.zips import repack


def write_docx(source: Source) -> bytes:
    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    _set_properties(document, source)
    section = document.sections[0]
    running = source.head.get("reference", source.head["title"])
    for part, text in ((section.header, source.marking), (section.footer, f"{source.marking} – {running}")):
        part.paragraphs[0].text = text
        part.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for block in read_blocks(set_type(source.body, source.language)):
        _add(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue())


def _set_properties(document: Any, source: Source) -> None:
    moment = dt.datetime.fromisoformat(source.date)
    properties = document.core_properties
    properties.title, properties.author = source.head["title"], source.head["author"]
    properties.last_modified_by, properties.comments = source.head["author"], ""
    properties.created = properties.modified = moment
    properties.language, properties.revision = source.language, 1


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, block.level)
    elif isinstance(block, Item):
        document.add_paragraph(block.text, style="List Bullet")
    elif isinstance(block, PageBreak):
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    elif isinstance(block, Table):
        table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
        for number, row in enumerate(block.rows):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.paragraphs[0].add_run(text).bold = number == 0
        document.add_paragraph()
    elif isinstance(block, Paragraph):
        document.add_paragraph(block.text)
