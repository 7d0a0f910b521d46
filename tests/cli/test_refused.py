"""What was refused stands in nobody's way afterwards, and what is no file holds nobody up."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.store import vault
from tests.cli.conftest import Copilot

PASSPHRASE, OTHER = "une longue phrase de passe", "une autre phrase de passe"


@pytest.fixture
def phrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the passphrase, which holds the right one."""
    pytest.importorskip("sqlcipher3")
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    monkeypatch.setenv("COPILOT_PASSPHRASE_FILE", str(file))
    (tmp_path / "new").write_text(OTHER)
    monkeypatch.setenv("COPILOT_NEW_PASSPHRASE_FILE", str(tmp_path / "new"))
    return file


def kinds(copilot: Copilot, root: Path) -> list[str]:
    return [entry["kind"] for entry in json.loads(copilot("audit", "show", "--json", "-w", str(root)).out)["entries"]]


def test_a_restore_with_a_wrong_passphrase_can_be_tried_again(copilot: Copilot, phrases: Path, tmp_path: Path) -> None:
    assert copilot("init", str(tmp_path / "ws"), "--encrypt").code == 0
    packed, again = str(tmp_path / "b.zip"), tmp_path / "again"
    assert copilot("backup", packed, "-w", str(tmp_path / "ws")).code == 0
    phrases.write_text(OTHER)
    assert copilot("restore", packed, str(again)).code == 6
    assert not again.exists()
    phrases.write_text(PASSPHRASE)
    assert copilot("restore", packed, str(again)).code == 0
    assert "restore" in kinds(copilot, again)


def test_an_encrypted_workspace_can_be_made_after_one_was_refused(
    copilot: Copilot, phrases: Path, tmp_path: Path
) -> None:
    root = tmp_path / "ws"
    phrases.write_text("short")
    assert copilot("init", str(root), "--encrypt").code == 2
    assert not root.exists()
    phrases.write_text(PASSPHRASE)
    assert copilot("init", str(root), "--encrypt").code == 0


def test_a_passphrase_that_was_not_changed_is_not_recorded_as_changed(
    copilot: Copilot, phrases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "ws"
    assert copilot("init", str(root), "--encrypt").code == 0
    (tmp_path / "new").write_text("short")
    assert copilot("rekey", "-w", str(root)).code == 2
    assert "rekey" not in kinds(copilot, root)
    (tmp_path / "new").write_text(OTHER)

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(vault, "write_atomically", full)
    assert copilot("rekey", "-w", str(root)).code == 1
    monkeypatch.undo()
    monkeypatch.setenv("COPILOT_PASSPHRASE_FILE", str(phrases))
    told = kinds(copilot, root)
    assert told[told.index("rekey") :][:2] == ["rekey", "rekey_failed"]


@pytest.mark.parametrize("name", ["backup-key.json", "old", "audit/k"])
def test_a_copy_of_the_key_goes_by_whatever_name(copilot: Copilot, phrases: Path, tmp_path: Path, name: str) -> None:
    root = tmp_path / "ws"
    assert copilot("init", str(root), "--encrypt").code == 0
    copy = root / ".copilot" / name
    copy.write_bytes((root / ".copilot" / "key.json").read_bytes())
    (root / ".copilot" / "other.json").write_text('{"kdf": "none"}')
    assert copilot("wipe", "--yes", "-w", str(root)).code == 0
    assert not copy.exists()
    assert (root / ".copilot" / "other.json").exists()


def test_a_folder_without_a_log_is_not_a_whole_log(copilot: Copilot, here: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = copilot("audit", "verify", "--folder", str(tmp_path / "empty"))
    assert (refused.code, "holds no audit log" in refused.err) == (2, True)
    assert copilot("search", "gazole").code == 0
    out = tmp_path / "out"
    assert copilot("audit", "export", str(out)).code == 0
    assert copilot("audit", "verify", "--folder", str(out)).code == 0
    # Cut as whoever has no key would cut it, with all but the checkpoint made to fit.
    lines = (out / "audit.jsonl").read_bytes().splitlines(keepends=True)
    first = json.loads(lines[0])
    (out / "audit.jsonl").write_bytes(lines[0])
    (out / "head.json").write_text(json.dumps({"hash": first["hash"], "sequence": first["seq"]}))
    (out / "checkpoints.jsonl").write_bytes(b"")
    assert copilot("audit", "verify", "--folder", str(out)).code == 1
    (out / "checkpoint.json").unlink()
    assert "no checkpoint.json" in copilot("audit", "verify", "--folder", str(out)).err


@pytest.mark.parametrize(
    ("pipe", "arguments"),
    [
        ("ws/copilot.toml", ["search", "gazole", "-w", "ws"]),
        ("ws/copilot.toml", ["--help"]),
        ("ws/.copilot/id", ["search", "gazole", "-w", "ws"]),
        ("ws/.copilot/truth.db", ["docs", "-w", "ws"]),
        ("ws/.copilot/audit/head.json", ["search", "gazole", "-w", "ws"]),
        ("pipe", ["restore", "pipe", "again"]),
        ("pipe", ["audit", "verify", "-w", "ws", "--checkpoint", "pipe"]),
        ("pipe", ["eval", "injection", "pipe"]),
        ("pipe", ["eval", "answers", "pipe", "-w", "ws"]),
        ("pipe", ["model", "add", "pipe"]),
        ("home/.config/analyst-copilot/config.toml", ["search", "gazole", "-w", "ws"]),
    ],
)
def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path, pipe: str, arguments: list[str]) -> None:
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "COPILOT_EMBEDDING__MODEL": "hash"}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)

    def run(*line: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "copilot.cli.main", "--lang", "en", *line]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)

    assert run("init", "ws").returncode == 0
    path = tmp_path / pipe
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    if arguments == ["--help"]:
        assert run(*arguments, folder=tmp_path / "ws").returncode == 0
        return
    done = run(*arguments)
    assert done.returncode in (2, 4, 5), (done.returncode, done.stderr)
    assert path.name in done.stderr, done.stderr


def test_a_command_that_is_suggested_does_what_it_says_and_no_more(
    copilot: Copilot, here: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "src; touch pwned #"
    told = copilot("sync", str(folder)).err
    command = told[told.index("`copilot ") + 1 : told.rindex("`")]
    assert shlex.split(command) == ["copilot", "forget", str(folder)]


def test_a_place_that_the_indexes_cannot_take_is_refused_at_once(tmp_path: Path) -> None:
    place = os.fsencode(tmp_path) + b"/ws\xff"
    command: list[str | bytes] = [sys.executable, "-m", "copilot.cli.main", "init", place]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert (done.returncode, Path(os.fsdecode(place)).exists()) == (4, False), done.stderr


def test_what_blocks_the_list_of_plugins_is_named(copilot: Copilot, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "analyst-copilot"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    told = copilot("tool", "list")
    assert "damaged" not in told.err, told.err


@pytest.mark.parametrize("name", ["audit/lock", "index/lexical", "index/vectors/chroma.json"])
def test_a_link_in_a_workspace_from_elsewhere_is_not_written_through(
    copilot: Copilot, tmp_path: Path, name: str
) -> None:
    root, outside = tmp_path / "ws", tmp_path / "outside"
    assert copilot("init", str(root)).code == 0
    link = root / ".copilot" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(outside)
    refused = copilot("search", "gazole", "-w", str(root))
    assert (refused.code, "is a link" in refused.err, outside.exists()) == (4, True, False), refused.err
