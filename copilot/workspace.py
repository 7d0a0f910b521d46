"""A workspace: a folder with its settings and, in ``.copilot/``, all that the program keeps about its documents.

Only paths here, found quickly: every command starts with this.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from copilot.durable import create_durably
from copilot.errors import WorkspaceError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources import user_data_folder, user_settings_file

STATE_FOLDER = ".copilot"
WORKSPACE_VARIABLE = "COPILOT_WORKSPACE"
# Other programs keep a folder of this name too, so that the folder alone makes no workspace.
_MARK = "workspace"
_MARK_TEXT = "analyst-copilot workspace 1\n"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens an encrypted workspace, for as long as the process lives.

    The keys have 32 bytes. `scratch` is a private folder in memory: what is derived lives there, and never on a disk.
    """

    database_key: bytes = field(repr=False)
    log_key: bytes = field(repr=False)
    scratch: Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of one workspace, whether or not anything stands there yet; `secrets` once an encrypted one is open."""

    root: Path
    secrets: Secrets | None = field(default=None, compare=False, repr=False)
    # Where what is derived goes while the workspace's own disk cannot be written.
    aside: Path | None = field(default=None, compare=False, repr=False)

    @property
    def state(self) -> Path:
        """The folder of everything that the program writes, but for the settings."""
        return self.root / STATE_FOLDER

    @property
    def settings_file(self) -> Path:
        return self.root / "copilot.toml"

    @property
    def database(self) -> Path:
        return self.state / "truth.db"

    @property
    def index(self) -> Path:
        """The folder of what can be rebuilt from the database."""
        return (self.secrets.scratch if self.secrets else self.aside or self.state) / "index"

    @property
    def lexical_index(self) -> Path:
        return self.index / "lexical"

    @property
    def vector_index(self) -> Path:
        return self.index / "vectors"

    @property
    def model_states(self) -> Path:
        """What the model has read, so that it need not read it again: documents and questions, as tokens.

        An encrypted workspace keeps none.
        """
        return (self.aside or self.state) / "model"

    def drop_model_states(self) -> None:
        """Let go of what the model has read. The folder stays: a model's process may be at work in it."""
        self.check_links()
        with suppress(FileNotFoundError), os.scandir(self.model_states) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)

    def check_links(self) -> None:
        """Look whether all that the program writes lies in this workspace, and what it reads are files.

        What came from elsewhere may lead elsewhere, or hold up whoever reads it.

        Raises:
            WorkspaceError: the state folder, or something at its top, in its log or in its indexes, is a link; or
                something at its top, in its log, or the settings, is a pipe, a socket or a device.
        """
        index = self.state / "index"
        written = [*_within(self.state), *_within(self.audit)]
        derived = [*_within(index), *_within(index / "vectors")]
        links = [self.state] if self.state.is_symlink() else []
        links += [Path(entry.path) for entry in (*written, *derived) if entry.is_symlink()]
        if links:
            raise WorkspaceError(
                t("settings.message.linked_state", path=links[0]),
                t("settings.message.linked_state_next", path=quote(str(links[0]))),
            )
        odd = [Path(entry.path) for entry in written if not (entry.is_file() or entry.is_dir())]
        if not (self.settings_file.is_file() or self.settings_file.is_dir()):
            odd.append(self.settings_file)
        # What has gone meanwhile is nothing odd.
        odd = [path for path in odd if path.exists()]
        if odd:
            raise WorkspaceError(
                t("settings.message.no_file", path=odd[0]),
                t("settings.message.no_file_next", path=quote(str(odd[0]))),
            )

    @property
    def id_file(self) -> Path:
        """The number that the database bears too: how one of another workspace is told."""
        return self.state / "id"

    def id(self) -> str | None:
        """Return that number; None where none was given yet."""
        try:
            return self.id_file.read_text(encoding="ascii").strip() or None
        except (OSError, ValueError):
            return None

    @property
    def sync_lock(self) -> Path:
        return self.state / "sync.lock"

    @property
    def audit(self) -> Path:
        """The folder of the log of what was done; part of the truth, not of what can be rebuilt."""
        return self.state / "audit"

    @property
    def spool(self) -> Path:
        """A private folder for members of archives on their way to a parser."""
        return (self.secrets.scratch if self.secrets else self.state) / "spool"

    @property
    def key_file(self) -> Path:
        """What an encrypted workspace's passphrase opens; there is none in another."""
        return self.state / "key.json"

    @property
    def is_encrypted(self) -> bool:
        return self.key_file.exists()

    def exists(self) -> bool:
        """Whether `create_workspace` has been here."""
        return (self.state / _MARK).is_file()


