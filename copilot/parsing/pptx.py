"""PPTX by python-pptx: a page a slide, with its tables and notes; footers and masters serve the marking."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER

from copilot.parsing.archives import open_guarded
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.office import read_core_properties
from copilot.records import BlockKind

_RUNNING = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE)
_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
_DEEPEST_GROUP = 20


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add every slide in order, hidden ones too, shapes from top to bottom."""
    with open_guarded(builder.name, data, builder.options) as archive:
        read_core_properties(builder.about, archive)
    presentation = Presentation(io.BytesIO(data))
    builder.about.running += _master_lines(presentation)
    for slide in presentation.slides:
        title = slide.shapes.title
        builder.start_page(title.text_frame.text if title is not None else None)
        for shape in _in_reading_order(slide.shapes):
            _add_shape(builder, shape)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            for paragraph in notes.paragraphs:
                builder.add(BlockKind.PARAGRAPH, _paragraph_text(paragraph))


def _master_lines(presentation: Any) -> Iterator[str]:
    """Static text of masters and layouts, which shows on every slide."""
    for master in presentation.slide_masters:
        for page in (master, *master.slide_layouts):
            for shape in page.shapes:
                if shape.has_text_frame and (not shape.is_placeholder or _placeholder(shape) in _RUNNING):
                    yield from shape.text_frame.text.split("\n")


def _in_reading_order(shapes: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    """Yield shapes with groups opened: titles first, then by top and left edge."""
    ordered = sorted(shapes, key=lambda shape: (_placeholder(shape) not in _TITLES, shape.top or 0, shape.left or 0))
    for shape in ordered:
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP and depth < _DEEPEST_GROUP:
            yield from _in_reading_order(shape.shapes, depth + 1)
        else:
            yield shape


def _placeholder(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _add_shape(builder: DocumentBuilder, shape: Any) -> None:
    place = _placeholder(shape)
    if getattr(shape, "has_table", False):
        _add_table(builder, shape.table)
    elif getattr(shape, "has_chart", False):
        _add_chart(builder, shape.chart)
    elif shape.has_text_frame and place in _RUNNING:
        builder.about.running += shape.text_frame.text.split("\n")
    elif shape.has_text_frame and place in _TITLES:
        builder.add(BlockKind.HEADING, shape.text_frame.text, level=1)
    elif shape.has_text_frame:
        listed = place in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)
        for paragraph in shape.text_frame.paragraphs:
            kind = BlockKind.LIST_ITEM if listed or paragraph.level else BlockKind.PARAGRAPH
            builder.add(kind, _paragraph_text(paragraph))


def _paragraph_text(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", " ")


def _add_table(builder: DocumentBuilder, table: Any) -> None:
    number = builder.next_table()
    for index, row in enumerate(table.rows):
        cells = ["" if cell.is_spanned else cell.text_frame.text for cell in row.cells]
        builder.add_row(cells, header=index == 0 and len(table.rows) > 1, table=number)


def _add_chart(builder: DocumentBuilder, chart: Any) -> None:
    """Add the figures behind a chart as a table: categories down, series across."""
    if chart.has_title and chart.chart_title.has_text_frame:
        builder.add(BlockKind.PARAGRAPH, chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)
        number = builder.next_table()
        builder.add_row(["", *(one.name for one in series)], header=True, table=number)
        for index, category in enumerate(plot.categories):
            values = [one.values[index] if index < len(one.values) else None for one in series]
            builder.add_row([str(category), *map(_number, values)], header=False, table=number)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)
