"""The library: documents, which of them are asked, and bringing them up to date."""

from __future__ import annotations

import time
from pathlib import Path

from textual import on

from copilot.app.events import FileRead, SyncReport
from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.resources import demo_folder
from copilot.tui import messages, phrases, work
from copilot.tui.desk import Desk
from copilot.tui.dialogs.quarantine import QuarantineDialog
from copilot.tui.screens.bench import Bench
from copilot.tui.widgets.library import Library

# How often the list is read anew while a sync adds to it.
_LIST_SECONDS = 2.0


class Collecting(Bench):
    """Syncs in a thread and a session of their own: asking goes on meanwhile."""

    async def on_documents_listed(self, event: messages.DocumentsListed) -> None:
        had, before = bool(self.counts.get("documents")), self.welcomed
        self.listed_at = time.monotonic()
        self.documents, self.counts = event.rows, event.counts
        in_service = {row.document_id for row in event.rows if row.state == "live"}
        if self.only - in_service:
            # A question meant for one document must not go to all of them unsaid.
            self.only &= in_service
            self.notice(t("tui.only_fewer", count=len(self.only)), error=True)
        self.library.show(event.rows, event.counts, self.only)
        self.show_status()
        self.show_caution()
        if self.talk.welcomes and self.welcomed != before:
            await self.talk.welcome(*self.welcomed)
            if not had and event.counts.get("documents") and "side" not in self.classes:
                self.prompt.focus()

    def look_for_changes(self) -> None:
        """Have another look at what other processes did, unless one is under way."""
        if self.change_watch.is_due:
            self.change_watch.is_due = False
            self.reading.put(work.watch_job(self.post_message, self.change_watch))

    @on(Library.Chosen)
    def _limit(self, event: Library.Chosen) -> None:
        self.only = event.documents
        self.show_status()

    # --- quarantine ---------------------------------------------------------------------------------------------------

    @on(Library.QuarantineWanted)
    def _quarantine_wanted(self, event: Library.QuarantineWanted) -> None:
        self.reading.put(work.standing_job(self.post_message, event.document_id))

    def on_standing_read(self, event: messages.StandingRead) -> None:
        """Show how a document stands, and do what the user then decides."""
        row = event.standing.row

        def decided(reason: str | None) -> None:
            if reason is not None and row.quarantined:
                self.reading.put(work.release_job(self.post_message, row))
            elif reason is not None:
                self.reading.put(work.quarantine_job(self.post_message, row, reason))

        self.app.push_screen(QuarantineDialog(event.standing), decided)

    # --- syncs --------------------------------------------------------------------------------------------------------

    def action_sync(self) -> None:
        self.start_sync([])

    def action_retry(self) -> None:
        self.start_sync([], retry=True)

    def action_demo(self) -> None:
        self.start_sync([demo_folder() / "corpus"])

    def action_add_folder(self) -> None:
        self.ask_text(t("tui.which_folder"), f"{Path.cwd()}/", lambda text: self.start_sync([self.path_of(text)]))

    def start_sync(self, folders: list[Path], *, retry: bool = False) -> None:
        """Bring folders up to date, or those known; one sync at a time."""
        if self.sync_cancel is not None:
            self.notice(t("tui.syncing_already"))
            return
        self.sync_cancel = Cancellation()
        desk = Desk("sync", self.open_session, self.told_failure)
        desk.put(work.sync_job(self.post_message, folders, self.sync_cancel, retry=retry))
        desk.close(0)
        self.library.tell(t("tui.sync.starting"))
        self.show_status()
        self.open_tab("library")

    def on_sync_advanced(self, event: messages.SyncAdvanced) -> None:
        happened = event.event
        words = phrases.of_sync(happened)
        if words:
            self.library.tell(words)
        if isinstance(happened, FileRead):
            if happened.reason:
                self.keep(f"{happened.name}: {happened.message}")
            if time.monotonic() - self.listed_at > _LIST_SECONDS:
                self.listed_at = time.monotonic()
                self.reading.put(work.documents_job(self.post_message))
        if isinstance(happened, SyncReport):
            self.notice(words)

    def on_sync_ended(self, event: messages.SyncEnded) -> None:
        self.sync_cancel = None
        self.library.tell("")
        self.show_status()
        if event.message:
            self.notice(event.message, error=True)
