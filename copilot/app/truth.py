"""Opening a workspace's database, and refusing what is not it: one that is gone, empty, or another workspace's."""

from __future__ import annotations

import secrets
from contextlib import suppress

from copilot.audit.files import AuditFolder
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.store.database import database_errors
from copilot.store.files import write_atomically
from copilot.store.truth import Truth
from copilot.workspace import Workspace

_ID = "workspace_id"


def open_truth(workspace: Workspace, *, for_reading: bool = False) -> Truth:
    """Open the database of a workspace that is unlocked.

    Raises:
        StoreError: it is damaged or cannot be opened, belongs to another workspace, or is gone or empty although the
            workspace was used: an empty one in its place would say that nothing was ever answered here.
    """
    is_used = _is_used(workspace)
    if is_used and not (workspace.database.exists() and workspace.database.stat().st_size):
        raise _lost(workspace)
    key = workspace.secrets.database_key if workspace.secrets else None
    truth = Truth(workspace.database, key, for_reading=for_reading, must_be_ours=is_used)
    try:
        _check_id(workspace, truth)
    except BaseException:
        truth.close()
        raise
    return truth


def _is_used(workspace: Workspace) -> bool:
    """Say whether the log or an index, which come after the database, tell of one."""
    log = AuditFolder(workspace.audit).log
    return (log.exists() and log.stat().st_size > 0) or workspace.lexical_index.exists()


def _check_id(workspace: Workspace, truth: Truth) -> None:
    """Refuse a database that does not bear the number that stands beside it; where there is none yet, give one.

    The database comes first: killed in between, the next start takes the number from there.
    """
    try:
        beside, within = workspace.id(), truth.get_meta(_ID)
    except database_errors() as error:
        raise StoreError(t("store.damaged", path=workspace.database, error=error), t("store.restore")) from error
    if beside is not None and beside != within:
        raise _lost(workspace) if within is None else _foreign(workspace)
    if beside is None and not truth.is_read_only:
        with suppress(StoreError, OSError, *database_errors()):
            truth.move_meta(_ID, lambda present: None if present else secrets.token_hex(16))
            if given := truth.get_meta(_ID):
                write_atomically(workspace.id_file, f"{given}\n")


def _lost(workspace: Workspace) -> StoreError:
    return StoreError(t("store.lost", path=workspace.database), t("store.lost_next", state=workspace.state))


def _foreign(workspace: Workspace) -> StoreError:
    return StoreError(t("store.foreign", path=workspace.database), t("store.lost_next", state=workspace.state))
