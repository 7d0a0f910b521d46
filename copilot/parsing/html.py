"""HTML by lxml: what a reader sees, without scripts, navigation and hidden elements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree, html

from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.dates import metadata_date
from copilot.parsing.decode import decode
from copilot.parsing.text import clean
from copilot.parsing.xml import local_name
from copilot.records import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_DROPPED = frozenset(
    "script style nav template noscript svg math iframe object embed head title button select textarea input canvas "
    "audio video".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?!\.?\d)|opacity\s*:\s*0(?![.\d])", re.I
)
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,30})", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DATE_NAMES = frozenset(
    {"date", "dc.date", "dcterms.date", "dcterms.created", "dcterms.issued", "article:published_time", "pubdate"}
)
_DEEPEST = 200


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the document as one page."""
    declared = _DECLARED.search(data[:4096])
    text, _ = decode(data, declared[1].decode("ascii") if declared else None)
    builder.start_page()
    root = _root(text)
    if root is not None:
        _read_head(builder, root)
        _Walker(builder).walk(root)


def add_html(builder: DocumentBuilder, markup: str) -> None:
    """Add the visible content of `markup` (the body of a message) to the current page."""
    root = _root(markup)
    if root is not None:
        _Walker(builder).walk(root)


def _root(text: str) -> etree._Element | None:
    text = _XML_DECLARATION.sub("", clean(text))
    # Without huge_tree what is nested deeper than 256 elements is lost without a word; HTML has no entities to expand.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        return html.document_fromstring(text.encode("utf-8"), parser=parser)
    except etree.ParserError:  # nothing but comments and white space
        return None


def _read_head(builder: DocumentBuilder, root: etree._Element) -> None:
    about = builder.about
    title = next(root.iter("title"), None)
    about.title = _all_text(title) if title is not None else None
    language = (root.get("lang") or "")[:2].lower()
    about.language = language if re.fullmatch("[a-z]{2}", language) else None
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or "").lower()
        if key in ("author", "dc.creator", "dcterms.creator"):
            about.author = about.author or meta.get("content")
        elif key in _DATE_NAMES:
            about.date = about.date or metadata_date(meta.get("content"))


class _Walker:
    """Walks the tree in reading order; text gathers until a block element ends it."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._pending: list[str] = []

    def walk(self, root: etree._Element) -> None:
        self._element(root, BlockKind.PARAGRAPH, 0)
        self._flush(BlockKind.PARAGRAPH)

    def _flush(self, kind: BlockKind, level: int = 0) -> None:
        self._builder.add(kind, "".join(self._pending), level=level)
        self._pending.clear()

    def _element(self, element: etree._Element, kind: BlockKind, depth: int) -> None:
        name = local_name(element).lower()
        if name in _DROPPED or _is_hidden(element) or not name:
            return
        if depth > _DEEPEST:
            self._pending.append(_all_text(element))
        elif name == "br":
            self._pending.append("\n")
        elif name in _INLINE:
            if name == "img":
                self._pending.append(f" {element.get('alt') or ''} ")
            self._children(element, kind, depth)
        else:
            self._flush(kind)
            self._block(element, name, kind, depth)

    def _children(self, element: etree._Element, kind: BlockKind, depth: int) -> None:
        self._pending.append(element.text or "")
        for child in element:
            self._element(child, kind, depth + 1)
            self._pending.append(child.tail or "")

    def _block(self, element: etree._Element, name: str, kind: BlockKind, depth: int) -> None:
        if name == "table" and _is_data_table(element):
            self._table(element)
            return
        if name == "pre":
            self._builder.add(BlockKind.CODE, _all_text(element))
            return
        level = _HEADINGS.get(name, 0)
        inner = BlockKind.HEADING if level else BlockKind.LIST_ITEM if name in ("li", "dt", "dd") else kind
        self._children(element, inner, depth)
        self._flush(inner, level)

    def _table(self, table: etree._Element) -> None:
        number = self._builder.next_table()
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table and not _is_hidden(row)]
        for caption in table.iterchildren("caption"):
            self._builder.add(BlockKind.PARAGRAPH, _visible_text(caption))
        for index, row in enumerate(rows):
            cells = [cell for cell in row if local_name(cell).lower() in ("td", "th")]
            heads = bool(cells) and all(local_name(cell).lower() == "th" for cell in cells)
            header = index == 0 and (heads or next(row.iterancestors("thead"), None) is not None or len(rows) > 1)
            self._builder.add_row([_visible_text(cell) for cell in cells], header=header, table=number)


def _all_text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _visible_text(element: etree._Element) -> str:
    def pieces(node: etree._Element, depth: int) -> Iterator[str]:
        if local_name(node).lower() in _DROPPED or _is_hidden(node) or depth > _DEEPEST:
            return
        yield node.text or ""
        for child in node:
            if local_name(child).lower() not in _INLINE:
                yield " "
            yield from pieces(child, depth + 1)
            yield child.tail or ""

    return "".join(pieces(element, 0))


def _is_data_table(table: etree._Element) -> bool:
    """Tables that only lay out a page (mails are full of them) hold headings, lists or tables, or a single column."""
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return False
    if next(table.iterdescendants("th"), None) is not None:
        return True
    widest = max((sum(1 for _ in row.iterchildren("td")) for row in table.iter("tr")), default=0)
    return widest > 1 and next(table.iterdescendants("h1", "h2", "h3", "ul", "ol"), None) is None


def _is_hidden(element: etree._Element) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _HIDDEN.search(style))
