"""Taking documents out of every search."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.app.session import Session
from copilot.store.document_rows import DocumentRow


def forget(session: Session, rows: Sequence[DocumentRow]) -> None:
    """Take documents out of every search; what was meant is recorded before it is done."""
    trail = session.trail
    trail.record("forget", {"documents": trail.texts([row.path for row in rows])})
    session.truth.documents.delete(row.document_id for row in rows)
    session.freshen()
