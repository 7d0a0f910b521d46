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
            "What load can the Orval bridge carry, and who owns the Lambresac depot?",
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
            "Quelle pente monte à Orval, combien de kilomètres fait l'axe ÉTAIN et quand ouvre le pont d'Orval ?",
            (
                "Quelle pente monte à Orval ?",
                "combien de kilomètres fait l'axe ÉTAIN et quand ouvre le pont d'Orval ?",
            ),
        ),
        (
            "Combien de litres reste-t-il à Lambresac et quelle charge le pont d'Orval peut-il supporter ?  Merci !",
            ("Combien de litres reste-t-il à Lambresac ?", "quelle charge le pont d'Orval peut-il supporter ?"),
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
        "Qui commande le dépôt de Saint-Aubry et combien de litres reçoit-il de Lambresac ?",
        "Which officer commands the Lambresac depot, and when did he arrive from Saint-Aubry?",
        "Quelle est la longueur de la route et comment la mesurer avec précision ?",
        "Qui commande Lambresac, et qui l'escorte vers Orval ?",
        # Clauses that hang on what goes before.
        "Quelle est la société qui livre le gazole et qui loue les camions ?",
        "Quelle est la société livrant le gazole et qui loue les camions citernes ?",
        "Quel est le dépôt où l'on stocke le gazole et qui alimente les véhicules blindés ?",
        "Which depot near Orval holds diesel and which also holds petrol for Lambresac?",
        "Has a theory been developed for flows, for which the upwash distribution is known?",
        "Quelle est la vitesse maximale des convois, quelle que soit la charge du camion ?",
        "Que faut-il faire lorsque le pont est coupé et quand la route est inondée ?",
        "What should be done if the pump fails and when the filter is clogged?",
        "List the engineers trained on pontoon bridges and who speak foreign languages",
        # One question about two things.
        "What is the difference between what the Orval report says and what the Lambresac report says?",
        "Compare how many trucks cross Orval and how many trucks cross Lambresac",
        "Which report explains how the pump failed and why the convoy stopped?",
        # Names without capitals are not told.
        "qui commande le dépôt de saint-aubry et quel est le débit de la pompe ?",
        "Show the source document for Orval.",
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


@pytest.mark.parametrize("filling", [" ", ", ", "et qui ", " et ", "Combien ? ", "quelle ", "?", "-il "])
def test_long_input_takes_no_longer_than_it_is(filling: str) -> None:
    # A pattern that goes back over its own steps would never end here.
    parts_of(f"Quel est {filling * 4000} le stock de Lambresac ?", "fr")
