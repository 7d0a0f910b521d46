"""Words as search sees them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.language.words import content_stems, fold, guess_language, stem, tokenize


def words(text: str) -> list[str]:
    return [word.text for word in tokenize(text)]


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Dépôt", "depot"), ("CŒUR", "coeur"), ("Ægir", "aegir"), ("l’eau", "l'eau"), ("ﬁn", "fin"), ("Straße", "strasse"),
     ("42\u202f000\u00a0l", "42 000 l"), ("e\u0301", "e")],
)  # fmt: skip
def test_folding(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'eau d’Angers, qu'il jusqu'à", ["eau", "angers", "il", "a"]),
        ("aujourd'hui", ["aujourd", "hui"]),
        ("42 000 litres", ["42000", "litres"]),
        ("42.000 L, 42,000 L", ["42000", "l", "42000", "l"]),
        ("1 250,5 et 1.250,5 ou 1,250.5", ["1250.5", "et", "1250.5", "ou", "1250.5"]),
        ("12,5 % puis 12.5 %", ["12.5", "puis", "12.5"]),
        ("１２,５ puis １２ ０００", ["12.5", "puis", "12000"]),
        ("\uff9e", [""]),
        ("12 000.000.000", ["12", "000.000.000"]),
        ("0,125 km", ["0.125", "km"]),
        ("le 12.05.2026, v1.2.3", ["le", "12.05.2026", "v1", "2.3"]),
        ("2026 120 12 345 6789", ["2026", "120", "12345", "6789"]),
        ("de\u0301lai du de\u0301po\u0302t", ["delai", "du", "depot"]),
        ("l\u02bcessence", ["essence"]),
        ("42\u202f000 et 1\u00a0250\u00a0000", ["42000", "et", "1250000"]),
        ("42 000, 38 500", ["42000", "38500"]),
        ("le 12 000 34", ["le", "12000", "34"]),
        ("7 500 120", ["7500120"]),
        ("1234 567", ["1234", "567"]),
        ("12  000", ["12", "000"]),
        ("3,5 t à 06.30", ["3.5", "t", "a", "06.30"]),
        ("route N°12_bis", ["route", "n", "12", "bis"]),
        ("", []),
        ("…!?", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(max_size=80))
def test_each_word_stands_where_it_says(text: str) -> None:
    end = 0
    for word in tokenize(text):
        assert end <= word.start < word.end <= len(text)
        written = fold(text[word.start : word.end])
        assert written.replace(" ", "") == word.text
        end = word.end


def test_inflections_share_a_stem() -> None:
    assert stem("vehicules", "fr") == stem("vehicule", "fr")
    assert stem("refuelling", "en") == stem("refuelled", "en")
    assert stem("42000", "fr") == "42000"
    assert stem("fahrzeuge", "de") == "fahrzeuge"
    assert content_stems("Les dépôts de la zone", "fr") == [stem("depots", "fr"), stem("zone", "fr")]
    assert content_stems("the depots le", "und") == ["depots"]


@pytest.mark.parametrize(
    ("text", "language"),
    [("Où est le dépôt ?", "fr"), ("Where is the depot?", "en"), ("How much fuel is left at Cholet?", "en"),
     ("Combien reste-t-il de gazole ?", "fr"), ("stock Cholet", "fr"), ("", "fr")],
)  # fmt: skip
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert guess_language(text) == language
