"""What lies on the disk: for the owner alone, and of an encrypted workspace nothing that can be read."""

from __future__ import annotations

import base64
import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.app.configuration import wipe
from copilot.errors import StoreError
from copilot.inference.synthetic import write_scripted
from copilot.resources import user_data_folder
from copilot.store import vault
from copilot.store.scratch import open_scratch
from copilot.store.vault import create_vault, open_vault
from copilot.workspace import Workspace
from tests.app.commands import run_lines
from tests.makers import eml_bytes, zip_bytes
from tests.models import SPM, vocabulary_of

PASSPHRASE = "cheval agrafe pile correct"
# Words that occur nowhere else: in documents, members, names, questions and settings.
CANARIES = ("Zibelmoutarde", "Quarzofanion", "Pelluchonia", "Vrombicelle", "Tartiglane")
QUESTION = f"Combien de litres détient le dépôt de {CANARIES[0]} ?"


def write_documents(folder: Path) -> Path:
    docs = folder / "docs"
    docs.mkdir()
    (docs / f"{CANARIES[1]}.txt").write_text(f"Le dépôt de {CANARIES[0]} détient 38 000 litres.\n")
    (docs / "lot.zip").write_bytes(zip_bytes(a__txt=f"Une pièce sur {CANARIES[2]}.".encode()))
    (docs / "mail.eml").write_bytes(eml_bytes("Envoi", "Voir la pièce.", note__txt=f"Sur {CANARIES[3]}.".encode()))
    return docs


