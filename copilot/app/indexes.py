"""Rebuilding everything that is derived, from the truth alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from copilot.app.embed import embed_missing
from copilot.app.events import Indexing, SyncEvent
from copilot.app.session import Session
from copilot.app.turns import take_turn


def rebuild(session: Session, *, wait: bool = False) -> Iterator[SyncEvent]:
    """Throw the derived indexes away and build them anew; vectors that the truth holds are not computed again.

    Raises:
        StoreError: a sync is at work in this workspace, and it is not to be waited for.
    """
    with (yield from take_turn(session.workspace, wait=wait)):
        session.trail.record("reindex", {})
        session.release_indexes()
        shutil.rmtree(session.workspace.index, ignore_errors=True)
        yield Indexing("lexical")
        session.lexical.refresh(session.truth)
        embedder = session.embedder
        yield from embed_missing(session.truth, embedder, session.embedder_spec.name)
        yield Indexing("vectors")
        session.vectors_of(embedder).refresh()
