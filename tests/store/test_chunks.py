"""What searches read: filters, vectors, pages, answers."""

from __future__ import annotations

import numpy as np
import pytest

from copilot.records import SearchFilter
from copilot.store.documents import text_hash
from copilot.store.truth import Truth
from tests.makers import document, facts, one_chunk_a_page, store


@pytest.fixture
def library(truth: Truth) -> Truth:
    store(truth, "ops/ordre.txt", "un", collection="ops", date="2026-03-12", language="fr", marking="SECRET")
    store(truth, "ops/annexes/a[1].txt", "deux", collection="ops", date="2026-04", language="en")
    store(truth, "log/stocks.csv", "trois", collection="log", date="2025", language="fr", marking="SECRET")
    store(truth, "log/sans_date.txt", "quatre", collection="log", language="und")
    gone = store(truth, "log/parti.txt", "cinq", collection="log", date="2026-03-12")
    truth.documents.delete([gone])
    return truth


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (SearchFilter(), ["un", "deux", "trois", "quatre"]),
        (SearchFilter(collections=("ops",)), ["un", "deux"]),
        (SearchFilter(collections=("ops", "log")), ["un", "deux", "trois", "quatre"]),
        (SearchFilter(collections=("absent",)), []),
        (SearchFilter(paths=("*.csv",)), ["trois"]),
        (SearchFilter(paths=("ops/*",)), ["un", "deux"]),
        (SearchFilter(paths=("annexes",)), ["deux"]),
        (SearchFilter(paths=("stocks", "ordre")), ["un", "trois"]),
        (SearchFilter(paths=("*a[[]1].txt",)), ["deux"]),
        (SearchFilter(paths=("'; DROP TABLE chunks; --",)), []),
        (SearchFilter(date_from="2026"), ["un", "deux"]),
        (SearchFilter(date_to="2025-12-31"), ["trois"]),
        (SearchFilter(date_from="2026-03", date_to="2026-03"), ["un"]),
        (SearchFilter(date_from="2026-03-12", date_to="2026-03-12"), ["un"]),
        (SearchFilter(date_from="2026-03-13"), ["deux"]),
        (SearchFilter(languages=("en", "und")), ["deux", "quatre"]),
        (SearchFilter(markings=("SECRET",)), ["un", "trois"]),
        (SearchFilter(documents=(2, 5)), ["deux"]),
        (SearchFilter(collections=("log",), markings=("SECRET",), languages=("fr",)), ["trois"]),
    ],
)
def test_a_filter_leaves_what_it_says(library: Truth, chosen: SearchFilter, expected: list[str]) -> None:
    ids = library.chunk_ids_matching(chosen)
    assert [passage.text for passage in library.passages(sorted(ids))] == expected
    assert len(library.document_ids_matching(chosen)) == len(expected)


def test_more_ids_than_one_statement_takes(truth: Truth) -> None:
    parsed = document(*[f"page {number}" for number in range(1, 1302)])
    truth.documents.store_version(facts("long.txt"), parsed, one_chunk_a_page(parsed))
    ids = truth.live_chunk_ids()
    assert len(list(truth.iter_chunks(ids.tolist()))) == 1301
    assert len(truth.hashes_of_chunks(ids.tolist())) == 1301
    assert truth.passages(ids.tolist()[::-1])[0].text == "page 1301"


def test_pages_of_all_versions_only_when_asked(truth: Truth) -> None:
    store(truth, "a.txt", "Vieux un", "Vieux deux")
    store(truth, "a.txt", "Neuf")
    assert [page.text for page in truth.iter_pages(SearchFilter())] == ["Neuf\n"]
    every = list(truth.iter_pages(SearchFilter(all_versions=True)))
    assert [page.text for page in every] == ["Vieux un\n", "Vieux deux\n", "Neuf\n"]
    for page in every:
        assert truth.text(page.version_id)[page.start : page.start + len(page.text)] == page.text


def test_the_head_is_of_the_first_page(truth: Truth) -> None:
    store(truth, "a.txt", "Première page", "Deuxième")
    version = truth.live_versions()[0]["version_id"]
    assert truth.head(version, 8) == "Première"
    assert truth.head(version, 1000) == "Première page\n"
    assert truth.head(999, 10) == ""


# --- vectors ----------------------------------------------------------------------------------------------------------


