"""Ten questions that mix documents and tools: every input is traced, every claim about a result is verified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.mixed_questions import QUESTIONS, Mixed, ask_mixed, demo_session
from copilot.app.lookup import pages_of
from copilot.app.session import Session
from copilot.records import OriginKind, Status


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(folder / "home"))
        with demo_session(folder) as opened:
            yield opened


def test_there_are_ten_in_both_languages() -> None:
    assert len(QUESTIONS) == 10
    assert {question.language for question in QUESTIONS} == {"fr", "en"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.question[:40])
def test_a_question(session: Session, question: Mixed) -> None:
    asked = ask_mixed(session, question)
    [run] = asked.answer.runs
    values = {value.name: value.value for value in run.result.values}
    assert {name: values[name] for name in question.expected} == pytest.approx(question.expected)
    # The claims rest on the run, and hold.
    assert asked.answer.status is Status.SUPPORTED
    assert [claim.text for claim in asked.answer.claims if claim.tools == (1,)] == list(question.claims)
    assert len(asked.answer.claims) == len(question.claims) + len(question.from_documents_alone)
    # Whoever approved saw every argument with its origin, and the run took those and no others.
    [shown] = asked.shown
    assert asked.proposed == asked.shown
    assert shown.missing == ()
    assert {one.name: one.origin for one in shown.arguments} == {one.name: one.origin for one in run.arguments}
    origins = {one.name: one.origin.kind for one in run.arguments}
    assert {name for name, kind in origins.items() if kind is OriginKind.QUESTION} == set(question.said)
    assert {name for name, kind in origins.items() if kind is OriginKind.DOCUMENT} == set(question.blanks)
    # What came from a document stands there, word for word, on that page.
    for argument in run.arguments:
        if argument.origin.kind is OriginKind.DOCUMENT:
            origin = argument.origin
            assert origin.passage is not None
            row = session.truth.documents.by_path(origin.passage.path)
            assert row is not None
            [page] = pages_of(session.truth, row, origin.page)
            assert origin.quote in page.text
            assert str(question.blanks[argument.name].value) in "".join(origin.quote.split())
