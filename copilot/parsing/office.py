"""What the office formats share: their properties, and the headers and footers of sheets."""

from __future__ import annotations

import html
import re
import zipfile

from lxml import etree

from copilot.parsing.builder import About
from copilot.parsing.dates import metadata_date
from copilot.parsing.xml import local_name, parse_xml

_MOST_SHEETS = 20
_SHEET_HEADER = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)[^>]*>([^<]{1,400})<")
# Codes of a sheet's header: &L &C &R begin its parts, &"font,style" &12 &B are formats, &P &N &D fields.
_PART_CODE = re.compile(r"&[LCR]")
_FORMAT_CODE = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-F]{6}|.)')
_TEMPLATE_AUTHORS = frozenset({"python-docx", "openpyxl", "apache poi"})


def read_core_properties(about: About, archive: zipfile.ZipFile) -> None:
    """Read title, author and date of ``docProps/core.xml`` or ``meta.xml``; a damaged one is left out."""
    member = next((name for name in ("docProps/core.xml", "meta.xml") if name in archive.namelist()), None)
    if member is None:
        return
    try:
        root = parse_xml(archive.read(member))
    except (etree.XMLSyntaxError, zipfile.BadZipFile, RuntimeError):
        return
    values: dict[str, str] = {}
    for element in root.iter("{*}*"):
        if element.text and element.text.strip():
            values.setdefault(local_name(element), element.text.strip())
    about.title = values.get("title")
    author = values.get("initial-creator") or values.get("creator")
    about.author = author if author and author.casefold() not in _TEMPLATE_AUTHORS else None
    dated = values.get("modified") or values.get("date") or values.get("created") or values.get("creation-date")
    about.file_date = metadata_date(dated)


def read_sheet_headers(about: About, archive: zipfile.ZipFile) -> None:
    """Add the parts of sheet headers and footers to the running lines, where markings stand."""
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    for name in sheets[:_MOST_SHEETS]:
        for found in _SHEET_HEADER.findall(_end_of(archive, name)):
            code = html.unescape(found.decode("utf-8", "replace"))
            about.running += [_FORMAT_CODE.sub("", part).strip() for part in _PART_CODE.split(code)]


def _end_of(archive: zipfile.ZipFile, name: str, size: int = 65_536) -> bytes:
    """Return the last bytes of a member: a sheet's headers follow its cells."""
    end = b""
    with archive.open(name) as stream:
        while piece := stream.read(2**20):
            end = (end + piece)[-size:]
    return end
