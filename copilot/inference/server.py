"""A site's own server that speaks the OpenAI chat protocol (llama-server, vLLM): off unless its address is set.

The one part of the program that makes a network connection, to the one address that the user's own settings name.
"""

from __future__ import annotations

import errno
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
from urllib.parse import SplitResult, urlsplit

from copilot.errors import CancelledError, DeniedError, ModelError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.inference.formats import written_apart
from copilot.inference.server_reply import ServerReply, check_reply
from copilot.ports import Cancellation
from copilot.records import Completed, ModelEvent, ModelRequest, PromptProgress, Structure, Token

_TICK = 0.02
_CONNECT_SECONDS = 10.0
_CHARACTERS_A_TOKEN = 3.5
# Longer than any token that says something: a reply of more is one without end.
_MOST_CHARACTERS_A_TOKEN = 64
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """Where the server is (``http://host:port/v1``), the model's name there, its context, seconds it may take.

    `key` is what the server asks of those who use it (a bearer token), if anything.
    """

    url: str
    model: str
    hosts: tuple[str, ...]
    context: int = 8_192
    seconds: float = 600.0
    key: str = ""


class ServerModel:
    """A model on a server; implements `copilot.ports.LanguageModel`.

    Its output is bound by JSON Schema and checked against it again, for some servers only promise. The prompt is
    tokenised there, markers and all: in what we send they are written apart.
    """

    def __init__(self, setup: ServerSetup) -> None:
        self._setup = setup
        self._address = _address(setup.url)
        if self._address.hostname not in setup.hosts:
            raise DeniedError(t("model.server_host", host=self._address.hostname), t("model.server_host_next"))
        # How this server wants to be told of a schema; found out by the first request that it refuses.
        self._manners = list(_MANNERS)

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
        reply = ServerReply(request.max_tokens * _MOST_CHARACTERS_A_TOKEN)
        first = None
        try:
            for piece in self._pieces(request, reply, cancel):
                if first is None:
                    first = time.perf_counter()
                    yield PromptProgress(estimated, estimated, 0, 0.0)
                yield Token(piece)
            check_reply(reply, request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if cancel is not None and cancel.is_asked:
                raise CancelledError(t("ask.cancelled")) from None
            detail = cause_of(error)[:_LONGEST_ERROR]
            raise ModelError(
                t("model.server_failed", url=self._setup.url, detail=detail), t("model.server_failed_next")
            ) from error
        if cancel is not None and cancel.is_asked:
            raise CancelledError(t("ask.cancelled"))
        ended = time.perf_counter()
        began = first or ended
        yield Completed(
            reply.text,
            reply.reason,
            reply.used("prompt_tokens", estimated),
            0,
            reply.used("completion_tokens", self.count_tokens(reply.text)),
            began - started,
            ended - began,
        )

    def _pieces(self, request: ModelRequest, reply: ServerReply, cancel: Cancellation | None) -> Iterator[str]:
        """Yield the pieces of text as they come, in the first manner of asking that the server understands."""
        while True:
            connection = _connected(self._address, cancel)
            # The response takes the socket over from the connection: who wants to shut it must hold it before.
            line = connection.sock
            line.settimeout(self._setup.seconds)
            try:
                with _Watch(line, cancel, self._setup.seconds):
                    response = self._post(connection, request)
                    if response.status == http.client.OK:
                        yield from reply.read(response)
                        return
                    told = response.read(_MOST_TOLD).decode("utf-8", "replace")
                    if len(self._manners) == 1 or not any(word in told for word in _NOT_UNDERSTOOD):
                        raise ValueError(f"HTTP {response.status}: {told}")
                    del self._manners[0]
            finally:
                connection.close()

    def _post(self, connection: http.client.HTTPConnection, request: ModelRequest) -> http.client.HTTPResponse:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._setup.model,
            "messages": [
                {"role": message.role.value, "content": written_apart(message.text)} for message in request.messages
            ],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "max_tokens": request.max_tokens,
            "stream": True,
        }
        if request.structure is not None:
            body |= self._manners[0](request.structure)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self._setup.key:
            headers["Authorization"] = f"Bearer {self._setup.key}"
        path = f"{self._address.path.rstrip('/')}/chat/completions"
        connection.request("POST", path, json.dumps(body).encode(), headers)
        return connection.getresponse()


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        if address.scheme in ("http", "https") and address.hostname and address.port != 0:
            return address
    except ValueError:
        pass
    raise ModelError(t("model.server_url", url=url), t("model.server_url_next"))


def _as_openai(structure: Structure) -> dict[str, Any]:
    """OpenAI's own manner: vLLM and llama-server."""
    schema = {"name": "answer", "schema": structure.json_schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _as_llama_cpp(structure: Structure) -> dict[str, Any]:
    """The manner of llama-cpp-python and older servers of llama.cpp.

    They would make a grammar of the schema that takes seconds for each token, so they are given ours.
    """
    if structure.gbnf:
        return {"grammar": structure.gbnf}
    return {"response_format": {"type": "json_object", "schema": structure.json_schema}}


_MANNERS = (_as_openai, _as_llama_cpp)
# What a server speaks of when it refuses a manner; the status it gives may be any.
_NOT_UNDERSTOOD = ("response_format", "json_schema")
_MOST_TOLD = 4_096


def _connected(address: SplitResult, cancel: Cancellation | None) -> http.client.HTTPConnection:
    """Connect, in a thread of its own: a name that is looked up, or a host that is silent, must not hold the user."""
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_CONNECT_SECONDS)
    failed: list[OSError] = []
    is_left = threading.Event()

    def connect() -> None:
        try:
            connection.connect()
        except OSError as error:
            failed.append(error)
        except ValueError as error:
            # A name that is no name of a host.
            failed.append(OSError(errno.EINVAL, str(error)))
        if is_left.is_set():
            connection.close()

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_TICK)
        if cancel is not None and cancel.is_asked:
            is_left.set()
            if not thread.is_alive():
                connection.close()
            raise CancelledError(t("ask.cancelled"))
    if failed:
        raise failed[0]
    return connection


class _Watch:
    """Shuts the connection down when the user asks to stop, or its time is over, whatever it is waiting for."""

    def __init__(self, line: socket.socket, cancel: Cancellation | None, seconds: float) -> None:
        self._line = line
        self._last = time.monotonic() + seconds
        self._cancel = cancel
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _wait(self) -> None:
        while not self._over.wait(_TICK):
            if time.monotonic() > self._last or (self._cancel is not None and self._cancel.is_asked):
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                return
