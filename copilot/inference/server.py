"""A site's own server that speaks the OpenAI chat protocol (llama-server, vLLM): off unless its address is set.

The one part of the program that makes a network connection, to the one address that the user's own settings name.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from copilot.errors import CancelledError, DeniedError, ModelError
from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.records import Completed, EndReason, ModelEvent, ModelRequest, PromptProgress, Token

_TICK = 0.02
_CONNECT_SECONDS = 10.0
_CHARACTERS_A_TOKEN = 3.5
_LONGEST_LINE = 2**20
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """Where the server is (``http://host:port/v1``), the model's name there, its context, seconds to wait for it."""

    url: str
    model: str
    hosts: tuple[str, ...]
    context: int = 8_192
    seconds: float = 600.0


class ServerModel:
    """A model on a server; implements `copilot.ports.LanguageModel`. Its output is bound by JSON Schema."""

    def __init__(self, setup: ServerSetup) -> None:
        self._setup = setup
        self._address = urlsplit(setup.url)
        if self._address.scheme not in ("http", "https") or not self._address.hostname:
            raise ModelError(t("model.server_url", url=setup.url), t("model.server_url_next"))
        if self._address.hostname not in setup.hosts:
            raise DeniedError(t("model.server_host", host=self._address.hostname), t("model.server_host_next"))

    @property
    def name(self) -> str:
        return f"{self._setup.model}@{self._address.hostname}"

    @property
    def model_hash(self) -> str:
        """What can be known of a model elsewhere: its address and name. It may change there unseen."""
        return hashlib.sha256(f"{self._setup.url} {self._setup.model}".encode()).hexdigest()

    @property
    def template_hash(self) -> str:
        return "server"

    @property
    def runtime(self) -> str:
        return "server"

    @property
    def context_tokens(self) -> int:
        return self._setup.context

    def count_tokens(self, text: str) -> int:
        """Estimate, on the safe side: the vocabulary is the server's."""
        return int(len(text) / _CHARACTERS_A_TOKEN) + 1

    def close(self) -> None:
        return

    def generate(self, request: ModelRequest, cancel: Cancellation | None = None) -> Iterator[ModelEvent]:
        """Yield tokens as the server sends them and, last, `Completed`; see `copilot.ports.LanguageModel`."""
        estimated = sum(self.count_tokens(message.text) for message in request.messages)
        yield PromptProgress(0, estimated)
        started = time.perf_counter()
        connection = self._connect()
        try:
            connection.connect()
            # The response takes the socket over from the connection: who wants to shut it must hold it before.
            line = connection.sock
            line.settimeout(self._setup.seconds)
            with _Watch(line, cancel):
                response = self._post(connection, request)
                first = None
                text, reason = "", EndReason.STOP
                usage: dict[str, Any] = {}
                for told in _events(response):
                    usage = told.get("usage") or usage
                    choice = (told.get("choices") or [{}])[0]
                    if choice.get("finish_reason") == "length":
                        reason = EndReason.LENGTH
                    piece = (choice.get("delta") or {}).get("content")
                    if isinstance(piece, str) and piece:
                        if first is None:
                            first = time.perf_counter()
                            yield PromptProgress(estimated, estimated, 0, 0.0)
                        text += piece
                        yield Token(piece)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            if cancel is not None and cancel.is_asked:
                raise CancelledError(t("ask.cancelled")) from None
            message = t(
                "model.server_failed", url=self._setup.url, detail=str(error)[:_LONGEST_ERROR] or type(error).__name__
            )
            raise ModelError(message, t("model.server_failed_next")) from error
        finally:
            connection.close()
        if cancel is not None and cancel.is_asked:
            raise CancelledError(t("ask.cancelled"))
        ended = time.perf_counter()
        began = first or ended
        yield Completed(
            text,
            reason,
            int(usage.get("prompt_tokens", estimated)),
            0,
            int(usage.get("completion_tokens", self.count_tokens(text))),
            began - started,
            ended - began,
        )

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        assert self._address.hostname is not None
        return kind(self._address.hostname, self._address.port, timeout=_CONNECT_SECONDS)

    def _post(self, connection: http.client.HTTPConnection, request: ModelRequest) -> http.client.HTTPResponse:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._setup.model,
            "messages": [{"role": message.role.value, "content": message.text} for message in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "max_tokens": request.max_tokens,
            "stream": True,
        }
        if request.structure is not None:
            schema = request.structure.json_schema
            # llama-cpp-python reads `schema` of a json_object; llama-server and vLLM read json_schema.
            body["response_format"] = {
                "type": "json_object",
                "schema": schema,
                "json_schema": {"name": "answer", "schema": schema, "strict": True},
            }
        path = f"{self._address.path.rstrip('/')}/chat/completions"
        connection.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise ValueError(f"HTTP {response.status}: {response.read(_LONGEST_ERROR).decode('utf-8', 'replace')}")
        return response


class _Watch:
    """Shuts the connection down when the user asks to stop, whatever it is waiting for."""

    def __init__(self, line: socket.socket, cancel: Cancellation | None) -> None:
        self._line = line
        self._cancel = cancel
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if self._cancel is not None:
            self._thread = threading.Thread(target=self._wait, args=(self._cancel,), daemon=True)
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _wait(self, cancel: Cancellation) -> None:
        while not self._over.wait(_TICK):
            if cancel.is_asked:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                return


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream (server-sent events, one JSON object each)."""
    while line := response.readline(_LONGEST_LINE):
        if line.startswith(b"data:"):
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            told = json.loads(data)
            if "error" in told:
                raise ValueError(str(told["error"]))
            yield told