def vector(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, dtype=np.float32)


def test_each_distinct_text_is_embedded_once(truth: Truth) -> None:
    store(truth, "a.txt", "même texte", "autre texte")
    store(truth, "copie.txt", "même texte")
    store(truth, "titré.txt", "même texte", context="Titre")
    assert truth.count_without_vector("m") == 3
    missing = truth.chunks_without_vector("m")
    assert [chunk.text for chunk in truth.iter_chunks(missing)] == ["même texte", "autre texte", "même texte"]
    same = text_hash("", "même texte")
    truth.store_vectors("m", [same], vector(1, 0)[None])
    assert truth.count_without_vector("m") == 2
    assert truth.count_without_vector("other") == 3
    assert len(truth.chunk_ids_of_hashes([same])[same]) == 2


def test_vectors_come_back_as_they_were(truth: Truth) -> None:
    store(truth, "a.txt", "un", "deux", "trois")
    hashes = [text_hash("", text) for text in ("un", "deux")]
    before = truth.vector_generation()
    truth.store_vectors("m", hashes, np.stack([vector(0.6, 0.8), vector(0, 1)]))
    assert truth.vector_generation() > before
    truth.store_vectors("m", hashes[:1], vector(9, 9)[None])
    found = {}
    for keys, matrix in truth.iter_vectors("m", [*hashes, text_hash("", "trois")], batch=1):
        assert len(keys) == 1
        found[keys[0]] = matrix[0].tolist()
    assert found == {hashes[0]: pytest.approx([0.6, 0.8]), hashes[1]: [0.0, 1.0]}
    assert set(truth.live_hashes("m")) == set(hashes)
    assert list(truth.iter_vectors("other")) == []


def test_vectors_of_deleted_documents_are_not_live_but_wait_for_their_return(truth: Truth) -> None:
    document_id = store(truth, "a.txt", "un")
    key = text_hash("", "un")
    truth.store_vectors("m", [key], vector(1, 0)[None])
    truth.documents.delete([document_id])
    assert truth.live_hashes("m") == []
    assert truth.documents.revive(document_id, facts("a.txt", "un"))
    assert truth.live_hashes("m") == [key]


def test_a_new_embedder_takes_over_and_the_old_vectors_go(truth: Truth) -> None:
    store(truth, "a.txt", "un")
    key = text_hash("", "un")
    truth.store_vectors("old", [key], vector(1, 0)[None])
    truth.store_vectors("new", [key, b"x" * 16], np.stack([vector(0, 1), vector(1, 0)]))
    assert truth.drop_vectors_except("new") == 2
    assert truth.live_hashes("old") == []
    assert truth.live_hashes("new") == [key]


# --- summaries and answers --------------------------------------------------------------------------------------------


def test_relations_are_shown_by_path_and_only_while_they_live(truth: Truth) -> None:
    old = store(truth, "v1.txt", "ancien")
    new = store(truth, "v2.txt", "nouveau")
    rows = {row["document_id"]: row["version_id"] for row in truth.live_versions()}
    truth.documents.set_relations([(rows[old], new, None)])
    [passage, _] = truth.passages(truth.live_chunk_ids().tolist())
    assert passage.superseded_by == "v2.txt"
    assert [s.superseded_by for s in truth.documents.summaries()] == ["v2.txt", None]
    truth.documents.delete([new])
    [passage] = truth.passages(truth.live_chunk_ids().tolist())
    assert passage.superseded_by is None
    assert [s.superseded_by for s in truth.documents.summaries()] == [None]


def test_unread_pages_are_counted(truth: Truth) -> None:
    parsed = document("", "", unread=True)
    truth.documents.store_version(facts("scan.pdf"), parsed, [])
    assert truth.counts()["unread_pages"] == 2
    [summary] = truth.documents.summaries()
    assert (summary.pages, summary.unread_pages, summary.chunks) == (2, 2, 0)


def test_an_answer_is_kept_with_its_record(truth: Truth) -> None:
    truth.store_answer("id1", "Où ?", "supported", {"claims": ["é"]})
    row = truth._connection.execute("SELECT * FROM answers").fetchone()
    assert (row["answer_id"], row["question"], row["status"]) == ("id1", "Où ?", "supported")
    assert "é" in row["record"]
