"""What the embedders over a built-in model's folder have in common, wherever the model itself runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from copilot.indexing.embedding.built_in import Description, read_description
from copilot.ports import Vectors


class BuiltInEmbedder(ABC):
    """The part of the port `Embedder` that the description of a folder tells; EmbedderError where it is damaged."""

    def __init__(self, folder: Path) -> None:
        self.description: Description = read_description(folder)
        self.folder = folder

    @property
    def embedder_id(self) -> str:
        return self.description.embedder_id

    @property
    def dimension(self) -> int:
        return self.description.dimension

    @property
    def window_tokens(self) -> int:
        return self.description.window

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self.embed([self.description.passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embed([self.description.query_prefix + text])[0]
        return vector

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), of texts that have their prefix."""
