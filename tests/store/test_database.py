"""Opening the truth, and what becomes of it when something goes wrong."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from copilot.errors import ExitCode, StoreError
from copilot.store import database
from copilot.store.database import connect, open_database, transaction
from copilot.store.schema import MIGRATIONS, SCHEMA_VERSION
from copilot.store.truth import Truth
from tests.makers import store


def test_a_new_database_is_its_owners_alone_and_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "truth.db"
    connection = open_database(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    connection.close()


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    with Truth(tmp_path / "truth.db") as truth:
        store(truth, "a.txt", "texte")
    with Truth(tmp_path / "truth.db") as truth:
        assert truth.counts()["documents"] == 1


@pytest.mark.parametrize("name", ["a?mode=ro", "a#b", "a%20b%00", "é ü", "\udcff\udc9b", "a b;c&d", "\x1b[2J"])
def test_any_name_of_a_folder_is_opened_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    open_database(tmp_path / name / "truth.db").close()
    assert [path.name for path in (tmp_path / name).iterdir()] == ["truth.db"]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    connect(tmp_path / name / "truth.db", read_only=True).execute("SELECT * FROM meta").connection.close()


def test_an_older_schema_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "truth.db"
    with Truth(path) as truth:
        store(truth, "a.txt", "texte")
    later = (*MIGRATIONS, "ALTER TABLE meta ADD COLUMN note TEXT;\nUPDATE meta SET note = 'x';\n")
    monkeypatch.setattr(database, "MIGRATIONS", later)
    monkeypatch.setattr(database, "SCHEMA_VERSION", len(later))
    with Truth(path) as truth:
        assert truth.counts()["documents"] == 1
        assert truth._connection.execute("SELECT note FROM meta").fetchone()[0] == "x"
        assert truth._connection.execute("PRAGMA user_version").fetchone()[0] == len(later)


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "truth.db"
    Truth(path).close()
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE t (x);\nINSERT INTO none1 VALUES (1);\n"))
    monkeypatch.setattr(database, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(StoreError):
        open_database(path)
    monkeypatch.undo()
    with Truth(path) as truth:
        tables = {row[0] for row in truth._connection.execute("SELECT name FROM sqlite_master")}
        assert "t" not in tables


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "truth.db"
    connection = open_database(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError) as caught:
        open_database(path)
    assert str(path) in caught.value.message
    assert str(SCHEMA_VERSION + 1) in caught.value.message
    assert caught.value.next_step
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION + 1


@pytest.mark.parametrize("content", [b"no database at all" * 400, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_told_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "truth.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        open_database(path)
    assert str(path) in caught.value.message
    assert "copilot sync" in caught.value.next_step
    assert caught.value.exit_code is ExitCode.FAILURE
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "truth.db").mkdir()
    with pytest.raises(StoreError, match=r"truth\.db"):
        open_database(tmp_path / "truth.db")


def test_damage_inside_is_found_by_the_check(tmp_path: Path) -> None:
    path = tmp_path / "truth.db"
    with Truth(path) as truth:
        for number in range(50):
            store(truth, f"{number}.txt", f"texte {number} " * 200)
        assert truth.check() == []
        truth._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 163_840] = b"\xa5" * 163_840
    path.write_bytes(data)
    with Truth(path) as truth:
        assert truth.check()


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with Truth(tmp_path / "truth.db") as truth:
        db = truth._connection
        with pytest.raises(sqlite3.IntegrityError), transaction(db):
            db.executemany("INSERT INTO meta VALUES (?, '1')", [("half",), ("half",)])
        assert truth.get_meta("half") is None
        truth.set_meta("whole", "1")
        assert truth.get_meta("whole") == "1"


def test_a_version_that_cannot_be_stored_leaves_no_trace(tmp_path: Path) -> None:
    from tests.makers import document, facts, one_chunk_a_page

    with Truth(tmp_path / "truth.db") as truth:
        store(truth, "a.txt", "premier")
        before = truth.generation()
        parsed = document("second")
        chunks = one_chunk_a_page(parsed)
        broken = [*chunks, None]
        with pytest.raises(AttributeError):
            truth.documents.store_version(facts("a.txt", "second"), parsed, broken)  # type: ignore[arg-type]
        row = truth.documents.by_path("a.txt")
        assert row is not None
        assert row.current_version is not None
        assert truth.text(row.current_version) == "premier\n"
        assert truth.generation() == before
        assert len(truth.live_chunk_ids()) == 1


def test_a_second_writer_waits_then_says_who_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with Truth(tmp_path / "truth.db") as one, Truth(tmp_path / "truth.db") as other:
        with transaction(one._connection), pytest.raises(StoreError) as caught:
            other.set_meta("a", "b")
        assert caught.value.next_step
        other.set_meta("a", "b")
        assert one.get_meta("a") == "b"
