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
import time
from contextlib import suppress
from pathlib import Path

from copilot.errors import StoreError
from copilot.i18n import t

_PREFIX = "copilot-scratch-"
_LOCK = ".lock"
_IN_MEMORY = ("tmpfs", "ramfs")
# After so long nobody is still about to make the lock in a folder that has none.
_STILLBORN_SECONDS = 60.0


def open_scratch(mounts: Path = Path("/proc/mounts")) -> Path:
    """Return a new folder in memory, readable by its owner alone, that goes when this process ends.

    Raises:
        StoreError: this system has no memory-backed folder to offer.
    """
    bases = _memory_folders(mounts)
    if not bases:
        raise StoreError(t("vault.no_memory_folder"), t("vault.no_memory_folder_next"))
    sweep_scratch(mounts)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=bases[0]))
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (folder / "tmp").mkdir(mode=0o700)
    atexit.register(_leave, folder, os.getpid())
    return folder


def sweep_scratch(mounts: Path = Path("/proc/mounts")) -> None:
    """Take away what processes that were killed have left in memory; a folder whose process is at work stays."""
    for base in _memory_folders(mounts):
        _sweep(base)


def keep_temporary_files_in(folder: Path) -> None:
    """Have this process and those that it starts put their temporary files into `folder`."""
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None


def _memory_folders(mounts: Path) -> list[Path]:
    """Return the folders that may be written and that the kernel says lie in memory, the best first."""
    in_memory = set()
    with suppress(OSError):
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            fields = line.split(" ")
            if len(fields) > 2 and fields[2] in _IN_MEMORY:
                in_memory.add(fields[1])
    candidates = ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR", ""))  # noqa: S108 - a private folder is made in it
    return [Path(one) for one in candidates if one in in_memory and os.access(one, os.W_OK | os.X_OK)]


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            _remove_stillborn(folder)
            continue
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)


def _remove_stillborn(folder: Path) -> None:
    """Delete an empty folder whose process was killed before it made the lock, or after it had taken it away."""
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _STILLBORN_SECONDS:
            folder.rmdir()


def _leave(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Delete a folder, its lock last: while anything is left, the next sweep must know it for one of ours."""
    with suppress(OSError):
        for inside in [path for path in folder.iterdir() if path.name != _LOCK]:
            if inside.is_dir() and not inside.is_symlink():
                shutil.rmtree(inside, ignore_errors=True)
            else:
                inside.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
