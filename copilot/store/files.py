"""Writing a small file so that a reader finds the old content or the new, never half of either."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_atomically(path: Path, text: str) -> None:
    """Replace the content of `path`, readable by its owner alone, surviving a power cut."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
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


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write what a derived index says of itself."""
    write_atomically(path, json.dumps(state))


def read_state(path: Path) -> dict[str, Any]:
    """Return what a derived index says of itself; empty when it says nothing that can be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
