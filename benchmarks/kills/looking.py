"""Looking at a workspace after a kill: what was acknowledged must be there, and the program must work at once."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from benchmarks.kills.documents import MARK, Places, digest_of, expected_paths
from benchmarks.kills.killing import State, count_left_behind
from benchmarks.processes import copilot
from copilot.store.database import connect, database_errors
from copilot.store.files import read_state
from copilot.store.vault import derive_key, open_vault

_ANY_CODE = tuple(range(-64, 256))
# Far beyond what any takes, so that one that hangs is told of and not waited for.
LONGEST_SECONDS = 600.0
_PASSPHRASE = "a long secret"
_TABLES = ("documents", "versions", "vectors", "answers", "turns", "turns WHERE state = 'asking'")
_LIVE = """SELECT d.path, v.sha256, (SELECT COUNT(*) FROM chunks c WHERE c.version_id = v.version_id),
                  (SELECT substr(text, 1, 200) FROM pages p WHERE p.version_id = v.version_id AND number = 1)
           FROM documents d JOIN versions v ON v.version_id = d.current_version WHERE d.state = 'live'"""
_WITHOUT_VECTOR = """SELECT COUNT(*) FROM chunks c JOIN documents d ON d.current_version = c.version_id
                     WHERE d.state = 'live' AND NOT EXISTS (
                         SELECT 1 FROM vectors x WHERE x.text_hash = c.text_hash AND x.embedder_id =
                             (SELECT value FROM meta WHERE key = 'active_embedder'))"""

_COUNTS = f"SELECT {', '.join(f'(SELECT COUNT(*) FROM {table})' for table in _TABLES)}"
_META = "SELECT key, value FROM meta ORDER BY key"
# Each index with the number in the database that it must have, and the files in which it says so.
_INDEXES = (
    ("lexical", "generation", ("state.json",)),
    ("vectors", "vector_generation", ("exact.json", "chroma.json")),
)


@dataclass(slots=True)
class Tally:
    """What the rounds showed; everything from `lost` on must be 0."""

    kills: int = 0
    kills_too_late: int = 0
    kills_amid: int = 0
    kills_amid_index: int = 0
    let_finish: int = 0
    documents_checked: int = 0
    answers_checked: int = 0
    entries_checked: int = 0
    searches: int = 0
    lost: int = 0
    came_back: int = 0
    half_there: int = 0
    vectors_lost: int = 0
    answers_lost: int = 0
    entries_lost: int = 0
    damaged: int = 0
    logs_broken: int = 0
    searches_failed: int = 0
    wrong_ends: int = 0
    left_behind: int = 0
    readable: int = 0
    not_judged: int = 0

    def add(self, other: Tally) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


WORDS = {
    "kills": "kills",
    "kills_too_late": "of these after the command had ended",
    "kills_amid": "of these with a part of the work written",
    "kills_amid_index": "of these with an index half built",
    "let_finish": "commands let finish between",
    "documents_checked": "acknowledged documents looked for, summed over the kills",
    "answers_checked": "acknowledged answers looked for, summed",
    "entries_checked": "acknowledged entries of the log looked for, summed",
    "searches": "searches after kills",
    "lost": "lost or altered documents",
    "came_back": "deleted documents that came back, or were found",
    "half_there": "documents half there",
    "vectors_lost": "kills after which passages lacked the vector that they had",
    "answers_lost": "lost or altered answers and turns",
    "entries_lost": "lost entries of the log",
    "damaged": "damaged databases",
    "logs_broken": "logs that do not verify",
    "searches_failed": "searches that failed",
    "wrong_ends": "commands let finish that failed, or left something undone",
    "left_behind": "processes left behind",
    "readable": "kills after which an encrypted workspace held plain text on the disk",
    "not_judged": "rounds that could not be looked at",
}


@dataclass(slots=True)
class Ground(Places):
    """A workspace with its documents, and what is known to have been acknowledged in it."""

    folder: Path
    dice: random.Random
    encrypted: bool = False
    tally: Tally = field(default_factory=Tally)
    settings: dict[str, str] = field(default_factory=lambda: {"COPILOT_EMBEDDING__MODEL": "hash"})
    # Live documents by path with the hash of their content, as last looked at, and a mark of each.
    known: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    # Marks of documents that were gone from the database.
    gone: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    turns: dict[int, str] = field(default_factory=dict)
    entries: int = 0
    embedder: str = ""
    # How many rows the database had, and what it says of itself.
    rows: tuple[Any, ...] = ()
    all_have_vectors: bool = False
    _key: bytes | None = None

    def make(self) -> None:
        """Make the workspace, encrypted where it is to be."""
        if not self.encrypted:
            copilot(["init", self.workspace], settings=self.settings)
            return
        passphrase = self.folder / "passphrase"
        passphrase.write_text(f"{_PASSPHRASE}\n", encoding="utf-8")
        self.settings["COPILOT_PASSPHRASE_FILE"] = str(passphrase)
        copilot(["init", "--encrypt", self.workspace], settings=self.settings)
        # Once: stretching the passphrase takes as long as a short command.
        self._key = derive_key(open_vault(self.workspace / ".copilot" / "key.json", _PASSPHRASE), "truth")

    def open_truth(self) -> sqlite3.Connection:
        connection = connect(self.workspace / ".copilot" / "truth.db", self._key)
        connection.row_factory = None
        return connection

    def holds_plain_text(self) -> bool:
        """Say whether a file of the workspace holds a mark of a document as it was written."""
        for folder, _, names in os.walk(self.workspace):
            for name in names:
                with suppress(FileNotFoundError):
                    if re.search(MARK.pattern.encode(), Path(folder, name).read_bytes()):
                        return True
        return False

    def paths(self) -> list[Path]:
        return sorted(self.documents.iterdir())

    def written(self) -> State:
        """Return the state of the files of the database and of the indexes, but for locks."""
        state = self.workspace / ".copilot"
        files = [state / "truth.db", state / "truth.db-wal"]
        # What goes away meanwhile is passed over.
        for folder, _, names in os.walk(state / "index"):
            files += [Path(folder, name) for name in names if not name.endswith(".lock")]
        found = []
        for path in files:
            with suppress(FileNotFoundError):
                told = path.stat()
                found.append((str(path), told.st_size, told.st_mtime_ns))
        return frozenset(found)

    def has_half_an_index(self, before: State) -> bool:
        """Say whether an index on the disk has changed and does not answer for the present passages."""
        index = self.workspace / ".copilot" / "index"
        changed = self.written() ^ before
        present = dict(self.rows[1]) if self.rows else {}
        for name, generation, states in _INDEXES:
            told = [read_state(index / name / state).get("generation") for state in states]
            stale = any(str(one) != present.get(generation) for one in told)
            if stale and any(Path(path).is_relative_to(index / name) for path, _, _ in changed):
                return True
        return False

    def may_leave(self, path: str) -> bool:
        """Whether the document's file was removed, or forgetting it was asked for."""
        container = path.partition("!")[0]
        return container in self.forgotten or not Path(container).exists()


