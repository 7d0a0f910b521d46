"""Making and opening encrypted workspaces: what is derived lives in memory, what is kept is encrypted."""

from __future__ import annotations

from pathlib import Path

from copilot.errors import UsageError
from copilot.i18n import t
from copilot.store.scratch import keep_temporary_files_in, open_scratch
from copilot.store.vault import check_passphrase, create_vault, derive_key, open_vault
from copilot.workspace import Secrets, Workspace, create_workspace, take_away


def create_encrypted(root: Path, passphrase: str) -> Workspace:
    """Make `root` an encrypted workspace and return it opened.

    Raises:
        UsageError: there is a workspace already, or the passphrase is too short.
        StoreError: this system has no memory-backed folder, or SQLCipher is missing.
    """
    workspace = Workspace(root.expanduser().resolve())
    if workspace.state.exists():
        raise UsageError(t("vault.is_workspace", root=workspace.root), t("vault.is_workspace_next"))
    # What can fail goes before anything is written.
    from copilot.store import cipher  # noqa: F401 - says what to install where it is missing

    check_passphrase(passphrase)
    scratch = open_scratch()
    made = not workspace.root.exists()
    workspace.state.mkdir(mode=0o700, parents=True)
    try:
        key = create_vault(workspace.key_file, passphrase)
        create_workspace(workspace.root)
    except BaseException:
        # There was nothing before, and half a workspace would stand in the way of the next try.
        take_away(workspace, made=made)
        raise
    return _opened(workspace, key, scratch)


def unlock(workspace: Workspace, passphrase: str) -> Workspace:
    """Return an encrypted workspace opened by its passphrase.

    Raises:
        DeniedError: it is not the passphrase.
        StoreError: the key file is damaged, or this system has no memory-backed folder.
    """
    key = open_vault(workspace.key_file, passphrase)
    return _opened(workspace, key, open_scratch())


def _opened(workspace: Workspace, key: bytes, scratch: Path) -> Workspace:
    keep_temporary_files_in(scratch)
    return Workspace(workspace.root, Secrets(derive_key(key, "truth"), derive_key(key, "log"), scratch))
