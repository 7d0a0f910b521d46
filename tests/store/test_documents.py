"""What a sync writes: versions, failures, moves, deletions, returns, containers."""

from __future__ import annotations

from dataclasses import replace

from copilot.store.document_rows import DocumentRow
from copilot.store.documents import text_hash
from copilot.store.truth import Truth
from tests.makers import document, facts, one_chunk_a_page, store


def row(truth: Truth, path: str) -> DocumentRow:
    found = truth.documents.by_path(path)
    assert found is not None
    return found


def store_in(truth: Truth, path: str, container: int, text: str = "membre", *, pending: bool = False) -> int:
    parsed = document(text)
    return truth.documents.store_version(
        facts(path, text, container=container), parsed, one_chunk_a_page(parsed), members_pending=pending
    )


def live_texts(truth: Truth) -> set[str]:
    return {chunk.text for chunk in truth.iter_chunks()}


def current_text(truth: Truth, path: str) -> str:
    version = row(truth, path).current_version
    assert version is not None
    return truth.text(version)


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_new_version_takes_over_and_the_old_one_still_resolves(truth: Truth) -> None:
    first = store(truth, "a.txt", "Le dépôt de Cholet.", "Page deux.")
    old = row(truth, "a.txt").current_version
    [passage, _] = truth.passages(truth.live_chunk_ids().tolist())
    assert store(truth, "a.txt", "Le dépôt d'Angers.") == first
    assert live_texts(truth) == {"Le dépôt d'Angers."}
    assert old is not None
    assert truth.text(old) == "Le dépôt de Cholet.\nPage deux.\n"
    assert truth.text(old)[passage.start : passage.end] == passage.text
    assert truth.passages([passage.chunk_id]) == []
    history = truth.version_history(first)
    assert [version["number"] for version in history] == [2, 1]
    assert [version["page_count"] for version in history] == [1, 2]


def test_passages_are_slices_of_their_text(truth: Truth) -> None:
    store(truth, "a.txt", "Un — é\U0001f600.", "Deux.", "Trois.", title="Titre", date="2026-03-01", marking="DR")
    store(truth, "b.txt", "Autre.")
    passages = truth.passages(truth.live_chunk_ids().tolist())
    assert [p.text for p in passages] == ["Un — é\U0001f600.", "Deux.", "Trois.", "Autre."]
    assert all(truth.text(p.version_id)[p.start : p.end] == p.text for p in passages)
    first = passages[0]
    assert (first.title, first.date, first.marking, first.page_first) == ("Titre", "2026-03-01", "DR", 1)


def test_passages_come_in_the_order_asked_for(truth: Truth) -> None:
    for number in range(1200):
        store(truth, f"{number}.txt", f"texte {number}") if number < 3 else None
    ids = truth.live_chunk_ids().tolist()
    assert [p.chunk_id for p in truth.passages([ids[2], 999, ids[0]])] == [ids[2], ids[0]]


def test_a_text_before_the_first_page_is_not_lost(truth: Truth) -> None:
    parsed = document("Page un", "Page deux")
    shifted = replace(parsed, pages=(replace(parsed.pages[0], start=3), parsed.pages[1]))
    truth.documents.store_version(facts("a.txt"), shifted, [])
    assert current_text(truth, "a.txt") == parsed.text


def test_the_generation_grows_with_every_change_that_a_search_can_see(truth: Truth) -> None:
    seen = [truth.generation()]

    def note() -> None:
        seen.append(truth.generation())

    a = store(truth, "a.txt", "un")
    note()
    truth.documents.store_failure(facts("b.txt"), "damaged", "…")
    note()
    truth.documents.move(a, facts("c.txt", "un"))
    note()
    truth.documents.delete([a])
    note()
    assert truth.documents.revive(a, facts("c.txt", "un"))
    note()
    truth.documents.set_relations([(1, None, None)])
    note()
    truth.documents.finish_container(a, [])
    note()
    assert seen == sorted(set(seen))
    truth.documents.touch(a, facts("c.txt", "un"))
    truth.set_meta("x", "y")
    assert truth.generation() == seen[-1]


