"""Damaged files, a full disk, a read-only disk: nothing acknowledged is lost, and the next start heals or says how."""

from __future__ import annotations

import io
import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from copilot.app.engine import ask, search
from copilot.app.events import Verified
from copilot.app.indexes import rebuild
from copilot.app.session import Session
from copilot.audit.verification import verify_log
from copilot.cli.main import run
from copilot.errors import CopilotError, WorkspaceError
from copilot.i18n import set_language
from copilot.indexing.vectors import VectorSearch
from copilot.records import Status
from copilot.store.truth import Truth
from copilot.workspace import Workspace, create_workspace
from tests.app.commands import a_disk, run_lines
from tests.makers import SETTINGS, run_sync

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


@pytest.fixture
def used(session: Session, docs: Path) -> Workspace:
    """A workspace in which a sync ran and a question was asked; nothing holds it open."""
    (docs / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    for number in range(30):
        (docs / f"{number}.txt").write_text(f"Compte rendu {number}. " + f"Le convoi {number} roule. " * 40)
    run_sync(session, docs)
    list(ask(session, QUESTION, language="fr"))
    session.close()
    return session.workspace


@pytest.fixture
def as_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `run` finds around it when a user calls it."""
    monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", "hash")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    set_language("en")


def status_of_answer(workspace: Workspace) -> Status:
    with Session(workspace, SETTINGS) as session:
        last = list(ask(session, QUESTION, language="fr"))[-1]
        assert isinstance(last, Verified)
        return last.answer.status


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def scramble(path: Path, dice: random.Random) -> None:
    """Overwrite a file, or a part of it, as a failing disk does."""
    content = bytearray(path.read_bytes())
    start = dice.randrange(len(content)) if dice.random() < 0.7 else 0
    end = min(len(content), start + 4096)
    content[start:end] = dice.randbytes(end - start)
    path.write_bytes(content)


# --- what is derived heals by itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_lexical_index_heals(used: Workspace, seed: int) -> None:
    # Damage may show only in the middle of a search: then the message says to run the same command again.
    dice = random.Random(seed)
    files = files_of(used.lexical_index)
    for path in dice.sample(files, 1 + seed % 3):
        scramble(path, dice)
    with suppress(WorkspaceError):
        status_of_answer(used)
    assert status_of_answer(used) is Status.SUPPORTED
    with Session(used, SETTINGS) as session:
        list(rebuild(session))
        assert len(session.lexical.search("convoi", 100)) == 30


@pytest.mark.parametrize("how", ["scramble", "truncate", "remove", "empty"])
def test_a_damaged_chroma_store_is_never_believed_and_heals(used: Workspace, docs: Path, how: str) -> None:
    dice = random.Random(7)
    for path in files_of(used.vector_index):
        if how == "scramble" and path.suffix != ".json":
            scramble(path, dice)
        elif how == "truncate":
            os.truncate(path, path.stat().st_size // 2)
        elif how == "remove" and path.suffix != ".json":
            path.unlink()
    if how == "empty":
        shutil.rmtree(used.vector_index)
    assert status_of_answer(used) is Status.SUPPORTED
    (docs / "one_more.txt").write_text("Un convoi de plus.")
    with Session(used, SETTINGS) as session:
        report = run_sync(session, docs)
        assert report.documents == 32
        vectors = VectorSearch(session.truth, session.embedder_id, used.vector_index, chroma_from=0)
        try:
            found = vectors.search(session.embedder.embed_query("convoi 7"), 5)
            mode = vectors.mode
        finally:
            vectors.close()
        exact = session.vectors_of(session.embedder).exact.search(session.embedder.embed_query("convoi 7"), 5)
        assert mode == "chroma", "the store was not brought back into service"
        # By cosine: texts that are alike but for a number tie with this embedder.
        assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in exact], abs=1e-4)


def test_a_lost_state_folder_but_for_the_truth_heals(used: Workspace) -> None:
    shutil.rmtree(used.index)
    assert status_of_answer(used) is Status.SUPPORTED


# --- what is true is named, never guessed at --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_database_page_is_named_with_what_to_do(
    used: Workspace, seed: int, capsys: pytest.CaptureFixture[str], as_a_user: None
) -> None:
    dice = random.Random(seed)
    whole = used.database.read_bytes()
    content = bytearray(whole)
    page = dice.randrange(len(content) // 4096)
    content[page * 4096 : (page + 1) * 4096] = dice.randbytes(4096)
    used.database.write_bytes(content)
    capsys.readouterr()
    for line in (["doctor"], ["ask", QUESTION], ["docs"], ["sync"]):
        code = int(run([*line, "-w", str(used.root)]))
        told = capsys.readouterr()
        assert "fault of the program" not in told.err, told.err
        assert "Traceback" not in told.err
        if line == ["doctor"]:
            assert code == 1
        if code not in (0, 3):
            assert "copilot restore" in told.err + told.out or "copilot sync" in told.err + told.out
    used.database.write_bytes(whole)
    for beside in ("-wal", "-shm"):
        used.database.with_name(used.database.name + beside).unlink(missing_ok=True)
    assert status_of_answer(used) is Status.SUPPORTED


@pytest.mark.parametrize("content", [b"", None, b"not a database, but long enough to look at" * 30])
def test_a_file_that_is_no_database_is_named(
    used: Workspace, content: bytes | None, capsys: pytest.CaptureFixture[str], as_a_user: None
) -> None:
    used.database.unlink()
    if content is not None:
        used.database.write_bytes(content)
    with pytest.raises(CopilotError, match=r"truth\.db.*copilot restore"):
        Session(used, SETTINGS)
    for line in (["doctor"], ["init", str(used.root)]):
        where = [] if line[0] == "init" else ["-w", str(used.root)]
        assert int(run([*line, *where])) == 1
        told = capsys.readouterr()
        assert "truth.db" in told.out + told.err
    assert used.database.exists() is (content is not None)
    # What the message says helps.
    used.state.rename(used.root / "away")
    assert int(run(["init", str(used.root)])) == 0


def empty_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE x (y)")


def emptied_to_the_last_page(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE x (y)")
        made.execute("DROP TABLE x")
        made.execute("VACUUM")


def fresh_with_our_schema(path: Path) -> None:
    path.unlink()
    Truth(path).close()


def of_another_workspace(path: Path) -> None:
    other, _ = create_workspace(path.parents[1] / "other")
    Session(other, SETTINGS).close()
    shutil.copy(other.database, path)


STAND_INS: dict[Callable[[Path], None], str] = {
    empty_database: "gone or empty",
    emptied_to_the_last_page: "gone or empty",
    fresh_with_our_schema: "gone or empty",
    of_another_workspace: "another workspace",
}


@pytest.mark.parametrize("put", STAND_INS)
def test_another_database_in_the_place_of_the_truth_is_named(
    used: Workspace, put: Callable[[Path], None], capsys: pytest.CaptureFixture[str], as_a_user: None
) -> None:
    whole = used.database.read_bytes()
    put(used.database)
    before = used.database.read_bytes()
    with pytest.raises(CopilotError, match=rf"{STAND_INS[put]}.*truth\.db|truth\.db.*{STAND_INS[put]}") as refused:
        Session(used, SETTINGS)
    assert "copilot restore" in refused.value.next_step
    for line in (["ask", QUESTION], ["doctor"], ["audit", "verify"], ["sync"]):
        code = int(run([*line, "-w", str(used.root)]))
        told = capsys.readouterr()
        assert (code, "truth.db" in told.out + told.err) == (1, True), (line, told)
    # It may be somebody's: it is left as it was.
    assert used.database.read_bytes() == before
    used.database.write_bytes(whole)
    assert status_of_answer(used) is Status.SUPPORTED


def test_a_workspace_without_a_number_is_given_one(used: Workspace) -> None:
    number = used.id()
    assert number is not None
    used.id_file.unlink()
    with closing(sqlite3.connect(used.database)) as database, database:
        database.execute("DELETE FROM meta WHERE key = 'workspace_id'")
    assert status_of_answer(used) is Status.SUPPORTED
    assert used.id() not in (None, number)


def test_an_init_that_was_cut_short_goes_on(tmp_path: Path, as_a_user: None) -> None:
    workspace, _ = create_workspace(tmp_path / "ws")
    assert int(run(["init", str(workspace.root)])) == 0
    # Killed when the file was made and nothing was in it.
    other, _ = create_workspace(tmp_path / "other")
    other.database.touch()
    assert int(run(["init", str(other.root)])) == 0


def test_a_damaged_settings_file_is_named_with_its_place(
    used: Workspace, capsys: pytest.CaptureFixture[str], as_a_user: None
) -> None:
    for content in (b"[answer\n", b"\xff\xfe\x00", b"[answer]\npassages = 'many'\n", b"[unknown]\na = 1\n"):
        used.settings_file.write_bytes(content)
        assert int(run(["ask", QUESTION, "-w", str(used.root)])) == 2
        told = capsys.readouterr().err
        assert "copilot.toml" in told
        assert "Traceback" not in told
    used.settings_file.unlink()
    assert status_of_answer(used) is Status.SUPPORTED


def test_a_log_that_a_crash_tore_goes_on(used: Workspace) -> None:
    with (used.audit / "audit.jsonl").open("ab") as log:
        log.write(b'{"data":{"text":"half a')
    assert status_of_answer(used) is Status.SUPPORTED
    with Session(used, SETTINGS) as session:
        found = verify_log(session.trail.log)
        assert (found.problem, len(found.torn)) == (None, 1)


# --- disks ------------------------------------------------------------------------------------------------------------


def a_small_disk(folder: Path) -> list[str]:
    disk = a_disk(folder, "8m")
    if disk is None:
        pytest.skip("this system lets no test mount a file system")
    return disk


@pytest.mark.parametrize("free", [0, 30_000, 100_000, 300_000, 900_000])
def test_a_full_disk_loses_nothing(tmp_path: Path, free: int) -> None:
    disk, docs = tmp_path / "disk", tmp_path / "docs"
    disk.mkdir()
    docs.mkdir()
    for number in range(5):
        (docs / f"{number}.txt").write_text(f"Le dépôt numéro {number} détient {number}8 000 litres de gazole.\n")
    later = tmp_path / "later"
    later.mkdir()
    for number in range(12):
        (later / f"{number}.txt").write_text(f"Compte rendu {number}. " + f"Le convoi {number} roule. " * 300)
    root = disk / "ws"
    question = ["ask", "Combien de litres détient le dépôt numéro 3 ?", "-w", root]
    room = f"$(df --output=avail -B1 {disk} | tail -1)"
    fill = f"head -c $(({room} - {free})) /dev/zero > {disk}/ballast || true"
    told = run_lines(
        ["init", root],
        ["sync", docs, "-w", root],
        question,
        ["!", fill],
        ["sync", later, "-w", root],
        question,
        ["search", "gazole", "-w", root],
        ["backup", disk / "b.zip", "-w", root],
        ["audit", "export", disk / "log", "-w", root],
        ["audit", "verify", "-w", root],
        # The key is written last: where it is there, nothing is left to be done.
        ["!", f"rm {disk}/ballast; test -e {disk}/log/public.key && mv {disk}/log {disk}/whole || true"],
        ["audit", "verify", "-w", root],
        ["doctor", "--json", "-w", root],
        question,
        ["sync", later, "-w", root],
        ["docs", "--json", "-w", root],
        ["backup", disk / "c.zip", "-w", root],
        ["audit", "verify", "-w", root],
        ["audit", "export", disk / "log", "-w", root],
        folder=tmp_path,
        within=a_small_disk(disk),
    )
    assert [one.code for one in told[:3]] == [0, 0, 0]
    full, after = told[3:9], told[9:]
    for one in full:
        assert one.code in (0, 1, 4), one.err
        assert "fault of the program" not in one.err
        assert one.code == 0 or "free space" in one.err
        assert "damaged" not in one.err
    assert full[0].code == 1 or free == 900_000
    assert full[-1].code == 0, "the log is not whole on the full disk"
    assert [one.code for one in after] == [0] * len(after), [one.err for one in after]
    assert after[4].out.count('"path"') == 17
    assert "38 000" in after[2].out


def test_what_was_forgotten_is_forgotten_where_the_index_has_no_room(
    used: Workspace, capsys: pytest.CaptureFixture[str], as_a_user: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise WorkspaceError("The index could not be written (No space left on device).")

    with monkeypatch.context() as without_room:
        without_room.setattr("copilot.indexing.lexical.LexicalFolder.refresh", full)
        assert int(run(["forget", "stocks.txt", "-w", str(used.root)])) == 0
    told = capsys.readouterr()
    assert "forgotten: " in told.out
    assert "No space left on device" in told.err
    assert "the next question brings the index up to date" in told.err
    assert status_of_answer(used) is Status.REFUSED


READING = (
    ["ask", QUESTION],
    ["search", "gazole"],
    ["docs"],
    ["show", "a.txt"],
    ["count", "gazole"],
    ["grep", "gazole"],
    ["answers"],
    ["audit", "verify"],
    ["doctor"],
)


def test_a_read_only_disk_is_read_and_named_where_it_must_be_written(tmp_path: Path) -> None:
    disk, docs = tmp_path / "disk", tmp_path / "docs"
    disk.mkdir()
    docs.mkdir()
    (docs / "a.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    root = disk / "ws"
    copy = tmp_path / "copy"
    writing = (
        ["sync"],
        ["sync", docs],
        ["forget", "a.txt"],
        ["quarantine", "a.txt"],
        ["reindex"],
        ["audit", "export", tmp_path / "log"],
    )
    told = run_lines(
        ["init", root],
        ["sync", docs, "-w", root],
        ["!", f"mount -o remount,ro {disk}"],
        *([*line, "-w", root] for line in (*READING, *writing)),
        ["backup", tmp_path / "b", "-w", root],
        ["restore", tmp_path / "b", copy],
        ["ask", QUESTION, "-w", copy],
        ["!", f"mount -o remount,rw {disk}"],
        ["ask", QUESTION, "-w", root],
        ["forget", "a.txt", "-w", root],
        ["audit", "verify", "-w", root],
        ["audit", "show", "--json", "-w", root],
        folder=tmp_path,
        within=a_small_disk(disk),
    )
    read, refused, after = told[2:11], told[11:17], told[17:]
    for line, one in zip(READING, read, strict=True):
        assert one.code == 0, (line, one.out, one.err)
    assert "38 000" in read[0].out
    assert "this answer is not kept" in read[0].out
    assert "the log does not tell of this search" in read[1].err
    assert "read-only disk" in read[-1].out
    for one in refused:
        assert one.code == 1, one.out
        assert "The disk can only be read" in one.err
        assert str(root) in one.err
        assert "copilot backup" in one.err
        assert "damaged" not in one.err
    assert [one.code for one in after] == [0] * len(after), [one.err for one in after]
    assert "38 000" in after[2].out
    assert "not kept" not in after[3].out
    # Of what was asked before and after, the log tells of the one that it could be told of.
    assert after[-1].out.count('"kind": "question"') == 1


def test_an_encrypted_workspace_on_a_read_only_disk_is_read(tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3")
    disk, docs = tmp_path / "disk", tmp_path / "docs"
    disk.mkdir()
    docs.mkdir()
    (docs / "a.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    (tmp_path / "passphrase").write_text("une phrase assez longue")
    root = disk / "ws"
    told = run_lines(
        ["init", root, "--encrypt"],
        ["sync", docs, "-w", root],
        ["!", f"mount -o remount,ro {disk}"],
        ["ask", QUESTION, "-w", root],
        ["backup", tmp_path / "b", "-w", root],
        ["forget", "a.txt", "-w", root],
        folder=tmp_path,
        within=a_small_disk(disk),
        COPILOT_PASSPHRASE_FILE=str(tmp_path / "passphrase"),
    )
    assert [one.code for one in told] == [0, 0, 0, 0, 1], told
    assert "38 000" in told[2].out
    assert "this answer is not kept" in told[2].out
    assert "The disk can only be read" in told[4].err


def test_what_stands_in_the_journal_is_read_on_a_read_only_disk(tmp_path: Path) -> None:
    disk, docs = tmp_path / "disk", tmp_path / "docs"
    disk.mkdir()
    docs.mkdir()
    (docs / "a.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    root = disk / "ws"
    # As whoever copies the folder of a workspace that is open, or was killed.
    held = (
        f"import sqlite3; c = sqlite3.connect('{root}/.copilot/truth.db'); c.execute('SELECT 1 FROM meta').fetchall()"
    )
    later = f"{sys.executable} -m copilot.cli.main sync {docs} -w {root} && cp {root}/.copilot/truth.db* {disk}"
    told = run_lines(
        ["init", root],
        ["!", f'{sys.executable} -c "{held}; import subprocess; subprocess.run({later!r}, shell=True, check=True)"'],
        ["!", f"test -s {disk}/truth.db-wal && cp {disk}/truth.db* {root}/.copilot/ && mount -o remount,ro {disk}"],
        ["docs", "-w", root],
        ["ask", QUESTION, "-w", root],
        folder=tmp_path,
        within=a_small_disk(disk),
    )
    assert [one.code for one in told] == [0, 0, 0], told
    assert "a.txt" in told[1].out
    assert "38 000" in told[2].out


def test_searching_finds_what_was_acknowledged_after_all_this(used: Workspace) -> None:
    with Session(used, SETTINGS) as session:
        assert search(session, "gazole", limit=1)[0].passages[0].path.endswith("stocks.txt")
