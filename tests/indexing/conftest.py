from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.store.truth import Truth


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Truth]:
    with Truth(tmp_path / "truth.db") as opened:
        yield opened
