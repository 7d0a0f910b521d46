"""Markings: found on lines of their own, kept as written, ranked."""

from __future__ import annotations

import pytest

from copilot.language.marking import find_marking, highest_marking, marking_of_line, marking_rank


@pytest.mark.parametrize(
    "line",
    [
        "NON PROTÉGÉ",
        "Diffusion Restreinte",
        "DIFFUSION LIMITÉE",
        "CONFIDENTIEL",
        "SECRET - SPÉCIAL FRANCE",
        "TRÈS SECRET",
        "SPÉCIAL FRANCE",
        "NATO UNCLASSIFIED",
        "OTAN DIFFUSION RESTREINTE",
        "NATO RESTRICTED",
        "OFFICIAL",
        "OFFICIAL-SENSITIVE",
        "UNCLASSIFIED//FOUO",
        "CUI",
        "RESTREINT UE/EU RESTRICTED",
        "TLP:AMBER",
        "TLP:AMBER+STRICT",
        "SECRET//NOFORN",
        "SECRET//REL TO FRA, GBR",
    ],
)
def test_a_line_that_is_a_marking(line: str) -> None:
    assert marking_of_line(line) == line
    assert marking_of_line(f"  — {line} —  ") == line
    assert marking_of_line(f"Classification : {line}") == line
    assert marking_of_line(f"{line} - page 3/12", running=True) == line
    assert marking_rank(line) > 0


@pytest.mark.parametrize(
    "line",
    [
        "Ce document est SECRET.",
        "Le secret du succès",
        "SECRET SERVICE",
        "Secret",
        "Public",
        "The restricted area is closed",
        "La diffusion restreinte de ce bulletin est une erreur",
        "CONFIDENTIEL : ne pas ouvrir avant le départ du convoi",
        "",
        "12",
    ],
)
def test_prose_is_no_marking(line: str) -> None:
    assert marking_of_line(line) is None


def test_one_part_of_a_header() -> None:
    assert marking_of_line("Bulletin n° 12 | NON PROTÉGÉ | 3", running=True) == "NON PROTÉGÉ"
    assert marking_of_line("[DIFFUSION RESTREINTE] Point de situation", running=True) == "DIFFUSION RESTREINTE"
    assert marking_of_line("Bulletin n° 12 | NON PROTÉGÉ | 3") is None


def test_the_highest_is_found_and_kept_as_written() -> None:
    assert find_marking(["NON PROTÉGÉ"], ["Diffusion restreinte", "du texte"]) == "Diffusion restreinte"
    assert highest_marking([None, "OFFICIAL", "NATO SECRET", "CUI"]) == "NATO SECRET"
    assert highest_marking([None]) is None


def test_ranks_rise() -> None:
    rising = [
        None,
        "quelque chose",
        "NON PROTÉGÉ",
        "OFFICIAL-SENSITIVE",
        "DIFFUSION RESTREINTE",
        "Diffusion restreinte - Spécial France",
        "CONFIDENTIEL",
        "SECRET",
        "SECRET - SPÉCIAL FRANCE",
        "TRÈS SECRET",
    ]
    ranks = [marking_rank(marking) for marking in rising]
    assert ranks == sorted(set(ranks))
    assert marking_rank("UNCLASSIFIED//FOUO") == marking_rank("FOUO")
    assert marking_rank("TLP: RED") == marking_rank("TLP:RED") > marking_rank("TLP:GREEN")
