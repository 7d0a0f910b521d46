"""Parsers see the one file they are given: what a hostile file could make of them, tried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copilot.app.reading import ReadSettings, parser_walls
from copilot.indexing.embedding import EmbedderSpec
from copilot.parsing import ParseOptions
from copilot.sandbox.landlock import landlock_version
from copilot.sandbox.pool import WalledPool
from copilot.sandbox.worker import given_file


def try_everything(path: str) -> str:
    """Read the file that was given, then try the file beside it, and to write."""
    given = given_file()
    assert given is not None
    with open(given, encoding="utf-8", closefd=False) as file:
        told = [file.read()]
    beside = Path(path).with_name("beside.txt")
    for attempt in (Path(path).read_text, beside.read_text, lambda: beside.write_text("x"), beside.unlink):
        try:
            attempt()
            told.append("done")
        except (PermissionError, FileNotFoundError):  # behind name spaces it is not even there
            told.append("refused")
    return " ".join(told)


def as_bytes(text: str) -> bytes:
    return text.encode()


def as_text(data: bytes) -> str:
    return data.decode()


@pytest.mark.skipif(not landlock_version(), reason="this kernel knows no Landlock")
def test_a_parser_opens_no_file_but_the_one_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("given", encoding="utf-8")
    (tmp_path / "beside.txt").write_text("secret", encoding="utf-8")
    settings = ReadSettings(ParseOptions(), EmbedderSpec("hash"), 400)
    # What is tried must be imported there.
    walls = parser_walls(settings)
    walls = replace(walls, readable=(*walls.readable, str(Path(__file__).parents[1])))
    with WalledPool(
        try_everything,
        encode=as_bytes,
        decode=as_text,
        workers=1,
        memory_bytes=512 * 2**20,
        seconds=30,
        walls=walls,
        file_of=str,
    ) as pool:
        [(_, told)] = pool.map([str(tmp_path / "given.txt")])
    assert told == "given refused refused refused refused"
    assert (tmp_path / "beside.txt").read_text(encoding="utf-8") == "secret"