def look(ground: Ground, before: State = frozenset()) -> tuple[bool, bool]:
    """Compare the workspace with what was acknowledged in it, and tally every difference.

    Say whether the database has changed since the last look, and whether an index that was in another state `before` is
    half built.
    """
    tally = ground.tally
    tally.left_behind += count_left_behind()
    database = ground.workspace / ".copilot" / "truth.db"
    rows: list[tuple[Any, ...]] = []
    earlier = _fingerprint(ground)
    if database.exists():
        try:
            with closing(ground.open_truth()) as db:
                tally.damaged += db.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
                if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'approvals'").fetchone():
                    rows = db.execute(_LIVE).fetchall()
                    ground.rows = tuple(db.execute(_COUNTS).fetchone()), tuple(db.execute(_META))
                    _look_at_vectors(ground, db)
                    _look_at_answers(ground, db)
        except database_errors():
            tally.damaged += 1
            raise
    tally.readable += ground.encrypted and ground.holds_plain_text()
    _look_at_documents(ground, rows)
    # Before a search, which mends the index of words.
    told = earlier != _fingerprint(ground), ground.has_half_an_index(before)
    _look_at_log(ground)
    _search(ground)
    return told


def _fingerprint(ground: Ground) -> tuple[Any, ...]:
    return dict(ground.known), ground.rows


