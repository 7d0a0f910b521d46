"""What can befall the model's process, and what it may do itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import gguf
import pytest

from copilot.app.models import load_language_model, registry
from copilot.errors import CancelledError, ModelError
from copilot.i18n import set_language
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.registry import Kind
from copilot.inference.synthetic import write_random
from copilot.ports import Cancellation
from copilot.records import Completed, Message, ModelRequest, Role, Sampling, Structure, Token
from copilot.sandbox.landlock import landlock_version
from copilot.settings import Settings
from tests.models import SPM, vocabulary_of, write_adapter

LONG = ModelRequest((Message(Role.USER, "a"),), None, Sampling(temperature=1.0), 900)
LETTERS = Structure("root ::= [a-z]{12}", {})
SHORT = ModelRequest((Message(Role.USER, "mot " * 100),), LETTERS, Sampling(), 12)


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user who reads English and has no models yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    set_language("en")


def model_of(path: Path | str, **more: object) -> LlamaModel:
    chosen: dict[str, object] = {"name": "tiny", "model_hash": "h", "context": 1_024, "threads": 1, **more}
    return LlamaModel(LlamaSetup(info=read_gguf(Path(path)), **chosen))  # type: ignore[arg-type]


@pytest.fixture
def model(spm_model: str) -> Iterator[LlamaModel]:
    made = model_of(spm_model)
    yield made
    made.close()


def last(model: LlamaModel, request: ModelRequest = SHORT) -> Completed:
    *_, end = model.generate(request)
    assert isinstance(end, Completed)
    return end


def has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in ("Z", "X")


def test_a_process_that_hangs_does_not_hold_the_user(model: LlamaModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copilot.inference.llama.model._PATIENCE", 0.2)
    cancel = Cancellation()
    events = model.generate(LONG, cancel)
    next(event for event in events if isinstance(event, Token))
    pid = model.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert has_ended(pid)
    assert last(model).prompt_tokens > 100
    events = model.generate(LONG)
    next(events)
    assert model.pid is not None
    os.kill(model.pid, signal.SIGSTOP)
    events.close()  # type: ignore[attr-defined]
    assert last(model).prompt_tokens > 100


def test_nothing_is_left_of_a_program_that_was_killed(spm_model: str) -> None:
    program = f"""
