"""One file that a whole workspace can be restored from: the truth, the log and the settings, each with its hash.

Derived indexes are not in it: the first question builds them anew. Nor are the documents' own files. The backup of an
encrypted workspace is encrypted with the same passphrase; that of another is as readable as the workspace itself.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from copilot.app.session import Session
from copilot.durable import beside, give_name, sync_folder
from copilot.errors import StoreError, UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import open_regular
from copilot.store.schema import SCHEMA_VERSION
from copilot.workspace import Workspace, create_workspace, take_away

FORMAT = 1
MANIFEST = "manifest.json"
_DATABASE = "truth.db"
_SETTINGS = "copilot.toml"
_KEY = "key.json"
_LOG_FILES = ("audit.jsonl", "head.json", "checkpoints.jsonl", "key", "settings.json", "walls.json")
# Every name that may stand in a backup: a name is never a path to write to.
_NAMES = frozenset({_DATABASE, _SETTINGS, _KEY, *(f"audit/{name}" for name in _LOG_FILES)})
_LARGEST_MANIFEST = 65_536
_BLOCK = 1 << 20
# What reading an archive raises where bytes in it were changed, whatever they were.
_UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup says of itself, checked against its content."""

    made_at: str
    program: str
    schema: int
    encrypted: bool
    members: Mapping[str, tuple[str, int]]

    @property
    def size(self) -> int:
        return sum(size for _, size in self.members.values())


def backup(session: Session, target: Path) -> BackupFacts:
    """Write a backup of an open workspace to the new file `target`, read it back and return what it holds.

    Raises:
        UsageError: there is such a file already.
        StoreError: it cannot be written, or does not read back as it was written.
    """
    target = target.expanduser().absolute()
    if target.exists():
        raise UsageError(t("backup.exists", path=target), t("backup.exists_next"))
    trail = session.trail
    trail.record("backup", {"path": trail.text(str(target))})
    trail.close()
    growing = beside(target)
    try:
        with _snapshot(session) as database:
            _write(session.workspace, database, growing)
        facts = check_backup(growing)
        give_name(growing, target)
        sync_folder(target.parent)
    except FileExistsError as error:
        raise UsageError(t("backup.exists", path=target), t("backup.exists_next")) from error
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        with suppress(OSError):
            growing.unlink()
    return facts


def check_backup(path: Path) -> BackupFacts:
    """Read a whole backup and return what it holds, every hash checked.

    Raises:
        UsageError: it is no backup, is damaged, or was written by a newer program.
    """
    try:
        with _opened(path) as packed:
            facts = _read_manifest(packed, path)
            for name, (digest, size) in facts.members.items():
                if not _is_whole(packed, name, digest, size):
                    raise _damaged(path, name)
    except _UNREADABLE as error:
        raise _damaged(path, cause_of(error)) from error
    if facts.schema > SCHEMA_VERSION:
        raise UsageError(t("backup.newer", path=path, found=facts.schema, known=SCHEMA_VERSION), t("store.upgrade"))
    return facts


def restore(
    path: Path,
    root: Path,
    record: Callable[[Workspace, BackupFacts], object] = lambda workspace, facts: None,  # noqa: ARG005
) -> tuple[Workspace, BackupFacts]:
    """Make a workspace in `root` from a backup; its indexes are built by the first question.

    `record` is called when all is there. Where it raises, whatever it is, all is taken away again: what could not be
    opened or recorded would stand in the way of the next try.

    Raises:
        UsageError: the backup is none or is damaged, or there is a workspace already: none is overwritten.
        StoreError: it cannot be written; what was written is taken away again.
    """
    facts = check_backup(path)
    workspace = Workspace(root.expanduser().resolve())
    for found in (workspace.state, workspace.settings_file):
        if found.exists():
            raise UsageError(t("backup.in_the_way", path=found), t("backup.in_the_way_next"))
    made = not workspace.root.exists()
    _claim(workspace, made=made)
    try:
        _fill(workspace, facts, path)
        record(workspace, facts)
    except BaseException as error:
        _undo(workspace, made=made)
        if isinstance(error, OSError):
            raise _cannot_write(workspace.root, error) from error
        if isinstance(error, zipfile.BadZipFile | EOFError | zlib.error):
            # It was whole when it was checked.
            raise _damaged(path, cause_of(error)) from error
        raise
    return workspace, facts


# --- writing ----------------------------------------------------------------------------------------------------------


@contextmanager
def _snapshot(session: Session) -> Iterator[Path]:
    """Have a consistent copy of the database beside it for the block; in memory where its disk cannot be written."""
    workspace = session.workspace
    folder = workspace.index.parent if session.truth.is_read_only else workspace.state
    for left in folder.glob("backup.*.db"):
        # Of a backup that was killed, unless its process is at it still.
        if not Path(f"/proc/{left.name.split('.')[1]}").exists():
            left.unlink(missing_ok=True)
    copy = folder / f"backup.{os.getpid()}.db"
    session.truth.copy_to(copy)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _write(workspace: Workspace, database: Path, target: Path) -> None:
    from copilot import __version__
    from copilot.audit.files import AuditFolder

    members: dict[str, dict[str, Any]] = {}
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            sources = {_DATABASE: database, _SETTINGS: workspace.settings_file, _KEY: workspace.key_file}
            for name, source in sources.items():
                _add(packed, name, source, members)
            log = AuditFolder(workspace.audit)
            with log.reading():
                for name in _LOG_FILES:
                    _add(packed, f"audit/{name}", log.folder / name, members)
            manifest = {
                "format": FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "program": __version__,
                "schema": SCHEMA_VERSION,
                "encrypted": _KEY in members,
                "members": members,
            }
            packed.writestr(MANIFEST, json.dumps(manifest, indent=1))
        file.flush()
        os.fsync(file.fileno())


