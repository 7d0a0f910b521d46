"""What a tool says is in the user's language, its numbers too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copilot.plugin_api import say, use_language, written


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use_language("en")


def test_numbers_in_sentences_follow_the_language() -> None:
    assert say("a", "b") == "a"
    assert [written(0.25), written(0.95, ".0%"), written(1234567.5, ",.1f")] == ["0.25", "95%", "1,234,567.5"]
    use_language("fr")
    assert say("a", "b") == "b"
    assert [written(0.25), written(0.95, ".0%")] == ["0,25", "95\u202f%"]
    assert written(1234567.5, ",.1f") == "1\u202f234\u202f567,5"
