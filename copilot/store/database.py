"""Opening the truth: one SQLite database in WAL, ``synchronous=FULL``, so that what is committed survives a kill.

With a key it is an SQLCipher database: the same schema and statements, every page encrypted on the disk.
"""

from __future__ import annotations

import glob
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from copilot.durable import sync_folder
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.store.disk import is_read_only
from copilot.store.schema import MIGRATIONS, SCHEMA_VERSION

BUSY_TIMEOUT_MS = 60_000
# A database opened by either library raises the errors of its own.
_DATABASE_ERRORS: list[type[Exception]] = [sqlite3.DatabaseError]
_OPERATIONAL_ERRORS: list[type[Exception]] = [sqlite3.OperationalError]


def open_database(
    path: Path, key: bytes | None = None, *, for_reading: bool = False, must_be_ours: bool = False
) -> sqlite3.Connection:
    """Open, and if needed create or migrate, the database at `path`; its file is readable by its owner alone.

    A database of an earlier schema is copied beside itself before it is migrated; the copy goes when the database has
    been opened once more. One that lies on a read-only disk, or that is wanted `for_reading`, is opened for that alone.

    Raises:
        StoreError: the file is not a database, is damaged, or was written by a newer program; or it `must_be_ours` and
            has no schema of ours. It is left as it was.
    """
    if path.exists() and (for_reading or is_read_only(path)):
        return _open_for_reading(path, key, must_be_ours=must_be_ours)
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = connect(path, key)
    except _file_errors() as error:
        raise StoreError(t("store.cannot_open", path=path, error=cause_of(error)), t("store.check_disk")) from error
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if must_be_ours and _schema_version(connection) == 0:
            raise _lost(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")
        _migrate(connection, path, key)
    except tuple(_OPERATIONAL_ERRORS) as error:
        # A full or read-only disk, or one that fails: not the file's fault.
        connection.close()
        raise StoreError(t("store.cannot_open", path=path, error=cause_of(error)), t("store.check_disk")) from error
    except tuple(_DATABASE_ERRORS) as error:
        connection.close()
        raise StoreError(t("store.damaged", path=path, error=cause_of(error)), t("store.restore")) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _lost(path: Path) -> StoreError:
    return StoreError(t("store.lost", path=path), t("store.lost_next", state=path.parent))


def _open_for_reading(path: Path, key: bytes | None, *, must_be_ours: bool) -> sqlite3.Connection:
    """Open a database that cannot be written; it must have the present schema."""
    try:
        connection = connect(path, key, read_only=True)
    except _file_errors() as error:
        raise StoreError(t("store.cannot_open", path=path, error=cause_of(error)), t("store.check_disk")) from error
    try:
        found = _schema_version(connection)
    except tuple(_DATABASE_ERRORS) as error:
        connection.close()
        if isinstance(error, tuple(_OPERATIONAL_ERRORS)):
            raise StoreError(
                t("store.cannot_open", path=path, error=cause_of(error)), t("store.read_only_old_next")
            ) from error
        raise StoreError(t("store.damaged", path=path, error=cause_of(error)), t("store.restore")) from error
    if found != SCHEMA_VERSION:
        connection.close()
    if found == 0 and must_be_ours:
        raise _lost(path)
    if found > SCHEMA_VERSION:
        raise StoreError(t("store.newer", path=path, found=found, known=SCHEMA_VERSION), t("store.upgrade"))
    if found < SCHEMA_VERSION:
        raise StoreError(t("store.read_only_old", path=path), t("store.read_only_old_next"))
    return connection


def database_errors() -> tuple[type[Exception], ...]:
    """Return what reading a damaged database raises."""
    return tuple(_DATABASE_ERRORS)


def _file_errors() -> tuple[type[Exception], ...]:
    return (OSError, *_DATABASE_ERRORS)


def connect(path: Path, key: bytes | None = None, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a bare connection, to an encrypted database where a key (32 bytes) is given."""
    name = _uri(path, read_only=read_only)
    if key is None:
        connection = sqlite3.connect(name, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, uri=True)
        connection.row_factory = sqlite3.Row
        return connection
    from copilot.store import cipher

    _DATABASE_ERRORS[1:] = [cipher.DatabaseError]
    _OPERATIONAL_ERRORS[1:] = [cipher.OperationalError]
    return cipher.connect(name, key, BUSY_TIMEOUT_MS / 1000)


def _uri(path: Path, *, read_only: bool) -> str:
    """Return how SQLite is to open the file.

    On a read-only disk it cannot make the files that it shares with other processes; it does without where it is told
    that the file never changes. What stands in a journal beside the file must be read too, and the file then changes.
    """
    journal = path.with_name(f"{path.name}-wal")
    how = "rwc"
    if read_only:
        how = "ro" if journal.exists() and journal.stat().st_size else "ro&immutable=1"
    return f"file://{quote(os.fsencode(path.absolute()))}?mode={how}"


def copy_database(source: sqlite3.Connection, path: Path, key: bytes | None = None) -> None:
    """Write a consistent copy of an open database to a new file, for its owner alone, and wait for the disk.

    Raises:
        StoreError: the copy cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        target = connect(path, key)
        try:
            source.backup(target)
            # A database in one file: no journal beside the copy.
            target.execute("PRAGMA journal_mode = DELETE")
        finally:
            target.close()
        with path.open("rb") as written:
            os.fsync(written.fileno())
    except _file_errors() as error:
        with suppress(OSError):
            path.unlink()
        raise StoreError(t("store.cannot_copy", path=path, error=cause_of(error)), t("store.check_disk")) from error


def _migrate(connection: sqlite3.Connection, path: Path, key: bytes | None) -> None:
    found = _schema_version(connection)
    if found > SCHEMA_VERSION:
        raise StoreError(t("store.newer", path=path, found=found, known=SCHEMA_VERSION), t("store.upgrade"))
    _drop_unfinished_copies(path)
    if found == SCHEMA_VERSION:
        _drop_copies(path)
        return
    copy = _copy_path(path, found)
    if found and not copy.exists():
        # Under a name of this process until it is whole, so that a copy of that name can be trusted.
        growing = copy.with_name(f"{copy.name}.{os.getpid()}")
        copy_database(connection, growing, key)
        try:
            growing.replace(copy)
            sync_folder(copy.parent)
        except OSError as error:
            raise StoreError(t("store.cannot_copy", path=copy, error=cause_of(error)), t("store.check_disk")) from error
    with transaction(connection):
        # Another process may have migrated while this one waited for the lock.
        for number in range(_schema_version(connection), SCHEMA_VERSION):
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _copy_path(path: Path, schema: int) -> Path:
    return path.with_name(f"{path.name}.schema{schema}")


def _drop_copies(path: Path) -> None:
    for schema in range(1, SCHEMA_VERSION):
        with suppress(OSError):
            _copy_path(path, schema).unlink()


def _drop_unfinished_copies(path: Path) -> None:
    """Delete the copies that migrations were making when they were killed, as large as the database each."""
    unfinished = re.compile(re.escape(path.name) + r"\.schema\d+\.(\d+)(-journal|-wal|-shm)?")
    for left in path.parent.glob(f"{glob.escape(path.name)}.schema*"):
        found = unfinished.fullmatch(left.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            with suppress(OSError):
                left.unlink()


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    # executescript would commit the surrounding transaction.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block as one write transaction: all of it is kept, or none."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except tuple(_OPERATIONAL_ERRORS) as error:
        if _is_read_only(error):
            raise _cannot_write(connection, error) from error
        raise StoreError(t("store.busy", error=cause_of(error)), t("store.busy_next")) from error
    try:
        yield connection
    except BaseException as error:
        _roll_back(connection)
        # A full or failing disk shows in any statement, where a page must make room for another.
        if isinstance(error, tuple(_OPERATIONAL_ERRORS)) and not _is_our_fault(error):
            raise _cannot_write(connection, error) from error
        raise
    try:
        connection.execute("COMMIT")
    except tuple(_OPERATIONAL_ERRORS) as error:
        _roll_back(connection)
        raise _cannot_write(connection, error) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite has rolled back by itself after some errors, and then there is nothing to roll back.
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _is_our_fault(error: BaseException) -> bool:
    """Say whether a statement was wrong, rather than the disk or the moment."""
    return str(error).startswith(("no such", "near ", "table ", "incomplete input"))


def _is_read_only(error: BaseException) -> bool:
    return "readonly" in str(error)


def _cannot_write(connection: sqlite3.Connection, error: BaseException) -> StoreError:
    if _is_read_only(error):
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        return StoreError(t("store.read_only", path=path), t("store.read_only_next"))
    return StoreError(t("store.cannot_write", error=cause_of(error)), t("store.check_disk"))
