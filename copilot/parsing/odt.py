"""ODT by lxml: headings, paragraphs, lists, tables and notes of content.xml; headers of styles.xml for the marking."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from copilot.parsing import failures
from copilot.parsing.archives import open_guarded
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.office import read_core_properties
from copilot.parsing.xml import local_name, parse_xml
from copilot.records import BlockKind

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_SKIPPED = frozenset(
    {"annotation", "annotation-end", "tracked-changes", "bookmark", "sequence-decls", "table-of-content"}
)
_HEADER_PARTS = frozenset({"header", "footer", "header-left", "footer-left", "header-first", "footer-first"})
_MOST_REPEATED = 200


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the text in document order; soft page breaks, where the writing program stored them, make pages."""
    with open_guarded(builder.name, data, builder.options) as archive:
        names = set(archive.namelist())
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise failures.encrypted(builder.name)
        read_core_properties(builder.about, archive)
        if "styles.xml" in names:
            builder.about.running += _running_lines(parse_xml(archive.read("styles.xml")))
        content = parse_xml(archive.read("content.xml"))
    body = next(content.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}text"), None)
    builder.start_page()
    if body is not None:
        _Walker(builder).children(body)


def _running_lines(styles: etree._Element) -> Iterator[str]:
    for element in styles.iter("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}*"):
        if local_name(element) in _HEADER_PARTS:
            for paragraph in element.iter(f"{_TEXT}p", f"{_TEXT}h"):
                yield "".join(_pieces(paragraph))


class _Walker:
    """Walks block elements; paragraphs inside a list are its items."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder

    def children(self, parent: etree._Element, listed: bool = False) -> None:
        for element in parent:
            name = local_name(element)
            if name == "h":
                self._breaks(element)
                level = int(element.get(f"{_TEXT}outline-level") or 1)
                self._builder.add(BlockKind.HEADING, "".join(_pieces(element)), level=min(level, 9))
            elif name == "p":
                self._paragraph(element, listed)
            elif name == "table":
                self._table(element)
            elif name == "soft-page-break":
                self._builder.start_page()
            elif name and name not in _SKIPPED:
                self.children(element, listed or name == "list")

    def _paragraph(self, element: etree._Element, listed: bool) -> None:
        self._breaks(element)
        self._builder.add(BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH, "".join(_pieces(element)))
        for frame in element.iter("{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}text-box"):
            self.children(frame)

    def _breaks(self, element: etree._Element) -> None:
        for _ in element.iter(f"{_TEXT}soft-page-break"):
            self._builder.start_page()

    def _table(self, table: etree._Element) -> None:
        rows = [row for row in _rows(table) if any(cell.strip() for cell in row)]
        number = self._builder.next_table()
        for index, row in enumerate(rows):
            self._builder.add_row(row, header=index == 0 and len(rows) > 1, table=number)


def _rows(parent: etree._Element) -> Iterator[list[str]]:
    for element in parent:
        name = local_name(element)
        if name == "table-row":
            yield [text for cell in element for text in _cell(cell)]
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(element)


def _cell(cell: etree._Element) -> list[str]:
    if local_name(cell) not in ("table-cell", "covered-table-cell"):
        return []
    text = " ".join("".join(_pieces(paragraph)) for paragraph in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
    repeated = cell.get(f"{_TABLE}number-columns-repeated") or "1"
    return [text] * min(int(repeated) if repeated.isdigit() else 1, _MOST_REPEATED)


def _pieces(element: etree._Element) -> Iterator[str]:
    """The text of one paragraph, notes in brackets where they stand."""
    yield element.text or ""
    for child in element:
        name = local_name(child)
        if name == "s":
            yield " "
        elif name == "tab":
            yield "\t"
        elif name == "line-break":
            yield "\n"
        elif name == "note":
            body = next(child.iterchildren(f"{_TEXT}note-body"), None)
            if body is not None:
                yield f" [{' '.join(''.join(_pieces(p)) for p in body.iter(f'{_TEXT}p'))}] "
        elif name and name not in _SKIPPED and name not in ("frame", "table"):
            yield from _pieces(child)
        yield child.tail or ""
