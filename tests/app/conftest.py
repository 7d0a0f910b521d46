from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.session import Session
from copilot.i18n import set_language
from tests.makers import new_session


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_session(tmp_path / "work") as opened:
        yield opened


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "docs"
    folder.mkdir(parents=True)
    return folder
