"""Finding files: what is read, what is named, what is passed over."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from copilot.sources.folders import FileHash, FoundFile, SkippedEntry, hash_in_steps, scan
from tests.hostile_files import write_device, write_socket


def found(root: Path, **options: frozenset[Path]) -> list[str]:
    return [str(e.path.relative_to(root)) for e in scan(root, **options) if isinstance(e, FoundFile)]


def skipped(root: Path) -> dict[str, str]:
    return {str(e.path.relative_to(root)): e.reason for e in scan(root) if isinstance(e, SkippedEntry)}


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def hash_file(path: Path) -> FileHash:
    steps = hash_in_steps(path)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            found: FileHash = ended.value
            return found


def test_files_come_sorted_with_size_and_time(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/é.txt", "c/d/e.txt"):
        write(tmp_path / name)
    assert found(tmp_path) == ["b.txt", "a/z.txt", "a/é.txt", "c/d/e.txt"]
    entry = next(iter(scan(tmp_path)))
    assert isinstance(entry, FoundFile)
    assert (entry.size, entry.mtime_ns) == (1, (tmp_path / "b.txt").stat().st_mtime_ns)


def test_a_single_file_is_its_own_root(tmp_path: Path) -> None:
    path = write(tmp_path / ".hidden.txt")
    assert [entry.path for entry in scan(path)] == [path]


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.txt").parent
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "self").symlink_to(root)
    (root / "broken").symlink_to(root / "nowhere")
    assert found(root) == []
    assert skipped(root) == dict.fromkeys(("broken", "file", "folder", "self"), "link")


def test_what_is_no_file_is_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    write_socket(tmp_path / "socket.txt")
    names = ["pipe.txt", "socket.txt"] + ["zeros.txt"] * write_device(tmp_path / "zeros.txt")
    assert found(tmp_path) == []
    assert skipped(tmp_path) == dict.fromkeys(names, "special")
    assert [(e.path, getattr(e, "reason", "")) for e in scan(tmp_path / "pipe.txt")] == [
        (tmp_path / "pipe.txt", "special")
    ]


def test_a_device_that_is_named_is_not_opened() -> None:
    """Reading it would never end."""
    assert [getattr(entry, "reason", "") for entry in scan(Path("/dev/zero"))] == ["special"]


def test_hidden_files_and_programs_litter_are_left_out(tmp_path: Path) -> None:
    for name in (".git/config", ".env", "~$rapport.docx", "Thumbs.db", "x.tmp", "y.part", "__MACOSX/a.txt", "~ok.txt"):
        write(tmp_path / name)
    assert found(tmp_path) == ["~ok.txt"]
    assert skipped(tmp_path) == {}


def test_an_excluded_folder_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "state" / "truth.db")
    write(tmp_path / "docs" / "a.txt")
    assert found(tmp_path, excluded=frozenset({tmp_path / "state"})) == ["docs/a.txt"]


def test_a_name_that_is_no_text_is_named(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    Path(os.fsdecode(folder + b"/bad\xff.txt")).write_text("x")
    inside = Path(os.fsdecode(folder + b"/dir\xff"))
    inside.mkdir()
    write(inside / "good.txt")
    write(tmp_path / "good.txt")
    assert found(tmp_path) == ["good.txt"]
    assert set(skipped(tmp_path).values()) == {"name"}
    assert len(skipped(tmp_path)) == 2


def test_a_tree_deeper_than_the_stack_of_python(tmp_path: Path) -> None:
    depth = 1500
    start = os.open(tmp_path, os.O_RDONLY)
    current = start
    for _ in range(depth):
        os.mkdir("d", dir_fd=current)
        below = os.open("d", os.O_RDONLY, dir_fd=current)
        os.close(current)
        current = below
    os.close(os.open("f.txt", os.O_CREAT | os.O_WRONLY, dir_fd=current))
    os.close(current)
    try:
        assert len(found(tmp_path)) == 1
    finally:
        # Deeper than pytest's own tidying can go.
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    closed = write(tmp_path / "closed" / "a.txt").parent
    closed.chmod(0)
    try:
        assert skipped(tmp_path) == {"closed": "unreadable"}
    finally:
        closed.chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "closed" / "a.txt")
    write(tmp_path / "open" / "b.txt")
    real = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("copilot.sources.folders.os.scandir", refusing)
    assert found(tmp_path) == ["open/b.txt"]
    assert skipped(tmp_path) == {"closed": "unreadable"}


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    assert [getattr(e, "reason", "") for e in scan(tmp_path / "none")] == ["unreadable"]


def test_hashes_are_of_the_content(tmp_path: Path) -> None:
    content = os.urandom(3 * 2**20 + 7)
    (tmp_path / "a").write_bytes(content)
    assert hash_file(tmp_path / "a") == FileHash(hashlib.sha256(content).hexdigest(), len(content))
    with pytest.raises(OSError, match="none"):
        hash_file(tmp_path / "none")


def test_a_file_that_became_a_link_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="link"):
        hash_file(tmp_path / "link")
