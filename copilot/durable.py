"""Replacing a small file so that a reader finds the old content or the new, and a power cut takes neither."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path


def replace_durably(path: Path, data: bytes, beside: str = "") -> None:
    """Replace the content of `path`, readable by its owner alone; its name is on the disk too when this returns.

    What is new stands under the name `beside` until it is whole, by default under one of its own, so that several may
    write at once.
    """
    temporary = path.with_name(beside or f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


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
