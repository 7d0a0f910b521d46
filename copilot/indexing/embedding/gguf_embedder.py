"""A user's GGUF embedding model through llama.cpp, in a child process: it may abort, and must not take us with it.

The batch is as long as the window (a shorter micro-batch makes llama.cpp abort), and an over-long text is cut into
windows whose vectors are averaged, never handed over as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from copilot.i18n.causes import kind_of
from copilot.indexing.embedding.child import ERROR, READY, VECTORS, EmbeddingChild, refuse_unwalled, tell
from copilot.indexing.embedding.gguf_file import gguf_embedder_id, read_gguf
from copilot.indexing.embedding.token_counters import estimate_tokens
from copilot.ports import Vectors
from copilot.sandbox.confinement import Confinement, confine_as_far_as_offered
from copilot.sandbox.limits import limit_model
from copilot.sandbox.seal import seal_network

# Room in a window for the special tokens that a model puts around a text.
_SPECIAL = 4


class GgufEmbedder:
    """The port `Embedder` over a GGUF file that was found to have the hash `sha256`."""

    def __init__(
        self, path: Path, sha256: str, query_prefix: str, passage_prefix: str, threads: int | None = None
    ) -> None:
        self._path = path
        self._sha256 = sha256
        self._facts = read_gguf(path)
        self._prefixes = (query_prefix, passage_prefix)
        threads = threads or max(1, len(os.sched_getaffinity(0)) - 1)
        self._child = EmbeddingChild(path, self._facts.dimension, _serve, (str(path), self._facts.window, threads))

    @property
    def embedder_id(self) -> str:
        return gguf_embedder_id(self._path, self._sha256, *self._prefixes)

    @property
    def dimension(self) -> int:
        return self._facts.dimension

    @property
    def window_tokens(self) -> int:
        return self._facts.window

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._child.embed([self._prefixes[1] + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._child.embed([self._prefixes[0] + text])[0]
        return vector

    def close(self) -> None:
        """End the child."""
        self._child.close()


def _serve(pipe: Connection, path: str, window: int, threads: int) -> None:
    """Run in the child: load the model, then answer lists of texts with unit vectors until the parent is gone."""
    # llama.cpp writes what it likes to stderr, in the midst of our progress.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # A model's file is not trusted: its process writes next to nothing, has no more memory than the machine, and of the
    # disk it sees that file and Python.
    limit_model(0, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if not confine_as_far_as_offered(Confinement((path,), ""), seal_network()):
        refuse_unwalled(pipe)
        return
    from llama_cpp import Llama

    try:
        model = Llama(
            path,
            embedding=True,
            n_ctx=window,
            n_batch=window,
            n_ubatch=window,
            n_threads=threads,
            n_threads_batch=threads,
            verbose=False,
        )
    except Exception as error:  # noqa: BLE001
        tell(pipe, ERROR, kind_of(error).encode("utf-8", "replace"))
        return
    tell(pipe, READY)
    while True:
        try:
            texts = pipe.recv()
        except EOFError:
            return
        try:
            vectors = np.stack([_vector(model, text, window - _SPECIAL) for text in texts])
            tell(pipe, VECTORS, vectors.astype(np.float32).tobytes())
        except Exception as error:  # noqa: BLE001
            tell(pipe, ERROR, kind_of(error).encode("utf-8", "replace"))


def _vector(model: Any, text: str, room: int) -> Vectors:
    """Return the unit vector of a text: the mean over its windows, each weighted by its tokens."""
    total: Any = 0.0
    for piece, tokens in _windows(model, text or " ", room):
        found = np.asarray(model.embed(piece, normalize=False), dtype=np.float32)
        # A model without pooling gives a vector a token.
        total = total + max(1, tokens) * (found.mean(axis=0) if found.ndim == 2 else found)
    length = float(np.linalg.norm(total))
    unit: Vectors = total / length if length else total
    return unit


def _windows(model: Any, text: str, room: int) -> list[tuple[str, int]]:
    tokens = len(model.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=False))
    if tokens <= room or len(text) < 2:
        return [(text, tokens)]
    middle = text.rfind(" ", 1, len(text) // 2 + 1)
    middle = middle if middle > 0 else len(text) // 2
    return _windows(model, text[:middle], room) + _windows(model, text[middle:], room)
