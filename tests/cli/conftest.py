"""A workspace with a few documents, and a way to run a command in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from copilot.cli.main import run
from copilot.i18n import set_language
from tests.makers import new_session, run_sync


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class Copilot(Protocol):
    """Runs a command line; `stdin` is what comes through the pipe."""

    def __call__(self, *arguments: str, stdin: str = "") -> Outcome: ...


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests; the embedder that needs no model."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("COPILOT_WORKSPACE", "COPILOT_LANG", "COPILOT_TRACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", "hash")
    monkeypatch.setenv("COPILOT_DOCUMENTS__OCR", "false")


@pytest.fixture
def copilot(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Copilot:
    def call(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = int(run(arguments))
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return call


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synced workspace that tests only read."""
    root = tmp_path_factory.mktemp("library")
    docs = root / "docs"
    docs.mkdir()
    (docs / "stocks.txt").write_text(
        "État des stocks du 12 mars 2026.\n\nLe dépôt de Cholet détient 38 000 litres de gazole.\n"
        "Le dépôt d'Angers détient 7 500 litres d'essence.\n",
        encoding="utf-8",
    )
    (docs / "move.txt").write_text("The convoy of 62 vehicles leaves Cholet at 06:30 for Angers.\n", encoding="utf-8")
    (docs / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    with new_session(root) as session:
        run_sync(session, docs)
    return root


@pytest.fixture
def here(library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is that workspace."""
    monkeypatch.chdir(library)
    return library
