"""The program as a process that talks to a site's server: the user's settings alone open the way, and only to there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.session import embedder_spec
from copilot.inference.synthetic import write_scripted
from copilot.settings import Settings
from tests.models import SPM, vocabulary_of
from tests.servers import llama_server

QUESTION = "Combien de litres de gazole à Cholet ?"
# The second sentence of the second document of the library.
REPLY = '{"claims":[{"text":"Le dépôt de Cholet détient 38 000 litres de gazole.","quotes":["2.2"],"tools":[]}]}'


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = write_scripted(tmp_path_factory.mktemp("site") / "s.gguf", vocabulary_of(SPM), [REPLY], context=4_096)
    with llama_server(path, 4_096) as port:
        yield port


@pytest.fixture
def settings_file(tmp_path: Path, port: int) -> Path:
    """The user's settings, which name the server."""
    file = tmp_path / "home" / "analyst-copilot" / "config.toml"
    file.parent.mkdir(parents=True)
    (tmp_path / "key").write_text("secret\n")
    file.write_text(
        f'[enclave]\nurl = "http://127.0.0.1:{port}/v1"\nmodel = "site"\nhosts = ["127.0.0.1"]\n'
        f'key_file = "{tmp_path / "key"}"\n'
    )
    return file


def run_copilot(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copilot.cli.main", "--lang", "en", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=dict(os.environ),
    )


def test_the_embedding_model_is_not_in_the_process_that_reaches_the_server() -> None:
    for model in ("auto", "minilm"):
        chosen = {"embedding": {"model": model}}
        assert not embedder_spec(Settings.model_validate(chosen)).apart
        enclave = {"url": "http://127.0.0.1:1/v1", "model": "site", "hosts": ["127.0.0.1"]}
        assert embedder_spec(Settings.model_validate({**chosen, "enclave": enclave})).apart


def test_a_question_is_answered_by_the_sites_server(here: Path, settings_file: Path) -> None:
    told = run_copilot("ask", QUESTION, "--json")
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert (answer["generator"], answer["status"]) == ("site@127.0.0.1", "supported")
    assert answer["citations"][0]["quote"] == "Le dépôt de Cholet détient 38 000 litres de gazole."


def test_a_host_that_is_not_named_is_refused(here: Path, settings_file: Path) -> None:
    settings_file.write_text(settings_file.read_text().replace('["127.0.0.1"]', '["elsewhere"]'))
    told = run_copilot("ask", QUESTION)
    assert (told.returncode, "127.0.0.1" in told.stderr) == (6, True), told.stderr


def test_a_key_that_is_not_there_is_named(here: Path, settings_file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    told = run_copilot("ask", QUESTION)
    assert (told.returncode, str(tmp_path / "key") in told.stderr) == (5, True), told.stderr


def test_what_reads_documents_stays_sealed(here: Path, settings_file: Path) -> None:
    told = json.loads(run_copilot("doctor", "--offline", "--json").stdout)
    opened = {row["process"]: row["opened"] for row in told["processes"]}
    assert opened["main"], "in an enclave this one process must be able to reach the server"
    assert [opened[name] for name in ("child", "embedder", "parser", "plugin", "model")] == [[]] * 5
    settings_file.unlink()
    told = json.loads(run_copilot("doctor", "--offline", "--json").stdout)
    assert {row["process"]: row["opened"] for row in told["processes"]}["main"] == []


def test_doctor_says_what_the_enclave_leaves_open(here: Path, settings_file: Path) -> None:
    told = run_copilot("doctor", "--offline")
    assert (told.returncode, "127.0.0.1" in told.stdout.splitlines()[-1]) == (0, True), told.stdout
    opened = {
        row["process"]: row["opened"]
        for row in json.loads(run_copilot("doctor", "--offline", "--json").stdout)["processes"]
    }
    assert {way.partition(" ")[2].rstrip("+") for way in opened["main"]} == {
        f"{family}/stream{protocol}" for family in (2, 10) for protocol in ("", "/6")
    }
