"""Whether a model's file is the one that was recorded: hashed when first used, and again when it was touched since."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from copilot.durable import replace_durably
from copilot.indexing.embedding.built_in import sha256_of
from copilot.resources import user_cache_folder

_NOTES = "embedders.json"


def is_as_recorded(path: Path, sha256: str) -> bool:
    """Return whether a file has that hash. What was found is kept in the user's cache, by size, times and inode.

    OSError where the file cannot be read.
    """
    found = path.stat()
    facts = [sha256, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    notes_file = user_cache_folder() / _NOTES
    notes = _read(notes_file)
    if notes.get(str(path)) == facts:
        return True
    if sha256_of(path) != sha256:
        return False
    # A cache that cannot be written costs the hash again, nothing else.
    with suppress(OSError):
        _write(notes_file, {**notes, str(path): facts})
    return True


def _read(file: Path) -> dict[str, object]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(file: Path, notes: dict[str, object]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(file, json.dumps(notes).encode())
