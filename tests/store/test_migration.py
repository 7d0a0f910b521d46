"""A database of an earlier schema is copied before it is migrated; the copy goes when it is not needed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from copilot.errors import StoreError
from copilot.store import database
from copilot.store.database import open_database
from copilot.store.schema import MIGRATIONS, SCHEMA_VERSION


def make_old(path: Path, schema: int = 1) -> None:
    with closing(sqlite3.connect(path)) as db:
        for script in MIGRATIONS[:schema]:
            db.executescript(script)
        db.execute("INSERT INTO answers VALUES ('one', '', 'Q ?', 'supported', '{}')")
        db.execute(f"PRAGMA user_version = {schema}")
        db.commit()


def version_and_answers(path: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as db:
        found = [row[0] for row in db.execute("SELECT answer_id FROM answers")]
        return db.execute("PRAGMA user_version").fetchone()[0], found


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_a_copy_is_kept_until_the_next_start(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "truth.db"
    make_old(path, schema)
    open_database(path).close()
    copy = tmp_path / f"truth.db.schema{schema}"
    assert version_and_answers(copy) == (schema, ["one"])
    assert copy.stat().st_mode & 0o777 == 0o600
    assert version_and_answers(path) == (SCHEMA_VERSION, ["one"])
    open_database(path).close()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["truth.db"]


def test_a_migration_that_fails_leaves_everything_and_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "truth.db"
    make_old(path)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS[:1], "DROP TABLE answers; SELECT nonsense FROM nowhere;"))
    monkeypatch.setattr(database, "SCHEMA_VERSION", 2)
    with pytest.raises(StoreError):
        open_database(path)
    assert version_and_answers(path) == (1, ["one"])
    assert version_and_answers(tmp_path / "truth.db.schema1") == (1, ["one"])


def test_where_no_copy_can_be_made_nothing_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "truth.db"
    make_old(path)

    def refuse(*_: object) -> None:
        raise StoreError("no room")

    monkeypatch.setattr(database, "copy_database", refuse)
    with pytest.raises(StoreError, match="no room"):
        open_database(path)
    assert version_and_answers(path)[0] == 1


@pytest.mark.parametrize("schema", [1, SCHEMA_VERSION])
def test_what_a_killed_migration_was_copying_is_taken_away(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "truth.db"
    make_old(path, schema)
    # No process has a number beyond the kernel's largest.
    for name in ("truth.db.schema1.4194400", "truth.db.schema1.4194400-journal", "truth.db.schema2.4194400"):
        (tmp_path / name).write_text("left")
    others = {f"truth.db.schema1.{os.getppid()}", "truth.db.schema1.kept", "other.db.schema1.4194400"}
    for name in others:
        (tmp_path / name).write_text("of a process that runs, or of somebody else")
    open_database(path).close()
    kept = {"truth.db.schema1"} if schema == 1 else set()
    assert {found.name for found in tmp_path.iterdir()} == {"truth.db", *kept, *others}
    assert version_and_answers(path) == (SCHEMA_VERSION, ["one"])


def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    open_database(tmp_path / "truth.db").close()
    assert [found.name for found in tmp_path.iterdir()] == ["truth.db"]
