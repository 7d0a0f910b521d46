"""The phrases: plural forms, places, coverage and warnings in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot.i18n import catalog, set_language
from copilot.presentation import wording
from copilot.records import Citation, Passage, Status, Warning_
from tests.presentation.samples import ANSWER, COVERAGE, PASSAGE, PLAN, REFUSAL, STOCKS


@pytest.mark.parametrize(
    ("language", "number", "phrase"),
    [
        ("en", 0, "0 files not read"),
        ("en", 1, "1 file not read"),
        ("en", 2, "2 files not read"),
        ("en", 12345, "12,345 files not read"),
        ("fr", 0, "0 fichier non lu"),
        ("fr", 1, "1 fichier non lu"),
        ("fr", 2, "2 fichiers non lus"),
        ("fr", 12345, "12\u202f345 fichiers non lus"),
    ],
)
def test_plural_forms(language: str, number: int, phrase: str) -> None:
    set_language(language)
    assert wording.counted("failed", number) == phrase


def test_every_counted_phrase_has_both_forms() -> None:
    forms = [key for key in catalog("presentation") if key.endswith((".one", ".many"))]
    assert len(forms) > 10
    assert {key.rpartition(".")[0] for key in forms if key.endswith(".one")} == {
        key.rpartition(".")[0] for key in forms if key.endswith(".many")
    }


def test_coverage_in_both_languages() -> None:
    assert wording.coverage_of(COVERAGE) == (
        "12 passages read in 5 documents of 340; 3 files not read; 2 scanned pages not read"
    )
    set_language("fr")
    assert wording.coverage_of(COVERAGE) == (
        "12 passages lus dans 5 documents sur 340 ; 3 fichiers non lus ; 2 pages numérisées non lues"
    )


def test_coverage_tells_every_limit() -> None:
    limited = replace(COVERAGE, documents_searched=1, not_embedded=4, search_mode="lexical", failed=0, unread_pages=1)
    assert wording.coverage_of(limited) == (
        "12 passages read in 5 documents of 340; search limited to 1 document; 1 scanned page not read; "
        "4 passages searched by words alone; search by words alone"
    )


@pytest.mark.parametrize(
    ("source", "in_english", "in_french"),
    [
        (PLAN, "p. 3", "p. 3"),
        (PASSAGE, "p. 3-4", "p. 3-4"),
        (STOCKS, "sheet Stocks, A4:F4", "feuille Stocks, A4:F4"),
        (replace(STOCKS, cells=None), "sheet Stocks", "feuille Stocks"),
        (replace(STOCKS, path="a.csv", page_label=None), "cells A4:F4", "cellules A4:F4"),
        (replace(PLAN, path="a.PPTX", page_label="Bilan"), "slide 3 “Bilan”", "diapositive 3 « Bilan »"),
        (replace(PLAN, page_label="Annexe"), "p. 3 “Annexe”", "p. 3 « Annexe »"),
    ],
)
def test_places(source: Citation | Passage, in_english: str, in_french: str) -> None:
    assert wording.place_of(source) == in_english
    set_language("fr")
    assert wording.place_of(source) == in_french


def test_a_place_holds_nothing_raw() -> None:
    for path in ("a.pdf", "a.xlsx", "a.pptx", "a.csv"):
        for cells in (None, "A1\x1b[2J"):
            place = wording.place_of(replace(PLAN, path=path, page_label="x\x1b]0;y\x07", cells=cells))
            assert "x<U+001B>]0;y<U+0007>" in place
            assert place.isprintable()


def test_a_source_without_title_shows_its_path_once() -> None:
    untitled = replace(PLAN, title=" ")
    assert wording.title_of(untitled) == PLAN.path
    assert PLAN.path not in wording.details_of(untitled)
    assert wording.details_of(PLAN) == "soutien/plan_soutien.pdf, p. 3, 2026-03-01, DIFFUSION RESTREINTE"


@pytest.mark.parametrize(
    "kind", ["disagreement", "single_source", "superseded", "instruction_like", "stale_index", "no_model"]
)
@pytest.mark.parametrize("citations", [(), (1,), (1, 2), (1, 2, 3)])
def test_every_warning_is_a_sentence_in_both_languages(kind: str, citations: tuple[int, ...]) -> None:
    sentences = []
    for language in ("en", "fr"):
        set_language(language)
        sentence = wording.warning_of(Warning_(kind, citations, "x / y"))
        assert sentence.endswith(".")
        assert all(f"[{number}]" in sentence for number in citations)
        sentences.append(sentence)
    assert sentences[0] != sentences[1]


@pytest.mark.parametrize("kind", ["unanswered", "not_kept"])
def test_a_warning_of_the_whole_answer_is_a_sentence_too(kind: str) -> None:
    sentences = []
    for language in ("en", "fr"):
        set_language(language)
        sentences.append(wording.warning_of(Warning_(kind, (), "Qui commande Orval ?")))
    assert all(sentence.endswith(".") and kind not in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]


def test_lists_are_joined_as_in_a_sentence() -> None:
    set_language("fr")
    sentence = wording.warning_of(Warning_("disagreement", (1, 2, 3), "38 000 / 42 000"))
    assert sentence == "Les sources [1], [2] et [3] se contredisent : 38 000 / 42 000."


def test_a_warning_of_an_unknown_kind_is_still_shown() -> None:
    assert wording.warning_of(Warning_("novel", (4,), "datum")) == "novel [4] datum"


def test_the_marking_covers_all_that_is_shown() -> None:
    assert wording.marking_of_answer(ANSWER) == "DIFFUSION RESTREINTE"
    assert REFUSAL.marking is None
    assert wording.marking_of_answer(REFUSAL) == "SECRET"
    assert wording.marking_of_passages([replace(PASSAGE, marking=None)]) is None


def test_badges_are_distinct_words() -> None:
    for language in ("en", "fr"):
        set_language(language)
        assert len({wording.badge(status) for status in Status}) == len(Status)


def test_who_wrote_it() -> None:
    assert "no model" in wording.written_by(ANSWER)
    assert "mistral-7b" in wording.written_by(replace(ANSWER, generator="mistral-7b"))


def test_a_refusal_does_not_claim_to_quote_or_to_be_checked() -> None:
    assert wording.written_by(REFUSAL) == "Asked of the documents alone, without a model"
    assert wording.written_by(replace(REFUSAL, generator="mistral-7b")) == "Asked of mistral-7b"
    set_language("fr")
    assert wording.written_by(REFUSAL) == "Cherchée dans les seuls documents, sans modèle"
    assert wording.written_by(replace(REFUSAL, generator="mistral-7b")) == "Demandée à mistral-7b"
