"""Every test of a face starts in English and leaves it so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copilot.i18n import set_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")
