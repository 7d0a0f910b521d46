"""Figures that other documents contradict: how often an answer says so, and how often it says so without cause.

Run as ``python -m benchmarks.contradictions``. Into the shipped documents one text a question is planted that gives
another figure; each question is asked of that workspace, of the one without them, and questions of PIAF of theirs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import DATA, RESULTS, Report, Table
from copilot.app.engine import ask
from copilot.app.evaluate import index_texts, read_golden
from copilot.app.events import Verified
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.evaluation.beir import read_retrieval_set
from copilot.language.words import guess_language
from copilot.records import Answer, Warning_
from copilot.resources import demo_folder
from copilot.settings import load_settings
from copilot.workspace import create_workspace

_DATA = Path(__file__).parent / "references" / "data"
PLANTED, ACROSS = _DATA / "contradictions.json", _DATA / "contradictions_across.json"
_FOLDER = "planted"
_TEXTS = {"fr": "Note de liaison\n\n{sentence}\n", "en": "Liaison note\n\n{sentence}\n"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with piaf/ in BEIR form")
    parser.add_argument("--every", type=int, default=12, help="ask each so many of PIAF's questions")
    given = parser.parse_args()
    planted, across = (json.loads(file.read_text(encoding="utf-8")) for file in (PLANTED, ACROSS))
    questions = {one.key: one.question for one in read_golden(demo_folder() / "golden.jsonl")}
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        with demo(Path(folder, "with"), planted) as session:
            found = {key: answer(session, questions[key]) for key in planted}
        with demo(Path(folder, "across"), across) as session:
            others = {key: answer(session, questions[key]) for key in across}
        with demo(Path(folder, "without"), {}) as session:
            clean = {key: answer(session, question) for key, question in questions.items()}
        with piaf(Path(folder, "piaf"), given.data / "piaf") as (session, asked):
            wiki = {question: answer(session, question) for question in asked[:: given.every]}
    told, told_across = (Counter(outcome(one) for one in answers.values()) for answers in (found, others))
    tables = [
        Table(
            "Planted figures",
            ("what", "in the language of the question", "in the other"),
            [(what, told[what], told_across[what]) for what in (_NAMED, _DECEIVED, _MISSED, _REFUSED)],
        ),
        Table(
            "Without planted texts",
            ("documents", "questions", "answered", "with a disagreement"),
            [("shipped", *counted(clean.values())), ("PIAF", *counted(wiki.values()))],
        ),
        Table(
            "Those disagreements, to be judged by reading",
            ("question", "figures"),
            [
                (question, warning.detail)
                for question, one in [*((questions[key], one) for key, one in clean.items()), *wiki.items()]
                for warning in disagreements(one)
            ],
        ),
        Table(
            "Planted figures that no warning named",
            ("id", "planted", "outcome"),
            [
                (key, sentences[key], outcome(one))
                for sentences, answers in ((planted, found), (across, others))
                for key, one in answers.items()
                if outcome(one) in (_MISSED, _DECEIVED)
            ],
        ),
    ]
    Report("contradictions", "Contradicted figures", tables, NOTES).write(given.out)


_NAMED = "a warning sets the planted figure against another document's"
_DECEIVED = "the planted figure alone is cited, without such a warning"
_MISSED = "the planted text is not cited, and no warning names it"
_REFUSED = "refused"
NOTES = """
- The planted sentences (`references/data/contradictions.json`, `contradictions_across.json`) are worded anew, each in a
  document of its own; the rules were chosen with most of them, and with these questions of PIAF, in view: the figures
  show fit more than promise.
- Answers are extractive, with the default embedding model. A planted text in the other language than the question is
  mostly not among the passages that are found at all.
"""


def outcome(answer: Answer) -> str:
    """Return what became of a planted text in an answer."""
    if not answer.claims:
        return _REFUSED
    ours = {citation.number for citation in answer.citations if f"/{_FOLDER}/" in f"/{citation.path}"}
    if any(len(set(warning.citations) & ours) == 1 for warning in disagreements(answer)):
        return _NAMED
    cited = {number for claim in answer.claims for number in claim.citations}
    return _DECEIVED if cited & ours else _MISSED


def disagreements(answer: Answer) -> list[Warning_]:
    return [warning for warning in answer.warnings if warning.kind == "disagreement"]


def counted(answers: Sequence[Answer] | object) -> tuple[int, int, int]:
    given = [*answers]  # type: ignore[misc]
    return len(given), sum(bool(one.claims) for one in given), sum(bool(disagreements(one)) for one in given)


def answer(session: Session, question: str) -> Answer:
    *_, last = ask(session, question, language=guess_language(question))
    assert isinstance(last, Verified)
    return last.answer


@contextmanager
def demo(root: Path, planted: dict[str, str]) -> Iterator[Session]:
    """A workspace of the shipped documents, and a text for each planted sentence."""
    workspace, _ = create_workspace(root)
    documents = root.resolve() / "documents"
    shutil.copytree(demo_folder() / "corpus", documents)
    (documents / _FOLDER).mkdir()
    for key, sentence in planted.items():
        (documents / _FOLDER / f"{key}.txt").write_text(
            _TEXTS[guess_language(sentence)].format(sentence=sentence), encoding="utf-8"
        )
    with Session(workspace, load_settings(workspace).settings) as session:
        for _ in sync(session, roots_of(session, [documents], None)):
            pass
        yield session


@contextmanager
def piaf(root: Path, data: Path) -> Iterator[tuple[Session, list[str]]]:
    workspace, _ = create_workspace(root)
    found = read_retrieval_set(data)
    with Session(workspace, load_settings(workspace).settings) as session:
        index_texts(session, [(f"{key}.txt", title, text) for key, (title, text) in found.documents.items()])
        yield session, [*found.queries.values()]


if __name__ == "__main__":
    main()
