"""Files made to hurt whoever reads them: bombs, liars, endless structures, names that climb, odd encodings."""

from __future__ import annotations

import gzip
import io
import os
import random
import socket
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

_MEBIBYTE = 2**20
_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]>"
)
_READS_A_FILE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _zip(members: dict[str, bytes], level: int = 9) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _zip_bomb() -> bytes:
    return _zip({"zeros.txt": bytes(600 * _MEBIBYTE)}, level=1)


def _nested_zip() -> bytes:
    data = _zip({"fond.txt": b"bottom"})
    for _ in range(40):
        data = _zip({"dedans.zip": data})
    return data


def broad_nest(width: int, depth: int) -> bytes:
    """An archive of `width` archives, `depth` levels of them: every container is small, all together they are not."""
    data = _zip({f"{number}.txt": b"feuille %d" % number for number in range(width)})
    for _ in range(depth - 1):
        data = _zip({f"{number}.zip": data for number in range(width)})
    return data


def _many_members() -> bytes:
    return _zip({f"m{number}.txt": b"x" for number in range(12_000)}, level=1)


def _overlapping_zip() -> bytes:
    """Every entry of the directory names the same compressed data (Fifield, 2019: overlap without nesting)."""
    stream = io.BytesIO()
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bytes(4 * _MEBIBYTE)
    body = packed.compress(data) + packed.flush()
    crc = zlib.crc32(data)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(body), len(data), 5, 0) + b"a.txt" + body
    stream.write(local)
    start = stream.tell()
    for number in range(500):
        name = f"{number:03d}.txt".encode()
        head = struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(body), len(data), len(name), 0, 0, 0, 0, 0, 0
        )
        stream.write(head + name)
    size = stream.tell() - start
    stream.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 500, 500, size, start, 0))
    return stream.getvalue()


def _climbing_zip() -> bytes:
    return _zip({"../../../evasion.txt": b"outside", "/etc/evasion.txt": b"outside", "..\\evasion.txt": b"outside"})


def _climbing_tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in ("../evasion.txt", "/tmp/evasion.txt"):
            member = tarfile.TarInfo(name)
            member.size = 7
            archive.addfile(member, io.BytesIO(b"outside"))
        for name, kind in (("lien.txt", tarfile.SYMTYPE), ("dur.txt", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        for name, kind in (("disque", tarfile.BLKTYPE), ("tube", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            archive.addfile(member)
    return stream.getvalue()


def _link_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("lien.txt")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return stream.getvalue()


def _docx(document: bytes, **more: bytes) -> bytes:
    return _zip(
        {
            "[Content_Types].xml": _XML
            + f'<Types xmlns="{_PACKAGE}/content-types">'.encode()
            + b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            + b'wordprocessingml.document.main+xml"/></Types>',
            "_rels/.rels": _XML
            + f'<Relationships xmlns="{_PACKAGE}/relationships">'.encode()
            + f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'.encode()
            + b"</Relationships>",
            "word/document.xml": document,
            **more,
        }
    )


def _docx_entities(prologue: bytes, entity: bytes) -> bytes:
    body = f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>'.encode() + entity
    return _docx(prologue + body + b"</w:t></w:r></w:p></w:body></w:document>")


def _deep_docx() -> bytes:
    deep = b"<w:tbl><w:tr><w:tc>" * 20_000 + b"</w:tc></w:tr></w:tbl>" * 20_000
    return _docx(_XML + f'<w:document xmlns:w="{_WORD}"><w:body>'.encode() + deep + b"</w:body></w:document>")


def _xlsx(sheets: dict[str, bytes]) -> bytes:
    relations, entries, overrides = b"", b"", b""
    members: dict[str, bytes] = {}
    for number, (name, data) in enumerate(sheets.items(), start=1):
        relations += (
            f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/s{number}.xml"/>'.encode()
        )
        entries += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'.encode()
        overrides += (
            f'<Override PartName="/xl/worksheets/s{number}.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/>'
        ).encode()
        members[f"xl/worksheets/s{number}.xml"] = data
    head = f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'.encode()
    return _zip(
        {
            "[Content_Types].xml": _XML
            + f'<Types xmlns="{_PACKAGE}/content-types">'.encode()
            + b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            + b'spreadsheetml.sheet.main+xml"/>'
            + overrides
            + b"</Types>",
            "_rels/.rels": _XML
            + f'<Relationships xmlns="{_PACKAGE}/relationships">'.encode()
            + f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'.encode()
            + b"</Relationships>",
            "xl/workbook.xml": _XML + head + entries + b"</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _XML
            + f'<Relationships xmlns="{_PACKAGE}/relationships">'.encode()
            + relations
            + b"</Relationships>",
            **members,
        }
    )


def _sheet(cells: bytes) -> bytes:
    return _XML + f'<worksheet xmlns="{_SHEET}"><sheetData>'.encode() + cells + b"</sheetData></worksheet>"


def _ten_thousand_sheets() -> bytes:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    return _xlsx({f"f{number}": _sheet(cells) for number in range(10_000)})


def _far_cell() -> bytes:
    corners = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return _xlsx({"coins": _sheet(corners)})


def _pdf(objects: list[bytes], root: int = 1) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, root, start)
    return bytes(out)


def _flate(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = b"[" + b"/FlateDecode " * times + b"]"
    return b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(data), filters, data)


def _pdf_bomb() -> bytes:
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
            _flate(b"q\n" * (300 * _MEBIBYTE), 2),
        ]
    )


def _pdf_page_loop() -> bytes:
    return _pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"])


def _pdf_million_pages() -> bytes:
    kids = b"3 0 R " * 100_000
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % kids,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>",
        ]
    )


