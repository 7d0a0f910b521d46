"""Guards around zip files, whether a plain archive or the shell of a DOCX, XLSX or ODT."""

from __future__ import annotations

import io
import zipfile

from copilot.parsing import failures
from copilot.parsing.options import ParseOptions

_ENCRYPTED = 0x1
_PIECE = 2**20


def open_guarded(name: str, data: bytes, options: ParseOptions) -> zipfile.ZipFile:
    """Open a zip after checking member count, unpacked size and ratio as declared; reading checks what is real."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as cause:
        raise failures.damaged(name, cause) from cause
    if len(members) > options.max_members:
        raise failures.too_large(name, "members", len(members), options.max_members)
    unpacked = sum(member.file_size for member in members)
    check_unpacked(name, unpacked, len(data), options)
    return archive


def check_unpacked(name: str, unpacked: int, packed: int, options: ParseOptions) -> None:
    """Raise too_large if `unpacked` bytes out of `packed` are over the size or the ratio."""
    if unpacked > options.max_unpacked_bytes:
        raise failures.too_large(name, "unpacked", unpacked, options.max_unpacked_bytes)
    ratio = unpacked // max(1, packed)
    if unpacked > options.ratio_floor_bytes and ratio > options.max_ratio:
        raise failures.too_large(name, "ratio", ratio, options.max_ratio)


def is_encrypted(member: zipfile.ZipInfo) -> bool:
    return bool(member.flag_bits & _ENCRYPTED)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str, room: int) -> bytes | None:
    """Read one member, counting real bytes; None when it unpacks to more than `room`, whatever its header declares."""
    pieces: list[bytes] = []
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            room -= len(piece)
            if room < 0:
                return None
            pieces.append(piece)
    return b"".join(pieces)
