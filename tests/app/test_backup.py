"""A backup holds all of a workspace, is checked before it is believed, and never overwrites anything."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
import zipfile
from pathlib import Path

import pytest

from copilot.app import backup as module
from copilot.app.backup import MANIFEST, BackupFacts, backup, check_backup, restore
from copilot.app.engine import ask, search
from copilot.app.session import Session
from copilot.audit.verification import verify_log
from copilot.errors import CopilotError, StoreError, UsageError
from copilot.workspace import Workspace
from tests.makers import SETTINGS, run_sync

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


@pytest.fixture
def used(session: Session, docs: Path) -> Session:
    (docs / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    run_sync(session, docs)
    list(ask(session, QUESTION, language="fr"))
    return session


@pytest.fixture
def made(used: Session, tmp_path: Path) -> Path:
    target = tmp_path / "backup.zip"
    backup(used, target)
    return target


def test_what_was_there_is_there_again(used: Session, made: Path, tmp_path: Path) -> None:
    workspace, facts = restore(made, tmp_path / "again")
    assert not facts.encrypted
    with Session(workspace, SETTINGS) as again:
        assert again.truth.check() == []
        assert again.truth.counts() == used.truth.counts()
        assert [row["answer_id"] for row in again.truth.answers(9)] == [
            row["answer_id"] for row in used.truth.answers(9)
        ]
        assert search(again, "gazole", limit=3)[0].passages[0].text.count("38 000")
        assert verify_log(again.trail.log).problem is None
        kinds = [entry.kind for entry in again.trail.log.entries()]
        assert "question" in kinds
        assert "backup" in kinds
    assert workspace.settings_file.read_text() == used.workspace.settings_file.read_text()


def test_only_the_owner_reads_it_and_no_trace_is_left(used: Session, made: Path, tmp_path: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.new")) == []
    assert list(used.workspace.state.glob("backup.*")) == []
    workspace, _ = restore(made, tmp_path / "again")
    for path in [workspace.root, *workspace.root.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_nothing_is_overwritten(used: Session, made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        backup(used, made)
    with pytest.raises(UsageError):
        restore(made, used.workspace.root)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "copilot.toml").write_text("")
    with pytest.raises(UsageError):
        restore(made, tmp_path / "half")
    assert (tmp_path / "half" / "copilot.toml").read_text() == ""


def test_any_damage_is_found_and_nothing_restored(made: Path, tmp_path: Path) -> None:
    whole = made.read_bytes()
    places = range(10, len(whole) - 10, max(1, len(whole) // 150))
    harmless = 0
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        (tmp_path / "bad.zip").write_bytes(damaged)
        try:
            facts = check_backup(tmp_path / "bad.zip")
        except CopilotError:
            with pytest.raises(CopilotError):
                restore(tmp_path / "bad.zip", tmp_path / "again")
            assert not (tmp_path / "again").exists()
            continue
        # A byte that carries nothing, such as a date in the archive: what it holds is the same.
        harmless += 1
        assert facts == check_backup(made)
    assert harmless < len(places) / 10
    for size in (0, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.zip").write_bytes(whole[:size])
        with pytest.raises(CopilotError):
            restore(tmp_path / "cut.zip", tmp_path / "again")
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["truth.db", MANIFEST])
def test_damage_in_what_is_packed_is_named_as_damage(made: Path, tmp_path: Path, name: str) -> None:
    """Changed bytes make a stream that cannot be unpacked, or one that unpacks to something else."""
    packed, bad = tmp_path / "packed.zip", tmp_path / "bad.zip"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(member, source.read(member))
        found = target.getinfo(name)
    check_backup(packed)
    whole = packed.read_bytes()
    begin, size = found.header_offset + 30 + len(name), found.compress_size
    # The last bytes only say that the stream ends: without them it holds the same.
    for place in {*range(begin, begin + min(60, size - 2)), *range(begin, begin + size - 2, max(1, size // 60))}:
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        bad.write_bytes(damaged)
        with pytest.raises(UsageError, match="not a whole backup"):
            check_backup(bad)


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_stick_without_links_takes_a_backup_too(
    used: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    facts = backup(used, tmp_path / "backup.zip")
    assert check_backup(tmp_path / "backup.zip") == facts
    assert (tmp_path / "backup.zip").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.new")) == []


def test_a_file_that_comes_up_meanwhile_is_not_overwritten(
    used: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backup.zip"

    def come_up(*_: object) -> None:
        target.write_text("of somebody else")
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", come_up)
    with pytest.raises(UsageError):
        backup(used, target)
    assert target.read_text() == "of somebody else"
    assert list(tmp_path.glob("*.new")) == []


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "audit/../../evil", "evil", "truth.db-wal"])
def test_names_in_a_backup_are_never_paths_to_write(made: Path, tmp_path: Path, name: str) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(bad, "w") as target:
        manifest = json.loads(source.read(MANIFEST))
        for member in source.namelist():
            if member != MANIFEST:
                target.writestr(member, source.read(member))
        target.writestr(name, b"")
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        manifest["members"][name] = {"sha256": empty, "size": 0}
        target.writestr(MANIFEST, json.dumps(manifest))
    with pytest.raises(UsageError):
        restore(bad, tmp_path / "again")
    assert not list(tmp_path.rglob("evil"))


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(made: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(member, bytes(30_000_000) if member == "copilot.toml" else source.read(member))
    with pytest.raises(UsageError, match=r"copilot\.toml"):
        check_backup(bad)


def test_a_newer_backup_is_refused(made: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(bad, "w") as target:
        for member in source.namelist():
            data = source.read(member)
            target.writestr(member, data.replace(b'"schema": ', b'"schema": 99') if member == MANIFEST else data)
    with pytest.raises(UsageError, match="99"):
        restore(bad, tmp_path / "again")


def test_a_backup_beside_a_writer_is_consistent(used: Session, docs: Path, tmp_path: Path) -> None:
    """The database's journal is not folded in while a reader holds it: the copy has all that was committed."""
    with Session(used.workspace, SETTINGS) as other:
        for number in range(20):
            (docs / f"{number}.txt").write_text(f"Compte rendu {number}.")
        run_sync(other, docs)
        backup(used, tmp_path / "beside.zip")
        counts = other.truth.counts()
    workspace, _ = restore(tmp_path / "beside.zip", tmp_path / "again")
    with Session(workspace, SETTINGS) as again:
        assert again.truth.counts() == counts


