"""Every byte that every command sends, whatever others wrote: none of it acts on the terminal, none of it hides.

Each command needs a recipe, and each recipe is run on a terminal and at pipes.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.cli.lines_on_pty import Line, run_on_pty
from tests.cli.recipes import EVERYTHING_TYPED, RECIPES, commands, refused
from tests.hostile_workspace import Hostile, make_hostile
from tests.raw_bytes import PAYLOADS, is_forbidden, leaks


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    return make_hostile(tmp_path_factory.mktemp("hostile"))


def test_every_command_has_a_recipe() -> None:
    assert set(commands()) == set(RECIPES)
