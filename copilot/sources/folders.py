"""Finding the files of a folder and hashing them, without following links or opening anything that is not a file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot.resources.regular_file import open_regular

# What programs leave beside the documents: never a document itself.
_IGNORED_NAMES = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})
_HASH_BLOCK = 1 << 20
_HASH_STEP = 1 << 26


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file as it stood when the folder was read; `size` in bytes."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """Something that is not read. `reason`: link, special, unreadable or name (not text in the system's encoding)."""

    path: Path
    reason: str


def scan(root: Path, *, excluded: frozenset[Path] = frozenset()) -> Iterator[FoundFile | SkippedEntry]:
    """Yield the files under `root` (or `root` itself), sorted by name within each folder, and what was passed over.

    Hidden entries, lock files of office programs and the folders in `excluded` are left out without a word; links,
    devices, pipes and unreadable folders are named.
    """
    try:
        status = root.stat()
    except OSError:
        yield SkippedEntry(root, "unreadable")
        return
    if stat.S_ISREG(status.st_mode):
        yield FoundFile(root, status.st_size, status.st_mtime_ns)
    elif stat.S_ISDIR(status.st_mode):
        yield from _scan_folder(root, excluded)
    else:
        yield SkippedEntry(root, "special")


def _scan_folder(folder: Path, excluded: frozenset[Path]) -> Iterator[FoundFile | SkippedEntry]:
    # A stack and not recursion: a hostile tree may be deeper than Python's.
    folders = [folder]
    while folders:
        current = folders.pop()
        try:
            with os.scandir(current) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            yield SkippedEntry(current, "unreadable")
            continue
        below: list[Path] = []
        for entry in found:
            path = Path(entry.path)
            if _is_ignored(entry.name) or path in excluded:
                continue
            if not _is_text(entry.name):
                yield SkippedEntry(path, "name")
            elif entry.is_dir(follow_symlinks=False):
                below.append(path)
            else:
                yield _classify(entry, path)
        folders.extend(reversed(below))


def _classify(entry: os.DirEntry[str], path: Path) -> FoundFile | SkippedEntry:
    if entry.is_symlink():
        return SkippedEntry(path, "link")
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return SkippedEntry(path, "unreadable")
    if not stat.S_ISREG(status.st_mode):
        return SkippedEntry(path, "special")
    return FoundFile(path, status.st_size, status.st_mtime_ns)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_ignored(name: str) -> bool:
    return name.startswith((".", "~$")) or name in _IGNORED_NAMES or name.endswith((".tmp", ".part", ".crdownload"))


@dataclass(frozen=True, slots=True)
class FileHash:
    """The SHA-256 of a file's content as hex, and how many bytes were hashed."""

    sha256: str
    size: int


def hash_in_steps(path: Path) -> Generator[int, None, FileHash]:
    """Hash a file, yielding how many bytes are done now and then, so that a long one can be broken off.

    OSError when it cannot be read.
    """
    digest = hashlib.sha256()
    done = 0
    # The entry was a regular file when it was found, and must still be.
    with os.fdopen(open_regular(path), "rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
            done += len(block)
            if done % _HASH_STEP == 0:
                yield done
    return FileHash(digest.hexdigest(), done)
