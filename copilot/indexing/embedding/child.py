"""An embedding model in a child process: it may abort or hold the interpreter's lock, and must not take us with it."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from copilot.errors import EmbedderError
from copilot.i18n import t
from copilot.ports import Vectors
from copilot.sandbox.seal import seal_network

_START_SECONDS = 120.0
_TEXT_SECONDS = 60.0
_END_SECONDS = 5.0
_BATCH = 16
_FLOAT = 4
_LONGEST_DETAIL = 300
_LARGEST_ANSWER = 2**24


READY, VECTORS, ERROR, REFUSED = b"H", b"V", b"E", b"R"


def tell(pipe: Connection, kind: bytes, payload: bytes = b"") -> None:
    """Say one thing to the parent; an `ERROR` is cut to a line."""
    pipe.send_bytes(kind + (payload[:_LONGEST_DETAIL] if kind == ERROR else payload))


def tell_refusal(pipe: Connection, error: EmbedderError) -> None:
    tell(pipe, REFUSED, json.dumps([error.message, error.next_step]).encode())


def _refusal(payload: bytes) -> EmbedderError:
    try:
        message, next_step = json.loads(payload)
        return EmbedderError(str(message), str(next_step))
    except (ValueError, TypeError):
        return EmbedderError(_words(payload))


def _words(payload: bytes) -> str:
    return payload[:_LONGEST_DETAIL].decode("utf-8", "replace")


class EmbeddingChild:
    """Texts go to the child and vectors come back; it is started at the first use and again after it died.

    `serve(pipe, *arguments)` runs in it: by `tell` it says `READY`, then for a list of texts `VECTORS` with their
    float32 bytes, and for what goes wrong `ERROR` with a detail or `REFUSED` with a message and a next step; it returns
    when the pipe is closed. What it says is never unpickled, for a model's file may have made it say so.
    """

    def __init__(self, file: Path, dimension: int, serve: Callable[..., None], arguments: tuple[object, ...]) -> None:
        self._file = file
        self._dimension = dimension
        self._serve = serve
        self._arguments = arguments
        self._child: Any = None
        self._pipe: Connection | None = None

    def close(self) -> None:
        """End the child."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._child is not None:
            self._child.kill()
            self._child.join()
            self._child = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), asked for a few texts at a time.

        Raises:
            EmbedderError: the model cannot be loaded or does not answer, or the child died.
        """
        parts = [self._ask(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, self._dimension), np.float32)

    def _ask(self, texts: list[str]) -> Vectors:
        if self._child is None or not self._child.is_alive():
            self.start()
        assert self._pipe is not None
        try:
            self._pipe.send(texts)
            kind, payload = self._answer(_TEXT_SECONDS * len(texts))
        except (EOFError, OSError) as cause:
            raise self._died() from cause
        if kind == REFUSED:
            raise _refusal(payload)
        if kind != VECTORS:
            raise self._failed(_words(payload))
        if len(payload) != len(texts) * self._dimension * _FLOAT:
            raise self._failed(f"{len(payload) // max(1, len(texts)) // _FLOAT} ≠ {self._dimension}")
        vectors = np.frombuffer(payload, np.float32).reshape(len(texts), -1)
        if not np.isfinite(vectors).all():
            raise self._failed("NaN")
        return vectors

    def start(self) -> None:
        """Start the child and wait until its model is loaded.

        Raises:
            EmbedderError: the model cannot be loaded, or the child died.
        """
        self.close()
        # Its helper inherits the error stream, and a screen puts one in its place that is no file.
        with redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()
        # Spawn, not fork: a fork after llama.cpp is loaded hangs.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (self._serve, theirs, *self._arguments)
        self._child = context.Process(target=serve_sealed, args=arguments, daemon=True)
        self._child.start()
        theirs.close()
        try:
            kind, payload = self._answer(_START_SECONDS)
        except (EOFError, OSError) as cause:
            raise self._died() from cause
        if kind == REFUSED:
            self.close()
            raise _refusal(payload)
        if kind != READY:
            self.close()
            message = t("embedding.gguf_bad", file=self._file, reason=_words(payload))
            raise EmbedderError(message, t("embedding.gguf_bad_next"))

    def _answer(self, seconds: float) -> tuple[bytes, bytes]:
        assert self._pipe is not None
        if not self._pipe.poll(seconds):
            self.close()
            message = t("embedding.gguf_slow", file=self._file, seconds=round(seconds))
            raise EmbedderError(message, t("embedding.gguf_slow_next"))
        answer = self._pipe.recv_bytes(_LARGEST_ANSWER)
        return answer[:1], answer[1:]

    def _died(self) -> EmbedderError:
        child = self._child
        child.join(_END_SECONDS)
        code = child.exitcode
        self.close()
        return EmbedderError(t("embedding.gguf_died", file=self._file, code=code), t("embedding.gguf_died_next"))

    def _failed(self, reason: object) -> EmbedderError:
        return EmbedderError(
            t("embedding.gguf_failed", file=self._file, reason=reason), t("embedding.gguf_failed_next")
        )


def serve_sealed(serve: Callable[..., None], *arguments: object) -> None:
    """Serve without a network, whatever the program itself may reach: it inherits the seal except in an enclave."""
    seal_network()
    serve(*arguments)
