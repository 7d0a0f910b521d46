"""What ships as the demonstration: made from its sources, described rightly, and answering its own questions."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from functools import cache
from typing import Any

import pytest

from copilot.parsing import ParseOptions, parse
from copilot.records import ParsedDocument
from copilot.resources import demo_folder
from tests.demo.build import describe, write_all, write_file
from tests.demo.source import read_sources

DEMO = demo_folder()
CORPUS = DEMO / "corpus"
LISTED: list[dict[str, Any]] = json.loads((DEMO / "corpus.json").read_text(encoding="utf-8"))
GOLDEN: list[dict[str, Any]] = [
    json.loads(line) for line in (DEMO / "golden.jsonl").read_text(encoding="utf-8").splitlines()
]
ROLES = {"normal", "superseded", "duplicate", "near_duplicate", "scan", "injection", "poison", "contradiction"}
MOST_BYTES = 3_000_000


@cache
def shipped(address: str, ocr: bool = False) -> ParsedDocument:
    """Parse ``path`` or ``path!member`` of the shipped corpus."""
    path, _, member = address.partition("!")
    options = ParseOptions(ocr=ocr)
    document = parse(path, (CORPUS / path).read_bytes(), options)
    if not member:
        return document
    data = next(attachment.data for attachment in document.attachments if attachment.name == member)
    return parse(member, data, options)


def alternatives(row: dict[str, Any]) -> list[list[str]]:
    answers = row["answer_contains"]
    return answers if isinstance(answers[0], list) else [answers]


def test_two_builds_are_the_same_bytes() -> None:
    assert write_all(read_sources()) == write_all(read_sources())


def test_shipped_files_match_a_fresh_build() -> None:
    # The text and not the bytes: another release of an office library may write the same document otherwise.
    fresh = write_all(read_sources())
    assert sorted(fresh) == sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file())
    options = ParseOptions(ocr=False)
    for path, data in fresh.items():
        document, made = shipped(path), parse(path, data, options)
        assert (document.text, document.pages, document.title) == (made.text, made.pages, made.title), path
        assert [a.name for a in document.attachments] == [a.name for a in made.attachments]


def test_listing_describes_the_shipped_files() -> None:
    files = {path: (CORPUS / path).read_bytes() for path in sorted(entry["path"] for entry in LISTED)}
    assert describe(read_sources(), files) == LISTED
    assert sum(map(len, files.values())) < MOST_BYTES
    assert {entry["role"] for entry in LISTED} == ROLES


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["path"])
def test_document_says_what_the_listing_says(entry: dict[str, Any]) -> None:
    document = shipped(entry["path"])
    assert document.marking in (entry["marking"], None)
    assert document.date in (entry["date"], None)
    assert document.language in (entry["language"], "und")


def test_languages() -> None:
    counted = Counter(entry["language"] for entry in LISTED)
    assert set(counted) == {"fr", "en"}
    assert 2 <= counted["fr"] / counted["en"] <= 2.5


def test_duplicates() -> None:
    original, copy = "01_ordres/annexe_A_carburants.docx", "08_archives/annexe_A_carburants_copie.docx"
    digests = {entry["path"]: entry["sha256"] for entry in LISTED}
    assert digests[original] == digests[copy]
    assert len(set(digests.values())) == len(digests) - 1
    first = shipped("02_comptes_rendus/crj_j1_2026-10-07.docx").text.split("\n")
    second = shipped("08_archives/crj_j1_2026-10-07_provisoire.docx").text.split("\n")
    differing = sum(left != right for left, right in zip(first, second, strict=True))
    assert 0 < differing <= 4


def test_poisoned_figure_stands_alone() -> None:
    poison = "05_transport/note_affretement_transroute.docx"
    assert "la charge limite du pont d’Orval est de 44 tonnes" in shipped(poison).text
    against = next(row for row in GOLDEN if "44 tonnes" in row["note"])
    assert len(against["sources"]) >= 3
    assert poison not in against["sources"]
    assert not any("44 tonnes" in shipped(source).text for source in against["sources"])


def test_injection_holds_what_attacks_hold() -> None:
    (path,) = [entry["path"] for entry in LISTED if entry["role"] == "injection"]
    text = (CORPUS / path).read_bytes().decode()
    for attack in ("[/INST]", "</s>", "\x1b[2J", "\u202e", "ignore toutes les instructions", "<|im_start|>"):
        assert attack in text


def test_attachments_come_out_as_they_went_in() -> None:
    sources = read_sources()
    for path, source in sources.items():
        if path.endswith((".eml", ".msg", ".zip")):
            names = {sources[part].name: hashlib.sha256(write_file(sources[part], sources)) for part in source.attached}
            found = {
                a.name: hashlib.sha256(a.data)
                for a in parse(path, write_file(source, sources), ParseOptions()).attachments
            }
            assert {n: h.digest() for n, h in names.items()} == {n: h.digest() for n, h in found.items()}


def test_golden_set_is_whole() -> None:
    assert Counter(row["lang"] for row in GOLDEN) == {"fr": 40, "en": 20}
    assert Counter(row["answerable"] for row in GOLDEN) == {True: 45, False: 15}
    assert sum(row["cross_language"] for row in GOLDEN) == 5
    assert len({row["id"] for row in GOLDEN}) == len({row["question"] for row in GOLDEN}) == len(GOLDEN)
    formats = {source.rsplit(".", 1)[-1] for row in GOLDEN for source in row["sources"]}
    assert formats >= {"pdf", "docx", "odt", "xlsx", "csv", "pptx", "html", "rtf", "md", "txt", "eml", "msg"}
    for row in GOLDEN:
        assert bool(row["sources"]) == bool(row["answer_contains"]) == row["answerable"]
        for source in row["sources"]:
            assert row["cross_language"] == (shipped(source, row["needs_ocr"]).language != row["lang"]) or (
                not row["cross_language"] and len(row["sources"]) > 1
            )


@pytest.mark.parametrize("row", [row for row in GOLDEN if row["answerable"]], ids=lambda row: row["id"])
def test_answer_stands_in_its_sources(row: dict[str, Any]) -> None:
    if row["needs_ocr"] and shutil.which("tesseract") is None:
        pytest.skip("reading a scan needs Tesseract")
    texts = []
    for source in row["sources"]:
        document = shipped(source, row["needs_ocr"])
        if row["page"] is None:
            texts.append(document.text)
        else:
            page = document.pages[row["page"] - 1]
            texts.append(document.text[page.start : page.end])
    wanted = [answer for group in alternatives(row) for answer in group]
    for answer in wanted:
        assert any(answer in text for text in texts), answer
    for source, text in zip(row["sources"], texts, strict=True):
        assert any(answer in text for answer in wanted), source


def test_demonstration_questions_are_golden() -> None:
    questions = json.loads((DEMO / "questions.json").read_text(encoding="utf-8"))
    assert Counter((question["lang"], question["answerable"]) for question in questions) == {
        ("fr", True): 2,
        ("en", True): 2,
        ("fr", False): 1,
    }
    golden = {(row["question"], row["lang"], row["answerable"]) for row in GOLDEN}
    assert {(question["question"], question["lang"], question["answerable"]) for question in questions} <= golden
