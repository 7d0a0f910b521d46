"""Protocols of the parts that can be swapped: who calls them knows only what stands here."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copilot.records import (
    BlankReading,
    ContextUse,
    DraftClaim,
    Exchange,
    ModelEvent,
    ModelRequest,
    Passage,
    Plan,
    PlannedArgument,
    PromptProgress,
    Token,
    Tool,
    ToolCall,
    ToolProgress,
    ToolRun,
)

Vectors = NDArray[np.float32]
# What a part that works with a model tells on its way, besides its outcome.
ModelProgress = ContextUse | PromptProgress | Token


class Embedder(Protocol):
    """Turns text into unit vectors. Over-long input is cut to the window, never an error.

    `embedder_id` changes whenever the vectors would (model file, prefixes, pooling), for it keys them in the truth.
    """

    @property
    def embedder_id(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def window_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` without special ones: what chunking fits to the window."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,)."""
        ...

    def close(self) -> None: ...


class VectorIndex(Protocol):
    """Nearest neighbours over the live vectors, keyed by the chunk's text hash."""

    def search(self, query: Vectors, limit: int, allowed: Collection[bytes] | None = None) -> list[tuple[bytes, float]]:
        """Return (text_hash, cosine), best first; `allowed` limits the candidates."""
        ...


class LexicalIndex(Protocol):
    """BM25 over stemmed, folded words, keyed by chunk id."""

    def search(self, query: str, limit: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return (chunk_id, score), best first; `allowed` limits the candidates."""
        ...


class Cancellation:
    """A request to stop, made from any thread; what works for long looks at it often, at least every 50 ms."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def cancel(self) -> None:
        self._asked.set()

    @property
    def is_asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for `seconds` or until asked; return whether asked."""
        return self._asked.wait(seconds)


class LanguageModel(Protocol):
    """A local model, or a site's server. `model_hash` and `template_hash` stand in the record of every answer."""

    @property
    def name(self) -> str: ...
    @property
    def model_hash(self) -> str: ...
    @property
    def template_hash(self) -> str: ...
    @property
    def context_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` as outside text: no control token among them."""
        ...

    def generate(self, request: ModelRequest, cancel: Cancellation | None = None) -> Iterator[ModelEvent]:
        """Yield progress, tokens, and last `Completed`.

        Raises:
            CancelledError: `cancel` was asked for; the model can be used again at once.
            ModelError: the worker died, ran out of memory, or the prompt is too long; the next call starts it anew.
        """
        ...

    def close(self) -> None: ...


class Generator(Protocol):
    """Writes claims from numbered passages; `name` stands in the answer and `model_hash` in its record.

    Yielding no claim means: the passages do not say. A generator with a model also yields its progress.
    """

    @property
    def name(self) -> str: ...
    @property
    def model_hash(self) -> str: ...

    def provenance(self) -> Mapping[str, str]:
        """Return what, besides the model, the last answer depends on: hashes of prompt, template, grammar; sampling."""
        ...

    def write_claims(
        self,
        question: str,
        passages: Sequence[Passage],
        language: str,
        runs: Sequence[ToolRun] = (),
        cancel: Cancellation | None = None,
        history: Sequence[Exchange] = (),
    ) -> Iterator[DraftClaim | ModelProgress]:
        """Yield claims; source number n stands for ``passages[n - 1]``, tool number n for the run of that number.

        `history` is what was said before, the oldest first; what does not fit is left out, and said so.
        """
        ...


class Planner(Protocol):
    """Plans from the question and the catalogue alone: it never sees a document."""

    def plan(
        self, question: str, tools: Sequence[Tool], language: str, cancel: Cancellation | None = None
    ) -> Iterator[Plan | ModelProgress]:
        """Yield progress and, last, the plan; its calls name only `tools`."""
        ...


class BlankReader(Protocol):
    """Reads one value from passages; it has no tools, and what it reads is data."""

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,
    ) -> Iterator[BlankReading | ModelProgress]:
        """Yield progress and, last, the reading; no reading where the passages do not say."""
        ...


class ToolCatalogue(Protocol):
    """The tools that may be called: those of enabled plugins whose files are the ones that were trusted."""

    def tools(self) -> Sequence[Tool]: ...

    def find(self, name: str) -> Tool:
        """Return a tool; UsageError that names the nearest where there is none."""
        ...


class ToolRunner(Protocol):
    """Runs an approved call in a walled child."""

    def run(self, call: ToolCall, cancel: Cancellation | None = None) -> Iterator[ToolProgress | ToolRun]:
        """Check and convert the arguments, run; yield progress and, last, the run.

        Raises:
            ToolFailedError: an argument is wrong, the tool refused, or its process was ended; it says which.
            CancelledError: `cancel` was asked for.
        """
        ...
