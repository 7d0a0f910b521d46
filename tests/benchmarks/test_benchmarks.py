"""The benchmarks measure what they say: small runs of their own parts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks.bm25 import TextbookBm25
from benchmarks.report import Report, Table, command
from benchmarks.retrieval import open_set, question_parts, score_all, score_textbook
from benchmarks.scale_store import Sentences, fill, mix, open_store
from benchmarks.startup import loaded_by_help
from copilot.evaluation.beir import RetrievalSet
from copilot.records import SearchFilter

_SET = RetrievalSet(
    documents={
        "fuel": ("Fuel", "The northern depot holds forty tons of fuel for the convoy."),
        "bridge": ("Bridge", "The bridge over the river carries vehicles of thirty tons."),
        "weather": ("Weather", "Fog is expected in the valley until ten in the morning."),
    },
    queries={"q1": "Which depot holds fuel?", "q2": "What does the bridge carry?", "q3": "Where is fog expected?"},
    judgements={"q1": {"fuel": 1}, "q2": {"bridge": 1}, "q3": {"weather": 1}},
)


def test_textbook_bm25_is_the_formula() -> None:
    index = TextbookBm25({"a": "fog fog rain", "b": "rain", "c": "sun and wind here"})
    assert index.search("Fog", 10) == ["a"]
    assert index.search("rain", 10) == ["b", "a"]
    assert index.search("RÂIN snow", 1) == ["b"]
    assert index.search("snow", 10) == []


def test_textbook_bm25_weighs_rare_words_more() -> None:
    index = TextbookBm25({"a": "common rare", "b": "common common", "c": "common other"})
    assert index.search("common rare", 3)[0] == "a"


def test_questions_of_piaf_leave_out_those_of_the_tuning() -> None:
    ids = sorted(f"q{number}" for number in range(1000))
    tuned = list(ids)
    random.Random(1).shuffle(tuned)
    (asked,) = question_parts("piaf", ids, 400).values()
    assert len(set(asked)) == 400
    assert not set(asked) & set(tuned[:400])


def test_halves_of_cranfield_share_no_question() -> None:
    first, second = question_parts("cranfield", [str(number) for number in range(225)], 1000).values()
    assert len(first) + len(second) == 225
    assert not set(first) & set(second)


def test_retrieval_is_scored_through_the_program(tmp_path: Path) -> None:
    queries = list(_SET.queries)
    assert score_textbook(_SET, queries).ndcg_10 == 1.0
    with open_set(tmp_path / "work", "hash", _SET) as session:
        table = score_all(session, _SET, "small", queries, "hash")
    found = {str(row[0]): row[2] for row in table.rows}
    assert list(found) == ["lexical", "dense", "fused", "RRF"]
    assert found["lexical"] == found["fused"] == 1.0


def test_mixed_passages_are_distinct_and_repeatable() -> None:
    spans = [(first, first + 8) for first in range(0, 40, 8)]
    corpora = [
        Sentences("fr", [f"Phrase {n} du premier texte." for n in range(40)], spans),
        Sentences("en", [f"Sentence {n} of the second text." for n in range(40)], spans),
    ]
    passages = list(mix(corpora, 400))
    assert len({passage.text for passage in passages}) == 400
    assert passages == list(mix(corpora, 400))
    assert {passage.corpus for passage in passages} == {0, 1}


def test_a_filled_store_holds_every_passage(tmp_path: Path) -> None:
    corpora = [Sentences("fr", [f"Phrase {n} du premier texte." for n in range(40)], [(0, 40)])]
    passages = list(mix(corpora, 1000))
    with open_store(tmp_path) as session:
        fill(session, corpora, passages)
        assert session.truth.counts()["passages"] == 1000
        assert len(session.truth.chunk_ids_matching(SearchFilter(collections=("c3",)))) == 100
        found = session.truth.passages(session.truth.live_chunk_ids()[:100].tolist())
        texts = session.truth.text(found[0].version_id)
        assert all(texts[passage.start : passage.end] == passage.text for passage in found)


def test_a_report_names_no_path_of_the_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("some", "Some", [Table("Times", ("what", "ms"), [("search", 1.5)])], "- a note")
    report.write(tmp_path)
    text = (tmp_path / "some.md").read_text(encoding="utf-8")
    assert "| search | 1.5 |" in text
    assert "- a note" in text
    assert text.rstrip() == capsys.readouterr().out.rstrip()
    content = json.loads((tmp_path / "some.json").read_text(encoding="utf-8"))
    assert content["tables"][0]["rows"] == [{"what": "search", "ms": 1.5}]
    assert command("x", ["--data", str(tmp_path), "--times", "3"]) == "python -m benchmarks.x --data FOLDER --times 3"


def test_help_loads_no_heavy_library() -> None:
    assert loaded_by_help() == []