# --- failures ---------------------------------------------------------------------------------------------------------


def test_a_failed_file_is_named_with_its_reason(truth: Truth) -> None:
    truth.documents.store_failure(facts("a.pdf", "xx"), "encrypted", "Il est chiffré.")
    failed = row(truth, "a.pdf")
    assert (failed.state, failed.reason, failed.message) == ("failed", "encrypted", "Il est chiffré.")
    assert [s.path for s in truth.documents.summaries(failed=True)] == ["a.pdf"]
    assert {name: number for name, number in truth.counts().items() if number} == {"failed": 1}


def test_a_new_version_that_fails_keeps_the_last_good_one_in_service(truth: Truth) -> None:
    store(truth, "a.txt", "bonne version")
    truth.documents.store_failure(facts("a.txt", "abîmé"), "damaged", "…")
    assert live_texts(truth) == {"bonne version"}
    failed = row(truth, "a.txt")
    assert (failed.state, failed.reason) == ("live", "damaged")
    counts = truth.counts()
    assert (counts["documents"], counts["failed"]) == (1, 1)
    store(truth, "a.txt", "réparé")
    assert row(truth, "a.txt").reason is None
    assert truth.counts()["failed"] == 0


def test_a_deleted_file_that_comes_back_broken_does_not_bring_back_its_old_text(truth: Truth) -> None:
    document_id = store(truth, "a.txt", "ancien")
    truth.documents.delete([document_id])
    truth.documents.store_failure(facts("a.txt", "abîmé"), "damaged", "…")
    assert row(truth, "a.txt").state == "failed"
    assert live_texts(truth) == set()


# --- deletion and return ----------------------------------------------------------------------------------------------


def test_a_deleted_document_is_found_no_more_but_its_text_stays(truth: Truth) -> None:
    document_id = store(truth, "a.txt", "texte")
    version = row(truth, "a.txt").current_version
    truth.documents.delete([document_id])
    assert live_texts(truth) == set()
    assert truth.documents.summaries() == []
    assert truth.counts()["documents"] == 0
    assert version is not None
    assert truth.text(version) == "texte\n"


def test_a_deleted_document_returns_with_the_same_bytes_only(truth: Truth) -> None:
    document_id = store(truth, "a.txt", "texte")
    truth.documents.delete([document_id])
    assert not truth.documents.revive(document_id, facts("a.txt", "autre"))
    assert truth.documents.revive(document_id, facts("a.txt", "texte"))
    assert live_texts(truth) == {"texte"}
    assert not truth.documents.revive(document_id, facts("a.txt", "texte")), "it is not deleted any more"


def test_a_container_does_not_return_without_being_read(truth: Truth) -> None:
    container = store(truth, "a.zip", "liste")
    store_in(truth, "a.zip!m.txt", container)
    truth.documents.delete([container])
    assert not truth.documents.revive(container, facts("a.zip", "liste"))


def test_deleting_a_container_takes_the_whole_tree(truth: Truth) -> None:
    outer = store(truth, "a.zip", "liste")
    inner = store_in(truth, "a.zip!b.zip", outer)
    store_in(truth, "a.zip!b.zip!m.txt", inner)
    store(truth, "a.zip.txt", "voisin")
    truth.documents.delete([outer])
    assert live_texts(truth) == {"voisin"}


# --- moves ------------------------------------------------------------------------------------------------------------


def test_a_moved_container_moves_its_members(truth: Truth) -> None:
    outer = store(truth, "old/a.zip", "liste")
    inner = store_in(truth, "old/a.zip!b.zip", outer)
    store_in(truth, "old/a.zip!b.zip!m.txt", inner)
    store(truth, "old/a.zipper", "voisin")
    truth.documents.move(outer, facts("new/a.zip", "liste", collection="d"))
    summaries = {s.path: s.collection for s in truth.documents.summaries()}
    assert summaries == {"new/a.zip": "d", "new/a.zip!b.zip": "d", "new/a.zip!b.zip!m.txt": "d", "old/a.zipper": "c"}


