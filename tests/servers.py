"""Model servers for tests: a real one of llama.cpp on loopback, and one that misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def llama_server(model: Path, context: int = 512) -> Iterator[int]:
    """Serve a model with llama-cpp-python's server until the block ends; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--port", str(port)]
    # Its chat template would be guessed: named, so that the scripted model sees [/INST] before it writes.
    command += ["--n_ctx", str(context), "--chat_format", "mistral-instruct", "--n_threads", "1", "--verbose", "False"]
    log = model.with_suffix(".log")
    with log.open("wb") as written:
        server = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            while True:
                try:
                    urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1).close()
                    break
                except OSError:
                    assert server.poll() is None, log.read_text()
                    time.sleep(0.1)
            yield port
        finally:
            server.kill()
            server.wait()


Behaviour = Callable[["Odd"], None]


class Odd(BaseHTTPRequestHandler):
    """Does what its server's behaviour says with each request; the requests are kept."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, OddServer)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((body, dict(self.headers)))
        server.behaviour(self)

    def stream(self, *lines: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        for line in lines:
            self.wfile.write(b"data: " + line + b"\n\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


class OddServer(HTTPServer):
    """A server on loopback; `released` ends what waits in it."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Odd)
        self.behaviour = behaviour
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.released = threading.Event()

    @classmethod
    @contextmanager
    def running(cls, behaviour: Behaviour) -> Iterator[OddServer]:
        with cls(behaviour) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield server
            finally:
                server.released.set()
                server.shutdown()
                thread.join()


def piece(text: str | None, ended: str | None = None) -> bytes:
    """Return one event of a stream as OpenAI's servers send it."""
    return json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": ended}]}).encode()
