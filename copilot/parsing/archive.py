"""Zip archives: the members become attachments, the text is their listing. Names are names, never paths."""

from __future__ import annotations

import zipfile
import zlib

from copilot.i18n import t
from copilot.parsing import failures
from copilot.parsing.archives import check_unpacked, is_encrypted, open_guarded, read_member
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.text import clean
from copilot.records import Attachment, BlockKind

_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Read every member within the limits on real bytes; archives inside archives are the caller's to open."""
    about, options = builder.about, builder.options
    builder.start_page()
    encrypted = unpacked = 0
    with open_guarded(builder.name, data, options) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
        for member in members:
            name = clean(member.filename)
            builder.add(BlockKind.LIST_ITEM, name)
            if is_encrypted(member):
                encrypted += 1
                continue
            try:
                content = read_member(archive, member, options.max_unpacked_bytes - unpacked)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error, ValueError):
                about.warnings.append(t("parsing.warn.part_failed", name=name))
                continue
            if content is None:
                limit = options.max_unpacked_bytes
                raise failures.too_large(builder.name, "unpacked", limit + 1, limit)
            unpacked += len(content)
            check_unpacked(builder.name, unpacked, len(data), options)
            about.attachments.append(Attachment(name, content))
    if encrypted and encrypted == len(members):
        raise failures.encrypted(builder.name)
    if encrypted:
        about.warnings.append(t("parsing.warn.member_encrypted", count=encrypted))


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or name.rpartition("/")[2] in _LITTER[1:]
