"""Whether the disk under a folder is encrypted, as far as the kernel tells."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

_IN_MEMORY = ("tmpfs", "ramfs")
_ENCRYPTING = ("ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs")
_ESCAPE = re.compile(r"\\([0-7]{3})")
_DEPTH = 8


class DiskState(StrEnum):
    """What is known of the disk under a folder."""

    ENCRYPTED = "encrypted"
    CLEAR = "clear"
    MEMORY = "memory"
    UNKNOWN = "unknown"


def disk_state(folder: Path, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> DiskState:
    """Follow the mount of `folder` to its block device, and that to what lies below it: dm-crypt says so by itself.

    A disk that encrypts by itself, and a virtual machine's host, cannot be seen from here: they count as clear.
    """
    mount = _mount_of(folder, proc / "self" / "mountinfo")
    if mount is None:
        return DiskState.UNKNOWN
    device, kind, source = mount
    if kind in _IN_MEMORY:
        return DiskState.MEMORY
    if kind in _ENCRYPTING:
        return DiskState.ENCRYPTED
    block = sys / "dev" / "block" / device
    if not block.exists():
        # Some file systems (btrfs) have a device number of their own: the name of their source says more.
        block = sys / "class" / "block" / Path(source).name
        if not source.startswith("/dev/") or not block.exists():
            return DiskState.UNKNOWN
    return DiskState.ENCRYPTED if _is_encrypted(block.resolve(), _DEPTH) else DiskState.CLEAR


def is_read_only(path: Path) -> bool:
    """Say whether `path` is there and on a disk that nobody can write, such as a medium mounted so."""
    with suppress(OSError):
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def has_swap(proc: Path = Path("/proc")) -> bool:
    """Say whether memory may be written to a disk."""
    with suppress(OSError):
        return len((proc / "swaps").read_text(encoding="utf-8").splitlines()) > 1
    return False


def _mount_of(folder: Path, mountinfo: Path) -> tuple[str, str, str] | None:
    """Return device number, kind and source of the mount that holds `folder`: the longest that it lies in."""
    best: tuple[int, tuple[str, str, str]] | None = None
    path = folder.resolve()
    try:
        lines = mountinfo.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        before, separator, after = line.partition(" - ")
        fields, told = before.split(" "), after.split(" ")
        if not separator or len(fields) < 5 or len(told) < 2:
            continue
        point = Path(_ESCAPE.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        if path.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), (fields[2], told[0], told[1]))
    return None if best is None else best[1]


def _is_encrypted(block: Path, depth: int) -> bool:
    """Say whether a block device, or each of those that it is made of, is a dm-crypt mapping."""
    with suppress(OSError):
        if (block / "dm" / "uuid").read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
            return True
    if depth == 0:
        return False
    if (block / "partition").exists():
        return _is_encrypted(block.parent, depth - 1)
    below = [Path(os.path.realpath(entry)) for entry in (block / "slaves").glob("*")]
    return bool(below) and all(_is_encrypted(one, depth - 1) for one in below)