def _look_at_documents(ground: Ground, rows: list[tuple[Any, ...]]) -> None:
    tally = ground.tally
    held = {path: digest for path, digest, chunks, text in rows if chunks or not (text or "").strip()}
    tally.half_there += len(rows) - len(held)
    tally.documents_checked += len(ground.known)
    for path, digest in ground.known.items():
        if path not in held:
            tally.lost += not ground.may_leave(path)
            if path in ground.marks:
                ground.gone[path] = ground.marks[path]
        else:
            tally.lost += held[path] not in (digest, digest_of(path))
    tally.came_back += sum(path in held and ground.may_leave(path) for path in ground.gone)
    ground.gone = {path: mark for path, mark in ground.gone.items() if ground.may_leave(path)}
    ground.known = held
    # An archive's own text is the list of its members, without a mark.
    ground.marks = {path: found.group() for path, _, _, text in rows if (found := MARK.search(text or ""))}


def _look_at_vectors(ground: Ground, db: sqlite3.Connection) -> None:
    # Documents may come without vectors, so that this holds only where documents stay as they are.
    missing = db.execute(_WITHOUT_VECTOR).fetchone()[0]
    live = {path: digest for path, digest, *_ in db.execute(_LIVE)}
    if ground.all_have_vectors and live == ground.known:
        ground.tally.vectors_lost += missing > 0
    ground.all_have_vectors = missing == 0
    ground.embedder = (db.execute("SELECT value FROM meta WHERE key = 'active_embedder_name'").fetchone() or ("",))[0]


def _look_at_answers(ground: Ground, db: sqlite3.Connection) -> None:
    answers = dict(db.execute("SELECT answer_id, record FROM answers"))
    turns = dict(db.execute("SELECT turn_id, record FROM turns WHERE state = 'answered'"))
    ground.tally.answers_checked += len(ground.answers) + len(ground.turns)
    ground.tally.answers_lost += sum(
        answers.get(one) is None or record not in ("", answers[one]) for one, record in ground.answers.items()
    )
    ground.tally.answers_lost += sum(turns.get(one) != record for one, record in ground.turns.items())
    ground.answers, ground.turns = answers, turns


def _look_at_log(ground: Ground) -> None:
    done = copilot(
        ["audit", "verify", "--json", "--workspace", ground.workspace],
        settings=ground.settings,
        codes=_ANY_CODE,
        seconds=LONGEST_SECONDS,
    )
    if done.returncode:
        ground.tally.logs_broken += 1
        return
    entries = json.loads(done.stdout)["entries"]
    ground.tally.entries_checked += ground.entries
    ground.tally.entries_lost += max(0, ground.entries - entries)
    ground.entries = entries


def _search(ground: Ground) -> None:
    """Search for a document that is there, and for one that was deleted."""
    tally = ground.tally
    if not ground.marks:
        return
    path = ground.dice.choice(sorted(ground.marks))
    found = passages(ground, ground.marks[path])
    tally.searches += 1
    tally.searches_failed += found is None or not any(ground.marks[path] in text for _, text in found)
    if found is not None:
        tally.came_back += sum(path not in ground.known for path, _ in found)
    if ground.gone:
        mark = ground.dice.choice(sorted(ground.gone.values()))
        found = passages(ground, mark)
        tally.searches += 1
        tally.searches_failed += found is None
        tally.came_back += found is not None and any(mark in text for _, text in found)


def passages(ground: Ground, words: str) -> list[tuple[str, str]] | None:
    """Return path and text of what `copilot search` finds, None where it failed."""
    line: list[str | Path] = ["search", words, "--json", "--workspace", ground.workspace]
    done = copilot(line, settings=ground.settings, codes=_ANY_CODE, seconds=LONGEST_SECONDS)
    if done.returncode:
        return None
    return [(row["path"], row["text"]) for row in json.loads(done.stdout)["passages"]]


def all_done(ground: Ground) -> bool:
    """Whether the documents are exactly the files, each with the content that it has now, and with all vectors."""
    return (
        ground.all_have_vectors
        and expected_paths(ground.documents) == {Path(name).name for name in ground.known}
        and all(digest_of(path) == digest for path, digest in ground.known.items())
    )
