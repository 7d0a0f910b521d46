"""Which documents repeat or replace others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.relations import update_relations
from copilot.indexing.near_duplicates import near_duplicate_groups, signature, similarity
from copilot.store.truth import Truth
from tests.makers import document, facts, one_chunk_a_page

ORDER = " ".join(
    f"Le détachement {n} rejoint la zone {n * 7} par l'itinéraire {n + 3} avant l'heure." for n in range(40)
)


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Truth]:
    with Truth(tmp_path / "truth.db") as opened:
        yield opened


def put(truth: Truth, path: str, text: str, date: str | None = None) -> None:
    parsed = document(text, date=date)
    truth.documents.store_version(facts(path, text), parsed, one_chunk_a_page(parsed), signature=signature(parsed.text))


def superseded(truth: Truth) -> dict[str, str]:
    update_relations(truth)
    return {s.path: s.superseded_by for s in truth.documents.summaries() if s.superseded_by}


def copies(truth: Truth) -> dict[str, str]:
    update_relations(truth)
    return {s.path: s.duplicate_of for s in truth.documents.summaries() if s.duplicate_of}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ordre_v1.txt", "ordre_v2.txt"),
        ("Ordre V9.txt", "ordre-v10.txt"),
        ("ordre rev A.pdf", "archives/ordre rev B.docx"),
        ("ordre.txt", "ordre_modificatif_1.txt"),
        ("plan-édition-2.txt", "plan-edition-3.txt"),
        ("envoi.zip!ordre_v1.txt", "ordre_v2.txt"),
    ],
)
def test_a_later_number_replaces_the_earlier(truth: Truth, old: str, new: str) -> None:
    put(truth, new, ORDER + " Variante.")
    put(truth, old, ORDER)
    assert superseded(truth) == {old: new}


def test_a_chain_leads_to_the_newest(truth: Truth) -> None:
    for number in (2, 1, 3):
        put(truth, f"ordre_v{number}.txt", f"{ORDER} Variante {number}.")
    assert superseded(truth) == {"ordre_v1.txt": "ordre_v3.txt", "ordre_v2.txt": "ordre_v3.txt"}


def test_every_copy_of_the_earlier_is_replaced(truth: Truth) -> None:
    put(truth, "a/ordre_v1.txt", ORDER)
    put(truth, "b/ordre_v1.txt", ORDER)
    put(truth, "ordre_v2.txt", ORDER + " Variante.")
    assert superseded(truth) == {"a/ordre_v1.txt": "ordre_v2.txt", "b/ordre_v1.txt": "ordre_v2.txt"}


@pytest.mark.parametrize(
    "words", ["Annule et remplace l'ordre du 1er mars. ", "Cancels and replaces the order of 1 March. "]
)
def test_an_order_that_says_so_replaces_its_namesake(truth: Truth, words: str) -> None:
    put(truth, "mars/ordre.txt", ORDER, "2026-03-01")
    put(truth, "avril/ordre.txt", words + ORDER, "2026-04-01")
    assert superseded(truth) == {"mars/ordre.txt": "avril/ordre.txt"}


def test_an_older_one_that_says_so_replaces_nothing_newer(truth: Truth) -> None:
    put(truth, "mars/ordre.txt", "Annule et remplace l'ordre de février. " + ORDER, "2026-03-01")
    put(truth, "avril/ordre.txt", ORDER, "2026-04-01")
    assert superseded(truth) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("crj_2026-03-01.txt", "crj_2026-03-02.txt"),
        ("crj 12.txt", "crj 13.txt"),
        ("sitrep_d5.txt", "sitrep_d6.txt"),
        ("mars/ordre.txt", "avril/ordre.txt"),
    ],
)
def test_daily_reports_are_not_versions(truth: Truth, one: str, other: str) -> None:
    put(truth, one, ORDER, "2026-03-01")
    put(truth, other, ORDER + " Fin du jour.", "2026-03-02")
    assert superseded(truth) == {}


def test_other_texts_of_a_family_name_are_not_versions(truth: Truth) -> None:
    put(truth, "note_v1.txt", ORDER)
    put(truth, "note_v2.txt", "Menu de la semaine : lundi poisson, mardi volaille, mercredi légumes farcis.")
    assert superseded(truth) == {}


def test_copies_point_to_the_first_known(truth: Truth) -> None:
    put(truth, "a.txt", ORDER)
    put(truth, "b.txt", ORDER)
    put(truth, "c.txt", ORDER + " Copie certifiée.")
    put(truth, "d.txt", "Autre chose, sans rapport avec le reste.")
    put(truth, "vide.txt", "")
    put(truth, "vide2.txt", "")
    assert copies(truth) == {"b.txt": "a.txt", "c.txt": "a.txt"}


def test_relations_end_with_what_they_rest_on_and_are_written_once(truth: Truth) -> None:
    put(truth, "ordre_v1.txt", ORDER)
    put(truth, "ordre_v2.txt", ORDER + " Variante.")
    assert superseded(truth)
    before = truth.generation()
    update_relations(truth)
    assert truth.generation() == before
    newest = truth.documents.by_path("ordre_v2.txt")
    assert newest is not None
    truth.documents.delete([newest.document_id])
    assert superseded(truth) == {}


# --- signatures -------------------------------------------------------------------------------------------------------


def test_similarity_estimates_the_share_of_common_triples() -> None:
    words = [f"mot{n}" for n in range(300)]
    whole = signature(" ".join(words))
    half = signature(" ".join(words[:150] + [f"autre{n}" for n in range(150)]))
    # 148 triples of 298 each in common: 148 / 448 = 0.33; three standard errors of 128 minima.
    assert similarity(whole, half) == pytest.approx(0.33, abs=0.125)
    assert similarity(whole, whole) == 1.0
    assert similarity(whole, signature("tout autre chose que cela")) < 0.1
    assert similarity(whole, b"") == 0.0
    assert signature("… — !") == b""


def test_groups_hold_what_is_linked_and_nothing_else() -> None:
    base = [f"mot{n}" for n in range(400)]
    near = [*base[:390], *(f"x{n}" for n in range(10))]
    signatures = {
        1: signature(" ".join(base)),
        2: signature(" ".join(near)),
        3: signature("rien de tout cela ici"),
        4: b"",
    }
    assert near_duplicate_groups(signatures, threshold=0.85) == [{1, 2}]
    assert near_duplicate_groups(signatures, threshold=1.0) == []
