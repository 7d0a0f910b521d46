"""Briefings: a ``#`` heading begins a slide; items, one table and notes follow; the footer carries the marking."""

from __future__ import annotations

import copy
import datetime as dt
import io
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Emu, Pt

from tests.demo.source import Heading, Item, Note, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type
from tests.demo.zips import repack

_TITLE_AND_CONTENT, _TITLE_ONLY = 1, 5


def write_pptx(source: Source) -> bytes:
    presentation = Presentation()
    properties = presentation.core_properties
    properties.title, properties.author = source.head["title"], source.head["author"]
    properties.last_modified_by = source.head["author"]
    properties.created = properties.modified = dt.datetime.fromisoformat(source.date)
    slides: list[list[Any]] = []
    for block in read_blocks(set_type(source.body, source.language)):
        if isinstance(block, Heading) and block.level == 1:
            slides.append([])
        slides[-1].append(block)
    for blocks in slides:
        _add_slide(presentation, blocks, source.marking)
    buffer = io.BytesIO()
    presentation.save(buffer)
    return repack(buffer.getvalue())


def _add_slide(presentation: Any, blocks: list[Any], marking: str) -> None:
    tabled = any(isinstance(block, Table) for block in blocks)
    layout = presentation.slide_layouts[_TITLE_ONLY if tabled else _TITLE_AND_CONTENT]
    slide = presentation.slides.add_slide(layout)
    slide.shapes.title.text = blocks[0].text
    lines = [block.text for block in blocks[1:] if isinstance(block, (Item, Paragraph))]
    if tabled:
        _add_table(slide, next(block for block in blocks if isinstance(block, Table)), lines)
    else:
        frame = slide.placeholders[1].text_frame
        frame.text = lines[0]
        for line in lines[1:]:
            frame.add_paragraph().text = line
    notes = [block.text for block in blocks if isinstance(block, Note)]
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(notes)
    _add_footer(slide, layout, marking)


def _add_table(slide: Any, table: Table, lines: list[str]) -> None:
    left, top, width = Emu(457_200), Emu(1_500_000), Emu(8_229_600)
    shape = slide.shapes.add_table(len(table.rows), len(table.rows[0]), left, top, width, Emu(300_000))
    for row, cells in enumerate(table.rows):
        for column, text in enumerate(cells):
            frame = shape.table.cell(row, column).text_frame
            frame.text = text
            frame.paragraphs[0].runs[0].font.size = Pt(13)
    if lines:
        box = slide.shapes.add_textbox(left, Emu(5_200_000), width, Emu(800_000))
        box.text_frame.word_wrap = True
        box.text_frame.text = "\n".join(lines)


def _add_footer(slide: Any, layout: Any, marking: str) -> None:
    footer = next(shape for shape in layout.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.FOOTER)
    slide.shapes._spTree.append(copy.deepcopy(footer._element))
    slide.shapes[-1].text_frame.text = marking
