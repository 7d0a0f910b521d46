"""The truth of one workspace: documents, text, chunks, vectors and answers in one SQLite database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from copilot.i18n.causes import cause_of
from copilot.store.approvals import Approvals
from copilot.store.chunks import Chunks
from copilot.store.conversations import Conversations
from copilot.store.database import BUSY_TIMEOUT_MS, copy_database, database_errors, open_database, transaction
from copilot.store.disk import is_read_only
from copilot.store.documents import Documents, now_iso
from copilot.store.quarantine import Quarantine

_SOON_MS = 2_000


class Truth(Chunks):
    """One connection to a workspace's database; to be used by the thread that opened it.

    Reading for indexes and results is here (inherited); documents are under `documents`.
    """

    def __init__(
        self, path: Path, key: bytes | None = None, *, for_reading: bool = False, must_be_ours: bool = False
    ) -> None:
        """`for_reading` opens it as on a read-only disk: what a full disk allows too."""
        self._key = key
        self.is_read_only = for_reading or is_read_only(path)
        self._connection = open_database(path, key, for_reading=for_reading, must_be_ours=must_be_ours)
        super().__init__(self._connection)
        self.documents = Documents(self._connection)
        self.quarantine = Quarantine(self._connection)
        self.conversations = Conversations(self._connection)
        self.approvals = Approvals(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def counts(self) -> dict[str, int]:
        """Return how many documents, passages, failures and unread pages there are: the whole that coverage is of.

        What is `quarantined` is not of that whole, and counted beside it.
        """
        row = self._connection.execute(
            """SELECT COUNT(*) FILTER (WHERE d.state = 'live') AS documents,
                      COUNT(*) FILTER (WHERE d.reason IS NOT NULL AND d.state != 'deleted') AS failed,
                      COALESCE(SUM(v.unread_pages) FILTER (WHERE d.state = 'live'), 0) AS unread_pages,
                      COALESCE(SUM(v.page_count) FILTER (WHERE d.state = 'live'), 0) AS pages,
                      (SELECT COUNT(*) FROM documents WHERE quarantined = 1 AND state = 'live') AS quarantined
               FROM documents d LEFT JOIN versions v ON v.version_id = d.current_version WHERE d.quarantined = 0"""
        ).fetchone()
        passages = self._connection.execute(
            "SELECT COUNT(*) FROM chunks c JOIN documents d ON d.current_version = c.version_id"
            " AND d.state = 'live' AND d.quarantined = 0"
        ).fetchone()[0]
        return {**dict(row), "passages": passages}

    def live_versions(self) -> list[sqlite3.Row]:
        """Return version_id, document_id, path, title, date, language, sha256 and signature of what is in service."""
        return self._connection.execute(
            """SELECT v.version_id, d.document_id, d.path, v.title, v.date, v.language, v.sha256, v.signature,
                      v.superseded_by, v.duplicate_of
               FROM documents d JOIN versions v ON v.version_id = d.current_version
               WHERE d.state = 'live' AND d.quarantined = 0 ORDER BY d.document_id"""
        ).fetchall()

    def version_history(self, document_id: int) -> list[sqlite3.Row]:
        """Return number, sha256, date, parsed_at, page_count of every version of a document, newest first."""
        return self._connection.execute(
            """SELECT version_id, number, sha256, size, title, date, parsed_at, page_count, unread_pages FROM versions
               WHERE document_id = ? ORDER BY number DESC""",
            (document_id,),
        ).fetchall()

    def foreign_commits(self) -> int:
        """Return a number that is another one once any other connection has committed; costs no reading of rows."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    # --- settings of the store itself ---------------------------------------------------------------------------------

    def get_meta(self, key: str) -> str | None:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        with transaction(self._connection) as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def move_meta(self, key: str, move: Callable[[str | None], str | None]) -> None:
        """Replace a value by what `move` makes of it, as one step among processes; None leaves it as it is.

        It is for what can wait until next time: where another process is writing, it gives up soon.

        Raises:
            StoreError: another process is writing, or the disk cannot be written.
        """
        self._connection.execute(f"PRAGMA busy_timeout = {_SOON_MS}")
        try:
            with transaction(self._connection) as db:
                value = move(self.get_meta(key))
                if value is not None:
                    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")

    # --- answers ------------------------------------------------------------------------------------------------------

    def store_answer(
        self,
        answer_id: str,
        question: str,
        status: str,
        record: Mapping[str, Any],
        documents: Mapping[int, bool] | None = None,
    ) -> None:
        """Keep an answer; `documents` are those that were read for it, by id, and whether it cites them."""
        with transaction(self._connection) as db:
            db.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
                (answer_id, now_iso(), question, status, json.dumps(record, ensure_ascii=False)),
            )
            db.executemany(
                "INSERT INTO answer_documents VALUES (?, ?, ?)",
                ((answer_id, document_id, cited) for document_id, cited in (documents or {}).items()),
            )

    def answer_record(self, answer_id: str) -> dict[str, Any] | None:
        """Return an answer as it was stored, or None; the beginning of its number will do where no other shares it."""
        rows = self._connection.execute(
            "SELECT record FROM answers WHERE answer_id >= ? AND answer_id < ? LIMIT 2",
            (answer_id, f"{answer_id}\U0010ffff"),
        ).fetchall()
        if len(rows) != 1 or not answer_id:
            return None
        record: dict[str, Any] = json.loads(rows[0][0])
        return record

    def answers(self, limit: int) -> list[dict[str, str]]:
        """Return number, time, status and question of the latest answers, the newest first."""
        rows = self._connection.execute(
            "SELECT answer_id, asked_at, status, question FROM answers ORDER BY asked_at DESC, rowid DESC LIMIT ?",
            (limit,),
        )
        return [dict(zip(("answer_id", "asked_at", "status", "question"), row, strict=True)) for row in rows]

    def has_answers(self) -> bool:
        """Say whether anything was ever answered here."""
        kept = "SELECT EXISTS (SELECT 1 FROM answers) OR EXISTS (SELECT 1 FROM turns WHERE state = 'answered')"
        return bool(self._connection.execute(kept).fetchone()[0])

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the whole database to a new file, encrypted with the same key where there is one.

        Raises:
            StoreError: the copy cannot be written.
        """
        copy_database(self._connection, path, self._key)

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the database file; empty when it is whole."""
        try:
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        except database_errors() as error:
            return [cause_of(error)]
        return [] if found == ["ok"] else found
