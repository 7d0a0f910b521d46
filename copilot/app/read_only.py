"""A workspace on a read-only disk: its indexes are read where they are, and what is written goes to memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from copilot.store.scratch import open_scratch
from copilot.workspace import Workspace

# What these say of an index is replaced when it is brought up to date.
_STATE = ".json"
_LOCK = ".lock"
_CHROMA = "chroma"


def aside(workspace: Workspace) -> Workspace:
    """Return the workspace with what is derived in a folder in memory, which goes when this process ends.

    Raises:
        StoreError: this system has no memory-backed folder.
    """
    if workspace.secrets is not None:
        # It keeps nothing derived on a disk as it is.
        return workspace
    return replace(workspace, aside=_links_to(workspace.state))


@cache
def _links_to(state: Path) -> Path:
    """Return a folder whose index is made of links to the files on the disk.

    Tantivy makes a lock beside what it reads, and replaces files rather than to change them. Chroma writes wherever it
    opens: an exact scan stands in for it.
    """
    folder = open_scratch()
    for path in _files(state / "index"):
        link = folder / path.relative_to(state)
        link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.suffix == _STATE:
            shutil.copyfile(path, link)
        else:
            link.symlink_to(path)
    return folder


def _files(index: Path) -> Iterator[Path]:
    for folder, inside, names in os.walk(index):
        inside[:] = [name for name in inside if not name.startswith(_CHROMA)]
        yield from (Path(folder, name) for name in names if not name.startswith(_CHROMA) and not name.endswith(_LOCK))