def test_a_move_onto_a_deleted_documents_path_keeps_both_histories(truth: Truth) -> None:
    gone = store(truth, "b.txt", "parti")
    old_version = row(truth, "b.txt").current_version
    truth.documents.delete([gone])
    moved = store(truth, "a.txt", "resté")
    truth.documents.move(moved, facts("b.txt", "resté"))
    assert row(truth, "b.txt").document_id == moved
    assert live_texts(truth) == {"resté"}
    assert old_version is not None
    assert truth.text(old_version) == "parti\n"


def test_a_container_moves_where_a_deleted_one_was(truth: Truth) -> None:
    gone = store(truth, "b.zip", "vieille liste")
    store_in(truth, "b.zip!m.txt", gone, "vieux")
    truth.documents.delete([gone])
    moved = store(truth, "a.zip", "liste")
    store_in(truth, "a.zip!m.txt", moved, "neuf")
    truth.documents.move(moved, facts("b.zip", "liste"))
    assert current_text(truth, "b.zip!m.txt") == "neuf\n"
    assert live_texts(truth) == {"liste", "neuf"}


def test_a_touched_container_takes_its_members_along(truth: Truth) -> None:
    outer = store(truth, "a.zip", "liste")
    inner = store_in(truth, "a.zip!b.zip", outer)
    store_in(truth, "a.zip!b.zip!m.txt", inner)
    truth.documents.touch(outer, facts("a.zip", "liste", collection="neuve"))
    assert {s.collection for s in truth.documents.summaries()} == {"neuve"}


# --- containers -------------------------------------------------------------------------------------------------------


def test_a_finished_container_drops_members_that_it_no_longer_holds(truth: Truth) -> None:
    parsed = document("liste")
    container = truth.documents.store_version(facts("a.zip"), parsed, [], members_pending=True)
    store_in(truth, "a.zip!kept.txt", container, "gardé")
    inner = store_in(truth, "a.zip!gone.zip", container, "parti")
    store_in(truth, "a.zip!gone.zip!m.txt", inner, "parti aussi")
    assert row(truth, "a.zip").members_pending
    truth.documents.finish_container(container, ["a.zip!kept.txt"])
    assert not row(truth, "a.zip").members_pending
    assert live_texts(truth) == {"gardé"}
    assert truth.documents.has_members(container)
    truth.documents.finish_container(container, [])
    assert not truth.documents.has_members(container)


# --- where files are --------------------------------------------------------------------------------------------------


def test_files_under_a_folder_are_not_its_neighbours_nor_members(truth: Truth) -> None:
    for path in (
        "docs/a.txt",
        "docs/b/c.txt",
        "docs2/d.txt",
        "docs",
        "DOCS/e.txt",
        "/elsewhere/f.txt",
        "x_y/g.txt",
        "xzy/h.txt",
    ):
        store(truth, path, path)
    zipped = store(truth, "docs/z.zip", "liste")
    store_in(truth, "docs/z.zip!m.txt", zipped)
    under = truth.documents.files_under
    assert set(under("docs")) == {"docs", "docs/a.txt", "docs/b/c.txt", "docs/z.zip"}
    assert set(under("x_y")) == {"x_y/g.txt"}
    assert set(under("/elsewhere/")) == {"/elsewhere/f.txt"}
    assert "/elsewhere/f.txt" not in under("")
    assert len(under("")) == 8


def test_the_hash_of_a_chunk_tells_context_from_text() -> None:
    assert text_hash("ab", "c") != text_hash("a", "bc")
    assert text_hash("", "\ud800") != text_hash("", "?")
    assert len(text_hash("", "")) == 16
