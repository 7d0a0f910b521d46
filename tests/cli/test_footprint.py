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
MARK = "--- seen ---"
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


# What would have Chroma load a module, send vectors to a server, or fail over a setting or over bytes.
HOSTILE_ENVIRONMENTS = (
    b"CHROMA_API_IMPL=antigravity.Foo\nCHROMA_PRODUCT_TELEMETRY_IMPL=antigravity.Foo\n",
    b"CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nCHROMA_SERVER_HOST=127.0.0.2\nCHROMA_SERVER_HTTP_PORT=9\n",
    b"MIGRATIONS=yes\nALLOW_RESET=maybe\n",
    b"\xff\xfe\xfa=\xff\n",
)


@pytest.mark.parametrize("content", HOSTILE_ENVIRONMENTS)
def test_no_file_of_the_current_folder_and_no_variable_configures_a_library(
    tmp_path: Path, here: dict[str, str], content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    lines = [line.partition("=") for line in content.decode(errors="replace").splitlines()]
    variables = {name: value for name, _, value in lines if name.isidentifier()}
    here = {**here, **variables, "COPILOT_EMBEDDING__MODEL": "hash"}
    run(here, tmp_path, "init", "ws")
    run(here, tmp_path, "sync", "docs", "-w", "ws")
    assert (tmp_path / "ws" / ".copilot" / "index" / "vectors" / "chroma.json").exists()
    run(here, tmp_path, "search", "gazole", "-w", "ws")


def test_no_relative_path_is_opened_on_the_way(tmp_path: Path, here: dict[str, str]) -> None:
    code = """
import os, sys
seen = []
def hook(event, given):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(given[0], (str, bytes)):
        if not os.path.isabs(given[0]):
            seen.append(os.fsdecode(given[0]))
sys.addaudithook(hook)
from copilot.cli.main import run
for line in (["init", "ws"], ["sync", "docs", "-w", "ws"], ["search", "gazole", "-w", "ws"]):
    assert run(line) == 0, line
print("--- seen ---", *sorted(set(seen)), sep="\\n", file=sys.stderr)
"""
    environment = {**here, "COPILOT_EMBEDDING__MODEL": "hash"}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = done.stderr.splitlines()
    assert ".env" not in seen
    # What lies within an open folder is named from there: the numbered folders of the parsers.
    assert [path for path in seen[seen.index(MARK) + 1 :] if path and not path.isdigit()] == []


def test_a_home_that_is_no_whole_path_is_not_looked_for_in_the_current_folder(
    tmp_path: Path, here: dict[str, str]
) -> None:
    settings = tmp_path / "rel" / ".config" / "analyst-copilot" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[enclave]\nurl = "http://127.0.0.1:9/v1"\nhosts = ["127.0.0.1"]\nmodel = "m"\n')
    command = [*COPILOT, "config", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**here, "HOME": "rel"}, capture_output=True, text=True, timeout=60
    )
    assert "127.0.0.1" not in done.stdout, done.stdout
