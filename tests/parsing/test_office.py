"""DOCX, PPTX, XLSX, ODS and ODT, written by the usual libraries or by hand."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from openpyxl.styles import Font
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from copilot.errors import ParseError
from copilot.parsing import ParseOptions, parse
from copilot.parsing.workbook import show
from copilot.records import BlockKind, ParsedDocument

Read = Callable[..., ParsedDocument]
SUNRISE = dt.datetime.fromisoformat("2026-03-01T06:30")  # a cell of a workbook has no time zone
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]


def _saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def _zip(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _rewritten(data: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _zip({n: change(archive.read(n)) if n == member else archive.read(n) for n in archive.namelist()})


def _docx() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Ordre d’opération"
    document.core_properties.author = "Bureau 3"
    document.sections[0].header.paragraphs[0].text = "DIFFUSION RESTREINTE"
    document.add_heading("Situation", level=1)
    document.add_paragraph("Premier paragraphe avec un é.")
    document.add_paragraph("premier point", style="List Bullet")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, (["Unité", "Stock", "Date"], ["1er RI", "12", ""]), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_page_break()  # type: ignore[no-untyped-call]
    document.add_heading("Exécution", level=2)
    document.add_paragraph("Après la table.")
    return _saved(document)


def test_docx(read: Read) -> None:
    document = read("ordre.docx", _docx())
    assert _blocks(document) == [
        ("heading", "Situation"),
        ("paragraph", "Premier paragraphe avec un é."),
        ("list_item", "premier point"),
        ("table_header", "Unité | Stock | Date"),
        ("table_row", "1er RI | 12"),
        ("heading", "Exécution"),
        ("paragraph", "Après la table."),
    ]
    assert (document.title, document.author) == ("Ordre d’opération", "Bureau 3")
    assert document.marking == "DIFFUSION RESTREINTE"
    assert [block.page for block in document.blocks] == [1, 1, 1, 1, 1, 2, 2]


def test_docx_insertions_controls_boxes_and_deletions(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("Avant")
    body = document.element.body
    for number, inner in enumerate(
        (
            (
                "<w:p><w:ins w:id='1' w:author='a'><w:r><w:t>inséré</w:t></w:r></w:ins>"
                "<w:del w:id='2' w:author='a'><w:r><w:delText>supprimé</w:delText></w:r></w:del></w:p>"
            ),
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>contrôle</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            (
                "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>encadré</w:t></w:r></w:p></w:txbxContent></w:pict>"
                "</w:r></w:p>"
            ),
        )
    ):
        name = inner[1 : inner.index(">")]
        body.insert(number + 1, parse_xml(f"<{name} xmlns:w='{W}'" + inner[len(name) + 1 :]))
    assert [text for _, text in _blocks(read("a.docx", _saved(document)))] == ["Avant", "inséré", "contrôle", "encadré"]


def test_docx_with_a_billion_laughs_is_refused() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declaration = f'<!DOCTYPE w:document [<!ENTITY l0 "lol">{entities}]>'.encode()

    def bomb(xml: bytes) -> bytes:
        end = xml.index(b"?>") + 2
        return xml[:end] + declaration + xml[end:].replace(b"Premier", b"&l9;Premier")

    with pytest.raises(ParseError) as caught:
        parse("bombe.docx", _rewritten(_docx(), "word/document.xml", bomb), ParseOptions())
    assert caught.value.reason == "damaged"


def test_a_zip_bomb_inside_a_docx() -> None:
    bomb = _rewritten(_docx(), "word/document.xml", lambda xml: xml + b" " * 200_000_000)
    with pytest.raises(ParseError) as caught:
        parse("bombe.docx", bomb, ParseOptions())
    assert caught.value.reason == "too_large"


def test_a_damaged_docx() -> None:
    with pytest.raises(ParseError) as caught:
        parse("a.docx", _rewritten(_docx(), "word/document.xml", lambda xml: xml[: len(xml) // 2]), ParseOptions())
    assert caught.value.reason == "damaged"


def test_pptx(read: Read) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Point de situation"
    slide.placeholders[1].text_frame.text = "Stock à 80 %"
    box = slide.shapes.add_textbox(Inches(0), Inches(7), Inches(3), Inches(0.4))
    box.text_frame.text = "NON PROTÉGÉ"
    slide.notes_slide.notes_text_frame.text = "Dire que le stock baisse."
    second = deck.slides.add_slide(deck.slide_layouts[6])
    table = second.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for (row, column), text in {(0, 0): "Dépôt", (0, 1): "m³", (1, 0): "Évreux", (1, 1): "12"}.items():
        table.cell(row, column).text = text
    chart = CategoryChartData()  # type: ignore[no-untyped-call]
    chart.categories = ["J", "J+1"]
    chart.add_series("Gazole", (10, 7.5))  # type: ignore[no-untyped-call]
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), chart)
    document = read("point.pptx", _saved(deck))
    assert [(page.number, page.label) for page in document.pages] == [(1, "Point de situation"), (2, None)]
    assert _blocks(document) == [
        ("heading", "Point de situation"),
        ("list_item", "Stock à 80 %"),
        ("paragraph", "NON PROTÉGÉ"),
        ("paragraph", "Dire que le stock baisse."),
        ("table_header", "Dépôt | m³"),
        ("table_row", "Évreux | 12"),
        ("table_header", "| Gazole"),
        ("table_row", "J | 10"),
        ("table_row", "J+1 | 7.5"),
    ]
    assert document.marking == "NON PROTÉGÉ"


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Stock é"
    rows: list[list[object]] = [
        ["État du dépôt"],
        ["NNO", "Désignation", "Quantité", "Taux", "Date", "Code"],
        ["0042", "Filtre", 12, 0.25, dt.date(2026, 3, 1), 421],
        [None, "Joint", 0.1 + 0.2, 1, SUNRISE, 7],
        [],
        ["Ville", "Délai"],
        ["Évreux", 3],
    ]
    for number, row in enumerate(rows, start=3):
        for column, value in enumerate(row, start=2):
            sheet.cell(number, column, value)
    for shown in (5, 6):
        sheet.cell(shown, 5).number_format = "0%"
        sheet.cell(shown, 7).number_format = "00000"
    sheet["B4"].font = Font(bold=True)
    sheet.merge_cells("B5:B6")
    sheet.oddHeader.center.text = "NON PROTÉGÉ"
    book.create_sheet("Vide")
    book.create_sheet("Autre")["A1"] = "seul"
    return _saved(book)


def test_xlsx(read: Read) -> None:
    document = read("stock.xlsx", _xlsx())
    assert [(page.label, document.text[page.start : page.end].strip() != "") for page in document.pages] == [
        ("Stock é", True),
        ("Vide", False),
        ("Autre", True),
    ]
    assert [(b.kind.value, b.table, b.cells, document.text[b.start : b.end]) for b in document.blocks] == [
        ("paragraph", None, "B3:B3", "État du dépôt"),
        ("table_header", 1, "B4:G4", "NNO | Désignation | Quantité | Taux | Date | Code"),
        ("table_row", 1, "B5:G5", "0042 | Filtre | 12 | 25 % | 2026-03-01 | 00421"),
        ("table_row", 1, "B6:G6", "0042 | Joint | 0.3 | 100 % | 2026-03-01 06:30 | 00007"),
        ("table_header", 2, "B8:C8", "Ville | Délai"),
        ("table_row", 2, "B9:C9", "Évreux | 3"),
        ("table_row", 3, "A1:A1", "seul"),
    ]
    assert {block.sheet for block in document.blocks} == {"Stock é", "Autre"}
    assert document.marking == "NON PROTÉGÉ"


def test_xlsx_limits(read: Read) -> None:
    with pytest.raises(ParseError) as caught:
        read("stock.xlsx", _xlsx(), max_cells=10)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (12.0, None, "12"),
        (1e21, None, "1000000000000000000000"),
        (1.5e-7, None, "0.00000015"),
        (-3.25, None, "-3.25"),
        (6640014567890.0, "0000-00-000-0000", "6640-01-456-7890"),
        (12.5, "000", "12.5"),
        (0.075, "%", "7.5 %"),
        (True, None, "TRUE"),
        (dt.timedelta(hours=30, minutes=5), None, "30:05"),
        (dt.time(6, 30), None, "06:30"),
    ],
)
def test_numbers_as_their_reader_sees_them(value: float, number_format: str | None, shown: str) -> None:
    assert show(value, number_format) == shown


ODF = (
    "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
    "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' "
    "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' "
    "xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' "
    "xmlns:meta='urn:oasis:names:tc:opendocument:xmlns:meta:1.0' xmlns:dc='http://purl.org/dc/elements/1.1/'"
)


def _odt(**more: str) -> bytes:
    content = f"""<office:document-content {ODF}><office:body><office:text>
