"""ZIP containers whose bytes depend on their members only."""

from __future__ import annotations

import io
import zipfile

_MOMENT = (2026, 10, 1, 0, 0, 0)


def pack(members: dict[str, bytes], stored: frozenset[str] = frozenset()) -> bytes:
    """Return an archive of `members` in their order, every date the same; those in `stored` are not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _MOMENT)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def repack(data: bytes) -> bytes:
    """Return the same archive with constant dates, as an office library wrote it otherwise."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return pack({name: archive.read(name) for name in archive.namelist()})
