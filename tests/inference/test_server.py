"""A real llama.cpp server on loopback, and servers that misbehave."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from copilot.errors import CancelledError, DeniedError, ModelError
from copilot.inference.server import ServerModel, ServerSetup
from copilot.inference.synthetic import write_scripted
from copilot.ports import Cancellation
from copilot.records import Completed, Message, ModelRequest, Role, Structure, Token
from tests.models import SPM, vocabulary_of

REPLY = '{"claims":[]}'
SCHEMA = {"type": "object", "properties": {"claims": {"type": "array", "maxItems": 0}}, "required": ["claims"]}
REQUEST = ModelRequest((Message(Role.USER, "Combien ?"),), Structure("", SCHEMA), max_tokens=64)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def model_at(port: int, *, hosts: tuple[str, ...] = ("127.0.0.1",)) -> ServerModel:
    return ServerModel(ServerSetup(f"http://127.0.0.1:{port}/v1", "tiny", hosts, seconds=30))


@pytest.fixture(scope="module")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("server")
    path = write_scripted(folder / "script.gguf", vocabulary_of(SPM), [REPLY], context=512)
    port = _free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(path), "--port", str(port), "--n_ctx", "512"]
    # Its chat template would be guessed: named, so that the scripted model sees [/INST] before it writes.
    command += ["--chat_format", "mistral-instruct", "--n_threads", "1", "--verbose", "False"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            for _ in range(300):
                try:
                    urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1).close()
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    time.sleep(0.1)
            yield port
        finally:
            server.kill()
            server.wait()


def test_a_real_server_answers_within_the_schema(llama_server: int) -> None:
    events = list(model_at(llama_server).generate(REQUEST))
    end = events[-1]
    assert isinstance(end, Completed)
    assert "".join(event.text for event in events if isinstance(event, Token)) == end.text
    assert json.loads(end.text) == {"claims": []}


class _Odd(BaseHTTPRequestHandler):
    """Answers as its server's `mood` says."""

    def do_POST(self) -> None:
        mood = self.server.mood  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        if mood == "error":
            self.send_error(500, "no")
            return
        self.send_response(200)
        self.end_headers()
        if mood == "garbage":
            self.wfile.write(b"data: not json\n\n")
        elif mood == "told":
            self.wfile.write(b'data: {"error": "out of memory"}\n\n')
        elif mood == "silent":
            self.server.release.wait(30)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def odd() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Odd)
    server.release = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.release.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("mood", ["error", "garbage", "told"])
def test_a_server_that_fails_is_named(odd: HTTPServer, mood: str) -> None:
    odd.mood = mood  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        list(model_at(odd.server_port).generate(REQUEST))


def test_a_silent_server_can_be_left(odd: HTTPServer) -> None:
    odd.mood = "silent"  # type: ignore[attr-defined]
    cancel = Cancellation()
    threading.Timer(0.1, cancel.cancel).start()
    with pytest.raises(CancelledError):
        list(model_at(odd.server_port).generate(REQUEST, cancel))


def test_nobody_there() -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        list(model_at(_free_port()).generate(REQUEST))


def test_only_named_hosts_and_real_addresses() -> None:
    with pytest.raises(DeniedError, match=r"127\.0\.0\.1"):
        model_at(1, hosts=("localhost",))
    for url in ("", "file:///etc/passwd", "host:80"):
        with pytest.raises(ModelError):
            ServerModel(ServerSetup(url, "m", ("host",)))


def test_the_seal_stays_unless_the_user_names_a_server(tmp_path: Path) -> None:
    from copilot.cli.main import enclave_is_on

    there = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    assert not enclave_is_on(there)
    settings = tmp_path / "analyst-copilot" / "config.toml"
    settings.parent.mkdir()
    settings.write_text('[enclave]\nhosts = ["a"]\n')
    assert not enclave_is_on(there)
    settings.write_text('[enclave]\nhosts = ["a"]\nurl = "http://a/v1"\n')
    assert enclave_is_on(there)
    settings.write_text("enclave = 3")
    assert not enclave_is_on(there)
