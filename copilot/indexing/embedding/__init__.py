"""Embedding models: which there are, and how to get one. Importing this loads no model library.

Built in are `e5` (multilingual), `minilm` (English, faster) and `hash` (a deterministic double for tests); `gguf`
stands for a model file of the user's own. The first two are written to disk by `copilot.indexing.embedding.export`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copilot.ports import Embedder

DEFAULT_EMBEDDER = "e5"
EMBEDDERS = ("e5", "minilm", "hash", "gguf")


@dataclass(frozen=True, slots=True)
class EmbedderSpec:
    """Which embedder is meant: one of `EMBEDDERS`.

    `path` and the prefixes are for `gguf` alone (the built-in models have their own); the prefixes are put before a
    question and before a passage, as the model was trained; `sha256` is what the file must hash to. `threads` of None
    takes every core. `apart` runs a built-in model in a process of its own (a GGUF file's always does).
    """

    name: str = DEFAULT_EMBEDDER
    path: Path | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    threads: int | None = None
    apart: bool = False
    sha256: str = ""


def load_embedder(spec: EmbedderSpec) -> Embedder:
    """Return the embedder, ready to use. Raise EmbedderError if its files are missing or damaged."""
    if spec.name == "hash":
        from copilot.indexing.embedding.hash_embedder import HashEmbedder

        return HashEmbedder()
    if spec.name == "gguf":
        from copilot.indexing.embedding.gguf_embedder import GgufEmbedder

        return GgufEmbedder(_gguf_path(spec), spec.sha256, spec.query_prefix, spec.passage_prefix, spec.threads)
    from copilot.indexing.embedding.built_in import built_in_folder

    if spec.apart:
        from copilot.indexing.embedding.apart_embedder import ApartEmbedder

        return ApartEmbedder(built_in_folder(spec.name), spec.threads)
    from copilot.indexing.embedding.onnx_embedder import OnnxEmbedder

    return OnnxEmbedder(built_in_folder(spec.name), spec.threads)


def load_token_counter(spec: EmbedderSpec) -> Callable[[str], int]:
    """Return what counts the tokens of a text, special ones left out, without loading the model.

    For a GGUF file it is an estimate from above, so that what fits by it fits the model too, save in rare scripts.
    """
    from copilot.indexing.embedding import token_counters

    if spec.name == "hash":
        return token_counters.count_words
    if spec.name == "gguf":
        return token_counters.estimate_tokens
    folder = token_counter_folder(spec)
    assert folder is not None
    return token_counters.tokenizer_counter(folder)


def token_counter_folder(spec: EmbedderSpec) -> Path | None:
    """Return where the files lie that counting tokens needs; None where it needs none."""
    if spec.name in ("hash", "gguf"):
        return None
    from copilot.indexing.embedding.built_in import built_in_folder

    return built_in_folder(spec.name)


def embedder_id_of(spec: EmbedderSpec) -> str:
    """Return the `embedder_id` that the loaded embedder would have, without loading it.

    EmbedderError where its files are missing, damaged, or not those that were recorded.
    """
    if spec.name == "hash":
        from copilot.indexing.embedding import hash_embedder

        return hash_embedder.EMBEDDER_ID
    if spec.name == "gguf":
        from copilot.indexing.embedding.gguf_file import gguf_embedder_id

        return gguf_embedder_id(_gguf_path(spec), spec.sha256, spec.query_prefix, spec.passage_prefix)
    from copilot.indexing.embedding.built_in import built_in_folder, read_description

    return read_description(built_in_folder(spec.name)).embedder_id


def window_of(spec: EmbedderSpec) -> int:
    """Return how many tokens the model reads at once, special ones and prefix included."""
    if spec.name == "hash":
        from copilot.indexing.embedding import hash_embedder

        return hash_embedder.WINDOW_TOKENS
    if spec.name == "gguf":
        from copilot.indexing.embedding.gguf_file import read_gguf

        return read_gguf(_gguf_path(spec)).window
    from copilot.indexing.embedding.built_in import built_in_folder, read_description

    return read_description(built_in_folder(spec.name)).window


def _gguf_path(spec: EmbedderSpec) -> Path:
    """Return the file of a GGUF model; EmbedderError where it is not the one whose hash was taken, or none was."""
    from copilot.errors import EmbedderError
    from copilot.i18n import t
    from copilot.indexing.embedding.checked import is_as_recorded
    from copilot.indexing.embedding.gguf_file import read_gguf

    if spec.path is None:
        raise EmbedderError(t("embedding.no_path"), t("embedding.no_path_next"))
    # What is missing or no model at all is told first.
    read_gguf(spec.path)
    if not spec.sha256:
        raise EmbedderError(
            t("embedding.not_added", file=spec.path), t("embedding.not_added_next", file=quote(str(spec.path)))
        )
    try:
        is_the_one = is_as_recorded(spec.path, spec.sha256)
    except OSError as cause:
        reason = cause.strerror or cause
        raise EmbedderError(
            t("embedding.gguf_missing", file=spec.path, reason=reason), t("embedding.gguf_missing_next")
        ) from cause
    if not is_the_one:
        raise EmbedderError(
            t("embedding.gguf_changed", file=spec.path),
            t("embedding.gguf_changed_next", file=quote(str(spec.path))),
        )
    return spec.path
