"""Exported answers: there is a whole file or none, and what is there is never overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from copilot.app.engine import ask
from copilot.app.events import Verified
from copilot.app.export import FORMATS, export_answers
from copilot.app.session import Session
from copilot.app.trail import Trail
from copilot.errors import CopilotError, UsageError
from copilot.i18n import set_language
from copilot.records import Answer
from tests.makers import run_sync
from tests.test_durable import no_file_longer_than

_QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


@pytest.fixture
def answer(session: Session, docs: Path) -> Answer:
    set_language("en")
    (docs / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    run_sync(session, docs)
    last = list(ask(session, _QUESTION, language="fr"))[-1]
    assert isinstance(last, Verified)
    return last.answer


class Unrecorded:
    """A trail of which nothing reaches a file, so that only the export meets the limit."""

    def text(self, told: str) -> str:
        return told

    def record(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_that_fails_leaves_nothing_in_the_way(answer: Answer, tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    trail = cast("Trail", Unrecorded())
    with no_file_longer_than(100), pytest.raises(CopilotError, match="cannot be written"):
        export_answers([answer], folder / f"answers{ending}", trail)
    assert list(folder.iterdir()) == []
    path = export_answers([answer], folder / f"answers{ending}", trail)
    assert list(folder.iterdir()) == [path]
    assert path.stat().st_size > 100
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_not_overwritten(answer: Answer, session: Session, tmp_path: Path) -> None:
    target = tmp_path / "answers.md"
    (tmp_path / "elsewhere").write_text("of somebody else")
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="there already"):
        export_answers([answer], target, session.trail)
    target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="there already"):
        export_answers([answer], target, session.trail)
    assert not (tmp_path / "nowhere").exists()
