"""Plain text in any encoding; form feeds are page breaks."""

from __future__ import annotations

from copilot.i18n import t
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.decode import decode
from copilot.parsing.flow import add_lines
from copilot.parsing.lines import Vocabulary
from copilot.parsing.text import clean


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the text page by page."""
    text, guessed = decode(data)
    if guessed:
        builder.about.warnings.append(t("parsing.warn.encoding", encoding=guessed))
    pages = [clean(page) for page in text.split("\f")]
    while pages and not pages[-1].strip():
        pages.pop()
    vocabulary = Vocabulary(line for page in pages for line in page.split("\n"))
    for page in pages:
        builder.start_page()
        add_lines(builder, page, vocabulary)
