"""An embedding model in a child process: it may abort or hold the interpreter's lock, and must not take us with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import numpy as np

from copilot.errors import EmbedderError
from copilot.i18n import current_language, set_language, t
from copilot.i18n.causes import kind_of
from copilot.ports import Vectors
from copilot.sandbox.interpreter import kill_all, start_of
from copilot.sandbox.limits import forbid_core_dumps, forbid_telemetry
from copilot.sandbox.seal import SealState, seal_network
from copilot.sandbox.seccomp import takes_filters
from copilot.sandbox.told import loads

_CHILD = "copilot.indexing.embedding.child"
_START_SECONDS = 120.0
_TEXT_SECONDS = 60.0
_END_SECONDS = 5.0
_BATCH = 16
_FLOAT = 4
_LONGEST_DETAIL, _LONGEST_REFUSAL = 300, 64 * 1024
_LARGEST_ANSWER = 2**24


READY, VECTORS, ERROR, REFUSED = b"H", b"V", b"E", b"R"


def tell(pipe: Connection, kind: bytes, payload: bytes = b"") -> None:
    """Say one thing to the parent; an `ERROR` is cut to a line."""
    pipe.send_bytes(kind + (payload[:_LONGEST_DETAIL] if kind == ERROR else payload))


def tell_refusal(pipe: Connection, error: EmbedderError) -> None:
    tell(pipe, REFUSED, json.dumps([error.message, error.next_step]).encode())


def _refusal(payload: bytes) -> EmbedderError:
    try:
        message, next_step = loads(payload, _LONGEST_REFUSAL)
        return EmbedderError(str(message), str(next_step))
    except (ValueError, TypeError):
        return EmbedderError(_words(payload))


def _words(payload: bytes) -> str:
    return payload[:_LONGEST_DETAIL].decode("utf-8", "replace")


class EmbeddingChild:
    """Texts go to the child and vectors come back; it is started at the first use and again after it died.

    `serve(pipe, *arguments)`, a function of a module, runs in it: by `tell` it says `READY`, then for a list of texts
    `VECTORS` with their float32 bytes, and for what goes wrong `ERROR` with a detail or `REFUSED` with a message and a
    next step; it returns when the pipe is closed. What it says is never unpickled, for a model's file may have made it
    say so.
    """

    def __init__(self, file: Path, dimension: int, serve: Callable[..., None], arguments: tuple[object, ...]) -> None:
        self._file = file
        self._dimension = dimension
        self._serve = serve
        self._arguments = arguments
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._end: Callable[[], object] | None = None

    def close(self) -> None:
        """End the child."""
        if self._end is not None:
            self._end()
        self._child = self._pipe = self._end = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), asked for a few texts at a time.

        Raises:
            EmbedderError: the model cannot be loaded or does not answer, or the child died.
        """
        parts = [self._ask(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, self._dimension), np.float32)

    def _ask(self, texts: list[str]) -> Vectors:
        if self._child is None or self._child.poll() is not None:
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
        self._child, self._pipe = start_child(self._serve, self._arguments)
        # Whatever happens to this object, its process ends with it.
        self._end = weakref.finalize(self, end_child, self._child, self._pipe)
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
        assert child is not None
        with suppress(subprocess.TimeoutExpired):
            child.wait(_END_SECONDS)
        code = child.poll()
        self.close()
        return EmbedderError(t("embedding.gguf_died", file=self._file, code=code), t("embedding.gguf_died_next"))

    def _failed(self, reason: object) -> EmbedderError:
        return EmbedderError(
            t("embedding.gguf_failed", file=self._file, reason=reason), t("embedding.gguf_failed_next")
        )


def start_child(
    serve: Callable[..., None], arguments: tuple[object, ...] = ()
) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start a child that runs `serve(pipe, *arguments)`, a function that it imports by name; return it and its pipe."""
    ours, theirs = Pipe()
    with theirs:
        # It leads a session of its own: Ctrl+C is for the parent, which ends it when it leaves.
        child = subprocess.Popen(
            start_of(_CHILD).command,
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    # A child that is gone by now is found out where its first answer is waited for.
    with suppress(OSError):
        ours.send(((serve.__module__, serve.__qualname__), current_language(), arguments))
    return child, ours


def end_child(child: subprocess.Popen[bytes], pipe: Connection) -> None:
    """Close the pipe of a child and end it, with all that it started."""
    pipe.close()
    kill_all(child)


# --- in the child -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Serve the parent at the other end of standard input, without a network, whatever the program itself may reach.

    A child inherits the seal except in an enclave. Where the kernel takes filters and ours does not stand, nothing is
    served.
    """
    pipe = Connection(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_core_dumps()
    forbid_telemetry()
    try:
        (module, name), language, arguments = pipe.recv()
    except EOFError:
        return
    set_language(language)
    if seal_network() is not SealState.SEALED and takes_filters():
        refuse_unwalled(pipe)
        return
    try:
        serve: Callable[..., None] = getattr(import_module(module), name)
        serve(pipe, *arguments)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        tell(pipe, ERROR, kind_of(error).encode("utf-8", "replace"))


def refuse_unwalled(pipe: Connection) -> None:
    """Tell the parent that a wall fell which this system can put up, so that nothing is served."""
    tell_refusal(pipe, EmbedderError(t("embedding.unwalled"), t("embedding.unwalled_next")))
