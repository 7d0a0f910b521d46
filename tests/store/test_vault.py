"""The key file: one passphrase opens it, another does not, and a changed byte never passes."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.errors import CopilotError, DeniedError, StoreError, UsageError
from copilot.store import scratch, vault
from copilot.store.disk import DiskState, disk_state
from copilot.store.locks import exclusive
from copilot.store.scratch import open_scratch
from copilot.store.vault import LogCipher, change_passphrase, create_vault, derive_key, destroy_vault, open_vault

PASSPHRASE = "cheval agrafe pile correct"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested is not how long Argon2id takes."""
    monkeypatch.setattr(vault, "_COST", {"time": 1, "memory_kib": 64, "lanes": 1})


def test_only_the_passphrase_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.hex() not in path.read_text()
    assert open_vault(path, PASSPHRASE) == key
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper()):
        with pytest.raises(DeniedError):
            open_vault(path, wrong)
    with pytest.raises(StoreError):
        create_vault(path, PASSPHRASE)
    with pytest.raises(UsageError):
        create_vault(tmp_path / "other.json", "short")


def test_another_passphrase_opens_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)
    with pytest.raises(DeniedError):
        change_passphrase(path, "not this one", "a new passphrase")
    with pytest.raises(UsageError):
        change_passphrase(path, PASSPHRASE, "short")
    assert open_vault(path, PASSPHRASE) == key
    change_passphrase(path, PASSPHRASE, "a new passphrase")
    assert open_vault(path, "a new passphrase") == key
    with pytest.raises(DeniedError):
        open_vault(path, PASSPHRASE)


def test_a_destroyed_key_opens_nothing_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    create_vault(path, PASSPHRASE)
    wrapped = json.loads(path.read_text())["wrapped"]
    destroy_vault(path)
    assert wrapped not in path.read_text()
    with pytest.raises(StoreError, match=r"destroyed|détruite"):
        open_vault(path, PASSPHRASE)


def test_the_old_wrapping_is_overwritten_once_the_new_one_is_in_force(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)
    wrapped = json.loads(path.read_text())["wrapped"]
    # A second name for the old file is what a tool that reads deleted files sees.
    (tmp_path / "seen").hardlink_to(path)
    change_passphrase(path, PASSPHRASE, "a new passphrase")
    assert wrapped.encode() not in (tmp_path / "seen").read_bytes()
    assert open_vault(path, "a new passphrase") == key
    assert {found.name for found in tmp_path.iterdir()} == {"key.json", "key.lock", "seen"}


def test_a_change_that_fails_leaves_the_old_passphrase_and_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(vault, "write_atomically", fail)
    with pytest.raises(StoreError):
        change_passphrase(path, PASSPHRASE, "a new passphrase")
    assert open_vault(path, PASSPHRASE) == key
    assert {found.name for found in tmp_path.iterdir()} == {"key.json", "key.lock"}


KILLED = """
import os, signal, sys
from pathlib import Path
from copilot.store import files, vault
vault._COST = {"time": 1, "memory_kib": 64, "lanes": 1}
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before":
    Path.replace = die
else:
    vault._overwrite = die
vault.change_passphrase(Path(sys.argv[1]), sys.argv[3], "a new passphrase")
"""


@pytest.mark.parametrize(("step", "left"), [("before", {"new", "old"}), ("after", {"old"})])
@pytest.mark.parametrize("then", ["open", "change", "destroy"])
def test_what_a_killed_change_leaves_opens_nothing_for_long(
    tmp_path: Path, step: str, left: set[str], then: str
) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)
    subprocess.run([sys.executable, "-c", KILLED, str(path), step, PASSPHRASE], timeout=60, check=False)
    kept = {found.suffix.removeprefix("."): found for found in tmp_path.glob("key.json.*")}
    assert kept.keys() == left
    for end, found in kept.items():
        (tmp_path / f"seen-{end}").hardlink_to(found)
    in_force = PASSPHRASE if step == "before" else "a new passphrase"
    if then == "open":
        assert open_vault(path, in_force) == key
    elif then == "change":
        change_passphrase(path, in_force, "yet another passphrase")
        assert open_vault(path, "yet another passphrase") == key
    else:
        destroy_vault(path)
    assert list(tmp_path.glob("key.json.*")) == []
    for end in left:
        # Killed before the new one was in force, the old name is that of the key in force.
        if (end, step, then) != ("old", "before", "open"):
            for passphrase in (PASSPHRASE, "a new passphrase"):
                with pytest.raises((StoreError, DeniedError)):
                    open_vault(tmp_path / f"seen-{end}", passphrase)


