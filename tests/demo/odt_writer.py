"""OpenDocument texts written by hand: content, header and footer, properties, the type stored first."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.demo.source import Block, Heading, Item, PageBreak, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type
from tests.demo.zips import pack

_TYPE = "application/vnd.oasis.opendocument.text"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("meta", "meta"),
        ("manifest", "manifest"),
        ("fo", "xsl-fo-compatible"),
    )
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OTHERS = 'xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'
_NEW_PAGE = '<text:p text:style-name="Break"><text:soft-page-break/></text:p>'


def write_odt(source: Source) -> bytes:
    blocks = read_blocks(set_type(source.body, source.language))
    members = {
        "mimetype": _TYPE,
        "content.xml": _content(blocks),
        "styles.xml": _styles(source),
        "meta.xml": _meta(source),
        "META-INF/manifest.xml": _manifest(),
    }
    return pack({name: text.encode() for name, text in members.items()}, stored=frozenset({"mimetype"}))


def _content(blocks: list[Block]) -> str:
    styles = (
        '<office:automatic-styles><style:style style:name="Break" style:family="paragraph">'
        '<style:paragraph-properties fo:break-before="page"/></style:style></office:automatic-styles>'
    )
    body = "".join(_element(block, number) for number, block in enumerate(blocks))
    return (
        f"{_HEAD}<office:document-content {_NAMESPACES} {_OTHERS}>{styles}"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )


def _element(block: Block, number: int) -> str:
    if isinstance(block, Heading):
        return f'<text:h text:outline-level="{block.level}">{escape(block.text)}</text:h>'
    if isinstance(block, Item):
        return f"<text:list><text:list-item><text:p>{escape(block.text)}</text:p></text:list-item></text:list>"
    if isinstance(block, PageBreak):
        return _NEW_PAGE
    if isinstance(block, Table):
        rows = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in block.rows)
        columns = f'<table:table-column table:number-columns-repeated="{len(block.rows[0])}"/>'
        return f'<table:table table:name="T{number}">{columns}{rows}</table:table>'
    return f"<text:p>{escape(block.text)}</text:p>" if isinstance(block, Paragraph) else ""


def _cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'


def _styles(source: Source) -> str:
    marking = escape(source.marking)
    return (
        f"{_HEAD}<office:document-styles {_NAMESPACES} {_OTHERS}>"
        '<office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties '
        'fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/></style:page-layout></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4">'
        f"<style:header><text:p>{marking}</text:p></style:header>"
        f"<style:footer><text:p>{marking}</text:p></style:footer>"
        "</style:master-page></office:master-styles></office:document-styles>"
    )


def _meta(source: Source) -> str:
    return (
        f"{_HEAD}<office:document-meta {_NAMESPACES} {_OTHERS}><office:meta>"
        f"<dc:title>{escape(source.head['title'])}</dc:title><dc:creator>{escape(source.head['author'])}</dc:creator>"
        f"<dc:date>{source.date}T08:00:00</dc:date><dc:language>{source.language}</dc:language>"
        "</office:meta></office:document-meta>"
    )


def _manifest() -> str:
    parts = (("/", _TYPE), *((name, "text/xml") for name in ("content.xml", "styles.xml", "meta.xml")))
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>' for path, kind in parts
    )
    return f'{_HEAD}<manifest:manifest {_NAMESPACES} manifest:version="1.3">{entries}</manifest:manifest>'
