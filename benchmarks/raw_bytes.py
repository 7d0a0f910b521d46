"""Every command on a terminal and at pipes, in a workspace of hostile texts: how many bytes acted, or hid.

Run as ``python -m benchmarks.raw_bytes``. The recipes are those of the tests (`tests/cli/recipes.py`), each line in
three modes; then each command is given hostile words as its arguments, as the value of each of its options and as the
name of one.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from tests.cli.lines_on_pty import FAULTY, Line, Sent, sent_on_pty
from tests.cli.recipes import EVERYTHING_TYPED, commands, recipe_lines, refused
from tests.hostile_workspace import SHORT, Hostile, make_hostile
from tests.raw_bytes import PAYLOADS, leaks

_MODES = {"colour": "a terminal", "plain": "a terminal without colours", "pipe": "pipes"}
_NOTES = """
- {commands} commands, the bare program among them; {texts} texts (escape sequences, controls of seven and eight bits,
  bidirectional, zero-width, tag and private characters, markup), all of them in each document, file name, title,
  marking, collection, question, plugin, setting and model reply that a line meets.
- Counted is every character that Unicode calls a control, a hiding format, a surrogate or private, and every byte that
  is no UTF-8, after the program's own colours and its own one-line progress are taken away; those are matched by their
  exact forms, and no text of the list has one of these.
- Views of the full-screen interface are counted by `pytest tests/tui/test_full_screen_bytes.py`.
"""
_TYPED = [text.replace("\0", "") for text in SHORT]
# Of each command; 42 commands and 16 groups of texts: each group is a name with ten commands.
_NAMES_OF_OPTIONS = 4
_TOLD_EVERY = 50


def recipes(made: Hostile) -> Iterator[tuple[str, Line]]:
    """Yield the lines of the recipes: all of them in one mode, then all in the next."""
    for mode in _MODES:
        for name, lines in recipe_lines(made).items():
            for line in lines:
                if mode == line.mode or not line.typed:
                    yield name, replace(line, mode=mode)


def refusals() -> Iterator[tuple[str, Line]]:
    """Yield lines that no command takes; the bare program has no words of its own.

    Whatever the command, what is refused is told by one function: each has all texts at once as each of its words and
    options, on a terminal and at pipes, and a few of the texts by themselves as the name of an option, which ends at
    its first equals sign. After `--help` nothing is read, so that one line of each command will do.
    """
    texts = itertools.cycle(_TYPED)
    modes = itertools.cycle(("colour", "pipe", "plain"))
    for name, command in commands().items():
        if name:
            for words in refused(name, command, EVERYTHING_TYPED):
                for mode in ("colour", "pipe"):
                    yield name, Line(words, mode)
            for _ in range(_NAMES_OF_OPTIONS):
                yield name, Line((*name.split(), f"--{next(texts)}"), next(modes))
            yield name, Line((*name.split(), "--help", EVERYTHING_TYPED), next(modes))


def watched(title: str, lines: list[tuple[str, Line]], sent: Iterator[Sent]) -> Iterator[Sent]:
    """Pass on what came of the lines, and say how far they are."""
    for done, got in enumerate(sent, 1):
        if done % _TOLD_EVERY == 0:
            print(f"{title}: {done} of {len(lines)}, now `{lines[done - 1][0]}`", flush=True)
        yield got


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    chosen = parser.parse_args()
    rows: list[tuple[object, ...]] = []
    total = [0] * 4
    with tempfile.TemporaryDirectory() as folder:
        made = make_hostile(Path(folder))
        environment = {**made.environment(), "COPILOT_WORKSPACE": str(made.root)}
        for title, lines in (("the recipe of each command", list(recipes(made))), ("words refused", list(refusals()))):
            running = sent_on_pty([line for _, line in lines], made.base, environment)
            sent = list(watched(title, lines, running))
            for mode, words in _MODES.items():
                counts = [0] * 4
                for (_, line), got in zip(lines, sent, strict=True):
                    if line.mode == mode:
                        found = [leak for piece in got.pieces for leak in leaks(piece, terminal=mode != "pipe")]
                        for leak in found[:3]:
                            print(line.words, leak)
                        told = b"".join(got.pieces)
                        written = told.count(b"<U+") + told.count(b"\\u00")
                        broken = got.code in FAULTY or b"A fault of the program" in told
                        for at, more in enumerate((1, len(told), written, len(found) + broken)):
                            counts[at] += more
                if counts[0]:
                    rows.append((title, words, *counts))
                    total = [one + other for one, other in zip(total, counts, strict=True)]
    rows.append(("all", "", *total))
    columns = ("lines", "on", "command lines", "bytes sent", "characters written out", "bytes that act or hide, faults")
    Report(
        "raw_bytes",
        "Raw bytes at the terminal",
        [Table("What came out", columns, rows)],
        _NOTES.format(commands=len(commands()), texts=len(PAYLOADS)),
    ).write(chosen.out)


if __name__ == "__main__":
    main()