def test_destroying_takes_copies_too_and_opening_leaves_those_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = create_vault(path, PASSPHRASE)
    copies = [tmp_path / name for name in ("key.json.bak", "key.json~", "key.json.4194400.new")]
    for copy in copies:
        copy.write_bytes(path.read_bytes())
    assert open_vault(path, PASSPHRASE) == key
    assert [copy.exists() for copy in copies] == [True, True, False]
    destroy_vault(path)
    assert list(tmp_path.glob("key.json?*")) == []


def test_who_destroys_waits_for_who_changes_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.json"
    create_vault(path, PASSPHRASE)
    monkeypatch.setattr(vault, "_PATIENCE_SECONDS", 0.2)
    with exclusive(tmp_path / "key.lock"):
        with pytest.raises(StoreError):
            change_passphrase(path, PASSPHRASE, "a new passphrase")
        destroy_vault(path)
    with pytest.raises(StoreError, match=r"destroyed|détruite"):
        open_vault(path, PASSPHRASE)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_changed_byte_opens_another_key(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.json"
    path.unlink(missing_ok=True)
    key = create_vault(path, PASSPHRASE)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(CopilotError):
        assert open_vault(path, PASSPHRASE) == key


def test_a_key_file_cannot_ask_for_all_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    create_vault(path, PASSPHRASE)
    found = json.loads(path.read_text())
    for changed in (
        {"memory_kib": 2**31},
        {"time": 10**6},
        {"lanes": 0},
        {"salt": ""},
        {"kdf": "none"},
        {"wrapped": ""},
    ):
        path.write_text(json.dumps({**found, **changed}))
        with pytest.raises(StoreError):
            open_vault(path, PASSPHRASE)


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derive_key(b"k" * 32, "truth"), derive_key(b"k" * 32, "log"), derive_key(b"l" * 32, "truth")}
    assert len(keys) == 3
    assert derive_key(b"k" * 32, "log") in keys


@given(st.binary(max_size=200), st.data())
def test_a_sealed_line_reveals_what_was_sealed_or_nothing(plain: bytes, data: st.DataObject) -> None:
    cipher = LogCipher(b"k" * 32)
    sealed = cipher.seal(plain)
    assert cipher.reveal(sealed) == plain
    assert b"\n" not in sealed
    assert cipher.seal(plain) != sealed
    changed = bytearray(sealed)
    changed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(changed), sealed[:-1], sealed + b"=", b""):
        with pytest.raises(ValueError):
            cipher.reveal(bad)
    with pytest.raises(ValueError):
        LogCipher(b"l" * 32).reveal(sealed)


# --- memory and disks -------------------------------------------------------------------------------------------------


