"""Taking a bad document out of service, and finding what it has already been used for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.app.lookup import find_documents_under
from copilot.app.relations import update_relations
from copilot.app.session import Session
from copilot.errors import UsageError
from copilot.i18n import t
from copilot.store.document_rows import DocumentRow
from copilot.store.quarantine import QuarantinedRow, UsedIn

_HASH = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What is out of service now, copies and members included, and the answers that any of it was read for."""

    paths: tuple[str, ...]
    answers: tuple[UsedIn, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A document before somebody who decides on it: whether it is out of service, and the answers it was read for.

    `held` is None also where it is out of service with what it lies in, or as a copy.
    """

    row: DocumentRow
    held: QuarantinedRow | None
    answers: tuple[UsedIn, ...]


def standing_of(session: Session, document_id: int) -> Standing:
    """Return how a document stands.

    Raises:
        UsageError: it is not known any more.
    """
    kept = session.truth.quarantine
    for row in session.truth.documents.by_id(document_id):
        held = next((held for held in kept.rows() if held.document_id == document_id), None)
        return Standing(row, held, tuple(kept.used_in([document_id])))
    raise UsageError(t("store.no_document", name=document_id), t("store.list_documents"))


def find_suspects(session: Session, name: str) -> list[DocumentRow]:
    """Return the documents that a path, a number of `docs --json` or the beginning of a SHA-256 means.

    By number and hash, documents whose file is gone are found too: answers may rest on them.

    Raises:
        UsageError: nothing is so named.
    """
    try:
        return find_documents_under(session.truth, session.names, name)
    except UsageError:
        documents = session.truth.documents
        found = documents.by_id(int(name)) if name.isascii() and name.isdigit() and len(name) < 18 else []
        found = found or (documents.by_hash(name) if _HASH.fullmatch(name) else [])
        if not found:
            raise
        return found


def quarantine(session: Session, rows: Sequence[DocumentRow], reason: str) -> Quarantined:
    """Take documents out of service until they are released; what was meant is recorded before it is done."""
    ids = [row.document_id for row in rows]
    trail = session.trail
    names = trail.texts([row.path for row in rows])
    trail.record(
        "quarantine", {"documents": names, "reason": trail.text(reason), "sha256": [trail.hash(r.sha256) for r in rows]}
    )
    session.truth.quarantine.put(ids, reason)
    session.workspace.drop_model_states()
    _settle(session)
    paths = session.truth.quarantine.members_and_copies(ids)
    return Quarantined(tuple(paths), tuple(session.truth.quarantine.used_in(ids)))


def release(session: Session, rows: Sequence[DocumentRow]) -> None:
    """Put documents back into service.

    Raises:
        UsageError: one of them is not in quarantine by itself.
    """
    held = {row.document_id for row in session.truth.quarantine.rows()}
    for row in rows:
        if row.document_id not in held:
            raise UsageError(t("store.not_in_quarantine", path=row.path), t("store.list_quarantine"))
    trail = session.trail
    trail.record("release", {"documents": trail.texts([row.path for row in rows])})
    session.truth.quarantine.release([row.document_id for row in rows])
    _settle(session)


def _settle(session: Session) -> None:
    # What a document replaced, or was a copy of, is judged anew without it.
    update_relations(session.truth)
    session.freshen()
