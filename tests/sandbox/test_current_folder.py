"""A document in the current folder that bears a module's name is never run by a process that the program starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.indexing.embedding.tiny_bert import write_tiny_bert

_OURS = ("copilot", "numpy", "tokenizers", "onnxruntime", "llama_cpp", "sitecustomize", "usercustomize")
COPILOT = str(Path(sys.executable).with_name("copilot"))
_EVERY_PROCESS = """
import json
from copilot.app.offline import try_every_process
from copilot.settings import Settings
print(json.dumps({one.process: one.problem for one in try_every_process(Settings())}))
"""
_EMBEDDER = """
import json, sys
from pathlib import Path
from copilot.indexing.embedding import EmbedderSpec, load_embedder
from copilot.indexing.embedding.gguf_embedder import GgufEmbedder
apart = GgufEmbedder(Path(sys.argv[1]), "0", "", "", 1) if sys.argv[1:] else load_embedder(EmbedderSpec(apart=True))
print(json.dumps(len(apart.embed_query("eau")) == apart.dimension))
apart.close()
"""


@pytest.fixture
def sprung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each trap that is run leaves a file; the current folder is full of traps."""
    sprung, trapped = tmp_path / "sprung", tmp_path / "trapped"
    sprung.mkdir()
    trapped.mkdir()
    for name in (*sys.stdlib_module_names, *_OURS):
        (trapped / f"{name}.py").write_text(f"open({str(sprung / name)!r}, 'w').close()\n")
    monkeypatch.chdir(trapped)
    return sprung


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Where a program lies that is run as the installed command is: Python then looks for modules beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder / "program.py"


def ran(*command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    return done.stdout + done.stderr


def test_the_traps_are_sprung_where_the_current_folder_is_searched(sprung: Path) -> None:
    ran(sys.executable, "-c", "import json")
    assert (sprung / "json").exists()


def test_no_kind_of_process_takes_a_module_from_it(sprung: Path, script: Path) -> None:
    script.write_text(_EVERY_PROCESS)
    told = ran(sys.executable, str(script))
    assert list(sprung.iterdir()) == []
    assert set(json.loads(told).values()) == {""}, told


@pytest.mark.parametrize("kind", ["built in", "gguf"])
def test_no_embedder_does(sprung: Path, script: Path, kind: str, tmp_path: Path) -> None:
    script.write_text(_EMBEDDER)
    model = tmp_path / "tiny.gguf"
    write_tiny_bert(model)
    told = ran(sys.executable, str(script), *([str(model)] if kind == "gguf" else []))
    assert list(sprung.iterdir()) == []
    assert told == "true\n"


@pytest.mark.parametrize("arguments", [("doctor",), ("doctor", "--offline"), ("--help",)])
def test_no_command_does(sprung: Path, arguments: tuple[str, ...]) -> None:
    told = ran(COPILOT, "--lang", "en", *arguments)
    assert list(sprung.iterdir()) == []
    assert "Traceback" not in told
