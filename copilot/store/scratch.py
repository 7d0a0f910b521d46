"""A private folder in memory, for what an encrypted workspace derives and unpacks: never on a disk, gone at the end.

A process that is killed leaves its folder in memory; the next one that opens an encrypted workspace takes it away.
Whoever is still at work holds the lock in it.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from copilot.errors import StoreError
from copilot.i18n import t

_PREFIX = "copilot-scratch-"
_LOCK = ".lock"
_IN_MEMORY = ("tmpfs", "ramfs")


def open_scratch(mounts: Path = Path("/proc/mounts")) -> Path:
    """Return a new folder in memory, readable by its owner alone, that goes when this process ends.

    Raises:
        StoreError: this system has no memory-backed folder to offer.
    """
    base = _memory_folder(mounts)
    if base is None:
        raise StoreError(t("vault.no_memory_folder"), t("vault.no_memory_folder_next"))
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (folder / "tmp").mkdir(mode=0o700)
    atexit.register(_leave, folder, os.getpid())
    return folder


def keep_temporary_files_in(folder: Path) -> None:
    """Have this process and those that it starts put their temporary files into `folder`."""
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None


def _memory_folder(mounts: Path) -> Path | None:
    """Return a folder that the kernel says lies in memory."""
    in_memory = set()
    with suppress(OSError):
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            fields = line.split(" ")
            if len(fields) > 2 and fields[2] in _IN_MEMORY:
                in_memory.add(fields[1])
    for candidate in ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR", "")):  # noqa: S108 - a private folder is made in it
        if candidate in in_memory and os.access(candidate, os.W_OK | os.X_OK):
            return Path(candidate)
    return None


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)


def _leave(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
