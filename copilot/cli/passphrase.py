"""Passphrases: typed at the terminal without being shown, or read from a file that an environment variable names."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

from copilot.errors import UsageError, WorkspaceError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.sanitise import visible
from copilot.workspace import Workspace

PASSPHRASE_VARIABLE = "COPILOT_PASSPHRASE_FILE"  # noqa: S105 - a name
NEW_PASSPHRASE_VARIABLE = "COPILOT_NEW_PASSPHRASE_FILE"  # noqa: S105 - a name


def read_passphrase(workspace: Workspace) -> str:
    """Return the passphrase of an encrypted workspace.

    Raises:
        WorkspaceError: no file holds it and nobody is at the terminal.
        UsageError: the file cannot be read.
    """
    held = _from_file(PASSPHRASE_VARIABLE)
    if held is not None:
        return held
    if not _somebody_is_there():
        raise WorkspaceError(t("store.locked", root=workspace.root), t("store.locked_next"))
    return getpass(visible(f"{t('vault.ask')} ({workspace.root.name}): "))


def read_new_passphrase(root: Path, variable: str) -> str:
    """Return a new passphrase, typed twice or read from the file that the environment variable names.

    Raises:
        UsageError: the two differ, the file cannot be read, or none holds it and nobody is at the terminal.
    """
    held = _from_file(variable)
    if held is not None:
        return held
    if not _somebody_is_there():
        raise UsageError(t("vault.no_new", root=root), t("vault.no_new_next", variable=variable))
    first = getpass(visible(f"{t('vault.ask_new')} ({root.name}): "))
    if getpass(f"{t('vault.ask_again')}: ") != first:
        raise UsageError(t("vault.differ"), t("vault.differ_next"))
    return first


def can_read_passphrase() -> bool:
    """Say whether a passphrase can be had without failing."""
    return bool(os.environ.get(PASSPHRASE_VARIABLE)) or _somebody_is_there()


def _somebody_is_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _from_file(variable: str) -> str | None:
    """Return the first line of the file; a pipe under /dev/fd will do."""
    name = os.environ.get(variable)
    if not name:
        return None
    try:
        with Path(name).open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(t("vault.unreadable", path=name, error=cause_of(error))) from error
