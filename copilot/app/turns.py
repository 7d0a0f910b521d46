"""One at a time brings a workspace up to date: whoever comes second waits for its turn, or is told at once."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import ExitStack

from copilot.app.events import WaitingForSync
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.store.locks import LockHeldError, exclusive
from copilot.workspace import Workspace

_PAUSE_SECONDS = 0.2


def take_turn(workspace: Workspace, *, wait: bool) -> Generator[WaitingForSync, None, ExitStack]:
    """Return the turn, to be given back by leaving it as a context manager; yields while another process has it.

    It yields after each look, so that whoever listens can stop the waiting.

    Raises:
        StoreError: another process has it, and it is not to be waited for.
    """
    while True:
        held = ExitStack()
        try:
            held.enter_context(exclusive(workspace.sync_lock))
        except LockHeldError as other:
            if not wait:
                raise StoreError(t("sync.busy", pid=other.holder), t("sync.busy_next")) from other
            yield WaitingForSync(other.holder)
        else:
            return held
        time.sleep(_PAUSE_SECONDS)
