"""The command line with a real model file: added, used, asked, replayed, changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.inference.synthetic import write_scripted
from tests.cli.conftest import Copilot
from tests.indexing.embedding.tiny_bert import write_tiny_bert
from tests.models import SPM, vocabulary_of, write_adapter

QUESTION = "Combien de litres de gazole à Cholet ?"
# The second sentence of the second document of the library.
REPLY = '{"claims":[{"text":"Le dépôt de Cholet détient 38 000 litres de gazole.","quotes":["2.2"],"tools":[]}]}'


@pytest.fixture
def scripted(copilot: Copilot, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPILOT_MODEL__STATE_MB", "0")
    path = write_scripted(tmp_path / "script.gguf", vocabulary_of(SPM), [REPLY], context=4_096)
    added = copilot("model", "add", str(path))
    assert added.code == 0, added.err
    assert "script" in added.out
    return path


def test_ask_and_replay_with_a_model(copilot: Copilot, scripted: Path) -> None:
    told = copilot("ask", QUESTION, "--json")
    answer = json.loads(told.out)
    assert (told.code, answer["generator"], answer["status"]) == (0, "script", "supported"), answer
    assert {"model", "template", "prompt", "grammar", "sampling"} <= set(answer["hashes"])
    assert answer["citations"][0]["quote"] == "Le dépôt de Cholet détient 38 000 litres de gazole."
    again = copilot("replay", answer["answer_id"])
    assert (again.code, again.out.strip()) == (0, "The same, byte for byte.")
    listed = json.loads(copilot("answers", "--json").out)["answers"]
    assert listed[0]["answer_id"] == answer["answer_id"]


def test_an_embedding_model_is_held_against_the_hash_of_when_it_was_added(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny.gguf"
    write_tiny_bert(path)
    root = str(tmp_path / "ws")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    assert copilot("init", root).code == 0
    monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", str(path))
    refused = copilot("sync", str(tmp_path / "docs"), "-w", root)
    assert (refused.code, "copilot model add" in refused.err) == (5, True), refused.err
    assert copilot("model", "add", str(path), "--embedder").code == 0
    # By its path as by its name; it answers no question.
    for name in (str(path), "tiny"):
        monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", name)
        assert copilot("sync", str(tmp_path / "docs"), "-w", root).code == 0
    assert copilot("model", "verify", "tiny").code == 0
    for line in (["model", "use", "tiny"], ["ask", QUESTION, "--model", "tiny", "-w", root]):
        refused = copilot(*line)
        assert (refused.code, "embedding model" in refused.err) == (5, True), line
    assert [one["active"] for one in json.loads(copilot("model", "list", "--json").out)["models"]] == [False]
    write_tiny_bert(path, seed=8)
    (tmp_path / "docs" / "more.txt").write_text("Le pont de Valbrune est ouvert.\n")
    refused = copilot("sync", str(tmp_path / "docs"), "-w", root)
    assert (refused.code, "not the one that was added" in refused.err) == (5, True), refused.err
    assert copilot("model", "verify", "tiny").code == 5
    told = {one["check"]: one for one in json.loads(copilot("doctor", "--json", "-w", root).out)["findings"]}
    assert (told["embedder"]["verdict"], "not the one" in told["embedder"]["detail"]) == ("bad", True)


def test_an_adapter_is_added_and_listed_as_one(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_adapter(tmp_path / "ours.gguf")
    added = copilot("model", "add", str(path))
    assert (added.code, "model.loras" in added.out) == (0, True), added.err
    [listed] = json.loads(copilot("model", "list", "--json").out)["models"]
    assert (listed["kind"], listed["active"]) == ("adapter", False)
    assert "LoRA adapter" in copilot("model", "list").out
    assert copilot("model", "verify", "ours").code == 0
    path.write_bytes(path.read_bytes() + b"x")
    refused = copilot("model", "verify", "ours")
    assert (refused.code, "not the one that was added" in refused.err) == (5, True), refused.err


def test_without_the_model_on_request(copilot: Copilot, scripted: Path) -> None:
    answer = json.loads(copilot("ask", QUESTION, "--model", "none", "--json").out)
    assert answer["generator"] == "extractive"
    assert copilot("replay", answer["answer_id"][:12]).code == 0


def test_events_of_a_model(copilot: Copilot, scripted: Path) -> None:
    lines = [json.loads(line) for line in copilot("ask", QUESTION, "--jsonl").out.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds.index("planned") < kinds.index("retrieved")
    assert kinds[-1] == "verified"
    assert {"retrieved", "contextfilled", "modelreading", "modelwriting", "drafted"} <= set(kinds)


def test_ctrl_c_stops_the_model_and_its_process(copilot: Copilot, here: Path, spm_model: str) -> None:
    added = copilot("model", "add", spm_model, "--name", "slow")
    assert added.code == 0, added.err
    # At this temperature the likeliest token is seldom allowed: each one takes milliseconds, all of them seconds.
    environment = {**os.environ, "COPILOT_MODEL__TEMPERATURE": "2", "COPILOT_MODEL__ANSWER_TOKENS": "1500"}
    process = subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "--lang", "en", "ask", QUESTION, "--jsonl", "--deny"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "modelwriting":
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    assert children
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    # A model can be named by its file too.
    assert json.loads(copilot("model", "info", spm_model, "--json").out)["name"] == "slow"


def test_model_commands(copilot: Copilot, scripted: Path) -> None:
    assert "script" in copilot("model", "list").out
    info = json.loads(copilot("model", "info", "--json").out)
    assert (info["format"], info["architecture"], info["fits"]) == ("v3", "llama", True)
    assert copilot("model", "verify").code == 0
    bench = json.loads(copilot("model", "bench", "--json").out)
    assert bench["best_threads"] >= 1
    assert json.loads(copilot("model", "list", "--json").out)["models"][0]["threads"] == bench["best_threads"]
    assert copilot("model", "use", "other").code == 5
    assert copilot("model", "remove", "script").code == 0
    assert "copilot model add" in copilot("model", "list").out
    assert copilot("model", "verify").code == 5


def test_the_models_process_is_tried_too(copilot: Copilot, scripted: Path) -> None:
    told = json.loads(copilot("doctor", "--offline", "--json").out)
    tried = {row["process"]: row for row in told["processes"]}
    # The tests themselves run unsealed; whatever reads what others wrote does not.
    assert [tried[name]["opened"] for name in ("parser", "plugin", "model")] == [[], [], []]
    assert tried["model"]["tried"] > 400


def test_a_changed_model_is_refused(copilot: Copilot, scripted: Path) -> None:
    data = bytearray(scripted.read_bytes())
    data[-1] ^= 1
    scripted.write_bytes(data)
    for line in (["ask", QUESTION], ["model", "verify"]):
        told = copilot(*line)
        assert (told.code, "not the one" in told.err) == (5, True), line


def test_odd_files(copilot: Copilot, here: Path, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"no model")
    assert copilot("model", "add", str(tmp_path / "x.gguf")).code == 5
    assert copilot("model", "add", str(tmp_path / "absent.gguf")).code == 5
    assert copilot("replay", "0000").code == 2
