"""Taking documents out of every search."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.app.session import Session
from copilot.errors import WorkspaceError
from copilot.store.document_rows import DocumentRow


def forget(session: Session, rows: Sequence[DocumentRow]) -> WorkspaceError | None:
    """Take documents out of every search; what was meant is recorded before it is done.

    Return what kept the index of words from following, such as a full disk: the documents are forgotten all the same,
    and the next question brings the index up to date before it searches.
    """
    trail = session.trail
    trail.record("forget", {"documents": trail.texts([row.path for row in rows])})
    session.truth.documents.delete(row.document_id for row in rows)
    session.workspace.drop_model_states()
    try:
        session.freshen()
    except WorkspaceError as error:
        return error
    return None
