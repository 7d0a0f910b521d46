"""Which pages the user has looked at: recorded once each while the same sources lie open, not at every step."""

from __future__ import annotations

from copilot.app.recording import Shown, record_show
from copilot.app.session import Session
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.records import Citation


def record_view(session: Session, citation: Citation, shown: Shown = Shown.TEXT) -> str:
    """Record that the page of a citation is shown; return what to say where the log cannot be written, else nothing.

    The page is shown all the same: what an answer rests on can be checked on a full disk, too.
    """
    try:
        record_show(session, citation, citation.version_id, [citation.page], shown)
    except StoreError as error:
        cause = error.__cause__
        why = error.message
        if isinstance(cause, OSError):
            why = f"{cause.filename or session.workspace.audit}, {cause_of(cause)}"
        return t("tui.view_not_recorded", page=citation.page, why=why)
    return ""


class Viewed:
    """The pages, as text or as picture, that were recorded since these sources were opened."""

    def __init__(self) -> None:
        self._recorded: set[tuple[int, int, Shown]] = set()

    def record(self, session: Session, citation: Citation, shown: Shown = Shown.TEXT) -> str:
        """Record a page that has not been yet; return what to say where that failed, to be tried again."""
        view = (citation.version_id, citation.page, shown)
        problem = "" if view in self._recorded else record_view(session, citation, shown)
        if not problem:
            self._recorded.add(view)
        return problem