def _pdf_deep() -> bytes:
    return _pdf([b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 200_000 + b"]" * 200_000 + b" >>", b"<<>>"])


def _png(width: int, height: int, data: bytes) -> bytes:
    def piece(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", data) + piece(b"IEND", b"")


def _mail_nest() -> bytes:
    inner = b"Subject: fond\r\n\r\nfond"
    for number in range(60):
        edge = b"b%d" % number
        head = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n' % edge
        inner = head + b"--%s\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--%s--" % (edge, inner, edge)
    return b"From: a@b.fr\r\nSubject: poupees\r\nMIME-Version: 1.0\r\n" + inner


def _random(seed: int, start: bytes) -> bytes:
    return start + random.Random(seed).randbytes(50_000)


def _mixed_encodings() -> bytes:
    return "Dépôt de Cholet : été".encode() + b"\xe9\xe8\x80\xff\xfe\x00" + "大".encode("utf-16-le") * 50


# What a reader may do with each: the reasons of ParseError that are fit, or `read` where the file may also be read.
HOSTILE: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    name: (make, frozenset(reasons.split()))
    for name, make, reasons in (
        ("bombe.zip", _zip_bomb, "too_large"),
        ("poupees.zip", _nested_zip, "too_large read"),
        ("membres.zip", _many_members, "too_large"),
        ("chevauche.zip", _overlapping_zip, "too_large damaged"),
        ("grimpe.zip", _climbing_zip, "read"),
        ("grimpe.tar.gz", _climbing_tar, "read unsupported damaged"),
        ("lien.zip", _link_zip, "read unsupported damaged empty"),
        ("bombe.gz", lambda: gzip.compress(bytes(600 * _MEBIBYTE), 1), "too_large unsupported"),
        ("menteur.zip", lambda: b"PK\3\4" + bytes(200), "damaged"),
        ("rires.docx", lambda: _docx_entities(_BILLION_LAUGHS, b"&a11;"), "damaged too_large memory empty"),
        ("entite.docx", lambda: _docx_entities(_READS_A_FILE, b"&x;"), "damaged empty read"),
        ("profond.docx", _deep_docx, "damaged too_large crashed memory empty read"),
        ("rires.xml", lambda: _BILLION_LAUGHS + b"<l>&a11;</l>", "damaged too_large memory unsupported empty read"),
        ("entite.xml", lambda: _READS_A_FILE + b"<l>&x;</l>", "damaged unsupported empty read"),
        ("feuilles.xlsx", _ten_thousand_sheets, "too_large read"),
        ("coins.xlsx", _far_cell, "memory too_large crashed read"),
        (
            "rires.xlsx",
            lambda: _xlsx({"f": _BILLION_LAUGHS + b"<worksheet>&a11;</worksheet>"}),
            "damaged too_large read empty",
        ),
        ("bombe.pdf", _pdf_bomb, "memory too_large time crashed read empty"),
        ("boucle.pdf", _pdf_page_loop, "damaged empty read too_large"),
        ("pages.pdf", _pdf_million_pages, "too_large damaged empty"),
        ("profond.pdf", _pdf_deep, "damaged crashed empty"),
        ("coupe.pdf", lambda: _pdf_bomb()[:2_000], "damaged empty"),
        ("bruit.pdf", lambda: _random(1, b"%PDF-1.4\n"), "damaged"),
        ("bruit.docx", lambda: _random(2, b"PK\3\4"), "damaged unsupported"),
        ("bruit.msg", lambda: _random(3, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "damaged unsupported"),
        ("bruit.xls", lambda: _random(4, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "damaged unsupported"),
        ("immense.png", lambda: _png(60_000, 60_000, zlib.compress(bytes(60_000))), "too_large damaged"),
        ("menteuse.png", lambda: _png(100, 100, b"nothing"), "damaged empty read"),
        ("poupees.eml", _mail_nest, "read too_large damaged"),
        ("rtf.rtf", lambda: b"{\\rtf1 " + b"{" * 200_000 + b"x", "damaged too_large read empty crashed"),
        ("balises.html", lambda: b"<div>" * 300_000 + b"fond", "read too_large damaged empty crashed"),
        ("liste.md", lambda: b"> " * 100_000 + b"fond", "read too_large damaged time empty"),
        ("ligne.csv", lambda: b";" * (5 * _MEBIBYTE), "too_large read empty damaged"),
        ("nuls.txt", lambda: bytes(100_000), "unsupported empty damaged read"),
        ("melange.txt", _mixed_encodings, "read unsupported damaged"),
        ("vide.docx", lambda: b"", "empty"),
    )
}


def write_socket(path: Path) -> None:
    """Leave a socket in the file system, with nobody behind it."""
    with socket.socket(socket.AF_UNIX) as made:
        # The address is short of room for a deep folder's path.
        before = Path.cwd()
        os.chdir(path.parent)
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def write_device(path: Path) -> bool:
    """Make a device that yields zeros without end; returns False where this user may not."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        return False
    return True


def write_sparse(path: Path) -> int:
    """Make a file of 8 TiB that takes no room, or the largest that this file system holds; return its size."""
    size = 2**43
    with path.open("wb") as file:
        while True:
            try:
                file.truncate(size)
            except OSError:
                size //= 2
            else:
                return size


def write_hostile_folder(folder: Path) -> None:
    """Write all of them, and what only a file system can hold: links that climb or loop, a pipe, a socket, a device,
    a file of terabytes, names that hurt."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, _) in HOSTILE.items():
        (folder / name).write_bytes(make())
    (folder / "lien.txt").symlink_to("/etc/passwd")
    (folder / "boucle").symlink_to(folder)
    (folder / "pendant.txt").symlink_to(folder / "absent.txt")
    os.mkfifo(folder / "tube.txt")
    write_socket(folder / "prise.txt")
    write_device(folder / "sans-fin.txt")
    write_sparse(folder / "creux.txt")
    (folder / "\x1b]0;titre\x07.txt").write_text("Un nom qui agit sur le terminal.", encoding="utf-8")
    os.close(os.open(os.fsencode(folder) + b"/\xff\xfe.txt", os.O_CREAT | os.O_WRONLY, 0o600))
    deep = folder
    for _ in range(40):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "fond.txt").write_text("Au fond de quarante dossiers.", encoding="utf-8")
