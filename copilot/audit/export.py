"""Taking the log out: a folder that can be verified anywhere, without the workspace and without its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from copilot.audit.checkpoints import Checkpoint, read_checkpoint
from copilot.audit.entries import canonical
from copilot.audit.files import AuditFolder
from copilot.audit.log import AuditLog
from copilot.durable import create_durably, create_folder_durably
from copilot.errors import StoreError, UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import read_regular

CHECKPOINT_FILE = "checkpoint.json"
PUBLIC_KEY_FILE = "public.key"
_LARGEST_CHECKPOINT = 65_536


def export_log(log: AuditLog, folder: Path, before: Callable[[], object] = lambda: None) -> Checkpoint:
    """Write the entries in clear, their checkpoints, one over the last entry, and the public key into `folder`.

    `before` is called when nothing stands in the way, so that what is recorded of it is in the export too.

    Raises:
        UsageError: the folder is there already and holds something, or the log is empty.
        StoreError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(t("audit.folder_in_use", path=folder), t("audit.folder_in_use_next"))
    if not log.is_empty():
        before()
    checkpoint = log.checkpoint()
    if checkpoint is None:
        raise UsageError(t("audit.empty"))
    try:
        if folder.exists():
            _fill(folder, log, checkpoint)
        else:
            with create_folder_durably(folder) as growing:
                _fill(growing, log, checkpoint)
    except OSError as error:
        message = t("audit.cannot_write", path=folder, error=cause_of(error))
        raise StoreError(message, t("audit.cannot_write_next")) from error
    return checkpoint


def read_checkpoint_file(path: Path) -> Checkpoint:
    """Return the checkpoint of an exported file.

    Raises:
        UsageError: the file cannot be read, or its signature does not hold.
    """
    try:
        return read_checkpoint(read_regular(path, _LARGEST_CHECKPOINT).strip())
    except OSError as error:
        raise UsageError(t("audit.unreadable", path=path, error=cause_of(error))) from error
    except ValueError as error:
        raise UsageError(t("audit.bad_checkpoint", path=path), t("audit.bad_checkpoint_next")) from error


def _fill(folder: Path, log: AuditLog, checkpoint: Checkpoint) -> None:
    exported, written = AuditFolder(folder), list[Path]()

    def create(path: Path, data: bytes) -> None:
        create_durably(path, data)
        written.append(path)

    try:
        with log.files.reading():
            create(exported.log, b"".join(_lines(log)))
            create(exported.checkpoints, log.files.checkpoints.read_bytes())
            # Another process may have gone on since the checkpoint: the head is of what was copied.
            create(exported.head, log.files.head.read_bytes())
        create(folder / CHECKPOINT_FILE, canonical(checkpoint.as_json()) + b"\n")
        create(folder / PUBLIC_KEY_FILE, checkpoint.public_key.encode("ascii") + b"\n")
    except BaseException:
        # A part of an export would stand in the way of the next.
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise


def _lines(log: AuditLog) -> Iterator[bytes]:
    """Yield the log's lines in clear; what is no entry is copied as it is, so that it is found in the copy too."""
    with log.files.log.open("rb") as file:
        for line in file:
            try:
                yield log.read_line(line.removesuffix(b"\n")).line() + b"\n"
            except ValueError:
                yield line
