"""A sync's events as progress on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.app.events import Embedding, FileRead, Indexing, Scanning, WaitingForSync
from copilot.cli.printing import note
from copilot.i18n import t
from copilot.presentation.progress import ProgressReporter, ProgressUpdate

if TYPE_CHECKING:
    from copilot.app.events import SyncEvent


class SyncProgress(ProgressReporter):
    """Shows where a sync stands; a context manager, so that the terminal is whole again whatever happens."""

    _waits_for = ""

    def show(self, event: SyncEvent) -> None:
        """Render one event; those that are no progress print nothing. Each process that is waited for is told once."""
        if isinstance(event, WaitingForSync) and event.holder != self._waits_for:
            self._waits_for = event.holder
            note(t("sync.waiting", pid=event.holder))
        if isinstance(event, Scanning):
            self.update(ProgressUpdate("scan", event.files, None, "files", event.current))
        elif isinstance(event, FileRead):
            self.update(ProgressUpdate("read", event.done, event.total, "files", event.name))
        elif isinstance(event, Embedding):
            self.update(ProgressUpdate("embed", event.done, event.total, "passages"))
        elif isinstance(event, Indexing):
            self.update(ProgressUpdate("index", 0, None, "passages"))
