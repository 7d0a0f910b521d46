"""Documents and their versions: what a sync writes, each document in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from copilot.records import ChunkDraft, ParsedDocument
from copilot.store.database import transaction
from copilot.store.document_rows import DocumentRow, DocumentSummary, FileFacts

MEMBER_SEPARATOR = "!"


_ROW_COLUMNS = (
    "document_id, path, root, collection, container_id, state, size, mtime_ns, sha256, members_pending, reason,"
    " message, current_version, quarantined"
)

# A document and all that lies in it, at any depth; takes the document's id.
TREE = (
    "WITH RECURSIVE tree(id) AS (VALUES (?) UNION SELECT d.document_id FROM documents d"
    " JOIN tree ON d.container_id = tree.id)"
)


def text_hash(context: str, text: str) -> bytes:
    """Return the 16-byte key of a chunk's vector: BLAKE2b over context and text."""
    return hashlib.blake2b(f"{context}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def now_iso() -> str:
    """Return the present instant as an ISO 8601 string in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Documents:
    """Reads and writes documents over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # --- reading ------------------------------------------------------------------------------------------------------

    def by_path(self, path: str) -> DocumentRow | None:
        rows = self._rows("WHERE path = ?", (path,))
        return rows[0] if rows else None

    def by_id(self, document_id: int) -> list[DocumentRow]:
        return self._rows("WHERE document_id = ?", (document_id,))

    def by_hash(self, beginning: str) -> list[DocumentRow]:
        """Return every document, deleted ones too, whose present content has a SHA-256 that begins so."""
        return self._rows("WHERE sha256 >= ? AND sha256 < ? ORDER BY document_id", (beginning, beginning + "g"))

    def files_under(self, root: str) -> dict[str, DocumentRow]:
        """Return the known files (not their members) at or under `root`, by path, deleted ones too.

        `root` is a path as the workspace names it; the empty string is the workspace's own folder.
        """
        if not root:
            return {row.path: row for row in self._rows("WHERE path NOT LIKE '/%' AND container_id IS NULL", ())}
        prefix = root.rstrip("/") + "/"
        rows = self._rows(
            "WHERE (path = ? OR substr(path, 1, ?) = ?) AND container_id IS NULL", (root, len(prefix), prefix)
        )
        return {row.path: row for row in rows}

    def has_members(self, document_id: int) -> bool:
        query = "SELECT 1 FROM documents WHERE container_id = ? AND state != 'deleted' LIMIT 1"
        return self._db.execute(query, (document_id,)).fetchone() is not None

    def has_failures(self, document_id: int) -> bool:
        """Say whether a document, or anything that lies in it, could not be read, or has pages that were not."""
        query = (
            f"{TREE} SELECT 1 FROM documents d LEFT JOIN versions v ON v.version_id = d.current_version"
            " WHERE d.document_id IN (SELECT id FROM tree) AND d.state != 'deleted'"
            " AND (d.reason IS NOT NULL OR v.unread_pages > 0) LIMIT 1"
        )
        return self._db.execute(query, (document_id,)).fetchone() is not None

    def live_with_content(self, sha256: str) -> list[DocumentRow]:
        return self._rows("WHERE sha256 = ? AND state != 'deleted' AND container_id IS NULL", (sha256,))

    def roots(self) -> list[tuple[str, str]]:
        """Return (root, collection) of every folder or file that was ever synced and still has documents."""
        found = self._db.execute("SELECT DISTINCT root, collection FROM documents WHERE state != 'deleted' ORDER BY 1")
        return [(row[0], row[1]) for row in found]

    def summaries(self, *, state: str | None = None, failed: bool = False) -> list[DocumentSummary]:
        """List documents by path; `failed` keeps those whose present file could not be read."""
        where, parameters = "d.state != 'deleted'", []
        if state is not None:
            where, parameters = "d.state = ?", [state]
        if failed:
            where += " AND d.reason IS NOT NULL"
        found = self._db.execute(
            f"""SELECT d.document_id, d.path, d.collection,
                       CASE WHEN d.quarantined THEN 'quarantined' ELSE d.state END AS state, d.reason, d.message,
                       v.title, v.author, v.date, v.language, v.marking, v.media_type, d.sha256,
                       COALESCE(v.page_count, 0) AS pages,
                       COALESCE(v.unread_pages, 0) AS unread_pages,
                       (SELECT COUNT(*) FROM chunks c WHERE c.version_id = d.current_version) AS chunks,
                       (SELECT COUNT(*) FROM versions w WHERE w.document_id = d.document_id) AS versions,
                       s.path AS superseded_by, o.path AS duplicate_of, v.warnings
                FROM documents d LEFT JOIN versions v ON v.version_id = d.current_version
                LEFT JOIN documents s ON s.document_id = v.superseded_by AND s.state = 'live' AND s.quarantined = 0
                LEFT JOIN documents o ON o.document_id = v.duplicate_of AND o.state = 'live'
                WHERE {where} ORDER BY d.path""",
            parameters,
        )
        return [
            DocumentSummary(**{**dict(row), "warnings": tuple(json.loads(row["warnings"] or "[]"))}) for row in found
        ]

    def _rows(self, where: str, parameters: Sequence[object]) -> list[DocumentRow]:
        found = self._db.execute(f"SELECT {_ROW_COLUMNS} FROM documents {where}", parameters)
        flags = ("members_pending", "quarantined")
        return [DocumentRow(**{**dict(row), **{flag: bool(row[flag]) for flag in flags}}) for row in found]

    # --- writing ------------------------------------------------------------------------------------------------------

    def store_version(
        self,
        facts: FileFacts,
        parsed: ParsedDocument,
        chunks: Sequence[ChunkDraft],
        *,
        signature: bytes = b"",
        members_pending: bool = False,
    ) -> int:
        """Acknowledge one parsed file as the current version of its document, and return the document's id.

        Earlier versions keep their text and pages, so that old citations resolve, and lose their chunks, so that
        no search finds them.
        """
        with transaction(self._db) as db:
            document_id = self._upsert(facts, state="live", members_pending=members_pending)
            number = db.execute(
                "SELECT COALESCE(MAX(number), 0) + 1 FROM versions WHERE document_id = ?", (document_id,)
            ).fetchone()[0]
            db.execute(
                "DELETE FROM chunks WHERE version_id IN (SELECT version_id FROM versions WHERE document_id = ?)",
                (document_id,),
            )
            version_id = self._insert_version(document_id, number, facts, parsed, signature)
            db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _page_rows(version_id, parsed))
            db.executemany(
                "INSERT INTO chunks (version_id, start, end, page_first, page_last, kind, sheet, cells, context, text,"
                " text_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        version_id,
                        c.start,
                        c.end,
                        c.page_first,
                        c.page_last,
                        str(c.kind),
                        c.sheet,
                        c.cells,
                        c.context,
                        c.text,
                        text_hash(c.context, c.text),
                    )
                    for c in chunks
                ),
            )
            db.execute("UPDATE documents SET current_version = ? WHERE document_id = ?", (version_id, document_id))
            bump_generation(db)
        return document_id

    def _insert_version(
        self, document_id: int, number: int, facts: FileFacts, parsed: ParsedDocument, signature: bytes
    ) -> int:
        unread = sum(not page.read for page in parsed.pages)
        cursor = self._db.execute(
            "INSERT INTO versions (document_id, number, sha256, size, media_type, title, author, date, language,"
            " marking, page_count, unread_pages, warnings, signature, parsed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document_id,
                number,
                facts.sha256,
                facts.size,
                parsed.media_type,
                parsed.title,
                parsed.author,
                parsed.date,
                parsed.language,
                parsed.marking,
                len(parsed.pages),
                unread,
                json.dumps(parsed.warnings),
                signature,
                now_iso(),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _upsert(
        self,
        facts: FileFacts,
        *,
        state: str,
        members_pending: bool = False,
        reason: str | None = None,
        message: str | None = None,
    ) -> int:
        # A file may be named like a member of an archive beside it: they stay two documents.
        self._db.execute(
            "UPDATE documents SET path = path || ? || document_id WHERE path = ? AND container_id IS NOT ?",
            (MEMBER_SEPARATOR, facts.path, facts.container_id),
        )
        found = self._db.execute(
            """INSERT INTO documents (path, root, collection, container_id, state, size, mtime_ns, sha256,
                                      members_pending, reason, message, seen_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (path) DO UPDATE SET
                   root = excluded.root, collection = excluded.collection, container_id = excluded.container_id,
                   state = excluded.state, size = excluded.size, mtime_ns = excluded.mtime_ns,
                   sha256 = excluded.sha256, members_pending = excluded.members_pending, reason = excluded.reason,
                   message = excluded.message, seen_at = excluded.seen_at
               RETURNING document_id""",
            (
                facts.path,
                facts.root,
                facts.collection,
                facts.container_id,
                state,
                facts.size,
                facts.mtime_ns,
                facts.sha256,
                members_pending,
                reason,
                message,
                now_iso(),
            ),
        ).fetchone()
        self._keep_quarantine(int(found[0]))
        return int(found[0])

    def _keep_quarantine(self, document_id: int) -> None:
        """Keep out of service what came into a container in quarantine, or has the content of a document there."""
        self._db.execute(
            """UPDATE documents SET quarantined = 1 WHERE document_id = ? AND (
                   EXISTS (SELECT 1 FROM documents c WHERE c.document_id = documents.container_id AND c.quarantined = 1)
                   OR (sha256 != '' AND sha256 IN (SELECT sha256 FROM quarantine))
                   OR (sha256 != '' AND EXISTS (SELECT 1 FROM documents q WHERE q.sha256 = documents.sha256
                                                AND q.quarantined = 1)))""",
            (document_id,),
        )

    def store_failure(self, facts: FileFacts, reason: str, message: str) -> None:
        """Record that the file as it is now cannot be read; a version that could be read stays in service."""
        with transaction(self._db) as db:
            known = self.by_path(facts.path)
            serves = known is not None and known.current_version is not None and known.state != "deleted"
            state = "live" if serves else "failed"
            self._upsert(facts, state=state, reason=reason, message=message)
            bump_generation(db)

    def finish_container(self, document_id: int, member_paths: Iterable[str]) -> None:
        """Acknowledge a container whose members are all stored; members that it no longer holds are deleted."""
        with transaction(self._db) as db:
            keep = set(member_paths)
            known = db.execute(
                "SELECT document_id, path FROM documents WHERE container_id = ? AND state != 'deleted'", (document_id,)
            ).fetchall()
            for row in known:
                if row["path"] not in keep:
                    self._set_deleted(row["document_id"])
            db.execute("UPDATE documents SET members_pending = 0 WHERE document_id = ?", (document_id,))
            bump_generation(db)

    def touch(self, document_id: int, facts: FileFacts) -> None:
        """Record that a known file was only touched: same content, another time or root."""
        with transaction(self._db) as db:
            db.execute(
                "UPDATE documents SET mtime_ns = ?, root = ?, collection = ?, seen_at = ? WHERE document_id = ?",
                (facts.mtime_ns, facts.root, facts.collection, now_iso(), document_id),
            )
            db.execute(
                f"{TREE} UPDATE documents SET root = ?, collection = ? WHERE document_id IN (SELECT id FROM tree)",
                (document_id, facts.root, facts.collection),
            )

    def revive(self, document_id: int, facts: FileFacts) -> bool:
        """Bring back a deleted document whose file is there again; False when its text must be read anew."""
        with transaction(self._db) as db:
            row = db.execute(
                """SELECT 1 FROM documents d JOIN versions v ON v.version_id = d.current_version
                   WHERE d.document_id = ? AND d.state = 'deleted' AND v.sha256 = ? AND d.members_pending = 0
                   AND NOT EXISTS (SELECT 1 FROM documents m WHERE m.container_id = d.document_id)""",
                (document_id, facts.sha256),
            ).fetchone()
            if row is None:
                return False
            self._upsert(facts, state="live")
            bump_generation(db)
        return True

    def move(self, document_id: int, facts: FileFacts) -> None:
        """Give a document, and its members, the path where its file now is."""
        with transaction(self._db) as db:
            old = db.execute("SELECT path FROM documents WHERE document_id = ?", (document_id,)).fetchone()[0]
            # Deleted rows may stand in the way at the new paths; their history goes on under paths that no file has.
            inside = facts.path + MEMBER_SEPARATOR
            db.execute(
                f"{TREE} UPDATE documents SET path = path || ? || document_id WHERE state = 'deleted'"
                " AND (path = ? OR substr(path, 1, ?) = ?) AND document_id NOT IN (SELECT id FROM tree)",
                (document_id, MEMBER_SEPARATOR, facts.path, len(inside), inside),
            )
            db.execute(
                f"{TREE} UPDATE documents SET path = ? || substr(path, ?), root = ?, collection = ?"
                " WHERE document_id IN (SELECT id FROM tree)",
                (document_id, facts.path, len(old) + 1, facts.root, facts.collection),
            )
            db.execute(
                "UPDATE documents SET mtime_ns = ?, seen_at = ?, state ="
                " CASE state WHEN 'deleted' THEN 'live' ELSE state END WHERE document_id = ?",
                (facts.mtime_ns, now_iso(), document_id),
            )
            bump_generation(db)

    def delete(self, document_ids: Iterable[int]) -> None:
        """Take documents, with their members, out of every search; their text stays for citations made from it."""
        with transaction(self._db) as db:
            for document_id in document_ids:
                self._set_deleted(document_id)
            bump_generation(db)

    def _set_deleted(self, document_id: int) -> None:
        self._db.execute(
            f"{TREE} UPDATE documents SET state = 'deleted', reason = NULL, message = NULL"
            " WHERE document_id IN (SELECT id FROM tree)",
            (document_id,),
        )

    # --- relations between documents ----------------------------------------------------------------------------------

    def set_relations(self, relations: Iterable[tuple[int, int | None, int | None]]) -> None:
        """Replace (version_id, superseded_by, duplicate_of) of the given versions; the two are document ids."""
        with transaction(self._db) as db:
            db.executemany(
                "UPDATE versions SET superseded_by = ?, duplicate_of = ? WHERE version_id = ?",
                ((newer, original, version_id) for version_id, newer, original in relations),
            )
            bump_generation(db)


def bump_generation(db: sqlite3.Connection, *, vectors_only: bool = False) -> None:
    """Say that what a search can find has changed; derived indexes compare their generation with these.

    A change of passages is one of vectors too, but not the other way round.
    """
    keys = ("vector_generation",) if vectors_only else ("generation", "vector_generation")
    db.executemany("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = ?", ((key,) for key in keys))


def _page_rows(version_id: int, parsed: ParsedDocument) -> list[tuple[object, ...]]:
    starts = [page.start for page in parsed.pages] + [len(parsed.text)]
    rows: list[tuple[object, ...]] = []
    for index, page in enumerate(parsed.pages):
        begin = 0 if index == 0 else starts[index]
        text = parsed.text[begin : starts[index + 1]]
        rows.append((version_id, page.number, page.start, page.end, page.label, page.read, page.ocr, text))
    return rows
