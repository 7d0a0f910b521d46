"""From a question to ranked passages: the fusion's arithmetic, folding, and the search over real parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot.app.embed import embed_missing
from copilot.app.session import Session
from copilot.records import SearchFilter
from copilot.retrieval.folding import fold_passages, prefer_current
from copilot.retrieval.fusion import convex, reciprocal_ranks, scaled
from tests.makers import new_session, store
from tests.presentation.samples import PASSAGE

# --- fusion -----------------------------------------------------------------------------------------------------------


def test_scores_are_scaled_between_their_ends() -> None:
    assert scaled(0.75, 0.5, 1.0) == 0.5
    assert scaled(0.2, 0.5, 1.0) == 0.0
    assert scaled(1.0, 1.0, 1.0) == 0.0


def test_the_convex_combination() -> None:
    fused = convex({1: 0.9, 2: 0.7, 4: 0.4}, {2: 8.0, 3: 4.0}, 0.25, least_cosine=0.5)
    assert fused == pytest.approx({1: 0.25, 2: 0.25 * 0.5 + 0.75, 3: 0.75 * 0.5, 4: 0.0})
    assert convex({}, {3: 4.0, 5: 1.0}, 0.0, least_cosine=0.0) == {3: 1.0, 5: 0.25}
    assert convex({}, {}, 0.5, least_cosine=0.0) == {}


def test_reciprocal_ranks() -> None:
    assert reciprocal_ranks([[1, 2], [2]], constant=60) == pytest.approx({1: 1 / 61, 2: 1 / 62 + 1 / 61})


# --- folding ----------------------------------------------------------------------------------------------------------

ROW = "Le dépôt de Cholet détient 38 000 litres de gazole au matin du douze mars selon le chef de dépôt"


def passage(number: int, text: str, path: str = "", **about: str | None) -> object:
    made = replace(PASSAGE, chunk_id=number, document_id=number, path=path or f"{number}.txt", text=text, date=None)
    return replace(made, **about)  # type: ignore[arg-type]


def kept(*passages: object) -> list[tuple[str, tuple[str, ...]]]:
    return [(p.path, p.also_in) for p in fold_passages(passages)]  # type: ignore[arg-type]


def test_copies_and_near_copies_fold_into_the_first() -> None:
    assert kept(passage(1, ROW), passage(2, "Autre chose."), passage(3, ROW.upper()), passage(4, ROW + " adjoint")) == [
        ("1.txt", ("3.txt", "4.txt")),
        ("2.txt", ()),
    ]


def test_what_differs_in_a_number_alone_does_not_fold() -> None:
    assert len(kept(passage(1, ROW), passage(2, ROW.replace("38 000", "38 500")))) == 2
    assert len(kept(passage(1, ROW), passage(2, ROW.replace("38 000", "38\u202f000")))) == 1


def test_the_current_then_the_newest_of_a_group_is_kept() -> None:
    old = passage(1, ROW, superseded_by="2.txt", date="2026-05-01")
    older, newer = passage(2, ROW, date="2026-03-01"), passage(3, ROW, date="2026-04-01")
    assert kept(old, older, newer) == [("3.txt", ("1.txt", "2.txt"))]


def test_replaced_documents_go_last_and_else_keep_their_order() -> None:
    ranked = [passage(1, "a", superseded_by="x"), passage(2, "b"), passage(3, "c", superseded_by="x"), passage(4, "d")]
    assert [p.chunk_id for p in prefer_current(ranked)] == [2, 4, 1, 3]  # type: ignore[arg-type]


# --- the search -------------------------------------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_session(tmp_path) as opened:
        store(opened.truth, "a.txt", "Le dépôt de Cholet détient du gazole.", collection="log", marking="SECRET")
        store(opened.truth, "b.txt", "Le convoi part vers Angers.", "Le gazole manque à Angers.", collection="ops")
        store(opened.truth, "c.txt", "Le dépôt de Cholet détient du gazole.", collection="ops")
        opened.freshen()
        yield opened


def embed(session: Session) -> None:
    list(embed_missing(session.truth, session.embedder, "hash"))
    session.release_indexes()
    session.freshen()


def test_words_alone_serve_until_there_are_vectors(session: Session) -> None:
    found = session.retriever.search("gazole Cholet", limit=5)
    assert (found.mode, found.served_by, found.searched) == ("lexical", "", None)
    assert found.passages[0].path == "a.txt"
    assert found.passages[0].also_in == ("c.txt",)
    assert found.passages[0].scores.dense is None
    embed(session)
    found = session.retriever.search("gazole Cholet", limit=5)
    assert (found.mode, found.served_by) == ("fused", "exact")
    assert all(p.scores.dense is not None for p in found.passages)
    assert found.passages[0].path == "a.txt"


@pytest.mark.parametrize("mode", ["lexical", "dense", "fused"])
@pytest.mark.parametrize(
    ("chosen", "paths", "searched"),
    [
        (SearchFilter(collections=("ops",)), {"b.txt", "c.txt"}, 3),
        (SearchFilter(markings=("SECRET",)), {"a.txt"}, 1),
        (SearchFilter(collections=("absente",)), set(), 0),
    ],
)
def test_a_filter_holds_for_both_halves(
    session: Session, mode: str, chosen: SearchFilter, paths: set[str], searched: int
) -> None:
    embed(session)
    found = session.retriever.search("gazole Cholet Angers", limit=10, chosen=chosen, mode=mode, fold=False)
    assert {p.path for p in found.passages} == paths
    assert found.searched == searched


def test_scores_fall_and_the_limit_holds(session: Session) -> None:
    embed(session)
    found = session.retriever.search("gazole", limit=2, fold=False).passages
    assert len(found) == 2
    assert found[0].scores.fused >= found[1].scores.fused
    assert session.retriever.search("…", limit=5, mode="lexical").passages == []


def test_what_another_process_replaces_amid_a_search_is_found_as_it_is_now(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed(session)
    hits = session.retriever._dense_hits

    def between(*given: Any) -> dict[int, float]:
        found = hits(*given)
        if not replaced:
            replaced.append(store(session.truth, "b.txt", "Plus de gazole à Angers."))
        return found

    replaced: list[object] = []
    monkeypatch.setattr(session.retriever, "_dense_hits", between)
    found = session.retriever.search("gazole Cholet Angers", limit=10, fold=False).passages
    assert {p.text for p in found if p.path == "b.txt"} == {"Plus de gazole à Angers."}


def test_deleted_and_changed_documents_are_found_no_more(session: Session) -> None:
    embed(session)
    row = session.truth.documents.by_path("a.txt")
    assert row is not None
    session.truth.documents.delete([row.document_id])
    store(session.truth, "b.txt", "Rien que de l'eau.")
    session.freshen()
    for mode in ("lexical", "dense", "fused"):
        found = session.retriever.search("gazole Cholet Angers", limit=10, mode=mode, fold=False).passages
        assert {p.path for p in found} <= {"b.txt", "c.txt"}
        assert "Le gazole manque à Angers." not in {p.text for p in found}


def test_a_replaced_document_comes_after_the_current_one(session: Session) -> None:
    version = next(v["version_id"] for v in session.truth.live_versions() if v["path"] == "a.txt")
    newer = session.truth.documents.by_path("b.txt")
    assert newer is not None
    session.truth.documents.set_relations([(version, newer.document_id, None)])
    session.truth.documents.delete([3])
    session.freshen()
    found = session.retriever.search("dépôt gazole Cholet détient", limit=5).passages
    assert [p.path for p in found][-1] == "a.txt"
    assert len(found) > 1
