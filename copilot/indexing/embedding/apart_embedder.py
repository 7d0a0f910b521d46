"""A built-in embedder in a child process, for whoever draws a screen meanwhile.

To load a multilingual tokenizer's vocabulary holds the interpreter's lock for about a second, in which no key shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from copilot.errors import EmbedderError
from copilot.i18n.causes import kind_of
from copilot.indexing.embedding.built_in_embedder import BuiltInEmbedder
from copilot.indexing.embedding.child import ERROR, READY, VECTORS, EmbeddingChild, tell, tell_refusal
from copilot.indexing.embedding.token_counters import tokenizer_counter
from copilot.ports import Vectors


class ApartEmbedder(BuiltInEmbedder):
    """The port `Embedder` over a folder of a built-in model, by way of an `OnnxEmbedder` in another process.

    Raises:
        EmbedderError: at once, if the model's files are missing or damaged.
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        super().__init__(folder)
        self._child = EmbeddingChild(folder, self.description.dimension, _serve, (str(folder), threads))
        self._child.start()

    def count_tokens(self, text: str) -> int:
        return tokenizer_counter(self.folder)(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._child.embed(texts)

    def close(self) -> None:
        """End the child."""
        self._child.close()


def _serve(pipe: Connection, folder: str, threads: int | None) -> None:
    """Run in the child: load the model, then answer lists of texts, prefixes put, until the parent is gone."""
    from copilot.indexing.embedding.onnx_embedder import OnnxEmbedder

    try:
        model = OnnxEmbedder(Path(folder), threads)
        tell(pipe, READY)
        while True:
            tell(pipe, VECTORS, model.embed(pipe.recv()).tobytes())
    except EOFError:
        return
    except EmbedderError as error:
        tell_refusal(pipe, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        tell(pipe, ERROR, kind_of(error).encode("utf-8", "replace"))
