"""Sources: the pages that an answer cites, one after the other, and their originals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from textual import on

from copilot.app.naming import PathNames
from copilot.i18n import t
from copilot.records import Citation
from copilot.sandbox.seal import is_sealed
from copilot.tui import messages, work
from copilot.tui.screens.bench import Bench
from copilot.tui.widgets.sources import SourceView


class Reading(Bench):
    """Follows citations."""

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show the first of these pages; with none, that nothing is cited."""
        self.cited, self.cited_at = tuple(citations), 0
        if self.cited:
            self._read_page()
        else:
            self.sources.clear()

    def _read_page(self) -> None:
        self.reading.put(work.page_job(self.post_message, self.cited[self.cited_at]))

    def on_page_read(self, event: messages.PageRead) -> None:
        if event.citation in self.cited:
            self.sources.show(event.citation, len(self.cited), event.text, event.start, event.end)

    def cite(self, number: int) -> None:
        """Jump to the page of citation `number` of the answer that is shown."""
        for at, citation in enumerate(self.cited):
            if citation.number == number:
                self.cited_at = at
                self._read_page()
                self.open_tab("sources")
                return
        self.notice(t("tui.no_citation", number=number))

    def action_cite(self, number: int) -> None:
        self.cite(number)

    def action_next_citation(self) -> None:
        self._step(1)

    def action_previous_citation(self) -> None:
        self._step(-1)

    @on(SourceView.Step)
    def _stepped(self, event: SourceView.Step) -> None:
        self._step(event.by)

    def _step(self, by: int) -> None:
        if self.cited:
            self.cited_at = (self.cited_at + by) % len(self.cited)
            self._read_page()
            self.open_tab("sources")

    def action_open(self) -> None:
        """Open the original. Sealed from every socket, no program that needs the desktop can start: its path is copied.

        A member of an archive is no file of its own.
        """
        if not self.cited:
            self.notice(t("tui.no_source"))
            return
        name = self.cited[self.cited_at].path
        path = PathNames(self.workspace.root).path_of(name)
        if "!" in name or not path.is_file():
            self.notice(t("tui.cannot_open"), error=True)
        elif is_sealed() or not _open(path):
            self.app.copy_to_clipboard(str(path))
            self.notice(t("tui.path_copied", path=path))


def _open(path: Path) -> bool:
    """Start the program that the system has for a file; False where there is none."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        done = subprocess.run(
            [opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
