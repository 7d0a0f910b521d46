"""One opened workspace with its parts, each built when it is first asked for: the place where adapters are chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from copilot.app.embed import ACTIVE_EMBEDDER
from copilot.app.naming import PathNames
from copilot.app.read_only import aside
from copilot.app.truth import open_truth
from copilot.errors import EmbedderError, IndexMissingError, ModelError, StoreError, WorkspaceError
from copilot.i18n import t
from copilot.indexing.embedding import EMBEDDERS, EmbedderSpec, embedder_id_of, load_embedder, load_token_counter
from copilot.retrieval.retriever import DenseWeights, Retriever
from copilot.settings import Settings
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.app.trail import Trail
    from copilot.generation.extractive import ExtractiveGenerator
    from copilot.indexing.lexical import LexicalFolder
    from copilot.indexing.vectors import VectorSearch
    from copilot.ports import Embedder, LanguageModel

# The share of the dense half in the fusion by embedder, measured by benchmarks/retrieval.py. MiniLM knows English only.
_WEIGHTS = {"minilm": DenseWeights(french=0.15, english=0.5)}
_MULTILINGUAL = DenseWeights(french=0.5, english=0.5)
# How long a question waits for another process that is writing the lexical index.
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05
# From this cosine up a multilingual model takes a sentence in another language for one that speaks of the question.
_CROSS_LANGUAGE_COSINE = {"e5": 0.86}


def embedder_spec(settings: Settings) -> EmbedderSpec:
    """Return which embedder the settings mean: a built-in name, or a GGUF file that the user added.

    In an enclave it runs in a sealed process of its own: of this one, the libraries could reach the network, too.
    """
    chosen = settings.embedding
    apart = bool(settings.enclave.url)
    threads = chosen.threads or None
    if chosen.model == "auto":
        return EmbedderSpec(threads=threads, apart=apart)
    if chosen.model in EMBEDDERS and chosen.model != "gguf":
        return EmbedderSpec(chosen.model, threads=threads, apart=apart)
    path, sha256 = _added_embedder(chosen.model)
    return EmbedderSpec("gguf", path, chosen.query_prefix or "", chosen.passage_prefix or "", threads, sha256=sha256)


def _added_embedder(name: str) -> tuple[Path, str]:
    """Return the file that is meant and the hash that was taken when it was added; empty where it never was."""
    from copilot.app.models import registry
    from copilot.inference.registry import Kind

    try:
        [file] = registry().find(name, Kind.EMBEDDING).files
    except (ModelError, ValueError):
        # Told when it is to be loaded: words can be searched without.
        return Path(name).expanduser(), ""
    return Path(file.path), file.sha256


class Session:
    """A workspace, its settings and its truth, open until closed; to be used by one thread."""

    def __init__(self, workspace: Workspace, settings: Settings, *, embed_apart: bool = False) -> None:
        """`embed_apart` keeps the embedding model in a process of its own, for a session beside a screen."""
        self.workspace = workspace
        self.settings = settings
        self.names = PathNames(workspace.root)
        if workspace.is_encrypted and workspace.secrets is None:
            raise WorkspaceError(t("store.locked", root=workspace.root), t("store.locked_next"))
        self.truth = open_truth(workspace)
        if self.truth.is_read_only:
            self.workspace = aside(workspace)
        chosen = embedder_spec(settings)
        self.embedder_spec = replace(chosen, apart=chosen.apart or embed_apart)
        self.language_model: LanguageModel | None = None
        self._earlier_embedders: dict[str, Embedder] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of models, indexes and the database, and sign what was recorded."""
        self.release_indexes()
        if self.language_model is not None:
            self.language_model.close()
        if (embedder := self.__dict__.pop("embedder", None)) is not None:
            embedder.close()
        for earlier in self._earlier_embedders.values():
            earlier.close()
        self._earlier_embedders.clear()
        try:
            if (trail := self.__dict__.pop("trail", None)) is not None:
                # Every entry is on the disk already: where there is no room to sign them, the next session does.
                with suppress(StoreError):
                    trail.close()
        finally:
            self.truth.close()

    def release_indexes(self) -> None:
        """Let go of what is derived, so that it can be replaced."""
        self.__dict__.pop("lexical", None)
        self.__dict__.pop("retriever", None)
        self.__dict__.pop("extractive", None)
        if (vectors := self.__dict__.pop("_vectors", None)) is not None:
            vectors.close()

    # --- parts --------------------------------------------------------------------------------------------------------

    @cached_property
    def trail(self) -> Trail:
        """The log of what is done in this workspace."""
        from copilot.app.trail import trail_of

        return trail_of(self.workspace, self.settings, self.truth, is_read_only=self.truth.is_read_only)

    @cached_property
    def lexical(self) -> LexicalFolder:
        from copilot.indexing.lexical import LexicalFolder

        return LexicalFolder(self.workspace.lexical_index)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model of the settings; EmbedderError where it is missing."""
        return load_embedder(self.embedder_spec)

    @property
    def embedder_id(self) -> str:
        return embedder_id_of(self.embedder_spec)

    @cached_property
    def token_counter(self) -> Callable[[str], int]:
        return load_token_counter(self.embedder_spec)

    @property
    def max_tokens(self) -> int:
        return self.settings.chunking.max_tokens

    def vectors_of(self, embedder: Embedder) -> VectorSearch:
        """Return the vector search over the vectors of this session's embedder."""
        from copilot.indexing.vectors import VectorSearch

        if "_vectors" not in self.__dict__:
            self._vectors: VectorSearch = VectorSearch(self.truth, embedder.embedder_id, self.workspace.vector_index)
        return self._vectors

    @cached_property
    def retriever(self) -> Retriever:
        """The search; lexical alone until every passage in service has a vector of the present embedder."""
        embedder = self._serving_embedder()
        measured = _WEIGHTS.get(self.embedder_spec.name, _MULTILINGUAL)
        chosen = self.settings.retrieval
        weights = DenseWeights(
            measured.french if chosen.dense_weight_fr is None else chosen.dense_weight_fr,
            measured.english if chosen.dense_weight_en is None else chosen.dense_weight_en,
        )
        vectors = None if embedder is None else self.vectors_of(embedder)
        return Retriever(self.truth, self.lexical, vectors, embedder, weights, self.freshen)

    def _serving_embedder(self) -> Embedder | None:
        if self.truth.get_meta(ACTIVE_EMBEDDER) is None:
            return None
        try:
            if self.truth.get_meta(ACTIVE_EMBEDDER) == self.embedder_id:
                return self.embedder
            # Another model is on its way in: the old one serves until every passage has its new vector.
            previous = self.truth.get_meta(f"{ACTIVE_EMBEDDER}_name")
            if previous not in EMBEDDERS or previous == "gguf":
                return None
            return self._embedder_named(previous)
        except EmbedderError:
            # Words are still searched; `copilot doctor` names what is missing.
            return None

    def _embedder_named(self, name: str) -> Embedder:
        """Return an embedder that served before the present one, loaded once for all that it serves."""
        if name not in self._earlier_embedders:
            self._earlier_embedders[name] = load_embedder(replace(self.embedder_spec, name=name))
        return self._earlier_embedders[name]

    @cached_property
    def extractive(self) -> ExtractiveGenerator:
        """What answers without a model."""
        from copilot.generation.extractive import ExtractiveGenerator

        return ExtractiveGenerator(
            self._serving_embedder(),
            self.lexical.inverse_document_frequency,
            self.settings.answer.threshold,
            cross_language_cosine=_CROSS_LANGUAGE_COSINE.get(self.embedder_spec.name),
            most_claims=self.settings.answer.max_claims,
        )

    # --- state --------------------------------------------------------------------------------------------------------

    def freshen(self) -> bool:
        """Bring the lexical index up to the truth, as every question must find what was acknowledged before it.

        Where another process is doing so, wait for it. Returns False when that took too long: the answer may then lack
        the newest documents.

        Raises:
            IndexMissingError: it took too long, and there is no earlier index to search.
        """
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self.lexical.refresh(self.truth):
            if time.monotonic() > until:
                if self.lexical.generation < 0:
                    raise IndexMissingError(t("ask.index_busy"), t("ask.index_busy_next"))
                return False
            time.sleep(_PAUSE_SECONDS)
        return True

    def not_embedded(self) -> int:
        """Return how many distinct passages have no vector of the present embedder."""
        try:
            return self.truth.count_without_vector(self.embedder_id)
        except EmbedderError:
            return self.truth.counts()["passages"]

    def chroma_is_fresh(self) -> bool:
        """Say whether the Chroma store answers for the truth as it is."""
        from copilot.indexing.chroma import ChromaFolder

        try:
            return ChromaFolder(self.truth, self.embedder_id, self.workspace.vector_index).is_fresh()
        except EmbedderError:
            return False