def test_where_it_cannot_be_written_nothing_is_left(used: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        backup(used, tmp_path / "file" / "backup.zip")
    with pytest.raises(StoreError):
        backup(used, tmp_path / "absent" / "backup.zip")
    assert not (tmp_path / "absent").exists()


def test_a_copy_left_by_a_killed_backup_is_taken_away(used: Session, tmp_path: Path) -> None:
    left = used.workspace.state / "backup.4194400.db"
    left.write_text("left")
    mine = used.workspace.state / f"backup.{os.getppid()}.db"
    mine.write_text("of a process that runs")
    backup(used, tmp_path / "b.zip")
    assert not left.exists()
    assert mine.exists()
    shutil.rmtree(used.workspace.index)


def test_two_restores_into_one_folder_leave_one_whole(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)
    root = tmp_path / "again"
    original = module.check_backup

    def checked(path: Path) -> BackupFacts:
        facts = original(path)
        both.wait(30)
        return facts

    monkeypatch.setattr(module, "check_backup", checked)
    ended: list[str] = []

    def run() -> None:
        try:
            restore(made, root)
            ended.append("whole")
        except CopilotError as error:
            ended.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["UsageError", "whole"]
    with Session(Workspace(root), SETTINGS) as session:
        assert session.truth.counts()["documents"] == 1
        assert verify_log(session.trail.log).problem is None


def test_a_restore_takes_nothing_away_that_another_put_there(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "again"
    (root / ".copilot").mkdir(parents=True)
    (root / ".copilot" / "theirs").write_text("x")
    with pytest.raises(UsageError):
        restore(made, root)
    assert (root / ".copilot" / "theirs").exists()


def test_a_folder_that_was_made_goes_where_no_state_can_be_made_in_it(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, original = tmp_path / "again", Path.mkdir

    def full(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        if self == Workspace(root).state:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        original(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StoreError):
        restore(made, root)
    assert not root.exists()