def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    docs = write_documents(tmp_path)
    root = tmp_path / "ws"
    for done in run_lines(
        ["init", root],
        ["sync", docs, "-w", root],
        ["ask", QUESTION, "-w", root],
        ["backup", tmp_path / "b.zip", "-w", root],
        ["audit", "export", tmp_path / "log", "-w", root],
        ["restore", tmp_path / "b.zip", tmp_path / "again"],
        folder=tmp_path,
    ):
        assert done.code == 0, done.err
    made = [root / "copilot.toml", tmp_path / "b.zip"]
    for folder in (root / ".copilot", tmp_path / "log", tmp_path / "again" / ".copilot"):
        made += [folder, *folder.rglob("*")]
    assert len(made) > 40
    for path in made:
        assert path.stat().st_mode & 0o077 == 0, (path, stat.filemode(path.stat().st_mode))


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted workspace in which everything was done once; what the commands said is in `told`."""
    folder = tmp_path_factory.mktemp("encrypted")
    docs = write_documents(folder)
    (folder / "pass").write_text(PASSPHRASE + "\n")
    key = {"COPILOT_PASSPHRASE_FILE": str(folder / "pass")}
    root = folder / "ws"
    told = ""
    for done in run_lines(
        ["init", root, "--encrypt"],
        ["sync", docs, "-w", root],
        ["ask", QUESTION, "-w", root],
        ["search", CANARIES[4], "-w", root],
        ["quarantine", "lot.zip", "--reason", CANARIES[4], "-w", root],
        ["sync", "-w", root],
        ["backup", folder / "b.zip", "-w", root],
        ["restore", folder / "b.zip", folder / "again"],
        ["ask", QUESTION, "-w", folder / "again"],
        ["audit", "verify", "-w", folder / "again"],
        ["audit", "show", "-w", root],
        folder=folder,
        **key,
    ):
        assert done.code == 0, done.err
        told += done.out
    (folder / "told").write_text(told)
    return folder


def test_nothing_of_an_encrypted_workspace_can_be_read_on_the_disk(encrypted: Path) -> None:
    told = (encrypted / "told").read_text()
    assert all(word in told for word in (CANARIES[0], CANARIES[1], CANARIES[4])), "the canaries never went through"
    files = [path for root in ("ws", "again", "b.zip") for path in [encrypted / root, *(encrypted / root).rglob("*")]]
    raw = {path: path.read_bytes() for path in files if path.is_file()}
    assert len(raw) > 12
    for word in (*CANARIES, "38 000 litres", "Une pièce"):
        for form in {word.encode(), word.lower().encode(), word.encode("utf-16-le"), base64.b64encode(word.encode())}:
            assert [path.name for path, data in raw.items() if form in data] == [], word
    assert b"SQLite format 3" not in (encrypted / "ws" / ".copilot" / "truth.db").read_bytes()


def test_what_a_model_has_read_is_kept_nowhere(tmp_path: Path) -> None:
    """Its states hold documents and questions as tokens, which no search for words would find."""
    docs = write_documents(tmp_path)
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    model = write_scripted(tmp_path / "m.gguf", vocabulary_of(SPM), ['{"claims": []}'], context=4_096)
    settings = {"XDG_DATA_HOME": str(tmp_path / "data"), "COPILOT_MODEL__STATE_MB": "64"}
    key = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "pass"), **settings}
    for name, options in (("clear", []), ("encrypted", ["--encrypt"])):
        root = tmp_path / name
        asked = run_lines(
            ["init", root, *options],
            ["sync", docs, "-w", root],
            *([["model", "add", model, "--name", "tiny"]] if name == "clear" else []),
            ["ask", QUESTION * 12, "--model", "tiny", "-w", root],
            folder=tmp_path,
            **key,
        )
        assert [done.code for done in asked[:-1]] == [0] * (len(asked) - 1), [done.err for done in asked]
        assert "tiny" in asked[-1].out
    assert [*(tmp_path / "clear" / ".copilot" / "model").iterdir()], "a model keeps states where it may"
    assert not (tmp_path / "encrypted" / ".copilot" / "model").exists()
    [done] = run_lines(["forget", docs / "lot.zip", "-w", tmp_path / "clear"], folder=tmp_path, **settings)
    assert done.code == 0, done.err
    assert not [*(tmp_path / "clear" / ".copilot" / "model").iterdir()]


def test_indexes_and_unpacked_members_lie_in_memory_and_are_gone(encrypted: Path) -> None:
    state = encrypted / "ws" / ".copilot"
    names = {path.relative_to(state).as_posix() for path in state.rglob("*")}
    assert not any(name.startswith(("index/", "spool")) for name in names)
    assert not [path for path in Path("/dev/shm").glob("copilot-scratch-*/index") if b"Zibel" in os.fsencode(path)]


def test_without_the_passphrase_nothing_opens(encrypted: Path) -> None:
    root = encrypted / "ws"
    asked, examined = run_lines(["ask", QUESTION, "-w", root], ["doctor", "-w", root], folder=encrypted)
    assert (asked.code, asked.out) == (4, "")
    assert "without its passphrase" in examined.out
    (encrypted / "wrong").write_text("not the passphrase\n")
    lines: list[list[object]] = [["ask", QUESTION], ["docs"], ["audit", "show"], ["audit", "verify"], ["rekey"]]
    wrong = {"COPILOT_PASSPHRASE_FILE": str(encrypted / "wrong")}
    for done in run_lines(*([*line, "-w", root] for line in lines), folder=encrypted, **wrong):
        assert (done.code, done.out) == (6, ""), done.err
        assert "passphrase" in done.err


def test_the_passphrase_can_be_changed_and_the_key_destroyed(encrypted: Path) -> None:
    root = encrypted / "again"
    (encrypted / "new").write_text("une autre phrase secrète\n")
    old = {"COPILOT_PASSPHRASE_FILE": str(encrypted / "pass")}
    new = {"COPILOT_PASSPHRASE_FILE": str(encrypted / "new")}
    changing = {**old, "COPILOT_NEW_PASSPHRASE_FILE": str(encrypted / "new")}
    changed, listed = run_lines(["rekey", "-w", root], ["docs", "-w", root], folder=encrypted, **changing)
    assert (changed.code, listed.code) == (0, 6), changed.err
    listed, asked, still, wiped, gone = run_lines(
        ["docs", "-w", root],
        ["wipe", "-w", root],
        ["docs", "-w", root],
        ["wipe", "--yes", "-w", root],
        ["docs", "-w", root],
        folder=encrypted,
        **new,
    )
    assert CANARIES[1] in listed.out
    assert asked.code != 0
    assert (still.code, wiped.code) == (0, 0)
    assert (gone.code, "destroyed" in gone.err) == (1, True)
    # The backup holds a copy of the key, as `wipe` says, under the passphrase of its time.
    [restored] = run_lines(["restore", encrypted / "b.zip", encrypted / "third"], folder=encrypted, **old)
    assert restored.code == 0, restored.err


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An encrypted workspace of which only the key matters, and a user of its own; Argon2id costs nothing here."""
    monkeypatch.setattr(vault, "_COST", {"time": 1, "memory_kib": 64, "lanes": 1})
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    workspace = Workspace(tmp_path / "secret")
    workspace.audit.mkdir(parents=True)
    create_vault(workspace.key_file, PASSPHRASE)
    return workspace


