"""Several questions in one: told apart where each stands alone, left whole where one leans on another."""

from __future__ import annotations

import pytest

from copilot.generation.parts import parts_of
from copilot.language.words import guess_language


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Combien de litres reste-t-il au dépôt de Saint-Aubry, et quelle charge supporte le pont d'Orval ?",
            ("Combien de litres reste-t-il au dépôt de Saint-Aubry ?", "quelle charge supporte le pont d'Orval ?"),
        ),
        (
            "Qui commande le dépôt de Lambresac ? Quel est le débit de la source de Castelroc ?",
            ("Qui commande le dépôt de Lambresac ?", "Quel est le débit de la source de Castelroc ?"),
        ),
        (
            "What load can the Orval bridge carry and who owns the Lambresac depot?",
            ("What load can the Orval bridge carry?", "who owns the Lambresac depot?"),
        ),
        (
            "Which generator overheated and which pump was repaired?",
            ("Which generator overheated?", "which pump was repaired?"),
        ),
        (
            "Le 10 octobre, combien de litres à Saint-Aubry et combien de rations à Lambresac ?",
            ("Le 10 octobre, combien de litres à Saint-Aubry ?", "Le 10 octobre, combien de rations à Lambresac ?"),
        ),
        (
            "Quelle pente monte de Lambresac à Orval, combien de kilomètres fait l'axe ÉTAIN et qui le garde à Orval ?",
            (
                "Quelle pente monte de Lambresac à Orval ?",
                "combien de kilomètres fait l'axe ÉTAIN ?",
                "qui le garde à Orval ?",
            ),
        ),
    ],
)
def test_questions_that_stand_alone(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question, guess_language(question)) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le stock de gazole ?",
        "Quand et où a eu lieu la bataille de Marignan ?",
        "À quelle date et dans quelle ville est né Victor Hugo ?",
        "Combien de personnes vivent à Lyon et à Paris ?",
        # A part leans on what another names.
        "Où se trouve le pont d'Orval et quelle charge peut-il supporter ?",
        "Quelle est la capacité du camp de Saint-Aubry et combien de lits sont occupés ?",
        "Quelle pompe est en panne et quel est son numéro de série ?",
        "How many cartridge prefilters are used every day, and how many are left?",
        # A day that one part alone names.
        "Combien de litres à Saint-Aubry et combien de rations à Lambresac le 10 octobre ?",
        # Relative clauses.
        "Quelle est la société qui livre le gazole et qui loue les camions ?",
        "Has a theory been developed for flows, for which the upwash distribution is known?",
        # What goes before is no question.
        "J'ai un convoi de 12 camions demain. Quelle est la limite du pont d'Orval ?",
        "",
        "?",
    ],
)
def test_questions_that_stay_whole(question: str) -> None:
    assert parts_of(question, guess_language(question)) == (question,)


def test_not_without_end() -> None:
    many = " ".join(f"Quel est le stock de gazole du dépôt de Ville{number} ?" for number in range(40))
    assert parts_of(many, "fr") == (many,)
