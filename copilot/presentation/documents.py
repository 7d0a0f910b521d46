"""Answers as documents to be filed or sent: DOCX and PDF, with sources, coverage, assumptions and marking."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from copilot.i18n import t
from copilot.presentation import wording
from copilot.records import Answer
from copilot.sanitise import one_line

_PDF_FONT, _PDF_BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph: ``title``, ``heading``, ``marking``, ``claim``, ``text`` or ``note``."""

    kind: str
    text: str


def lines_of(answer: Answer) -> Iterator[Line]:
    """Yield an answer paragraph by paragraph; every text is ready for any reader."""
    marking = wording.marking_of_answer(answer)
    if marking:
        yield Line("marking", marking)
    yield Line("title", one_line(answer.question))
    yield Line("text", f"{wording.badge(answer.status)} — {wording.written_by(answer)}")
    if answer.refusal:
        yield Line("text", one_line(answer.refusal))
    for claim in answer.claims:
        text = f"[{wording.badge(claim.status)}] {one_line(claim.text)} {wording.references(claim)}"
        yield Line("claim", text.rstrip())
        for reason in claim.reasons:
            yield Line("note", one_line(reason))
    for warning in answer.warnings:
        yield Line("note", wording.warning_of(warning, answer.claims))
    if answer.runs:
        yield Line("heading", t("presentation.label.tools"))
    for run in answer.runs:
        yield Line("text", f"[T{run.number}] {one_line(run.title)}")
        # A tool's own word for its value must not begin a paragraph, where it could pass for ours.
        for line in wording.run_lines(run):
            yield Line("note", f"- {line}")
    if answer.citations:
        yield Line("heading", t("presentation.label.sources"))
    for citation in answer.citations:
        yield Line("text", f"[{citation.number}] {wording.title_of(citation)}, {wording.details_of(citation)}")
        yield Line("note", wording.quoted(citation.quote))
    yield Line("note", wording.coverage_of(answer.coverage))
    if marking:
        yield Line("marking", marking)


def answers_to_docx(answers: Sequence[Answer]) -> bytes:
    """Return answers as a Word document."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document = Document()
    for answer in answers:
        for line in lines_of(answer):
            if line.kind == "title":
                document.add_heading(line.text, level=1)
            elif line.kind == "heading":
                document.add_heading(line.text, level=2)
            elif line.kind == "claim":
                document.add_paragraph(line.text, style="List Bullet")
            elif line.kind == "marking":
                banner = document.add_paragraph()
                banner.alignment = WD_ALIGN_PARAGRAPH.CENTER
                banner.add_run(line.text).bold = True
            elif line.kind == "note":
                document.add_paragraph(line.text, style="Intense Quote" if line.text.startswith("«") else None)
            else:
                document.add_paragraph(line.text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def answers_to_pdf(answers: Sequence[Answer]) -> bytes:
    """Return answers as a PDF. Signs that its standard font lacks are written out as ``<U+XXXX>``."""
    from reportlab.lib.enums import TA_CENTER
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    plain = ParagraphStyle("text", fontName=_PDF_FONT, fontSize=10, leading=14)
    styles = {
        "text": plain,
        "title": ParagraphStyle("title", plain, fontName=_PDF_BOLD, fontSize=14, leading=18, spaceAfter=6),
        "heading": ParagraphStyle("heading", plain, fontName=_PDF_BOLD, spaceBefore=8),
        "claim": ParagraphStyle("claim", plain, leftIndent=12, bulletIndent=2, spaceBefore=3),
        "note": ParagraphStyle("note", plain, leftIndent=24, fontSize=9, leading=12),
        "marking": ParagraphStyle("marking", plain, fontName=_PDF_BOLD, alignment=TA_CENTER),
    }
    flow = []
    for answer in answers:
        for line in lines_of(answer):
            text = escape(_in_font(line.text))
            flow.append(Paragraph(text, styles[line.kind], bulletText="•" if line.kind == "claim" else None))
        flow.append(Spacer(1, 18))
    stream = io.BytesIO()
    SimpleDocTemplate(stream, pagesize=A4, invariant=1, title="copilot").build(flow)
    return stream.getvalue()


def _in_font(text: str) -> str:
    """Write out what the standard fonts of PDF (Windows-1252) do not have."""
    text = text.replace("\u202f", "\u00a0")
    return "".join(letter if _has(letter) else f"<U+{ord(letter):04X}>" for letter in text)


def _has(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
