"""Reading a BEIR folder in its variants, and what is said of a bad one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.evaluate import index_retrieval_set, read_golden, score_retrieval
from copilot.errors import UsageError
from copilot.evaluation.beir import read_retrieval_set
from copilot.i18n import set_language
from tests.makers import new_session


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def write(
    folder: Path, qrels: str = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t0\n", name: str = "qrels.tsv"
) -> Path:
    rows = [
        {"_id": "d1", "title": "Gazole", "text": "Le dépôt de Cholet."},
        {"_id": "d2", "text": "Rien."},
        {"_id": 3, "title": None, "text": None},
    ]
    queries = [
        {"_id": "q1", "text": "gazole Cholet"},
        {"_id": "q2", "text": "autre"},
        {"_id": "q3", "text": "sans jugement"},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(row) for row in queries), encoding="utf-8")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(qrels, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["qrels.tsv", "qrels/test.tsv", "qrels/dev.tsv"])
@pytest.mark.parametrize(
    "qrels",
    [
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t0\n",
        "q1\td1\t2\nq1\td2\t0\n\nq2\td2\t0",
        "q1 0 d1 2\nq1 0 d2 0\nq2 0 d2 0\n",
        "q1\t0\td1\t2\nq1\t0\td2\t0\nunknown\t0\td2\t1\n",
    ],
)
def test_the_forms_that_exist_read_alike(tmp_path: Path, qrels: str, name: str) -> None:
    found = read_retrieval_set(write(tmp_path, qrels, name))
    assert found.documents == {"d1": ("Gazole", "Le dépôt de Cholet."), "d2": ("", "Rien."), "3": ("", "")}
    assert found.queries == {"q1": "gazole Cholet"}, "a query without a relevant document is left out"
    assert found.judgements["q1"] == {"d1": 2, "d2": 0}


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n{"text": "y"}\n', 2),
        ("corpus.jsonl", '{"_id": "d1"\n', 1),
        ("corpus.jsonl", "[1]\n", 1),
        ("queries.jsonl", '{"_id": "q1"}\n', 1),
        ("qrels.tsv", "q1\td1\t2\nq1\td1\tmuch\n", 2),
        ("qrels.tsv", "q1\td1\t2\nq1\n", 2),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, content: str, line: int) -> None:
    write(tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_retrieval_set(tmp_path)
    assert name in caught.value.message
    assert str(line) in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UsageError, match=name):
        read_retrieval_set(tmp_path)


def test_a_set_goes_through_the_program(tmp_path: Path) -> None:
    chosen = read_retrieval_set(write(tmp_path))
    with new_session(tmp_path / "work") as session:
        steps = list(index_retrieval_set(session, chosen))
        assert (3, 3) in steps
        for mode in ("lexical", "dense", "fused"):
            scores = score_retrieval(session, chosen, mode, ["q1"])
            assert (scores.ndcg_10, scores.recall_5, scores.mrr_10, scores.queries) == (1.0, 1.0, 1.0, 1)
        before = session.truth.generation()
        list(index_retrieval_set(session, chosen))
        assert session.truth.generation() == before


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "x"}', "7"])
def test_a_bad_golden_line_is_named(tmp_path: Path, line: str) -> None:
    good = '{"id": "1", "lang": "fr", "question": "Où ?", "answerable": false}'
    (tmp_path / "golden.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_golden(tmp_path / "golden.jsonl")
    assert "golden.jsonl" in caught.value.message
    assert "2" in caught.value.message
