"""Every byte that every command sends, whatever others wrote: none of it acts on the terminal, none of it hides.

Each command needs a recipe. `benchmarks/raw_bytes.py` runs all of them in every mode, with each text by itself.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cli.lines_on_pty import FAULTY, Line, run_on_pty
from tests.cli.recipes import RECIPES, commands, recipe_lines
from tests.hostile_workspace import Hostile, make_hostile
from tests.raw_bytes import PAYLOADS, leaks

FAULT = b"A fault of the program"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    return make_hostile(tmp_path_factory.mktemp("hostile"))


def test_every_command_has_a_recipe() -> None:
    assert set(commands()) == set(RECIPES)


def test_each_text_would_be_found_if_it_came_through() -> None:
    harmless = {"stacked_marks", "right_to_left", "rich_markup", "html", "markdown", "written_escapes"}
    harmless |= {"formats", "words", "numbers"}
    for name, text in PAYLOADS.items():
        sent = text.encode("utf-8", "surrogatepass")
        assert bool(leaks(sent, terminal=True)) is bool(leaks(sent, terminal=False)) is (name not in harmless), name
    assert leaks(b"\x9b2J", terminal=True)
    assert not leaks("\x1b[1;38;5;12mété\x1b[0m\r\x1b[K\n".encode(), terminal=True)


@pytest.mark.timeout(600)
def test_no_byte_that_acts_comes_out_of_any_command(made: Hostile) -> None:
    """The recipes in the order in which a user would do these things: what one leaves the next one shows."""
    lines: list[Line] = []
    for found in recipe_lines(made).values():
        # Now a terminal, now a pipe.
        lines += [replace(line, mode="pipe") if at % 2 and not line.typed else line for at, line in enumerate(found)]
    environment = {**made.environment(), "COPILOT_WORKSPACE": str(made.root), "COPILOT_LANG": "en"}
    shown = 0
    for line, sent in zip(lines, run_on_pty(lines, made.base, environment), strict=True):
        got = [leak for piece in sent.pieces for leak in leaks(piece, terminal=line.mode != "pipe")]
        assert not got, (line.words, got[:5])
        told = b"".join(sent.pieces)
        assert sent.code not in FAULTY, (line.words, sent.code, told[-300:])
        assert FAULT not in told, (line.words, told[-300:])
        shown += b"<U+001B>" in told or b"\\u001b" in told
    # They did meet the texts, each written out.
    assert shown > len(lines) // 2