def _within(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder; the entries know by themselves whether they are links, files or folders."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        return list(entries)
    return []


def take_away(workspace: Workspace, *, made: bool) -> None:
    """Take away a state that was just made and is not whole, and the workspace's folder where that was `made` too."""
    import shutil

    shutil.rmtree(workspace.state, ignore_errors=True)
    if made:
        with suppress(OSError):
            workspace.root.rmdir()


def default_workspace(environment: Mapping[str, str] = os.environ) -> Workspace:
    """Return the workspace that serves where no other is meant, whether or not it exists."""
    return Workspace(user_data_folder(environment) / "default")


def find_workspace(
    start: Path, *, explicit: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Workspace:
    """Return the workspace that is meant: `explicit`, ``COPILOT_WORKSPACE``, the nearest from `start` up, the default.

    On the way up a workspace of another user is passed over: its settings would become ours. Naming it is a choice.

    Raises:
        WorkspaceError: the one that was named is no workspace, there is none at all, or its state is a link.
    """
    named = explicit or (Path(chosen) if (chosen := environment.get(WORKSPACE_VARIABLE)) else None)
    if named is not None:
        workspace = Workspace(_absolute(named))
        if workspace.exists():
            workspace.check_links()
            return workspace
        raise WorkspaceError(
            t("settings.message.no_workspace_at", path=workspace.root),
            t("settings.message.init_at", path=quote(str(workspace.root))),
        )
    for candidate in (*_upwards(_absolute(start)), default_workspace(environment)):
        if candidate.exists() and _is_ours(candidate.state):
            candidate.check_links()
            return candidate
    raise WorkspaceError(t("settings.message.no_workspace", path=start), t("settings.message.init"))


def create_workspace(root: Path) -> tuple[Workspace, bool]:
    """Make `root` a workspace; return it and whether it is new. What is there already stays as it is.

    Folders are made for their owner alone (0700), files likewise (0600). ``copilot.toml`` explains every setting in the
    user's language.

    Raises:
        WorkspaceError: the folder cannot be written, or the state that is there already is a link.
    """
    workspace = Workspace(_absolute(root))
    try:
        str(workspace.root).encode()
    except UnicodeEncodeError as error:
        # The libraries that keep the indexes take text for a path.
        raise WorkspaceError(
            t("settings.message.path_no_text", path=workspace.root), t("settings.message.path_no_text_next")
        ) from error
    workspace.check_links()
    is_new = not workspace.exists()
    try:
        for folder in (workspace.root, workspace.state, workspace.index):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(workspace.state / ".gitignore", "*\n")
        if not workspace.settings_file.exists():
            from copilot.settings.template import settings_template

            _write_new(workspace.settings_file, settings_template())
        # Last, so that a workspace that was cut short is made anew.
        _write_new(workspace.state / _MARK, _MARK_TEXT)
    except OSError as error:
        raise WorkspaceError(
            t("settings.message.cannot_create", path=error.filename or root, error=cause_of(error)),
            t("settings.message.cannot_create_next"),
        ) from error
    return workspace, is_new


def _upwards(start: Path) -> Iterator[Workspace]:
    for folder in (start, *start.parents):
        yield Workspace(folder)


def _is_ours(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; a link in its place is not followed."""
    with suppress(FileExistsError):
        create_durably(path, text.encode())


__all__ = [
    "STATE_FOLDER",
    "WORKSPACE_VARIABLE",
    "Workspace",
    "create_workspace",
    "default_workspace",
    "find_workspace",
    "user_settings_file",
]