import os, signal
from pathlib import Path
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.records import Message, ModelRequest, Role, Sampling, Token
model = LlamaModel(LlamaSetup(read_gguf(Path({spm_model!r})), "m", "", 1024, 1))
request = ModelRequest((Message(Role.USER, "a"),), None, Sampling(temperature=1.0), 900)
next(event for event in model.generate(request) if isinstance(event, Token))
print(model.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = os.pathsep.join(sys.path)
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert told.returncode == -signal.SIGKILL, told.stderr
    child = int(told.stdout)
    while not has_ended(child):
        time.sleep(0.02)


def test_limits_of_the_process(model: LlamaModel) -> None:
    last(model)
    here = Path(f"/proc/{model.pid}")
    if not here.exists():
        pytest.skip("no /proc here")
    core = next(line for line in (here / "limits").read_text().splitlines() if line.startswith("Max core file size"))
    # In bytes: shorter than any dump is.
    assert core.split()[4:6] == ["1", "1"]
    assert int((here / "oom_score_adj").read_text()) > int(Path("/proc/self/oom_score_adj").read_text())


@pytest.mark.skipif(landlock_version() == 0, reason="this kernel knows no Landlock")
def test_the_process_sees_its_model_and_nothing_else(spm_model: str, tmp_path: Path) -> None:
    states, secret = tmp_path / "states", tmp_path / "secret.txt"
    secret.write_text("secret")
    first = {
        "native": {"files": [spm_model], "loras": []},
        "states": str(states),
        "states_bytes": 2**20,
        "memory_bytes": 0,
    }
    program = f"""
import json, subprocess, sys
from copilot.inference.llama.worker import _put_up_walls
from copilot.sandbox.seal import SealState
_put_up_walls(json.loads({json.dumps(first)!r}), SealState.SEALED)
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
print([tried(what) for what in (
    lambda: open({spm_model!r}, "rb").close(),
    lambda: open({str(states / "x")!r}, "wb").close(),
    lambda: open({str(secret)!r}).close(),
    lambda: open({spm_model!r}, "ab").close(),
    lambda: open({str(tmp_path / "y")!r}, "wb").close(),
    lambda: subprocess.run(["true"]),
)])
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=env, text=True)
    assert json.loads(told.stdout.replace("'", '"')) == ["done", "done", *["PermissionError"] * 4]
    assert states.stat().st_mode & 0o077 == 0
    assert (states / "x").stat().st_mode & 0o077 == 0


def test_a_split_model_is_one(tmp_path: Path, spm_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = last_of(Path(spm_model))
    monkeypatch.setattr(gguf, "GGUFWriter", partial(gguf.GGUFWriter, split_max_tensors=8))
    folder = tmp_path / "split"
    folder.mkdir()
    write_random(folder / "m.gguf", vocabulary_of(SPM))
    parts = sorted(folder.glob("*.gguf"))
    assert len(parts) > 2
    info = read_gguf(folder)
    assert (info.parameters, info.layers) == (read_gguf(Path(spm_model)).parameters, 2)
    assert last_of(folder) == whole
    entry = registry().add(folder, "split")
    assert [file.path for file in entry.files] == [str(part) for part in parts]
    data = bytearray(parts[1].read_bytes())
    data[-1] ^= 1
    parts[1].write_bytes(data)
    with pytest.raises(ModelError, match=parts[1].name):
        registry().check(entry)


def last_of(path: Path, **more: object) -> str:
    model = model_of(path, **more)
    try:
        return last(model).text
    finally:
        model.close()


def test_adapters(spm_model: str, tmp_path: Path) -> None:
    registry().add(Path(spm_model), "tiny")
    states = tmp_path / "states"
    request = replace(SHORT, messages=(Message(Role.USER, "le dépôt " * 200),))

    def said(*loras: Path) -> tuple[str, str]:
        model = load_language_model(settings(*loras), states)
        assert isinstance(model, LlamaModel)
        try:
            return model.model_hash, last(model, request).text
        finally:
            model.close()

    registry().add(write_adapter(tmp_path / "lora.gguf"), None)
    bare, bent = said(), said(tmp_path / "lora.gguf")
    assert bare[0] != bent[0]
    # The states of one must not be those of the other, in either order.
    assert bare[1] != bent[1]
    assert (said(), said(tmp_path / "lora.gguf")) == (bare, bent)
    assert len({file.name[:16] for file in states.glob("*.state")}) == 2


def settings(*loras: Path) -> Settings:
    return Settings.model_validate({"model": {"name": "tiny", "loras": tuple(map(str, loras)), "context": 1_024}})


def test_adapters_that_do_not_fit_are_named(spm_model: str, tmp_path: Path) -> None:
    registry().add(Path(spm_model), "tiny")
    other, wide = write_adapter(tmp_path / "other.gguf", "qwen2"), write_adapter(tmp_path / "wide.gguf", size=96)
    with pytest.raises(ModelError, match="never added"):
        load_language_model(settings(other))
    for file in (other, wide):
        registry().add(file, None)
    for file, told in ((tmp_path / "absent.gguf", "absent.gguf"), (other, "other.gguf"), (Path(spm_model), "tiny")):
        with pytest.raises(ModelError, match=told):
            load_language_model(settings(file))
    model = load_language_model(settings(wide))
    assert isinstance(model, LlamaModel)
    with pytest.raises(ModelError, match=r"wide\.gguf"):
        last(model)
    model.close()


def test_an_adapter_that_was_changed_is_not_loaded(spm_model: str, tmp_path: Path) -> None:
    file = write_adapter(tmp_path / "lora.gguf")
    registry().add(Path(spm_model), "tiny")
    registry().add(file, "mine")
    chosen = Settings.model_validate({"model": {"name": "tiny", "loras": ("mine",), "context": 1_024}})
    assert load_language_model(chosen) is not None
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError, match=r"not the one that was added.*lora\.gguf"):
        load_language_model(chosen)
    file.unlink()
    with pytest.raises(ModelError, match=r"gone.*lora\.gguf"):
        load_language_model(chosen)


def test_an_adapter_answers_nothing_by_itself(spm_model: str, tmp_path: Path) -> None:
    assert registry().add(write_adapter(tmp_path / "lora.gguf"), None).kind == Kind.ADAPTER
    assert registry().entries()[1] is None, "the first language model is taken into use, no adapter"
    with pytest.raises(ModelError, match="is a LoRA adapter"):
        registry().use("lora")
    registry().add(Path(spm_model), "tiny")
    assert registry().entries()[1] == "tiny"
