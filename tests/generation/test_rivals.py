"""Other documents that answer the same question with another figure, and those that only look as if they did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot.generation.extractive import ExtractiveGenerator
from copilot.records import Passage
from copilot.verification import cite_rivals, verify
from tests.generation.test_extractive import passage


def rivals_of(
    question: str, cited: Passage, *others: Passage, language: str = "fr"
) -> list[tuple[str, tuple[str, str]]]:
    """Return the sentences found to disagree with the answer from the first passage, and the figures of both."""
    writer = ExtractiveGenerator(most_claims=1)
    drafts = list(writer.write_claims(question, [cited], language))
    verified = verify(drafts, [cited], language=language)
    assert verified.citations, "the question must have an answer"
    found = writer.rivals(question, verified.citations, [cited, *others], language)
    return [(rival.passage.text[rival.start : rival.end], rival.figures) for rival in found]


@pytest.mark.parametrize(
    ("question", "cited", "other", "figures"),
    [
        (
            "Quel tonnage le pont d'Orval supporte-t-il ?",
            "Selon nos conducteurs, la charge limite du pont d'Orval est de 44 tonnes.",
            "Le pont d'Orval est interdit à tout véhicule de plus de 26 tonnes.",
            ("44 tonnes", "26 tonnes"),
        ),
        (
            "Combien de bouteilles un camion de 10 tonnes emporte-t-il ?",
            "Un camion de 10 tonnes emporte 5 200 bouteilles.",
            "Le camion de 10 tonnes porte 8 palettes, soit 6 048 bouteilles d'eau.",
            ("5 200", "6 048"),
        ),
        (
            "Quelle turbidité arrête l'unité de traitement ?",
            "L'unité de traitement s'arrête à une turbidité de 500 NTU.",
            "Au-delà de 300 NTU de turbidité, l'unité de traitement est arrêtée.",
            ("500", "300"),
        ),
        (
            "Quand le certificat de la grue expire-t-il ?",
            "Le certificat de la grue expire le 2 juin 2027.",
            "La grue PS-2 a un certificat qui expire le 14 mars 2027.",
            ("2 juin 2027", "14 mars 2027"),
        ),
        (
            "In what wind must the quay crane stop lifting?",
            "The quay crane stops lifting at a wind of 22 metres per second.",
            "Lifting by the quay crane must stop in winds of 17 m/s.",
            ("22 metres per second", "17 m/s"),
        ),
    ],
)
def test_another_figure_for_the_same_thing(question: str, cited: str, other: str, figures: tuple[str, str]) -> None:
    language = "en" if question.startswith("In") else "fr"
    sentences = [passage(cited, language=language), passage(other, number=2, language=language)]
    assert rivals_of(question, *sentences, language=language) == [(other, figures)]


def test_a_row_of_a_table_speaks_by_its_header() -> None:
    cited = passage("Le pont d'Orval porte 44 tonnes.")
    row = passage(
        "Pont des Moines | COBALT | 15\nPont d'Orval | ÉTAIN | 26", number=2, context="Pont | Axe | Limite (t)"
    )
    assert rivals_of("Quel tonnage le pont d'Orval porte-t-il ?", cited, row) == [
        ("Pont d'Orval | ÉTAIN | 26", ("44 tonnes", "26"))
    ]


FUEL = "Combien de litres de gazole le dépôt de Valbrune détient-il ?"
HELD = "Le dépôt de Valbrune détient 42 000 litres de gazole."


@pytest.mark.parametrize(
    "other",
    [
        "Le dépôt de Valbrune détient 42 m³ de gazole.",  # the same in another notation
        "Le dépôt de Quernoy détient 12 000 litres de gazole.",  # another place
        "Le dépôt de Valbrune détient 35 tonnes de gazole.",  # another unit
        "Le dépôt de Valbrune emploie 35 personnes.",
        "Au dépôt de Valbrune, le gazole manque.",
        "À Valbrune, la citerne de l'hôpital contient 640 litres d'AdBlue.",  # another thing
    ],
)
def test_what_is_no_contradiction(other: str) -> None:
    assert rivals_of(FUEL, passage(HELD), passage(other, number=2)) == []


def test_one_document_an_old_version_or_another_language_are_left_out() -> None:
    other = "Le dépôt de Valbrune détient 38 500 litres de gazole."
    assert rivals_of(FUEL, passage(f"{HELD} {other}")) == []
    assert rivals_of(FUEL, passage(HELD), replace(passage(other, number=2), superseded_by="v2.txt")) == []
    assert rivals_of(FUEL, passage(HELD), passage(other, number=2, language="en")) == []
    assert rivals_of(FUEL, passage(HELD), passage(other, number=2)) == [(other, ("42 000 litres", "38 500 litres"))]


@pytest.mark.parametrize(
    ("sentence", "date", "disagrees"),
    [
        ("Le camp de Cholet abritait 402 personnes dans la nuit du 12 octobre.", None, False),
        ("Le camp de Cholet abrite 402 personnes.", "2026-10-14", False),
        ("Le camp de Cholet abrite 402 personnes.", "2026-10-09", True),
        ("Le camp de Cholet abritait 402 personnes le 9 octobre.", "2026-10-14", True),
        ("Le camp de Cholet abrite 402 personnes.", None, True),
    ],
)
def test_of_another_day_both_may_be_true(sentence: str, date: str | None, disagrees: bool) -> None:
    question = "Combien de personnes le camp de Cholet abritait-il le 9 octobre 2026 ?"
    cited = passage("Le 9 octobre 2026, le camp de Cholet abritait 690 personnes.")
    other = replace(passage(sentence, number=2), date=date)
    assert bool(rivals_of(question, cited, other)) is disagrees


def test_a_date_that_says_less_agrees() -> None:
    question = "Quand le pont de Larmagne ouvre-t-il ?"
    cited = passage("Le pont de Larmagne ouvre le 12 mars 2026.")
    assert rivals_of(question, cited, passage("Le pont de Larmagne ouvre en mars 2026.", number=2)) == []
    assert len(rivals_of(question, cited, passage("Le pont de Larmagne ouvre en mai 2026.", number=2))) == 1


def test_questions_that_no_figure_answers_have_no_rivals() -> None:
    cited = passage("Le colonel Dubreuil commande les 35 personnes du dépôt de Valbrune.")
    other = passage("Le colonel Dubreuil commande 60 personnes au dépôt de Valbrune.", number=2)
    assert rivals_of("Qui commande le dépôt de Valbrune ?", cited, other) == []
    assert rivals_of("Comment s'appelle le colonel du dépôt de Valbrune ?", cited, other) == []


def test_two_at_most_the_best_of_each_document() -> None:
    others = [
        passage(
            f"Le dépôt de Valbrune détient {number}1 000 litres de gazole. Valbrune : {number} litres.", number=number
        )
        for number in range(2, 6)
    ]
    found = rivals_of(FUEL, passage(HELD), *others)
    assert [figures[1] for _, figures in found] == ["21 000 litres", "31 000 litres"]


def test_rivals_become_sources_that_no_claim_cites() -> None:
    cited, other = passage(HELD), passage("Le dépôt de Valbrune détient 38 500 litres de gazole.", number=2)
    writer = ExtractiveGenerator(most_claims=1)
    verified = verify(list(writer.write_claims(FUEL, [cited], "fr")), [cited], language="fr")
    rivals = writer.rivals(FUEL, verified.citations, [cited, other], "fr")
    citations, warned = cite_rivals(verified.citations, rivals)
    assert [citation.path for citation in citations] == ["note1.txt", "note2.txt"]
    assert [(one.kind, one.citations, one.detail) for one in warned] == [
        ("disagreement", (1, 2), "42 000 litres / 38 500 litres")
    ]
    # Named already, it is not named twice; its source stays.
    assert cite_rivals(citations, rivals, warned) == (citations, [])


LIMIT = "Quel tonnage limite le pont d'Orval a-t-il ?"
LONE = "Le tonnage limite du pont d'Orval est de 44 tonnes."


def first_of(*passages: Passage) -> str:
    return next(ExtractiveGenerator().write_claims(LIMIT, passages, "fr")).text


def limits(*dates: str | None) -> list[Passage]:
    texts = ("Le pont d'Orval est limité à 26 tonnes.", "Tonnage limite du pont d'Orval : 26 t.")
    return [
        replace(passage(text, number=n), date=date) for n, (text, date) in enumerate(zip(texts, dates, strict=True), 2)
    ]


def test_the_figure_of_most_documents_comes_first_and_the_other_stays() -> None:
    assert first_of(passage(LONE)) == LONE
    assert "26" in first_of(passage(LONE), *limits(None, None))
    told = [
        draft.text for draft in ExtractiveGenerator().write_claims(LIMIT, [passage(LONE), *limits(None, None)], "fr")
    ]
    assert LONE in told
    assert first_of(passage(LONE), limits(None, None)[0]) == LONE, "one against one"
    seconded = replace(passage(LONE, number=4), text=f"Selon eux, {LONE}")
    assert "44" in first_of(passage(LONE), seconded, *limits(None, None)), "two against two"


def test_older_documents_do_not_outnumber_the_latest() -> None:
    latest = replace(passage(LONE), date="2026-10-09")
    assert first_of(latest, *limits("2026-09-01", "2026-10-01")) == LONE
    assert "26" in first_of(latest, *limits("2026-09-01", "2026-10-11"))


def test_a_number_of_another_column_is_no_rival() -> None:
    cited = passage("Le pont d'Orval porte 44 tonnes.")
    row = passage("P-07 | Pont d'Orval | 22,4 | 44", number=2, context="Code | Pont | PK | Limite (t)")
    assert rivals_of("Quel tonnage le pont d'Orval porte-t-il ?", cited, row) == []


def test_what_answers_less_does_not_outvote() -> None:
    left = passage("Il reste 12 450 litres de gazole au dépôt de Saint-Aubry.")
    hold = [
        passage("Le dépôt de Saint-Aubry peut contenir 20 000 litres de gazole.", number=2),
        passage("Capacité du dépôt de Saint-Aubry : 20 000 litres de gazole.", number=3),
    ]
    question = "Combien de litres de gazole reste-t-il au dépôt de Saint-Aubry ?"
    assert "12 450" in next(ExtractiveGenerator().write_claims(question, [left, *hold], "fr")).text


def test_bare_figures_of_other_units_differ() -> None:
    rows = [
        passage("Pont d'Orval | 44", number=number, context=f"Pont | Limite ({unit})")
        for number, unit in ((1, "t"), (2, "kg"))
    ]
    assert rivals_of("Quel tonnage le pont d'Orval porte-t-il ?", *rows) != []
