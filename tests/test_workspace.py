"""Finding a workspace, and making one that only its owner can read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.errors import ExitCode, WorkspaceError
from copilot.i18n import set_language
from copilot.workspace import Workspace, create_workspace, default_workspace, find_workspace, user_settings_file


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "data")}


def made(root: Path) -> Workspace:
    return create_workspace(root)[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_workspace_is_its_owners_alone(tmp_path: Path) -> None:
    workspace, is_new = create_workspace(tmp_path / "new" / "place")
    assert is_new
    assert workspace.exists()
    assert [mode(folder) for folder in (workspace.root, workspace.state, workspace.index)] == [0o700] * 3
    files = [path for path in workspace.root.rglob("*") if path.is_file()]
    assert {mode(file) for file in files} == {0o600}
    assert (workspace.state / ".gitignore").read_text() == "*\n"


def test_making_it_again_changes_nothing(tmp_path: Path) -> None:
    workspace, _ = create_workspace(tmp_path)
    workspace.settings_file.write_text("[answer]\nmax_claims = 2\n")
    workspace.settings_file.chmod(0o644)
    workspace.database.write_bytes(b"kept")
    assert create_workspace(tmp_path) == (workspace, False)
    assert tomllib.loads(workspace.settings_file.read_text()) == {"answer": {"max_claims": 2}}
    assert mode(workspace.settings_file) == 0o644
    assert workspace.database.read_bytes() == b"kept"


def test_the_template_is_in_the_users_language(tmp_path: Path) -> None:
    english = made(tmp_path / "en").settings_file.read_text(encoding="utf-8")
    set_language("fr")
    french = made(tmp_path / "fr").settings_file.read_text(encoding="utf-8")
    assert "Settings of this workspace" in english
    assert "Réglages de cet espace de travail" in french


def test_a_link_in_place_of_a_file_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    state = tmp_path / "work" / ".copilot"
    state.mkdir(parents=True)
    (state / ".gitignore").symlink_to(victim)
    with pytest.raises(WorkspaceError):
        create_workspace(tmp_path / "work")
    assert not victim.exists()


def test_where_it_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError) as caught:
        create_workspace(tmp_path / "file" / "inside")
    assert str(tmp_path / "file") in caught.value.message
    assert caught.value.exit_code is ExitCode.INDEX


def test_nearest_above_is_found(tmp_path: Path, environment: dict[str, str]) -> None:
    outer = made(tmp_path / "outer")
    inner = made(outer.root / "a" / "inner")
    deep = inner.root / "b" / "c"
    deep.mkdir(parents=True)
    assert find_workspace(deep, environment=environment) == inner
    assert find_workspace(outer.root / "a", environment=environment) == outer


def test_named_ones_come_first(tmp_path: Path, environment: dict[str, str]) -> None:
    here, named, explicit = (made(tmp_path / name) for name in ("here", "named", "explicit"))
    environment["COPILOT_WORKSPACE"] = str(named.root)
    assert find_workspace(here.root, environment=environment) == named
    assert find_workspace(here.root, explicit=explicit.root, environment=environment) == explicit


def test_a_named_folder_that_is_none_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    create_workspace(tmp_path)
    other = tmp_path / "other"
    with pytest.raises(WorkspaceError) as caught:
        find_workspace(tmp_path, explicit=other, environment=environment)
    assert str(other) in caught.value.message
    assert f"copilot init {other}" in caught.value.next_step


def test_the_default_serves_last(tmp_path: Path, environment: dict[str, str]) -> None:
    start = tmp_path / "elsewhere"
    start.mkdir()
    with pytest.raises(WorkspaceError) as caught:
        find_workspace(start, environment=environment)
    assert "copilot init" in caught.value.next_step
    default = made(default_workspace(environment).root)
    assert default.root == tmp_path / "data" / "analyst-copilot" / "default"
    assert find_workspace(start, environment=environment) == default


def test_another_programs_folder_is_no_workspace(tmp_path: Path, environment: dict[str, str]) -> None:
    default = made(default_workspace(environment).root)
    (tmp_path / "work" / ".copilot").mkdir(parents=True)
    assert find_workspace(tmp_path / "work", environment=environment) == default


def test_another_users_workspace_is_passed_over(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = made(tmp_path / "theirs")
    monkeypatch.setattr(os, "getuid", lambda: theirs.state.stat().st_uid + 1)
    with pytest.raises(WorkspaceError):
        find_workspace(theirs.root, environment=environment)
    assert find_workspace(tmp_path, explicit=theirs.root, environment=environment) == theirs


def test_user_folders_follow_xdg(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert user_settings_file(home) == tmp_path / ".config/analyst-copilot/config.toml"
    assert default_workspace(home).root == tmp_path / ".local/share/analyst-copilot/default"
    assert user_settings_file({**home, "XDG_CONFIG_HOME": "/etc/x"}) == Path("/etc/x/analyst-copilot/config.toml")
    assert user_settings_file({**home, "XDG_CONFIG_HOME": "relative"}) == user_settings_file(home)


def test_everything_is_under_the_state_folder(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    inside = [workspace.database, workspace.index, workspace.lexical_index, workspace.vector_index]
    assert all(path.is_relative_to(workspace.state) for path in [*inside, workspace.sync_lock, workspace.spool])


def test_finding_one_imports_nothing_heavy() -> None:
    code = "import sys, copilot.workspace, copilot.sanitise; print({'pydantic', 'rich', 'numpy'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["", "model", "index", "audit", "spool", "truth.db"])
def test_a_workspace_whose_state_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    workspace = made(tmp_path / "here")
    elsewhere = tmp_path / "elsewhere"
    if name == "":
        workspace.state.rename(elsewhere)
    else:
        elsewhere.mkdir()
    (elsewhere / "letter.txt").write_text("mine")
    link = workspace.state / name
    if link.is_dir():
        link.rmdir()
    link.symlink_to(elsewhere)
    for open_it in (
        lambda: find_workspace(workspace.root, environment={}),
        lambda: find_workspace(tmp_path, explicit=workspace.root, environment={}),
        lambda: create_workspace(workspace.root),
        workspace.drop_model_states,
    ):
        with pytest.raises(WorkspaceError) as refused:
            open_it()
        assert str(link) in refused.value.message
        assert f"rm {link}" in refused.value.next_step
    assert (elsewhere / "letter.txt").read_text() == "mine"


def test_only_files_of_the_models_folder_are_dropped(tmp_path: Path) -> None:
    workspace = made(tmp_path / "here")
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    workspace.drop_model_states()
    (workspace.model_states / "folder").mkdir(parents=True)
    (workspace.model_states / "state.bin").write_bytes(b"x")
    (workspace.model_states / "link").symlink_to(letter)
    workspace.drop_model_states()
    assert {path.name for path in workspace.model_states.iterdir()} == {"folder", "link"}
    assert letter.read_text() == "mine"
