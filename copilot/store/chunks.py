"""Chunks, vectors and passages: what indexes are derived from and what a search result is made of."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from copilot.records import Passage, SearchFilter, StoredChunk
from copilot.store.database import transaction
from copilot.store.documents import bump_generation

T = TypeVar("T")

# In service: live, and not in quarantine.
_IN_SERVICE = "d.state = 'live' AND d.quarantined = 0"
_LIVE = f"FROM chunks c JOIN documents d ON d.current_version = c.version_id AND {_IN_SERVICE}"
# The same for a few known chunks: CROSS JOIN makes SQLite start from them, where it would scan every document.
_LIVE_AMONG = (
    "FROM chunks c CROSS JOIN versions v ON v.version_id = c.version_id"
    f" CROSS JOIN documents d ON d.document_id = v.document_id AND d.current_version = c.version_id AND {_IN_SERVICE}"
)
# SQLite's limit on the variables of one statement is 32,766; less keeps statements quick to prepare.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class PageText:
    """One page of one version as the truth holds it; `start` is the offset of `text` in the document."""

    document_id: int
    version_id: int
    path: str
    number: int
    label: str | None
    start: int
    text: str


class Chunks:
    """Reads chunks and passages, reads and writes vectors, over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # --- for the derived indexes --------------------------------------------------------------------------------------

    def generation(self) -> int:
        """Return the number that grows whenever the passages in service change."""
        return self._counter("generation")

    def vector_generation(self) -> int:
        """Return the number that grows whenever the passages in service or their vectors change."""
        return self._counter("vector_generation")

    def _counter(self, key: str) -> int:
        return int(self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0])

    def live_chunk_ids(self) -> NDArray[np.int64]:
        """Return the ids of all chunks of the current versions of live documents, ascending."""
        found = self._db.execute(f"SELECT c.chunk_id {_LIVE} ORDER BY 1").fetchall()
        return np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))

    def iter_chunks(self, ids: Iterable[int] | None = None) -> Iterator[StoredChunk]:
        """Yield live chunks, all of them or those with the given ids."""
        columns = "c.chunk_id, c.version_id, c.text_hash, c.text, c.context, v.language"
        if ids is None:
            for row in self._db.execute(f"SELECT {columns} {_LIVE} JOIN versions v ON v.version_id = c.version_id"):
                yield StoredChunk(*row)
            return
        for batch in _batches(ids):
            query = f"SELECT {columns} {_LIVE_AMONG} WHERE c.chunk_id IN ({_marks(batch)})"
            for row in self._db.execute(query, batch):
                yield StoredChunk(*row)

    def live_hashes(self, embedder_id: str) -> list[bytes]:
        """Return the distinct text hashes of live chunks that have a vector of this embedder."""
        found = self._db.execute(
            f"SELECT DISTINCT c.text_hash {_LIVE} JOIN vectors x ON x.text_hash = c.text_hash AND x.embedder_id = ?",
            (embedder_id,),
        )
        return [row[0] for row in found]

    def iter_vectors(
        self, embedder_id: str, hashes: Sequence[bytes] | None = None, batch: int = 4096
    ) -> Iterator[tuple[list[bytes], NDArray[np.float32]]]:
        """Yield (hashes, matrix) of shape (n, dimension), n at most `batch`; a hash without a vector is left out."""
        wanted = self.live_hashes(embedder_id) if hashes is None else list(hashes)
        for first in range(0, len(wanted), batch):
            keys: list[bytes] = []
            rows: list[bytes] = []
            for part in _batches(wanted[first : first + batch]):
                query = f"SELECT text_hash, vector FROM vectors WHERE embedder_id = ? AND text_hash IN ({_marks(part)})"
                for key, vector in self._db.execute(query, (embedder_id, *part)):
                    keys.append(key)
                    rows.append(vector)
            if keys:
                yield keys, np.frombuffer(b"".join(rows), dtype=np.float32).reshape(len(keys), -1)

    def chunk_ids_of_hashes(self, hashes: Iterable[bytes]) -> dict[bytes, list[int]]:
        """Return the live chunks that hold each text; several when files share a passage."""
        result: dict[bytes, list[int]] = {}
        for batch in _batches(hashes):
            wanted = f"WHERE c.text_hash IN ({_marks(batch)}) ORDER BY c.chunk_id"
            query = f"SELECT c.text_hash, c.chunk_id {_LIVE_AMONG} {wanted}"
            for key, chunk_id in self._db.execute(query, batch):
                result.setdefault(key, []).append(chunk_id)
        return result

    def hashes_of_chunks(self, ids: Iterable[int]) -> dict[int, bytes]:
        result: dict[int, bytes] = {}
        for batch in _batches(ids):
            query = f"SELECT chunk_id, text_hash FROM chunks WHERE chunk_id IN ({_marks(batch)})"
            result.update((row[0], row[1]) for row in self._db.execute(query, batch))
        return result

    # --- embedding ----------------------------------------------------------------------------------------------------

    def count_without_vector(self, embedder_id: str) -> int:
        """Return how many distinct live texts have no vector of this embedder."""
        query = f"SELECT COUNT(DISTINCT c.text_hash) {self._missing()}"
        return int(self._db.execute(query, (embedder_id,)).fetchone()[0])

    def chunks_without_vector(self, embedder_id: str) -> list[int]:
        """Return one live chunk id for each distinct text that this embedder has still to embed, in reading order."""
        found = self._db.execute(
            f"SELECT MIN(c.chunk_id) {self._missing()} GROUP BY c.text_hash ORDER BY 1", (embedder_id,)
        )
        return [row[0] for row in found]

    def _missing(self) -> str:
        # The difference of two indexes in the same order, merged: an eighth of the time of asking for each chunk.
        without = "SELECT text_hash FROM chunks EXCEPT SELECT text_hash FROM vectors WHERE embedder_id = ? ORDER BY 1"
        return f"{_LIVE_AMONG} WHERE c.text_hash IN ({without})"

    def store_vectors(self, embedder_id: str, hashes: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep one batch of unit vectors, shape (len(hashes), dimension), in one transaction."""
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        with transaction(self._db) as db:
            db.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                ((embedder_id, key, row.tobytes()) for key, row in zip(hashes, rows, strict=True)),
            )
            bump_generation(db, vectors_only=True)

    def drop_vectors_except(self, embedder_id: str) -> int:
        """Delete the vectors of other embedders and those of texts that no version in service holds."""
        with transaction(self._db) as db:
            cursor = db.execute(
                f"DELETE FROM vectors WHERE embedder_id != ? OR text_hash NOT IN (SELECT c.text_hash {_LIVE})",
                (embedder_id,),
            )
        return cursor.rowcount

    # --- for search results -------------------------------------------------------------------------------------------

    def chunk_ids_matching(self, chosen: SearchFilter) -> set[int]:
        """Return the live chunks that a filter leaves."""
        documents = self.document_ids_matching(chosen)
        result: set[int] = set()
        for batch in _batches(documents):
            query = f"SELECT c.chunk_id {_LIVE} WHERE d.document_id IN ({_marks(batch)})"
            result.update(row[0] for row in self._db.execute(query, batch))
        return result

    def document_ids_matching(self, chosen: SearchFilter) -> list[int]:
        """Return the live documents that a filter leaves.

        A date limit leaves out documents without a date: they cannot be said to lie within it.
        """
        clauses: list[str] = [_IN_SERVICE]
        parameters: list[object] = []
        for column, values in (
            ("d.collection", chosen.collections),
            ("v.language", chosen.languages),
            ("v.marking", chosen.markings),
            ("d.document_id", chosen.documents),
        ):
            if values:
                clauses.append(f"{column} IN ({_marks(values)})")
                parameters.extend(values)
        for sign, limit in ((">=", chosen.date_from), ("<=", chosen.date_to)):
            if limit is not None:
                clauses.append(f"substr(v.date, 1, length(?)) {sign} ?")
                parameters.extend((limit, limit))
        found = self._db.execute(
            "SELECT d.document_id, d.path FROM documents d JOIN versions v ON v.version_id = d.current_version"
            f" WHERE {' AND '.join(clauses)} ORDER BY d.document_id",
            parameters,
        )
        patterns = [re.compile(translate(_as_glob(pattern))) for pattern in chosen.paths]
        return [row[0] for row in found if not patterns or any(p.match(row[1]) for p in patterns)]

    def passages(self, chunk_ids: Sequence[int]) -> list[Passage]:
        """Return the passages of the given chunks, in the given order, without scores.

        Unknown ids are left out, and so is whatever is in quarantine, though an index may not know it yet.
        """
        found: dict[int, Passage] = {}
        for batch in _batches(chunk_ids):
            for row in self._db.execute(f"{_PASSAGE_QUERY} AND c.chunk_id IN ({_marks(batch)})", batch):
                found[row["chunk_id"]] = self._passage(row)
        return [found[chunk_id] for chunk_id in chunk_ids if chunk_id in found]

    def _passage(self, row: sqlite3.Row) -> Passage:
        passage = Passage(**dict(row))
        if passage.page_last == passage.page_first:
            return passage
        starts = self._db.execute(
            "SELECT start FROM pages WHERE version_id = ? AND number > ? AND number <= ? ORDER BY number",
            (passage.version_id, passage.page_first, passage.page_last),
        )
        return replace(passage, page_breaks=tuple(start[0] for start in starts))

    # --- full scans ---------------------------------------------------------------------------------------------------

    def iter_pages(self, chosen: SearchFilter) -> Iterator[PageText]:
        """Yield every page of the documents that a filter leaves; with `all_versions`, of earlier versions too."""
        joined = (
            "SELECT d.document_id, p.version_id, d.path, p.number, p.label, p.start, p.text FROM documents d"
            " JOIN versions v ON {join} JOIN pages p ON p.version_id = v.version_id"
            " WHERE d.document_id = ? ORDER BY p.version_id, p.number"
        )
        join = "v.document_id = d.document_id" if chosen.all_versions else "v.version_id = d.current_version"
        for document_id in self.document_ids_matching(chosen):
            for row in self._db.execute(joined.format(join=join), (document_id,)):
                # The first page's text begins at the document's first character, whatever its own span says.
                start = 0 if row["number"] == 1 else row["start"]
                yield PageText(row[0], row[1], row[2], row[3], row[4], start, row["text"])

    def head(self, version_id: int, characters: int) -> str:
        """Return the beginning of a version's text, its first page at most."""
        row = self._db.execute(
            "SELECT substr(text, 1, ?) FROM pages WHERE version_id = ? AND number = 1", (characters, version_id)
        ).fetchone()
        return "" if row is None else str(row[0])

    def page_at(self, version_id: int, offset: int) -> tuple[str, int] | None:
        """Return the text of the page on which `offset` stands, and where that page starts; None where it is gone."""
        row = self._db.execute(
            "SELECT text, start FROM pages WHERE version_id = ? AND start <= ? ORDER BY start DESC LIMIT 1",
            (version_id, offset),
        ).fetchone()
        return None if row is None else (row["text"], row["start"])

    def text(self, version_id: int) -> str:
        """Return the whole text of a version: what the offsets of its citations point into."""
        found = self._db.execute("SELECT text FROM pages WHERE version_id = ? ORDER BY number", (version_id,))
        return "".join(row[0] for row in found)


_PASSAGE_QUERY = """
SELECT c.chunk_id, d.document_id, c.version_id, d.path, v.sha256, COALESCE(v.title, '') AS title, v.date, v.language,
       v.marking, d.collection, c.page_first, c.page_last, p.label AS page_label, c.start, c.end, c.text, c.context,
       c.kind, c.sheet, c.cells, s.path AS superseded_by
FROM chunks c JOIN versions v ON v.version_id = c.version_id JOIN documents d ON d.document_id = v.document_id
LEFT JOIN pages p ON p.version_id = c.version_id AND p.number = c.page_first
LEFT JOIN documents s ON s.document_id = v.superseded_by AND s.state = 'live' AND s.quarantined = 0
WHERE d.quarantined = 0
"""


def _as_glob(pattern: str) -> str:
    # A plain folder or name means everything under it or so named, as a user at a prompt expects.
    return pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for value in values:
        batch.append(value)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