<text:tracked-changes><text:p>supprimé</text:p></text:tracked-changes>
<text:h text:outline-level="1">Moyens</text:h>
<text:p>Le dépôt<text:s text:c="2"/>d’Évreux<text:note><text:note-citation>1</text:note-citation><text:note-body>
<text:p>Voir annexe.</text:p></text:note-body></text:note> est plein.</text:p>
<text:list><text:list-item><text:p>un</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>Nom</text:p></table:table-cell>
<table:table-cell><text:p>Stock</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>12</text:p></table:table-cell>
</table:table-row>
</table:table><text:soft-page-break/><text:p>Page deux.</text:p></office:text></office:body>
</office:document-content>"""
    members = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content,
        "styles.xml": (
            f"<office:document-styles {ODF}><style:header><text:p>DIFFUSION LIMITÉE</text:p></style:header>"
            "</office:document-styles>"
        ),
        "meta.xml": (
            f"<office:document-meta {ODF}><office:meta><dc:title>Note</dc:title>"
            "<dc:date>2026-01-05T10:00:00</dc:date><meta:initial-creator>Léa</meta:initial-creator>"
            "</office:meta></office:document-meta>"
        ),
    }
    return _zip(members | more)


def test_odt(read: Read) -> None:
    document = read("note.odt", _odt())
    assert _blocks(document) == [
        ("heading", "Moyens"),
        ("paragraph", "Le dépôt d’Évreux [Voir annexe.] est plein."),
        ("list_item", "un"),
        ("table_header", "Nom | Stock"),
        ("table_row", "12 | 12"),
        ("paragraph", "Page deux."),
    ]
    assert (document.title, document.author, document.date) == ("Note", "Léa", "2026-01-05")
    assert document.marking == "DIFFUSION LIMITÉE"
    assert document.blocks[-1].page == 2


def test_encrypted_odt() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(ParseError) as caught:
        parse("note.odt", _odt(**{"META-INF/manifest.xml": manifest}), ParseOptions())
    assert caught.value.reason == "encrypted"


def test_entities_of_an_odt_are_not_read() -> None:
    content = "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>"
    with pytest.raises(ParseError) as caught:
        parse("note.odt", _odt(**{"content.xml": content}), ParseOptions())
    assert caught.value.reason == "empty"


def test_kinds_are_the_records_own() -> None:
    assert {kind.value for kind in BlockKind} >= {"table_header", "table_row"}
