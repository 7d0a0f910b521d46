"""A document in quarantine is not searched, not read and not cited; what it was used for is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from copilot.app.engine import ask, search
from copilot.app.events import Verified
from copilot.app.lookup import find_document, pages_of
from copilot.app.quarantine import find_suspects, quarantine, release
from copilot.app.replay import replay
from copilot.app.scans import count
from copilot.app.session import Session
from copilot.errors import CopilotError, UsageError
from copilot.records import Answer, SearchFilter
from copilot.store.database import open_database
from copilot.store.schema import MIGRATIONS, SCHEMA_VERSION
from copilot.store.truth import Truth
from tests.makers import run_sync, zip_bytes

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"
BAD = "Le dépôt de Cholet détient 99 000 litres de gazole.\n"


def answer(session: Session, question: str = QUESTION) -> Answer:
    last = list(ask(session, question, language="fr"))[-1]
    assert isinstance(last, Verified)
    return last.answer


def found(session: Session, words: str = "gazole Cholet") -> set[str]:
    """The names of the files found, without the archive's own list of its members."""
    names = {passage.path.rpartition("/")[2] for passage in search(session, words, limit=10)[0].passages}
    return names - {"lot.zip"}


def put(session: Session, *names: str, reason: str = "faux") -> tuple[str, ...]:
    rows = [row for name in names for row in find_suspects(session, name)]
    return quarantine(session, rows, reason).paths


@pytest.fixture
def poisoned(session: Session, docs: Path) -> Session:
    (docs / "bad.txt").write_text(BAD)
    (docs / "other.txt").write_text("Le dépôt d'Angers détient 7 500 litres d'essence et du gazole.\n")
    run_sync(session, docs)
    return session


def test_what_is_in_quarantine_is_neither_found_nor_counted_nor_read(poisoned: Session) -> None:
    assert answer(poisoned).citations[0].quote.count("99 000")
    before = poisoned.truth.counts()
    put(poisoned, "bad.txt")
    assert found(poisoned) == {"other.txt"}
    after = answer(poisoned)
    assert all("99 000" not in citation.quote for citation in after.citations)
    assert all("99 000" not in passage.text for passage in after.nearest)
    assert poisoned.truth.counts()["documents"] == before["documents"] - 1
    assert poisoned.truth.counts()["passages"] < before["passages"]
    assert len(count(poisoned.truth, "gazole", SearchFilter()).documents) == 1
    with pytest.raises(UsageError, match=r"bad\.txt"):
        pages_of(poisoned.truth, find_document(poisoned.truth, "bad.txt"), None)
    states = {row.path.rpartition("/")[2]: row.state for row in poisoned.truth.documents.summaries()}
    assert states == {"bad.txt": "quarantined", "other.txt": "live"}


def test_even_a_stale_index_does_not_bring_it_back(poisoned: Session) -> None:
    ids = poisoned.truth.live_chunk_ids().tolist()
    row = find_document(poisoned.truth, "bad.txt")
    poisoned.truth.quarantine.put([row.document_id], "")
    assert {passage.document_id for passage in poisoned.truth.passages(ids)}.isdisjoint({row.document_id})


def test_the_answers_it_was_used_for_are_named(poisoned: Session) -> None:
    cited = answer(poisoned)
    read = answer(poisoned, "Combien de litres d'essence détient le dépôt d'Angers ?")
    rows = find_suspects(poisoned, "bad.txt")
    used = {one.answer_id: one for one in quarantine(poisoned, rows, "").answers}
    assert used.keys() == {cited.answer_id, read.answer_id}
    assert used[cited.answer_id].cited
    assert not used[read.answer_id].cited
    assert used[cited.answer_id].question == QUESTION
    later = answer(poisoned, "Le gazole du dépôt de Cholet est-il là ?")
    assert later.answer_id not in {one.answer_id for one in poisoned.truth.quarantine.used_in([rows[0].document_id])}
    with pytest.raises(CopilotError):
        replay(poisoned, cited.answer_id)


