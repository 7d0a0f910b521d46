"""Several questions asked at once, through the whole engine: each answered for itself, what is open named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.engine import ask
from copilot.app.events import Planned, Verified
from copilot.app.replay import replay
from copilot.app.session import Session
from copilot.presentation import plain
from copilot.records import Answer, Status
from tests.makers import new_session, store

BOTH = "Combien de litres de gazole reste-t-il à Valbrune, et quelle charge supporte le pont d'Orval ?"
HALF = "Combien de litres de gazole reste-t-il à Valbrune, et quelle charge supporte le pont de Larmagne ?"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_session(tmp_path / "work") as session:
        store(session.truth, "stock.txt", "Il reste 13 300 litres de gazole au dépôt de Valbrune.")
        store(session.truth, "pont.txt", "Le pont d'Orval supporte une charge de 26 tonnes.")
        # Enough of the same words to push all else out of what is read for the question as a whole.
        for number in range(30):
            store(session.truth, f"note_{number}.txt", f"Note {number} : le gazole de Valbrune est livré le matin.")
        yield session


def answer_to(session: Session, question: str) -> tuple[tuple[str, ...], Answer]:
    planned, *_, last = ask(session, question, language="fr")
    assert isinstance(planned, Planned)
    assert isinstance(last, Verified)
    return planned.queries, last.answer


def test_each_is_searched_and_answered(session: Session) -> None:
    queries, answer = answer_to(session, BOTH)
    assert len(queries) == 2
    assert answer.status is Status.SUPPORTED
    told = " ".join(claim.text for claim in answer.claims)
    assert "13 300" in told
    assert "26 tonnes" in told
    assert replay(session, answer.answer_id).same


def test_what_is_open_is_named_and_the_whole_is_partial(session: Session) -> None:
    _, answer = answer_to(session, HALF)
    assert answer.status is Status.PARTIAL
    [warning] = [one for one in answer.warnings if one.kind == "unanswered"]
    assert warning.detail == "quelle charge supporte le pont de Larmagne ?"
    assert answer.warnings[0] is warning
    assert warning.detail in plain.render_answer(answer)
    again = replay(session, answer.answer_id)
    assert again.same


def test_where_nothing_answers_each_reason_is_told(session: Session) -> None:
    question = "Quelle charge supporte le pont de Larmagne, et quelle masse porte le viaduc de Corbigny ?"
    _, answer = answer_to(session, question)
    assert answer.status is Status.REFUSED
    assert answer.refusal is not None
    assert "Larmagne ?" in answer.refusal
    assert "Corbigny ?" in answer.refusal