def is_destroyed(workspace: Workspace) -> bool:
    with pytest.raises(StoreError, match="destroyed"):
        open_vault(workspace.key_file, PASSPHRASE)
    return True


def test_no_clear_index_of_a_killed_process_outlives_the_key(secret: Workspace) -> None:
    code = """
import os, signal
from copilot.store.scratch import open_scratch
folder = open_scratch()
(folder / "index").mkdir()
(folder / "index" / "words").write_text("in clear")
print(folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    left = Path(done.stdout.strip())
    assert (left / "index" / "words").exists()
    mine = open_scratch()
    (left / "index").mkdir(parents=True, exist_ok=True)
    (left / ".lock").touch()
    assert wipe(secret) is None
    assert not left.exists()
    assert mine.exists(), "a folder that is in use was taken away"


@pytest.mark.parametrize("odd", ["audit", "audit/head.json", "audit/checkpoints.jsonl"])
def test_a_key_is_destroyed_whatever_became_of_the_workspaces_log(secret: Workspace, odd: str) -> None:
    place = secret.state / odd
    if odd == "audit":
        place.rmdir()
        place.write_text("a file where a folder should be")
    else:
        place.mkdir()
    assert wipe(secret) is None
    assert is_destroyed(secret)


@pytest.mark.parametrize("odd", ["audit", "audit/head.json", "audit/audit.jsonl", "audit/settings.json", "audit/key"])
def test_a_key_is_destroyed_whatever_became_of_the_users_log(secret: Workspace, odd: str) -> None:
    place = user_data_folder() / odd
    place.parent.mkdir(parents=True, exist_ok=True)
    if odd == "audit":
        place.write_text("a file where a folder should be")
    else:
        place.mkdir()
    assert wipe(secret) is not None
    assert is_destroyed(secret)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("step", ["copilot.audit.log.replace_durably", "copilot.audit.anchor.FileKeeper.move"])
def test_a_key_is_destroyed_where_the_disk_fails(
    secret: Workspace, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(step, fail)
    assert wipe(secret) is not None
    assert is_destroyed(secret)


def test_what_is_in_clear_is_not_encrypted_after_the_fact(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text(PASSPHRASE)
    (tmp_path / "short").write_text("short")
    root = tmp_path / "ws"
    key = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "pass")}
    lines: list[list[object]] = [
        ["init", root],
        ["init", root, "--encrypt"],
        ["rekey", "-w", root],
        ["wipe", "-w", root],
    ]
    assert [done.code for done in run_lines(*lines, folder=tmp_path, **key)] == [0, 2, 2, 2]
    short = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "short")}
    assert [done.code for done in run_lines(["init", tmp_path / "other", "--encrypt"], folder=tmp_path, **short)] == [2]
    assert not (tmp_path / "other" / ".copilot" / "key.json").exists()