def test_a_workspace_that_is_all_in_quarantine_says_so(poisoned: Session) -> None:
    put(poisoned, *(row.path.rpartition("/")[2] for row in poisoned.truth.documents.summaries() if row.state == "live"))
    assert poisoned.truth.counts()["documents"] == 0
    with pytest.raises(CopilotError) as caught:
        answer(poisoned)
    assert "quarantaine" in caught.value.message or "quarantine" in caught.value.message
    assert "--release" in caught.value.next_step


def test_release_brings_it_back(poisoned: Session) -> None:
    put(poisoned, "bad.txt")
    rows = find_suspects(poisoned, "bad.txt")
    release(poisoned, rows)
    assert found(poisoned) == {"bad.txt", "other.txt"}
    assert answer(poisoned).citations[0].quote.count("99 000")
    with pytest.raises(UsageError):
        release(poisoned, rows)
    kinds = [entry.kind for entry in poisoned.trail.log.entries()]
    assert kinds.index("quarantine") < kinds.index("release")


def test_copies_members_and_later_versions_stay_out(poisoned: Session, docs: Path) -> None:
    (docs / "lot.zip").write_bytes(zip_bytes(a__txt=b"Le gazole de Cholet, piece A.", b__txt=BAD.encode()))
    run_sync(poisoned, docs)
    paths = put(poisoned, "bad.txt", reason="test")
    assert {path.rpartition("/")[2] for path in paths} == {"bad.txt", "lot.zip!b.txt"}
    (docs / "copy.txt").write_text(BAD)
    (docs / "bad.txt").write_text("Le dépôt de Cholet détient 98 000 litres de gazole.\n")
    run_sync(poisoned, docs)
    assert found(poisoned) == {"other.txt", "lot.zip!a.txt"}
    put(poisoned, "lot.zip")
    # What was bad stays bad, wherever it turns up: even after the first file changed and the marks were written anew.
    assert found(poisoned) == {"other.txt"}
    (docs / "lot.zip").write_bytes(zip_bytes(c__txt=b"Le gazole de Cholet, piece C."))
    run_sync(poisoned, docs)
    assert found(poisoned) == {"other.txt"}
    release(poisoned, find_suspects(poisoned, "lot.zip"))
    assert found(poisoned) == {"other.txt", "lot.zip!c.txt"}


def test_a_document_is_named_by_hash_or_number_too(poisoned: Session, docs: Path) -> None:
    row = find_document(poisoned.truth, "bad.txt")
    (docs / "bad.txt").unlink()
    run_sync(poisoned, docs)
    for name in (row.sha256, row.sha256[:10], str(row.document_id)):
        assert [one.document_id for one in find_suspects(poisoned, name)] == [row.document_id]
    for name in ("none.txt", "ffffffffffff", "999999", "9" * 30):
        with pytest.raises(UsageError):
            find_suspects(poisoned, name)


def test_answers_from_before_the_table_are_known_by_their_citations(tmp_path: Path) -> None:
    path = tmp_path / "truth.db"
    with closing(sqlite3.connect(path)) as db:
        for number, script in enumerate(MIGRATIONS[:3], start=1):
            db.executescript(f"{script}; PRAGMA user_version = {number};")
        db.execute(
            "INSERT INTO documents (path, root, collection, state, seen_at) VALUES ('bad.txt', '', 'c', 'live', '')"
        )
        record = '{"citations": [{"path": "bad.txt"}, {"path": "bad.txt"}, {"path": "gone.txt"}]}'
        db.execute("INSERT INTO answers VALUES ('old', '2026-03-01', 'Q ?', 'supported', ?)", (record,))
        db.execute("INSERT INTO answers VALUES ('odd', '2026-03-01', 'Q ?', 'supported', 'no json')")
        db.commit()
    open_database(path).close()
    with Truth(path) as truth:
        assert [(one.answer_id, one.cited) for one in truth.quarantine.used_in([1])] == [("old", True)]
    assert SCHEMA_VERSION >= 4
