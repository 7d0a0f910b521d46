"""Rebuilding everything that is derived, from the truth alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from copilot.app.embed import embed_missing
from copilot.app.events import Indexing, SyncEvent
from copilot.app.session import Session
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.store.locks import LockHeldError, exclusive


def rebuild(session: Session) -> Iterator[SyncEvent]:
    """Throw the derived indexes away and build them anew; vectors that the truth holds are not computed again.

    Raises:
        StoreError: a sync is at work in this workspace.
    """
    try:
        with exclusive(session.workspace.sync_lock):
            session.trail.record("reindex", {})
            session.release_indexes()
            shutil.rmtree(session.workspace.index, ignore_errors=True)
            yield Indexing("lexical")
            session.lexical.refresh(session.truth)
            embedder = session.embedder
            yield from embed_missing(session.truth, embedder, session.embedder_spec.name)
            yield Indexing("vectors")
            session.vectors_of(embedder).refresh()
    except LockHeldError as held:
        raise StoreError(t("sync.busy", pid=held.holder), t("sync.busy_next")) from held