def _add(packed: zipfile.ZipFile, name: str, source: Path, members: dict[str, dict[str, Any]]) -> None:
    if not source.exists():
        return
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name)
    info.compress_type = packed.compression
    with source.open("rb") as file, packed.open(info, "w", force_zip64=True) as member:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            member.write(block)
    members[name] = {"sha256": digest.hexdigest(), "size": size}


# --- reading ----------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with os.fdopen(open_regular(path, follow_links=True), "rb") as file, zipfile.ZipFile(file) as packed:
        yield packed


def _read_manifest(packed: zipfile.ZipFile, path: Path) -> BackupFacts:
    try:
        if packed.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise ValueError("too long")
        found = json.loads(packed.read(MANIFEST))
        members = {str(name): (str(told["sha256"]), int(told["size"])) for name, told in found["members"].items()}
        facts = BackupFacts(
            str(found["made_at"]), str(found["program"]), int(found["schema"]), bool(found["encrypted"]), members
        )
        if found["format"] != FORMAT:
            raise ValueError("of another format")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path, MANIFEST) from error
    present = sorted(packed.namelist())
    if present != sorted([*members, MANIFEST]) or not members.keys() <= _NAMES or _DATABASE not in members:
        raise _damaged(path, ", ".join(name for name in present if name not in _NAMES | {MANIFEST}) or MANIFEST)
    return facts


def _is_whole(packed: zipfile.ZipFile, name: str, digest: str, size: int) -> bool:
    try:
        with packed.open(name) as member:
            return _digest(member, size) == digest
    except OSError:
        raise
    except _UNREADABLE:
        return False


def _digest(member: IO[bytes], size: int) -> str:
    """Return the SHA-256 of a member; no more is unpacked than the manifest says it holds."""
    digest, left = hashlib.sha256(), size
    while block := member.read(min(_BLOCK, left + 1)):
        digest.update(block)
        left -= len(block)
        if left < 0:
            return ""
    return digest.hexdigest() if left == 0 else ""


def _claim(workspace: Workspace, *, made: bool) -> None:
    """Make the folder of the state: whoever makes it has the restore, and takes nothing away that another put there."""
    try:
        workspace.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        workspace.state.mkdir(mode=0o700)
    except FileExistsError as error:
        raise UsageError(t("backup.in_the_way", path=workspace.state), t("backup.in_the_way_next")) from error
    except OSError as error:
        if made:
            with suppress(OSError):
                workspace.root.rmdir()
        raise _cannot_write(workspace.root, error) from error


def _fill(workspace: Workspace, facts: BackupFacts, path: Path) -> None:
    workspace.audit.mkdir(mode=0o700)
    with _opened(path) as packed:
        for name, (digest, size) in facts.members.items():
            _extract(packed, name, _place(workspace, name), digest, size, path)
    if not facts.encrypted:
        _check_database(workspace.database, path)
    for folder in (workspace.audit, workspace.state, workspace.root, workspace.root.parent):
        sync_folder(folder)
    # Last, the mark that makes it a workspace.
    create_workspace(workspace.root)
    sync_folder(workspace.state)


def _extract(packed: zipfile.ZipFile, name: str, to: Path, digest: str, size: int, path: Path) -> None:
    # Hashed once more on the way out: the file may have changed since it was checked.
    found, left = hashlib.sha256(), size
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with packed.open(name) as member, os.fdopen(descriptor, "wb") as file:
        while left > 0 and (block := member.read(min(_BLOCK, left))):
            found.update(block)
            left -= len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if found.hexdigest() != digest:
        raise _damaged(path, name)


def _place(workspace: Workspace, name: str) -> Path:
    places = {_DATABASE: workspace.database, _SETTINGS: workspace.settings_file, _KEY: workspace.key_file}
    return places.get(name) or workspace.audit / name.removeprefix("audit/")


def _check_database(database: Path, path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        raise _damaged(path, _DATABASE) from error
    if found != ["ok"]:
        raise _damaged(path, f"{_DATABASE}: {found[0]}")


def _undo(workspace: Workspace, *, made: bool) -> None:
    """Take away what a restore has written, its folder too where it was `made`: there was no workspace before."""
    with suppress(OSError):
        workspace.settings_file.unlink()
    take_away(workspace, made=made)


def _damaged(path: Path, detail: str) -> UsageError:
    return UsageError(t("backup.damaged", path=path, detail=detail), t("backup.damaged_next"))


def _cannot_write(path: Path, error: OSError) -> StoreError:
    told = t("backup.cannot_write", path=error.filename or path, error=cause_of(error))
    return StoreError(told, t("store.check_disk"))
