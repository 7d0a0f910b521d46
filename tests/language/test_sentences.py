"""Where sentences end, in French and English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.language.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Le convoi part à 06h30.", "Il arrive à 18 h."],
        ["M. Dupont et Mme. Martin sont arrivés.", "Ils repartent."],
        ["Le Lt. Durand remplace le Col. Petit et le Gén. Roux."],
        ["Voir art. 5, p. 12 et fig. 3, cf. Annexe B.", "La suite est en p. 14."],
        ["Approx. 3.5 km, i.e. two miles.", "See No. 4, e.g. Fig. 2."],
        ["Le stock est de 1.500 L.", "Le 12.03.2026 il était de 3,5 t.", "Rien depuis."],
        ["Vivres, eau, carburant, etc. sont là.", "Tout est prêt."],
        ["Vivres, eau, etc.", "Le reste suit."],
        ["J. R. R. Tolkien wrote it.", "He was born in 1892."],
        ["Le convoi atteint le point C.", "Le pont est fermé."],
        ["Il a dit : « Partez demain. »", "Puis il est parti."],
        ["Quoi ?", "Encore !", "Oui…", "Non."],
        ["Que faire ? demanda-t-il."],
        ["Il hésite… puis avance.", "Elle attend."],
        ["The depot holds 42 t.", "The bridge is closed."],
        ["At 6 p.m. the convoy left.", "It had 5 min.", "Then it stopped."],
        ["Le n° 4 et le N°. 5 manquent.", "Le Dr. Roux le sait."],
    ],
)
def test_running_text(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_a_wrapped_line_goes_on() -> None:
    text = "Le dépôt de Valbrune détient quarante-deux mille litres de\ngazole, ce qui suffit à la division\nentière."
    assert split(text) == [text]


def test_a_blank_line_a_bullet_a_heading_and_a_table_row_end_a_sentence() -> None:
    text = (
        "RAVITAILLEMENT\nLe convoi est prêt\n\nIl part demain\n- eau\n- vivres\n1. Situation\n2. Mission\n"
        "Dépôt | Quantité (L)\nValbrune | 42 000\nCorbigny | 38 500\nÀ suivre :\nles moyens"
    )
    assert split(text) == text.replace("\n\n", "\n").split("\n")


@given(st.text(alphabet="aA éÉ.!?…\n\t |-1«»\"'(),;:\u00a0", max_size=200))
def test_nothing_but_white_space_is_left_out(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert start < end
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        position = end
    assert text[position:].strip() == ""


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a. ", "A.B.", "\n", " \n", ".", "…»", "- a\n", "a | b\n", "( ", "1. "])
def test_long_odd_text_finishes(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert sum(end - start for start, end in sentences(text)) <= len(text)
