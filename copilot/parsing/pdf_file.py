"""Opening a PDF with pdfium."""

from __future__ import annotations

import pypdfium2 as pdfium

from copilot.parsing import failures


def open_pdf(name: str, data: bytes) -> pdfium.PdfDocument:
    """Return the document, to be closed; raise ParseError when it is encrypted or damaged."""
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as cause:
        if "password" in str(cause).lower() or "security" in str(cause).lower():
            raise failures.encrypted(name) from cause
        raise failures.damaged(name, cause) from cause
