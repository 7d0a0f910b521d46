"""Causes in the user's language, and words that agree with their numbers."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import regex

from copilot.i18n import catalog, decimal, set_language, t
from copilot.i18n.causes import cause_of


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def no_image() -> None:
    raise RuntimeError(f"cannot identify image file {io.BytesIO()!r}")


@pytest.mark.parametrize(
    ("fails", "french", "english"),
    [
        (lambda: Path("/absent").read_text(), "aucun fichier ni dossier de ce nom", "there is no such file or folder"),
        (lambda: Path("/").read_text(), "c'est un dossier", "it is a folder"),
        (lambda: b"\xff".decode(), "ce n'est pas du texte en UTF-8", "it is not text in UTF-8"),
        (lambda: json.loads("{x"), "pas de JSON à partir de la ligne 1, colonne 2", "no JSON from line 1, column 2"),
        (lambda: tomllib.loads("a b"), "erreur de TOML à la ligne 1, colonne 3", None),
        (lambda: zipfile.ZipFile(io.BytesIO(b"x")), "ce n'est pas une archive ZIP", "it is no ZIP archive"),
        (lambda: re.compile("a("), "à partir du caractère 2", None),
        (lambda: regex.compile("[z-a]"), "à partir du caractère 5", None),
        (lambda: dict[str, str]()["absent"], "« absent » manque", "“absent” is missing"),
        (lambda: sqlite3.connect("/absent/x").execute("select 1"), "elle ne s'ouvre pas", "it cannot be opened"),
        (no_image, "RuntimeError", "RuntimeError: cannot identify image file"),
    ],
)
def test_a_cause_is_told_in_the_users_language(fails: Callable[[], object], french: str, english: str | None) -> None:
    with pytest.raises(Exception) as caught:
        fails()
    set_language("fr")
    assert cause_of(caught.value) == french
    set_language("en")
    told = cause_of(caught.value)
    assert told == english if english else told
    assert "0x" not in told
    assert "Errno" not in told


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        (0, "0 document est prêt.", "0 documents are ready."),
        (1, "1 document est prêt.", "1 document is ready."),
        (2, "2 documents sont prêts.", "2 documents are ready."),
        (1234, "1\u202f234 documents sont prêts.", "1,234 documents are ready."),
    ],
)
def test_words_agree_with_their_number(number: int, french: str, english: str) -> None:
    assert t("tui.welcome", lang="fr", documents=number).startswith(french)
    assert t("tui.welcome", lang="en", documents=number).startswith(english)


def test_a_decimal_has_the_mark_of_its_language() -> None:
    assert decimal(25.64) == "25.6"
    set_language("fr")
    assert decimal(25.64) == "25,6"


def test_every_form_of_a_number_shows_it() -> None:
    files = (Path(__file__).parents[2] / "copilot" / "i18n" / "catalog").glob("*.toml")
    forms = [
        form
        for file in files
        for entry in catalog(file.stem).values()
        for text in entry.values()
        for form in re.findall(r"\{\w+:([^{}]*\|[^{}]*)\}", text)
    ]
    assert len(forms) > 40
    for form in forms:
        assert form.count("|") == 1
        assert all("#" in part for part in form.split("|")), form
