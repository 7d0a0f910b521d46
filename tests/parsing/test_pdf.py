"""PDF: pages, paragraphs, headings, running lines, scans, and files that break."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from copilot.errors import ParseError
from copilot.records import BlockKind, ParsedDocument

Read = Callable[..., ParsedDocument]
WIDTH, HEIGHT = A4
BODY = (
    "Le groupement tactique a reçu le matériel prévu pour la manœuvre et pourra",
    "commencer la phase suivante dès que le temps le permettra. Le ravitaille-",
    "ment en carburant est assuré par la base, dont les véhicules porte-",
    "conteneurs sont disponibles à l’été.",
)


def _pdf(pages: int = 4, *, header: str = "DIFFUSION RESTREINTE", encrypt: object = None) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, encrypt=encrypt)
    canvas.setTitle("Note de service")
    canvas.setAuthor("Bureau logistique")
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica", 9)
        canvas.drawCentredString(WIDTH / 2, HEIGHT - 30, header)
        canvas.drawCentredString(WIDTH / 2, 30, f"{page}/{pages}")
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(70, HEIGHT - 90, f"{page}. Chapitre de la phase {page}")
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(BODY):
            canvas.drawString(70, HEIGHT - 130 - 14 * number, line)
        if page == 1:
            canvas.drawString(70, HEIGHT - 220, "Paris, le 12 mars 2026")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _scan(text: str) -> Image.Image:
    image = Image.new("L", (1240, 1754), 255)
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(image).text((100, 200), text, fill=0, font=font)
    return image


def _scanned_pdf(text: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    canvas.drawString(70, 700, "Page de texte avant la page qui est une image.")
    canvas.showPage()
    canvas.drawInlineImage(_scan(text), 0, 0, WIDTH, HEIGHT)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def test_text_headings_and_metadata(read: Read) -> None:
    document = read("note.pdf", _pdf())
    assert (document.title, document.author, document.language) == ("Note de service", "Bureau logistique", "fr")
    assert document.date == "2026-03-12"
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    first = [(b.kind, document.text[b.start : b.end]) for b in document.blocks if b.page == 1]
    assert first[0] == (BlockKind.HEADING, "1. Chapitre de la phase 1")
    joined = (
        "Le groupement tactique a reçu le matériel prévu pour la manœuvre et pourra commencer la phase suivante dès "
        "que le temps le permettra. Le ravitaillement en carburant est assuré par la base, dont les véhicules "
        "porte-conteneurs sont disponibles à l’été."
    )
    assert first[1] == (BlockKind.PARAGRAPH, joined)
    for page in document.pages:
        assert f"phase {page.number}" in document.text[page.start : page.end]


def test_running_lines_give_the_marking_and_leave_the_text(read: Read) -> None:
    document = read("note.pdf", _pdf())
    assert document.marking == "DIFFUSION RESTREINTE"
    assert "RESTREINTE" not in document.text
    assert "1/4" not in document.text


@pytest.mark.parametrize("pages", [1, 2])
def test_the_marking_of_short_documents(read: Read, pages: int) -> None:
    assert read("note.pdf", _pdf(pages)).marking == "DIFFUSION RESTREINTE"


def test_a_header_that_is_no_marking(read: Read) -> None:
    assert read("note.pdf", _pdf(header="Bulletin d'information")).marking is None


def test_a_scan_without_recognition_is_an_unread_page(read: Read) -> None:
    document = read("scan.pdf", _scanned_pdf("RAPPORT"))
    assert [page.read for page in document.pages] == [True, False]
    assert len(document.warnings) == 1


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_a_scan_is_recognised(read: Read) -> None:
    document = read("scan.pdf", _scanned_pdf("DEPOT 42 VEHICULES"), ocr=True)
    assert [(page.read, page.ocr) for page in document.pages] == [(True, False), (True, True)]
    assert "42" in document.text[document.pages[1].start :]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_single_images_are_unread_pages(read: Read, kind: str) -> None:
    stream = io.BytesIO()
    frames = {"save_all": True, "append_images": [_scan("B")]} if kind == "TIFF" else {}
    _scan("A").save(stream, format=kind, **frames)
    document = read("image.bin", stream.getvalue())
    assert [page.read for page in document.pages] == [False] * (2 if kind == "TIFF" else 1)
    assert document.media_type == f"image/{kind.lower()}"


def test_too_many_pixels(read: Read) -> None:
    stream = io.BytesIO()
    _scan("A").save(stream, format="PNG")
    with pytest.raises(ParseError) as caught:
        read("image.png", stream.getvalue(), max_pixels=1000)
    assert caught.value.reason == "too_large"


def test_encrypted(read: Read) -> None:
    locked = _pdf(1, encrypt=StandardEncryption("user", "owner"))
    with pytest.raises(ParseError) as caught:
        read("secret.pdf", locked)
    assert caught.value.reason == "encrypted"


def test_encrypted_for_changes_only_can_be_read(read: Read) -> None:
    assert "groupement" in read("note.pdf", _pdf(1, encrypt=StandardEncryption("", "owner"))).text


def test_truncated(read: Read) -> None:
    data = _pdf()
    with pytest.raises(ParseError) as caught:
        read("coupe.pdf", data[: len(data) // 8])
    assert caught.value.reason in ("damaged", "empty")


def test_too_many_pages(read: Read) -> None:
    with pytest.raises(ParseError) as caught:
        read("note.pdf", _pdf(), max_pages=3)
    assert caught.value.reason == "too_large"
