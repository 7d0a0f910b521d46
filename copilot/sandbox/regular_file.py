"""Opening a file that must be the file itself: no link to another, nothing that holds up whoever opens it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

# Without O_NONBLOCK a pipe that took a file's place holds up who opens it until somebody writes.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


def open_regular(path: str | Path) -> int:
    """Return a descriptor on the regular file at `path`; OSError for a link, a pipe, a device, or none to be opened."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
