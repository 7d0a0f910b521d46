"""What a file is, by its content first and its extension second."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum
from pathlib import PurePosixPath

from copilot.parsing import failures
from copilot.parsing.decode import decode, is_binary


class Format(StrEnum):
    """Every format that can be read; the value is the media type."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    XLS = "application/vnd.ms-excel"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODT = "application/vnd.oasis.opendocument.text"
    CSV = "text/csv"
    HTML = "text/html"
    MARKDOWN = "text/markdown"
    TEXT = "text/plain"
    RTF = "application/rtf"
    EML = "message/rfc822"
    MSG = "application/vnd.ms-outlook"
    ZIP = "application/zip"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TIFF = "image/tiff"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
)
_TEXT_EXTENSIONS = {
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".tab": Format.CSV,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".eml": Format.EML,
}
_FOREIGN = (
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3", "SQLite"),
    (b"GIF8", "GIF"),
)
_HTML_HEAD = re.compile(r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]", re.M)
# A memo in plain text also opens with From, To and Subject; only a mailer writes these.
_MAILER_HEADERS = frozenset({"message-id", "mime-version", "received", "return-path", "content-type"})


def sniff(name: str, data: bytes) -> Format:
    """Return the format of `data`; raise ParseError for empty, encrypted, damaged or unsupported files."""
    if not data.strip(b"\0 \t\r\n"):
        raise failures.empty(name)
    extension = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    start = data[:1024]
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-") or (extension == ".pdf" and b"%PDF-" in start):
        return Format.PDF
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _inside_zip(name, data)
    if start.startswith(_OLE):
        return _inside_ole(name, data)
    if start.lstrip().startswith(b"{\\rtf"):
        return Format.RTF
    for magic, image in _IMAGES:
        if start.startswith(magic):
            return image
    for magic, foreign in _FOREIGN:
        if start.startswith(magic):
            raise failures.unsupported(name, foreign)
    if is_binary(data):
        raise failures.unsupported(name, extension.lstrip(".") or "?")
    return _of_text(extension, data)


def _of_text(extension: str, data: bytes) -> Format:
    head, _ = decode(data[:8192])
    head = head.lstrip("\ufeff \t\r\n")
    names = {match.lower() for match in _HEADER.findall(head.split("\n\n", 1)[0].replace("\r", ""))}
    if names & _MAILER_HEADERS and _HEADER.match(head) and len(names) >= 2:
        return Format.EML
    if _HTML_HEAD.match(head):
        return Format.HTML
    return _TEXT_EXTENSIONS.get(extension, Format.TEXT)


def _inside_zip(name: str, data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            mimetype = archive.open("mimetype").read(200).decode("ascii", "replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError, KeyError) as cause:
        raise failures.damaged(name, cause) from cause
    for member, found in (
        ("word/document.xml", Format.DOCX),
        ("ppt/presentation.xml", Format.PPTX),
        ("xl/workbook.xml", Format.XLSX),
        ("xl/workbook.bin", Format.XLSB),
    ):
        if member in names:
            return found
    for prefix, found in ((Format.ODT.value, Format.ODT), (Format.ODS.value, Format.ODS)):
        if mimetype.startswith(prefix):
            return found
    if mimetype.startswith("application/vnd.oasis.opendocument"):
        raise failures.unsupported(name, mimetype.strip())
    return Format.ZIP


def _inside_ole(name: str, data: bytes) -> Format:
    import olefile

    try:
        with olefile.OleFileIO(data) as ole:
            streams = {"/".join(entry) for entry in ole.listdir(streams=True)}
    except Exception as cause:  # olefile raises OSError, IndexError, struct.error and more on damaged files
        raise failures.damaged(name, cause) from cause
    if "EncryptedPackage" in streams:
        raise failures.encrypted(name)
    if "__properties_version1.0" in streams:
        return Format.MSG
    if streams & {"Workbook", "Book"}:
        return Format.XLS
    legacy = {"WordDocument": "DOC", "PowerPoint Document": "PPT"}
    raise failures.unsupported(name, next((kind for stream, kind in legacy.items() if stream in streams), "OLE"))
