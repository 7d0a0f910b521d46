"""Outlook messages, in a compound file written by hand: every stream padded with zeros to whole sectors."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable

from copilot.records import ParsedDocument

Read = Callable[..., ParsedDocument]
Tree = dict[str, "bytes | Tree"]
SECTOR, NONE, END, FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
LEAST = 4096  # shorter streams would have to lie in the mini stream
TEXT, BINARY, TIME, INTEGER = 0x001F, 0x0102, 0x0040, 0x0003


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    head = struct.pack("<64sHBB3I", encoded, len(encoded) + 2, kind, 1, NONE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _compound(tree: Tree) -> bytes:
    """Write a compound file (version 3): directory as chains of right siblings, then the streams, then the FAT."""
    entries: list[list[object]] = [["Root Entry", 5, NONE, NONE, END, 0]]
    streams: list[tuple[int, bytes]] = []

    def add(parent: int, branch: Tree) -> None:
        before = None
        for name, content in branch.items():
            number = len(entries)
            entries.append([name, 2 if isinstance(content, bytes) else 1, NONE, NONE, END, 0])
            if before is None:
                entries[parent][3] = number
            else:
                entries[before][2] = number
            before = number
            if isinstance(content, bytes):
                streams.append((number, content.ljust(LEAST, b"\0")))
            else:
                add(number, content)

    add(0, tree)
    table: list[int] = []
    body = b""

    def place(data: bytes) -> int:
        nonlocal body
        count = -(-len(data) // SECTOR)
        start = len(table)
        table.extend([*range(start + 1, start + count), END])
        body += data.ljust(count * SECTOR, b"\0")
        return start

    for number, data in streams:
        entries[number][4:] = [place(data), len(data)]
    directory = place(b"".join(_entry(*entry) for entry in entries))  # type: ignore[arg-type]
    sectors = -(-(len(table) + 4) // (SECTOR // 4))
    first = len(table)
    table += [FAT] * sectors + [NONE] * (sectors * SECTOR // 4 - len(table) - sectors)
    header = struct.pack("<8s16s5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, sectors, directory, 0, LEAST, END, 0, END, 0)
    header += struct.pack("<109I", *range(first, first + sectors), *[NONE] * (109 - sectors))
    return header + body + struct.pack(f"<{len(table)}I", *table)


def _storage(head: int, values: dict[int, str | bytes | int | dt.datetime]) -> Tree:
    """A storage of properties: fixed ones in the properties stream, the others in streams of their own."""
    rows, streams = b"", Tree()
    for pid, value in values.items():
        kind, payload = BINARY, struct.pack("<II", 0, 0)
        if isinstance(value, str):
            kind = TEXT
            streams[f"__substg1.0_{pid:04X}{kind:04X}"] = value.encode("utf-16-le")
        elif isinstance(value, bytes):
            streams[f"__substg1.0_{pid:04X}{kind:04X}"] = value
        elif isinstance(value, int):
            kind, payload = INTEGER, struct.pack("<II", value, 0)
        else:
            ticks = int((value - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)).total_seconds()) * 10_000_000
            kind, payload = TIME, struct.pack("<Q", ticks)
        rows += struct.pack("<HHI", kind, pid, 6) + payload
    return {"__properties_version1.0": bytes(head) + rows, **streams}


def _message(**more: str | bytes) -> bytes:
    values: dict[int, str | bytes | int | dt.datetime] = {
        0x0037: "Stock de gazole à Évreux",
        0x0C1A: "Léa Martin",
        0x0C1F: "lea@example.org",
        0x0E04: "bureau@example.org",
        0x0039: dt.datetime(2026, 3, 12, 7, 30, tzinfo=dt.UTC),
    }
    values |= {int(key[1:], 16): value for key, value in more.items()}
    attached = _storage(8, {0x3705: 1, 0x3707: "../état.csv", 0x3701: b"a;b\n1;2\n"})
    return _compound({**_storage(32, values), "__attach_version1.0_#00000000": attached})


def test_msg(read: Read) -> None:
    document = read("courriel.bin", _message(x1000="Bonjour,\r\n\r\nLe stock est de 12 m³ au dépôt.\r\n"))
    assert document.text.split("\n\n") == [
        'From: "Léa Martin" <lea@example.org>',
        "To: bureau@example.org",
        "Date: 2026-03-12 07:30 UTC",
        "Subject: Stock de gazole à Évreux",
        "Bonjour,",
        "Le stock est de 12 m³ au dépôt.",
    ]
    assert document.media_type == "application/vnd.ms-outlook"
    assert (document.title, document.date) == ("Stock de gazole à Évreux", "2026-03-12")
    assert [(a.name, a.data.rstrip(b"\0")) for a in document.attachments] == [("../état.csv", b"a;b\n1;2\n")]


def test_msg_with_only_html(read: Read) -> None:
    document = read("m.msg", _message(x1013="<h1>Titre</h1><p>Texte <b>gras</b> é</p>".encode()))
    assert document.text.endswith("Titre\n\nTexte gras é")
