"""Sources: the pages that an answer cites, one after the other, and their originals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from textual import on

from copilot.app.naming import PathNames
from copilot.app.recording import Shown
from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.records import Citation
from copilot.sandbox.seal import is_filtered
from copilot.sanitise import visible
from copilot.tui import messages, work
from copilot.tui.graphics.drawing import Drawing
from copilot.tui.graphics.touched import IsTouched
from copilot.tui.screens.bench import Bench
from copilot.tui.viewed import Viewed
from copilot.tui.widgets.picture import Picture
from copilot.tui.widgets.sources import SourceView
from copilot.tui.widgets.turn import TurnView
from copilot.verification import openable


class Reading(Bench):
    """Follows citations."""

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show the first of these pages; with none, that nothing is cited."""
        if tuple(citations) != self.cited:
            self.viewed = Viewed()
        self.cited, self.cited_at = tuple(citations), 0
        if self.cited:
            self._read_page()
        else:
            self._stop_drawing()
            self.sources.clear()

    def _read_page(self, *, opens: bool = False) -> None:
        """Have the page read; `opens` says that its pane, which may be hidden, is about to be shown."""
        viewed = self.viewed if opens or self.sources.is_open else None
        self.reading.put(work.page_job(self.post_message, self.cited[self.cited_at], viewed))

    @on(SourceView.Opened)
    def _pane_opened(self) -> None:
        """Have recorded what was read while the pane was hidden."""
        self._record_view(Shown.TEXT if self.sources.picture.drawing is None else Shown.PICTURE)

    def _record_view(self, shown: Shown) -> None:
        if self.cited and self.sources.is_open:
            self.reading.put(work.view_job(self.post_message, self.cited[self.cited_at], self.viewed, shown))

    def on_page_read(self, event: messages.PageRead) -> None:
        if event.citation in self.cited:
            self.sources.show(event.citation, len(self.cited), event.text, event.start, event.end)
            self.show_caution()
            self._draw_page()

    # --- its picture --------------------------------------------------------------------------------------------------

    def action_picture(self) -> None:
        """Show pictures of pages, or their text again; where there can be none, say why."""
        why = self.canvas.graphics.why
        if not self.cited:
            self.notice(t("tui.no_source"))
        elif not self.canvas.graphics.kind:
            self.notice(t(f"tui.pages.{why}"))
        elif self.pictured and (self.sources.picture.drawing is not None or self.drawing_cancel is not None):
            self.pictured = False
            self._stop_drawing()
            self.sources.show_picture(None)
        else:
            self.pictured = True
            self.open_tab("sources")
            self.call_after_refresh(self._draw_page)

    @on(SourceView.PictureWanted)
    def _picture_wanted(self) -> None:
        self.action_picture()

    @on(SourceView.Widened)
    def _widened(self) -> None:
        if self.sources.picture.drawing is not None:
            self._draw_page()

    def paint_pictures(self, is_touched: IsTouched) -> None:
        """Paint a sixel picture where it was written over."""
        for picture in self.query(Picture):
            picture.paint(is_touched)

    def on_screen_suspend(self) -> None:
        """Have no picture under a dialog, which tints what lies below it."""
        self.sources.picture.refresh()

    def on_screen_resume(self) -> None:
        self.sources.picture.refresh()

    def _stop_drawing(self) -> None:
        if self.drawing_cancel is not None:
            self.drawing_cancel.cancel()
            self.drawing_cancel = None

    def _draw_page(self) -> None:
        self._stop_drawing()
        if not (self.pictured and self.cited and self.sources.is_showing):
            return
        citation, columns = self.cited[self.cited_at], self.sources.columns
        found = self.drawn.find(citation, columns)
        if found is not None:
            self._show_drawing(*found)
            return
        self.sources.tell(t("tui.pages.drawing"))
        self.drawing_cancel = Cancellation()
        viewed = self.viewed if self.sources.is_open else None
        self.drawing.put(
            work.picture_job(self.post_message, citation, columns, self.canvas.graphics, self.drawing_cancel, viewed)
        )

    def _show_drawing(self, drawing: Drawing, marked: bool) -> None:
        # One that was kept, or that was begun while the pane was hidden, is recorded here.
        self._record_view(Shown.PICTURE)
        self.sources.show_picture(drawing, "" if marked else t("tui.pages.unmarked"))

    def on_page_drawn(self, event: messages.PageDrawn) -> None:
        """Show what was drawn if it is still wanted; where nothing was, the text stays and the reason stands above."""
        if event.drawing is not None:
            self.drawn.keep(event.citation, event.columns, event.drawing, marked=event.marked)
        wanted = self.pictured and self.cited and self.cited[self.cited_at] == event.citation
        if not wanted or event.cancel is not self.drawing_cancel:
            return
        self.drawing_cancel = None
        if event.drawing is not None:
            self._show_drawing(event.drawing, event.marked)
        else:
            why = t("tui.pages.text", why=event.message) if event.message else t("tui.pages.cancelled")
            self.sources.show_picture(None, why)
            self.keep(why)

    def cite(self, number: int) -> None:
        """Jump to the page of citation `number` of the answer that is shown."""
        for at, citation in enumerate(self.cited):
            if citation.number == number:
                self.cited_at = at
                self._read_page(opens=True)
                self.open_tab("sources")
                return
        self.notice(t("tui.no_citation", number=number))

    def action_cite(self, number: int) -> None:
        """Open source `number` of the turn that has the focus, else of the answer that is shown."""
        focused = self.focused
        if isinstance(focused, TurnView) and focused.answer is not None and openable(focused.answer) != self.cited:
            self.show_citations(openable(focused.answer))
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
            self._read_page(opens=True)
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
        elif is_filtered() or not _open(path):
            if visible(str(path)) != str(path):
                # Pasted into a shell, a line break would run what follows it.
                self.notice(t("tui.path_not_copied", path=path), error=True)
                return
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
