"""Outlook messages: properties (MS-OXMSG) in a compound file (MS-CFB, version 3) with FAT, mini FAT and mini stream."""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass

from tests.demo.mail_writer import read_address
from tests.demo.source import Source
from tests.demo.typography import set_type

Tree = dict[str, "bytes | Tree"]
Value = str | bytes | int | dt.datetime

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_NONE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT, _BLACK = 1, 2, 5, 1
_TEXT, _BINARY, _TIME, _INTEGER = 0x001F, 0x0102, 0x0040, 0x0003
_TICKS_FROM = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


@dataclass(slots=True)
class _Entry:
    """A directory entry; `left`, `right`, `child` are numbers of entries."""

    name: str
    kind: int
    data: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        head = struct.pack("<64sHBB3I", name, len(name) + 2, self.kind, _BLACK, self.left, self.right, self.child)
        return head + bytes(36) + struct.pack("<IQ", self.start, len(self.data))


class _Chains:
    """Sectors of one size with their allocation table."""

    def __init__(self, sector: int) -> None:
        self.sector = sector
        self.table: list[int] = []
        self.body = b""

    def place(self, data: bytes) -> int:
        """Append `data` as a chain and return its first sector."""
        if not data:
            return _END
        start, count = len(self.table), -(-len(data) // self.sector)
        self.table += [*range(start + 1, start + count), _END]
        self.body += data.ljust(count * self.sector, b"\0")
        return start


def write_compound(tree: Tree) -> bytes:
    """Return a compound file that holds `tree`: streams are bytes, storages are trees."""
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _add_branch(entries, tree)
    sectors, mini = _Chains(_SECTOR), _Chains(_MINI)
    for entry in entries:
        if entry.kind == _STREAM:
            entry.start = (mini if len(entry.data) < _CUTOFF else sectors).place(entry.data)
    entries[0].data = mini.body
    entries[0].start = sectors.place(mini.body)
    mini_table = sectors.place(struct.pack(f"<{len(mini.table)}I", *mini.table).ljust(_SECTOR, b"\xff"))
    while len(entries) % 4:
        entries.append(_Entry("", 0))
    directory = sectors.place(b"".join(entry.packed() for entry in entries))
    return _with_header(sectors, directory, mini_table, -(-4 * len(mini.table) // _SECTOR))


def _add_branch(entries: list[_Entry], branch: Tree) -> int:
    """Add the siblings of one storage as a balanced tree in the order of the format: by length, then upper case."""
    numbers = []
    for name, content in sorted(branch.items(), key=lambda pair: (len(pair[0]), pair[0].upper())):
        number = len(entries)
        numbers.append(number)
        entries.append(_Entry(name, _STREAM, content) if isinstance(content, bytes) else _Entry(name, _STORAGE))
        if not isinstance(content, bytes):
            entries[number].child = _add_branch(entries, content)
    return _balance(entries, numbers)


def _balance(entries: list[_Entry], numbers: list[int]) -> int:
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    top = numbers[middle]
    entries[top].left = _balance(entries, numbers[:middle])
    entries[top].right = _balance(entries, numbers[middle + 1 :])
    return top


def _with_header(sectors: _Chains, directory: int, mini_table: int, mini_sectors: int) -> bytes:
    first, per_sector = len(sectors.table), _SECTOR // 4
    count = 1
    while (first + count) > count * per_sector:
        count += 1
    table = [*sectors.table, *[_FAT] * count]
    table += [_NONE] * (count * per_sector - len(table))
    header = struct.pack("<8s16s5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, count, directory, 0, _CUTOFF, mini_table, max(mini_sectors, 1), _END, 0)
    header += struct.pack("<109I", *range(first, first + count), *[_NONE] * (109 - count))
    return header + sectors.body + struct.pack(f"<{len(table)}I", *table)


def write_msg(source: Source, attachments: dict[str, bytes]) -> bytes:
    head = source.head
    sender, receiver = read_address(head["from"]), read_address(head["to"])
    tree = _properties(
        32,
        {
            0x001A: "IPM.Note",
            0x0037: head["subject"],
            0x0039: dt.datetime.fromisoformat(head["sent"]),
            0x0C1A: sender.display_name,
            0x0C1F: sender.addr_spec,
            0x0E04: f"{receiver.display_name} <{receiver.addr_spec}>",
            0x1000: set_type(source.body, source.language, narrow=False).replace("\n", "\r\n") + "\r\n",
        },
    )
    for number, (name, data) in enumerate(attachments.items()):
        tree[f"__attach_version1.0_#{number:08X}"] = _properties(8, {0x3705: 1, 0x3707: name, 0x3701: data})
    tree["__nameid_version1.0"] = {f"__substg1.0_000{part}{_BINARY:04X}": b"" for part in (2, 3, 4)}
    return write_compound(tree)


def _properties(head: int, values: dict[int, Value]) -> Tree:
    """A storage of properties: fixed ones in the properties stream, the others in streams of their own."""
    rows, tree = b"", Tree()
    for identity, value in values.items():
        if isinstance(value, (str, bytes)):
            kind = _TEXT if isinstance(value, str) else _BINARY
            content = value.encode("utf-16-le") if isinstance(value, str) else value
            payload = struct.pack("<II", len(content) + (2 if kind == _TEXT else 0), 0)
            tree[f"__substg1.0_{identity:04X}{kind:04X}"] = content
        elif isinstance(value, int):
            kind, payload = _INTEGER, struct.pack("<II", value, 0)
        else:
            kind, payload = _TIME, struct.pack("<Q", int((value - _TICKS_FROM).total_seconds()) * 10_000_000)
        rows += struct.pack("<HHI", kind, identity, 6) + payload
    tree["__properties_version1.0"] = bytes(head) + rows
    return tree
