"""DOCX: opened by python-docx, its body walked element by element.

python-docx's own paragraph text leaves out insertions, content controls, text boxes and nested tables; an analyst cites
those too. Deleted text is left out. Pages are those that Word stored at its last save, else explicit page breaks.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.document import Document as OpenDocument
from lxml import etree

from copilot.parsing.archives import open_guarded
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.lines import BULLET
from copilot.parsing.office import read_core_properties
from copilot.parsing.xml import local_name, parse_xml
from copilot.records import BlockKind

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_STYLE = re.compile(r"(?:heading|titre|überschrift|título)\s*(\d)", re.I)
_TITLE_STYLES = frozenset({"title", "titre"})
_SKIPPED = frozenset({"del", "instrText", "delText", "Fallback", "pPr", "rPr", "txbxContent", "tbl", "moveFrom"})
_CONTAINERS = frozenset({"sdt", "sdtContent", "ins", "smartTag", "customXml", "moveTo"})
_NOTE_PARTS = ("/word/footnotes.xml", "/word/endnotes.xml")


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the body in document order, then foot- and endnotes; headers and footers serve the marking."""
    with open_guarded(builder.name, data, builder.options) as archive:
        read_core_properties(builder.about, archive)
    document = Document(io.BytesIO(data))
    builder.about.running += _running_lines(document)
    _Body(builder, _style_levels(document)).walk(document.element.body)
    for note in _notes(document):
        builder.add(BlockKind.PARAGRAPH, note)


def _running_lines(document: OpenDocument) -> Iterator[str]:
    for section in document.sections:
        parts = (section.header, section.first_page_header, section.footer, section.first_page_footer)
        for part in parts:
            if not part.is_linked_to_previous:
                for paragraph in part._element.iter(f"{_W}p"):
                    yield _text_of(paragraph)


def _style_levels(document: OpenDocument) -> dict[str, int | str]:
    """Map style ids to a heading level, or ``list``. Word writes built-in names in English whatever its language."""
    levels: dict[str, int | str] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        name_element = style.find(f"{_W}name")
        name = (name_element.get(f"{_W}val") or "") if name_element is not None else ""
        identity = style.get(f"{_W}styleId") or ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if found := _HEADING_STYLE.match(name):
            levels[identity] = int(found[1])
        elif name.casefold() in _TITLE_STYLES:
            levels[identity] = 1
        elif outline is not None and (outline.get(f"{_W}val") or "9") in "012345678":
            levels[identity] = int(outline.get(f"{_W}val") or 0) + 1
        elif name.casefold().startswith(("list ", "liste ")) and "continue" not in name.casefold():
            levels[identity] = "list"
    return levels


class _Body:
    """Walks paragraphs and tables, counting pages on the way."""

    def __init__(self, builder: DocumentBuilder, styles: dict[str, int | str]) -> None:
        self._builder = builder
        self._styles = styles
        self._break = f"{_W}br"

    def walk(self, body: etree._Element) -> None:
        if next(body.iter(f"{_W}lastRenderedPageBreak"), None) is not None:
            self._break = f"{_W}lastRenderedPageBreak"
        self._builder.start_page()
        self._children(body)

    def _children(self, parent: etree._Element) -> None:
        for element in parent:
            name = local_name(element)
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name in _CONTAINERS:
                self._children(element)

    def _paragraph(self, paragraph: etree._Element) -> None:
        """Add one paragraph; it counts for the page on which its text begins."""
        text = _text_of(paragraph)
        breaks, before = self._page_breaks(paragraph)
        for _ in range(before if text.strip() else breaks):
            self._builder.start_page()
        if text.strip():
            self._add(paragraph, text)
            for _ in range(breaks - before):
                self._builder.start_page()
        for box in _outermost_boxes(paragraph):
            self._children(box)

    def _page_breaks(self, paragraph: etree._Element) -> tuple[int, int]:
        """Return how many page breaks stand in the paragraph, and how many of them before its first text."""
        total = before = 0
        seen_text = False
        for element in paragraph.iter(f"{_W}t", self._break):
            if element.tag == f"{_W}t":
                seen_text = seen_text or bool((element.text or "").strip())
            elif self._break != f"{_W}br" or element.get(f"{_W}type") == "page":
                total += 1
                before += not seen_text
        return total, before

    def _add(self, paragraph: etree._Element, text: str) -> None:
        properties = paragraph.find(f"{_W}pPr")
        style = level = None
        listed = False
        if properties is not None:
            style_element, outline = properties.find(f"{_W}pStyle"), properties.find(f"{_W}outlineLvl")
            style = self._styles.get(style_element.get(f"{_W}val") or "") if style_element is not None else None
            level = outline.get(f"{_W}val") if outline is not None else None
            listed = properties.find(f"{_W}numPr") is not None
        if level is not None and level in "01234567":
            style = int(level) + 1
        if isinstance(style, int):
            self._builder.add(BlockKind.HEADING, text, level=style)
        elif listed or style == "list" or BULLET.match(text):
            self._builder.add(BlockKind.LIST_ITEM, text)
        else:
            self._builder.add(BlockKind.PARAGRAPH, text)

    def _table(self, table: etree._Element) -> None:
        """Add a table; one of a single column is a frame around paragraphs, not a table."""
        rows = [[_cell_text(cell) for cell in _cells(row)] for row in _rows(table)]
        if max((len(row) for row in rows), default=0) < 2:
            for cell in (cell for row in _rows(table) for cell in _cells(row)):
                self._children(cell)
            return
        number = self._builder.next_table()
        for _ in range(sum(1 for element in table.iter(self._break) if self._break != f"{_W}br")):
            self._builder.start_page()
        for index, row in enumerate(rows):
            self._builder.add_row(row, header=index == 0 and len(rows) > 1, table=number)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for element in table:
        if local_name(element) == "tr":
            yield element
        elif local_name(element) in _CONTAINERS:
            yield from _rows(element)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for element in row:
        if local_name(element) == "tc":
            yield element
        elif local_name(element) in _CONTAINERS:
            yield from _cells(element)


def _cell_text(cell: etree._Element) -> str:
    """All paragraphs of a cell, those of a table inside it too."""
    return " ".join(text for paragraph in cell.iter(f"{_W}p") if (text := _text_of(paragraph).strip()))


def _text_of(paragraph: etree._Element) -> str:
    pieces: list[str] = []

    def collect(element: etree._Element) -> None:
        for child in element:
            name = local_name(child)
            if name == "t":
                pieces.append(child.text or "")
            elif name == "tab":
                pieces.append("\t")
            elif name in ("br", "cr"):
                pieces.append("\n")
            elif name == "noBreakHyphen":
                pieces.append("-")
            elif name and name not in _SKIPPED:
                collect(child)

    collect(paragraph)
    return "".join(pieces)


def _outermost_boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    for box in paragraph.iter(f"{_W}txbxContent"):
        above = [local_name(ancestor) for ancestor in box.iterancestors()]
        # The fallback repeats the box for old programs; a box in a box is reached from the outer one.
        if "Fallback" not in above and above.count("txbxContent") == sum(
            local_name(a) == "txbxContent" for a in paragraph.iterancestors()
        ):
            yield box


def _notes(document: OpenDocument) -> Iterator[str]:
    for part in document.part.package.iter_parts():
        if str(part.partname) in _NOTE_PARTS:
            for note in parse_xml(part.blob).iter(f"{_W}footnote", f"{_W}endnote"):
                if note.get(f"{_W}type") is None:
                    yield " ".join(_text_of(paragraph) for paragraph in note.iter(f"{_W}p"))
