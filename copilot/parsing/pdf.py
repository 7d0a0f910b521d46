"""PDF by pdfium: lines with their place and size, scans handed to text recognition.

The layout work (running lines, headings, paragraphs) knows nothing of pdfium and is in `pdf_layout`.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from copilot.i18n import t
from copilot.parsing import failures
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.dates import metadata_date
from copilot.parsing.ocr import DOTS_PER_INCH, ScanCounter
from copilot.parsing.pdf_file import open_pdf
from copilot.parsing.pdf_layout import Line, Page, add_page, find_layout
from copilot.parsing.text import squeeze

_POINTS_PER_INCH = 72
# Fewer characters than this on a page that shows an image: the page is a scan (with a stamped number perhaps).
_FEWEST_CHARACTERS = 12
# Text drawn as outlines is as unreadable as an image.
_MANY_PATHS = 30
_HYPHEN = "\ufffe"  # what pdfium writes for a hyphen at a line's end, joining both lines
# What foundries call bold: Nimbus has Medi, Computer Modern BX.
_BOLD_FONT = re.compile(rb"bold|black|heavy|demi|-medi(?![a-z])|cmbx|sfbx|-bd\b")
_JUNK_TITLES = ("microsoft word", "untitled", "sans titre", "powerpoint presentation", "présentation powerpoint")
_JUNK_ENDINGS = (".doc", ".docx", ".indd", ".qxd", ".dvi")


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the pages in order: text pages laid out, scans recognised or marked as unread."""
    document = open_pdf(builder.name, data)
    try:
        count = len(document)
        if count > builder.options.max_pages:
            raise failures.too_large(builder.name, "pages", count, builder.options.max_pages)
        _read_metadata(builder, document)
        _add_pages(builder, document, count)
    finally:
        document.close()


def _read_metadata(builder: DocumentBuilder, document: Any) -> None:
    metadata = document.get_metadata_dict()
    title = squeeze(metadata.get("Title") or "")
    about = builder.about
    junk = title.casefold().startswith(_JUNK_TITLES) or title.casefold().endswith(_JUNK_ENDINGS)
    about.title = None if junk or len(title) < 4 else title
    about.author = metadata.get("Author")
    about.file_date = metadata_date(metadata.get("ModDate")) or metadata_date(metadata.get("CreationDate"))


def _add_pages(builder: DocumentBuilder, document: Any, count: int) -> None:
    """Read every page's lines first: what is a running line or a heading shows only over the whole document."""
    pages: list[Page | None] = []
    for index in range(count):
        try:
            pages.append(_read_page(document, index))
        except pdfium.PdfiumError:
            pages.append(None)
    layout = find_layout([page for page in pages if page is not None])
    builder.about.running += layout.running
    scans = ScanCounter(builder)
    failed = 0
    for index, page in enumerate(pages):
        if page is None:
            failed += 1
            builder.start_page(read=False)
        elif page.is_scan:
            scans.add_page(_render(document, index, builder.options.max_pixels) if scans.can_read else None)
        else:
            builder.start_page()
            add_page(builder, page, layout)
    scans.warn()
    if failed:
        builder.about.warnings.append(t("parsing.warn.pages_failed", count=failed))


def _read_page(document: Any, index: int) -> Page:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            lines = _read_lines(text_page)
        finally:
            text_page.close()
        characters = sum(len(line.text) for line in lines)
        is_scan = characters < _FEWEST_CHARACTERS and _shows_something(page)
        return Page(index + 1, page.get_height(), lines, is_scan)
    finally:
        page.close()


def _shows_something(page: Any) -> bool:
    paths = 0
    for shown in page.get_objects(max_depth=3):
        if shown.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            return True
        paths += shown.type == pdfium_c.FPDF_PAGEOBJ_PATH
        if paths > _MANY_PATHS:
            return True
    return False


def _read_lines(text_page: Any) -> list[Line]:
    """Split the page's text into the lines it is set in; a hyphen that pdfium took away is put back."""
    text = text_page.get_text_range()
    lines: list[Line] = []
    start = 0
    for end in range(len(text) + 1):
        if end < len(text) and text[end] not in "\r\n" + _HYPHEN:
            continue
        hyphen = end < len(text) and text[end] == _HYPHEN
        if line := _read_line(text_page, text, start, end, hyphen):
            lines.append(line)
        start = end + 1
    return lines


def _read_line(text_page: Any, text: str, start: int, end: int, hyphen: bool) -> Line | None:
    while start < end and text[start].isspace():
        start += 1
    last = end
    while last > start and text[last - 1].isspace():
        last -= 1
    words = squeeze(text[start:last])
    if not words:
        return None
    first_char, last_char = _char_index(text_page, start), _char_index(text_page, last - 1)
    left, bottom, _, top = _box(text_page, first_char)
    right = max(_box(text_page, last_char)[2], left)
    middle = _char_index(text_page, (start + last) // 2)
    size = pdfium_c.FPDFText_GetFontSize(text_page, middle)
    if size < 2:  # the size is in the text matrix, not in the font
        size = (top - bottom) * 0.8
    bold = _is_bold(text_page, first_char) and _is_bold(text_page, middle)
    return Line(words + ("-" if hyphen else ""), left, right, (bottom + top) / 2, round(size * 2) / 2, bold)


def _char_index(text_page: Any, text_index: int) -> int:
    found = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, text_index)
    return int(found) if found >= 0 else text_index


def _box(text_page: Any, index: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a character, as high as its font."""
    rectangle = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rectangle)):
        return 0.0, 0.0, 0.0, 0.0
    return rectangle.left, rectangle.bottom, rectangle.right, rectangle.top


def _is_bold(text_page: Any, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    length = pdfium_c.FPDFText_GetFontInfo(text_page, index, name, 128, ctypes.byref(flags))
    # By the font's name: the weight that pdfium estimates from stems calls plain Times bold.
    return 0 < length <= 128 and bool(_BOLD_FONT.search(name.value.lower()))


def _render(document: Any, index: int, max_pixels: int) -> Any:
    """Return the page as a Pillow image at 300 dpi, less where that would be over the limit on pixels."""
    page = document[index]
    try:
        width, height = page.get_size()
        scale = DOTS_PER_INCH / _POINTS_PER_INCH
        scale = min(scale, (max_pixels / max(1.0, width * height)) ** 0.5)
        return page.render(scale=scale, grayscale=True).to_pil()
    finally:
        page.close()
