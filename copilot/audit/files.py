"""The files of the log: where they are, who may write, and how a line gets to the disk whole."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot.durable import sync_folder


@dataclass(frozen=True, slots=True)
class AuditFolder:
    """The paths of one log. `head` repeats the last entry's number and hash: a log that is shorter was cut."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "audit.jsonl"

    @property
    def head(self) -> Path:
        return self.folder / "head.json"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints.jsonl"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the log for the block; another process waits the milliseconds that an entry takes."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(self.lock):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep writers out for the block, where the folder can be locked at all (a copy on a read-only disk cannot)."""
        try:
            descriptor = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock for the block, alone among threads and processes; whoever holds it must not ask for it again."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def append_durably(path: Path, data: bytes) -> int:
    """Append to a file and wait for the disk; return the size after it. What does not fit is taken back."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        before = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
            os.fsync(descriptor)
            if before == 0:
                sync_folder(path.parent)
        except OSError:
            # Else the next writer finds a torn line, and says so.
            with suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
        return before + len(data)
    finally:
        os.close(descriptor)


def drop_torn_end(path: Path) -> None:
    """Take away what a crash left after the last line end: it was never acknowledged."""
    data = read_bytes(path)
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def read_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object; empty where there is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_bytes(path: Path) -> bytes:
    """Return a file's content; empty where it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
