"""A file that cannot be written whole leaves nothing, so that the same command works once there is room."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copilot.durable import create_durably, create_folder_durably, replace_durably
from copilot.errors import CopilotError, ModelError, StoreError
from copilot.inference.registry import ModelRegistry
from copilot.resources.user_key import user_secret
from copilot.tools.template import write_template
from copilot.tools.trust import TrustFile
from copilot.workspace import create_workspace

_LARGE = b"x" * 100_000


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def everything_under(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("write", [create_durably, replace_durably])
def test_no_part_is_left_and_the_next_try_works(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    target = tmp_path / "target"
    with no_file_longer_than(50_000), pytest.raises(OSError, match="large"):
        write(target, _LARGE)
    assert list(tmp_path.iterdir()) == []
    write(target, _LARGE)
    assert everything_under(tmp_path) == {"target": _LARGE}
    assert target.stat().st_mode & 0o777 == 0o600


def test_what_was_there_stays_where_it_cannot_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "target"
    replace_durably(target, b"old")
    with no_file_longer_than(50_000), pytest.raises(OSError, match="large"):
        replace_durably(target, _LARGE)
    assert everything_under(tmp_path) == {"target": b"old"}


@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    real = os.link
    target = tmp_path / "target"

    def come_up(growing: Path, path: Path) -> None:
        target.write_bytes(b"of somebody else")
        if not links:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        real(growing, path)

    monkeypatch.setattr(os, "link", come_up)
    for _ in ("it comes up meanwhile", "it is there"):
        with pytest.raises(FileExistsError):
            create_durably(target, b"new")
    assert everything_under(tmp_path) == {"target": b"of somebody else"}


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        create_durably(tmp_path / "target", b"new")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_stick_without_links_takes_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    create_durably(tmp_path / "target", b"new")
    assert everything_under(tmp_path) == {"target": b"new"}


def test_a_folder_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    def fill(size: int) -> None:
        with create_folder_durably(tmp_path / "folder") as growing:
            create_durably(growing / "one", b"1")
            with no_file_longer_than(size):
                create_durably(growing / "two", _LARGE)

    with pytest.raises(OSError, match="large"):
        fill(50_000)
    assert list(tmp_path.iterdir()) == []
    fill(200_000)
    assert everything_under(tmp_path) == {"folder/one": b"1", "folder/two": _LARGE}
    with pytest.raises(OSError, match="not empty"):
        fill(200_000)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# --- what is written for the user -------------------------------------------------------------------------------------


def _trust(folder: Path) -> None:
    TrustFile(folder / "place").trust("convoy", "00" * 32)


def _model(folder: Path) -> None:
    ModelRegistry(folder / "place" / "models.json")._write((), "none")


def _plugin(folder: Path) -> None:
    write_template(folder / "place", "convoy")


def _workspace(folder: Path) -> None:
    create_workspace(folder / "place")


@pytest.mark.parametrize("write", [_trust, _model, _plugin, _workspace])
def test_a_full_disk_leaves_no_part(tmp_path: Path, write: Callable[[Path], None]) -> None:
    # The smallest that any of them writes has 30 bytes.
    with no_file_longer_than(29), pytest.raises(CopilotError, match=r"cannot be (written|created)"):
        write(tmp_path)
    found = {name for name in everything_under(tmp_path) if not name.endswith(".gitignore")}
    assert found == set()
    write(tmp_path)
    assert everything_under(tmp_path)


def test_a_list_that_cannot_be_written_stays(tmp_path: Path) -> None:
    file = TrustFile(tmp_path)
    file.trust("convoy", "00" * 32)
    before = everything_under(tmp_path)
    with no_file_longer_than(29), pytest.raises(StoreError):
        file.trust("other", "11" * 32)
    models = ModelRegistry(tmp_path / "models.json")
    with no_file_longer_than(29), pytest.raises(ModelError):
        models._write((), None)
    assert everything_under(tmp_path) == before


def test_a_users_key_is_made_whole_or_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with no_file_longer_than(10):
        assert user_secret() == b""
    assert len(user_secret()) == 32
    assert user_secret() == user_secret()