def test_scratch_is_private_goes_at_the_end_and_after_a_kill() -> None:
    code = """
import os, signal, sys
from copilot.store.locks import exclusive
from copilot.store.scratch import open_scratch
folder = open_scratch()
(folder / "secret").write_text("x")
print(folder, oct(folder.stat().st_mode & 0o777), flush=True)
if len(sys.argv) > 1:
    os.kill(os.getpid(), signal.SIGKILL)
"""
    told = []
    for arguments in ([], ["kill"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
        told.append(done.stdout.split())
    assert [mode for _, mode in told] == ["0o700", "0o700"]
    assert not Path(told[0][0]).exists()
    assert (Path(told[1][0]) / "secret").exists()
    mine = open_scratch()
    assert not Path(told[1][0]).exists(), "what a killed process left is still in memory"
    assert mine.exists(), "a folder that is in use was taken away"


def test_a_scratch_folder_that_is_half_gone_is_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock goes last: a kill in the middle of its removal leaves nothing that no sweep would find."""
    removed: list[str] = []

    def note(path: str | Path, **_: object) -> None:
        removed.append(Path(path).name)
        assert (folder / ".lock").exists()

    folder = open_scratch()
    (folder / "index").mkdir()
    monkeypatch.setattr(shutil, "rmtree", note)
    scratch._remove(folder)
    assert removed == [*sorted(removed[:-1]), folder.name]
    assert "index" in removed
    monkeypatch.undo()
    scratch._remove(folder)
    assert not folder.exists()


def test_without_memory_there_is_no_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/vda / ext4 rw 0 0\n/dev/vdb /dev/shm ext4 rw 0 0\n")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with pytest.raises(StoreError):
        open_scratch(mounts)


def a_machine(tmp_path: Path, mount: str, blocks: dict[str, tuple[str, list[str]]], numbers: dict[str, str]) -> Path:
    """A false /proc and /sys: block devices with their dm uuid and what lies below each."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "mountinfo").write_text(mount)
    for name, (uuid, below) in blocks.items():
        block = tmp_path / "sys" / "devices" / name
        (block / "slaves").mkdir(parents=True)
        if uuid:
            (block / "dm").mkdir()
            (block / "dm" / "uuid").write_text(uuid + "\n")
        for other in below:
            (block / "slaves" / other).symlink_to(tmp_path / "sys" / "devices" / other)
        (tmp_path / "sys" / "class" / "block").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys" / "class" / "block" / name).symlink_to(block)
    (tmp_path / "sys" / "dev" / "block").mkdir(parents=True)
    for number, name in numbers.items():
        (tmp_path / "sys" / "dev" / "block" / number).symlink_to(tmp_path / "sys" / "devices" / name)
    return tmp_path


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        ("1 0 254:0 / / rw - ext4 /dev/mapper/root rw", DiskState.ENCRYPTED),
        ("1 0 254:1 / / rw - ext4 /dev/mapper/lvm rw", DiskState.ENCRYPTED),
        ("1 0 8:1 / / rw - ext4 /dev/sda1 rw", DiskState.CLEAR),
        ("1 0 254:2 / / rw - ext4 /dev/mapper/mixed rw", DiskState.CLEAR),
        ("1 0 0:30 / / rw - btrfs /dev/root rw", DiskState.ENCRYPTED),
        ("1 0 0:31 / / rw - overlay overlay rw", DiskState.UNKNOWN),
        ("1 0 0:32 / / rw - tmpfs tmpfs rw", DiskState.MEMORY),
        ("1 0 0:33 / / rw - fuse.gocryptfs /home/me rw", DiskState.ENCRYPTED),
        (
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 254:0 / {0} rw shared:1 - ext4 /dev/mapper/root rw",
            DiskState.ENCRYPTED,
        ),
        ("", DiskState.UNKNOWN),
        ("nonsense\n1 0", DiskState.UNKNOWN),
    ],
)
def test_the_disk_under_a_folder_is_followed_down(tmp_path: Path, mount: str, expected: DiskState) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    machine = a_machine(
        tmp_path / "machine",
        mount.format(str(folder).replace(" ", "\\040")),
        {
            "sda": ("", []),
            "sda1": ("", ["sda"]),
            "root": ("CRYPT-LUKS2-0123-root", ["sda1"]),
            "lvm": ("LVM-0123", ["root"]),
            "mixed": ("LVM-0123", ["root", "sda1"]),
        },
        {"8:1": "sda1", "254:0": "root", "254:1": "lvm", "254:2": "mixed"},
    )
    assert disk_state(folder / "deeper", machine / "proc", machine / "sys") is expected


def test_this_machine_can_be_asked() -> None:
    assert disk_state(Path("/dev/shm")) in (DiskState.MEMORY, DiskState.UNKNOWN)
    assert disk_state(Path.cwd()) in DiskState
