"""A trusted plugin that turns out hostile: every attack is tried, and nothing gets through."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile_plugins import DESCRIPTIONS, HARMLESS, Laboratory, attacks, laboratory, works_without_walls
from copilot.sandbox.landlock import landlock_version

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or landlock_version() == 0, reason="the walls are Linux's seccomp and Landlock"
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Laboratory]:
    with laboratory() as made:
        yield made


@pytest.mark.parametrize("attack", attacks())
def test_nothing_gets_through(lab: Laboratory, attack: str) -> None:
    outcome = lab.run(attack)
    assert outcome.broken == (), outcome


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_plugin_that_describes_itself_as_it_likes_is_broken_and_alone(lab: Laboratory, name: str) -> None:
    outcome = lab.describe(name)
    assert outcome.broken == (), outcome


@pytest.mark.parametrize(
    ("attack", "reasons"),
    [
        # On a busy machine the clock may be faster than the appetite.
        ("eat memory", {"memory", "time"}),
        ("eat mapped memory", {"memory", "time"}),
        ("loop in C", {"time"}),
        ("ignore signals", {"time"}),
        ("push 1 GB through the pipe", {"output", "time"}),
        ("answer with a pickle", {"output"}),
        ("return no number", {"output"}),
        ("crash", {"crashed"}),
        ("progress that is none", {"a result"}),
        ("a deep result", {"output"}),
        ("a deep value", {"output"}),
        ("a deep refusal", {"output"}),
        ("a refusal with a deep message", {"output"}),
        ("a number of 400 digits", {"output"}),
        ("a value of 400 digits", {"output"}),
        ("not a number", {"output"}),
        ("an infinity written out", {"output"}),
        ("half a surrogate pair", {"output"}),
        ("a key twice", {"output"}),
    ],
)
def test_how_an_attack_ended_is_told(lab: Laboratory, attack: str, reasons: set[str]) -> None:
    assert lab.run(attack).ended.removeprefix("refused: ") in reasons


@pytest.mark.parametrize("attack", sorted(HARMLESS & {"read a file", "read it through a link", "run a shell", "fork",
                                                      "plant a file beside it", "a file in memory"}))  # fmt: skip
def test_the_attacks_are_real(attack: str, tmp_path: Path) -> None:
    assert works_without_walls(attack, tmp_path)
