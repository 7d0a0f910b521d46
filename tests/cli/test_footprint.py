"""What the program leaves on a machine: files in its own folders, and nothing of the libraries that it is made of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

COPILOT = [sys.executable, "-m", "copilot.cli.main"]
_OURS = (".config/analyst-copilot", ".local/share/analyst-copilot", ".cache/analyst-copilot")
QUESTION = "Combien de litres de gazole à Cholet ?"


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """The environment of a user of this machine who has nothing yet, and would have libraries tell their makers."""
    for name in ("home", "tmp", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "docs" / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "COPILOT_EMBEDDING__MODEL": "minilm",
        "COPILOT_DOCUMENTS__OCR": "false",
        "ORT_DISABLE_TELEMETRY": "0",
        "ANONYMIZED_TELEMETRY": "True",
    }


def run(environment: dict[str, str], folder: Path, *arguments: str) -> bytes:
    """Run a command, which must succeed; returns what it said on stderr."""
    done = subprocess.run([*COPILOT, *arguments], cwd=folder, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, (arguments, done.stderr.decode(errors="replace"))
    return done.stderr


def run_all(environment: dict[str, str], folder: Path) -> list[bytes]:
    lines: Sequence[Sequence[str]] = (
        ("init", "ws"),
        ("sync", "docs", "-w", "ws"),
        ("search", "gazole", "-w", "ws"),
        ("ask", QUESTION, "-w", "ws"),
        ("tool", "list"),
    )
    return [run(environment, folder, *line) for line in lines]


def test_files_are_left_in_folders_of_its_own_alone(tmp_path: Path, here: dict[str, str]) -> None:
    run_all(here, tmp_path)
    home = tmp_path / "home"
    left = [path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir()]
    assert [path for path in left if not path.startswith(_OURS)] == []
    assert list((tmp_path / "tmp").iterdir()) == []
    # A state of the embedding model was taken note of, so that it was not for want of one.
    assert any(path.startswith(".cache/analyst-copilot") for path in left)


def test_no_library_speaks_where_there_is_no_home(tmp_path: Path, here: dict[str, str]) -> None:
    for said in run_all({**here, "HOME": "/proc/nowhere"}, tmp_path):
        assert b"onnxruntime" not in said
        assert b"\x1b" not in said
