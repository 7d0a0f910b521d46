"""A process that meets a model's file serves nothing where a wall fell that this system can put up."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the walls are Linux's")
# What is told to each process, one wall having fallen: of the network, of processes, of files.
_FALLEN = """
import json, sys
from copilot.sandbox import confinement, seal
match sys.argv[1]:
    case "seal":
        seal.is_sealed = lambda: False
    case "processes":
        confinement.stay_alone = lambda **_: False
    case "files":
        confinement.restrict_files = lambda *_: False
"""
_MODEL = """
from io import BytesIO
from types import SimpleNamespace
from copilot.inference.llama import worker
first = {"kind": "load", "native": {"files": [], "loras": []}, "states": None, "states_bytes": 0, "memory_bytes": 0}
told = []
worker.read_frame = lambda _: first
worker.write_frame = lambda _, frame: told.append(frame)
worker.os.dup2 = lambda *_: None
worker.main()
print(json.dumps(told))
"""
_EMBEDDER = """
import resource
from copilot.indexing.embedding import gguf_embedder
class Pipe:
    def send_bytes(self, frame):
        told.append(frame[:1].decode())
told = []
gguf_embedder.os.dup2 = lambda *_: None
gguf_embedder._serve(Pipe(), "/nowhere.gguf", 8, 1)
told.append(max(resource.getrlimit(resource.RLIMIT_CORE)) <= 1 and resource.getrlimit(resource.RLIMIT_DATA)[0] > 0)
print(json.dumps(told))
"""
_CHILD = """
import os
from copilot.indexing.embedding import child
from multiprocessing.connection import Pipe
ours, theirs = Pipe()
os.dup2(theirs.fileno(), 0)
ours.send((("copilot.app.offline", "probe_as_embedder"), "en", ()))
child.main()
print(json.dumps(ours.recv_bytes()[:1].decode()))
"""


def told(program: str, fallen: str) -> object:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _FALLEN + program, fallen], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


@LINUX
@pytest.mark.parametrize("fallen", ["seal", "processes", "files"])
def test_no_model_is_loaded(fallen: str) -> None:
    detail = "refused" if fallen == "seal" else "sealed"
    assert told(_MODEL, fallen) == [{"kind": "error", "reason": "unwalled", "detail": detail}]


@LINUX
@pytest.mark.parametrize("fallen", ["seal", "processes", "files"])
def test_no_embedding_model_is_loaded(fallen: str) -> None:
    assert told(_EMBEDDER, fallen) == ["R", True]


@LINUX
def test_no_embedding_process_serves_unsealed() -> None:
    assert told(_CHILD, "seal") == "R"
