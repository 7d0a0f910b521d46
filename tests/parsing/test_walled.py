"""The real parsers behind the walls: memory that suffices, files that kill their worker, recognition under the seal."""

from __future__ import annotations

import io
import shutil
import sys

import docx
import openpyxl
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from copilot.errors import ParseError
from copilot.parsing import ParseJob, ParseOptions, decode_document, encode_document, parse, run_job
from copilot.records import ParsedDocument
from copilot.sandbox.pool import WalledPool

FRENCH = "Le ravitaillement du groupement est assuré par la base de Saint-Dizier."


def _pdf() -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawString(70, 700, FRENCH)
    canvas.save()
    return stream.getvalue()


def _docx() -> bytes:
    stream = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(FRENCH)
    document.save(stream)
    return stream.getvalue()


def _sparse_xlsx() -> bytes:
    """Two cells at opposite corners: a reader that fills the rectangle between needs hundreds of gigabytes."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _scan() -> bytes:
    image = Image.new("L", (1240, 600), 255)
    ImageDraw.Draw(image).text((100, 200), "DEPOT 42 VEHICULES", fill=0, font=ImageFont.load_default(size=48))
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address space is limited on Linux only")
def test_hostile_files_fall_alone() -> None:
    files = {
        "a.pdf": _pdf(),
        "b.docx": _docx(),
        "bombe.xlsx": _sparse_xlsx(),
        "c.txt": FRENCH.encode(),
        "vide.pdf": b"",
    }
    jobs = [ParseJob(name, data, ParseOptions(ocr=False)) for name, data in files.items()]
    pool = WalledPool(
        run_job, encode=encode_document, decode=decode_document, workers=2, memory_bytes=3 * 2**29, seconds=90
    )
    with pool:
        outcomes = {job.name: outcome for job, outcome in pool.map(jobs)}
    reasons = {name: outcome.reason for name, outcome in outcomes.items() if isinstance(outcome, ParseError)}
    assert reasons == {"bombe.xlsx": "memory", "vide.pdf": "empty"}
    for name in ("a.pdf", "b.docx", "c.txt"):
        assert outcomes[name] == parse(name, files[name], ParseOptions(ocr=False))
        assert isinstance(outcomes[name], ParsedDocument)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_recognition_works_under_the_seal() -> None:
    with WalledPool(
        run_job, encode=encode_document, decode=decode_document, workers=1, memory_bytes=3 * 2**29, seconds=60
    ) as pool:
        [(_, document)] = list(pool.map([ParseJob("scan.png", _scan())]))
    assert isinstance(document, ParsedDocument)
    assert "42" in document.text
    assert document.pages[0].ocr
