"""Opening what must be a file: nothing that holds up whoever opens it or never ends, and no link where that matters."""

from __future__ import annotations

import errno
import os
import stat
import tomllib
from pathlib import Path
from typing import IO, Any

from copilot.i18n import t

_LARGEST_SETTINGS = 2**20
# Without O_NONBLOCK a pipe that took a file's place holds up who opens it until somebody writes.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


def open_regular(path: str | Path, *, follow_links: bool = False) -> int:
    """Return a descriptor on the regular file at `path`; OSError for a link, a pipe, a device, or none to be opened.

    With `follow_links` it may be a link to such a file.
    """
    descriptor = os.open(path, _FLAGS & ~getattr(os, "O_NOFOLLOW", 0) if follow_links else _FLAGS)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, t("errors.no_file"), str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(path: str | Path, most: int) -> bytes:
    """Return what the regular file at `path` holds, or what a link to one does.

    Raises:
        OSError: it is no file, cannot be read, or holds more than `most` bytes.
    """
    with os.fdopen(open_regular(path, follow_links=True), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, t("errors.large_file"), str(path))
    return data


def open_text(path: str | Path) -> IO[str]:
    """Return the lines of a regular file in UTF-8, or of a link to one; OSError where it is none."""
    return os.fdopen(open_regular(path, follow_links=True), encoding="utf-8")


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the tables of a settings file, which is small.

    Raises:
        OSError: it is no file, cannot be read, or is larger than any settings are.
        ValueError: it is no TOML in UTF-8.
    """
    return tomllib.loads(read_regular(path, _LARGEST_SETTINGS).decode("utf-8"))
