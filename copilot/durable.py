"""Writing a file so that a reader finds the old content or the new, and no full disk or power cut leaves half of it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What a file system answers that has no links, such as FAT and exFAT on a stick.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def replace_durably(path: Path, data: bytes, beside: str = "") -> None:
    """Replace the content of `path`, readable by its owner alone; its name is on the disk too when this returns.

    What is new stands under the name `beside` until it is whole, by default under one of its own, so that several may
    write at once.
    """
    temporary = path.with_name(beside or f"{path.name}.{secrets.token_hex(8)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        _write(temporary, flags, data)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def create_durably(path: Path, data: bytes) -> None:
    """Write a new file, readable by its owner alone: after any failure, nothing of it is left.

    Raises:
        FileExistsError: something has the name, be it a link; it stays as it is.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    growing = beside(path)
    try:
        _write(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, data)
        give_name(growing, path)
    finally:
        # Where there are links, it is another name of the whole file.
        with suppress(OSError):
            growing.unlink()
    sync_folder(path.parent)


@contextmanager
def create_folder_durably(folder: Path) -> Iterator[Path]:
    """Have a new folder beside `folder` to fill; after the block it takes that name, after any failure nothing is left.

    Raises:
        OSError: something else has the name; it stays as it is, unless it is an empty folder.
    """
    growing = beside(folder)
    growing.mkdir(mode=0o700, parents=True)
    try:
        yield growing
        growing.rename(folder)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def beside(path: Path) -> Path:
    """Return a hidden name in the same folder that nothing else has, for what is not whole yet."""
    return path.with_name(f".{secrets.token_hex(8)}.new")


def give_name(growing: Path, path: Path) -> None:
    """Give a whole file its name; FileExistsError where a file of that name has come up: nothing is overwritten.

    Where the file system has links, it keeps its old name as well.
    """
    try:
        os.link(growing, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name is taken by an empty file of ours, which no other can be, and that file replaced.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            growing.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder: readers see a rename before it would survive a power cut."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        # One that may be written but not listed can be waited for by nobody.
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems of networks and of user space keep no folder in memory, and have nothing to wait for.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _write(path: Path, flags: int, data: bytes) -> None:
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
