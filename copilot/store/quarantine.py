"""Documents that are known to be bad: kept out of every search and reading until somebody releases them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.store.database import transaction
from copilot.store.documents import TREE, bump_generation, now_iso


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One document in quarantine; `since` is ISO 8601 in UTC."""

    document_id: int
    path: str
    sha256: str
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class UsedIn:
    """An answer for which a document was read; `cited` says whether the answer rests on it."""

    answer_id: str
    asked_at: str
    status: str
    question: str
    cited: bool


class Quarantine:
    """The part of the truth that says which documents must not be read; one connection, one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, document_ids: Sequence[int], reason: str) -> None:
        """Take documents out of service, with all that lies in them and every copy of the same content."""
        with transaction(self._db) as db:
            for document_id in document_ids:
                db.execute(
                    "INSERT INTO quarantine SELECT document_id, sha256, ?, ? FROM documents WHERE document_id = ?"
                    " ON CONFLICT (document_id) DO UPDATE SET reason = excluded.reason, sha256 = excluded.sha256",
                    (now_iso(), reason, document_id),
                )
            self._mark(db)

    def release(self, document_ids: Sequence[int]) -> None:
        """Put documents back into service, unless another one in quarantine holds them or has their content."""
        with transaction(self._db) as db:
            db.executemany("DELETE FROM quarantine WHERE document_id = ?", ((one,) for one in document_ids))
            self._mark(db)

    def rows(self) -> list[QuarantinedRow]:
        """Return the documents that somebody put in quarantine, the latest first."""
        found = self._db.execute(
            "SELECT q.document_id, d.path, d.sha256, q.since, q.reason FROM quarantine q"
            " JOIN documents d ON d.document_id = q.document_id ORDER BY q.since DESC, q.document_id DESC"
        )
        return [QuarantinedRow(*row) for row in found]

    def members_and_copies(self, document_ids: Sequence[int]) -> list[str]:
        """Return the paths of what is out of service because of documents in quarantine, themselves among them."""
        found: dict[str, None] = {}
        for document_id in document_ids:
            query = f"{TREE} SELECT path FROM documents WHERE quarantined = 1 AND {_SAME} ORDER BY path"
            found.update((row[0], None) for row in self._db.execute(query, (document_id,)))
        return list(found)

    def used_in(self, document_ids: Sequence[int]) -> list[UsedIn]:
        """Return the answers for which any of these documents, or of what lies in them, was read; the newest first."""
        found: dict[str, UsedIn] = {}
        for document_id in document_ids:
            rows = self._db.execute(
                f"""{TREE} SELECT a.answer_id, a.asked_at, a.status, a.question, MAX(u.cited) AS cited
                    FROM answer_documents u JOIN answers a ON a.answer_id = u.answer_id
                    WHERE u.document_id IN (SELECT document_id FROM documents WHERE {_SAME})
                    GROUP BY a.answer_id""",
                (document_id,),
            )
            for row in rows:
                before = found.get(row[0])
                cited = bool(row[4]) or (before is not None and before.cited)
                found[row[0]] = UsedIn(row[0], row[1], row[2], row[3], cited)
        return sorted(found.values(), key=lambda used: (used.asked_at, used.answer_id), reverse=True)

    def _mark(self, db: sqlite3.Connection) -> None:
        """Write into each document's row whether it is out of service: what every search looks at."""
        chosen = [row[0] for row in db.execute("SELECT document_id FROM quarantine")]
        db.execute("UPDATE documents SET quarantined = 0 WHERE quarantined = 1")
        # What was found bad stays so, though the file that it was found in has changed since.
        known = "SELECT sha256 FROM quarantine WHERE sha256 != ''"
        db.execute(f"UPDATE documents SET quarantined = 1 WHERE sha256 IN ({known})")
        for document_id in chosen:
            db.execute(f"{TREE} UPDATE documents SET quarantined = 1 WHERE {_SAME}", (document_id,))
        bump_generation(db)


# Itself, what lies in it at any depth, and every file of the same bytes as any of these.
_SAME = (
    "(document_id IN (SELECT id FROM tree) OR (sha256 != '' AND sha256 IN"
    " (SELECT sha256 FROM documents WHERE document_id IN (SELECT id FROM tree))))"
)
