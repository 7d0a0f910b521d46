"""Runs a built-in embedder: `tokenizers` for the text, `onnxruntime` for the model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from copilot.errors import EmbedderError
from copilot.i18n import t
from copilot.indexing.embedding.built_in import MODEL_FILE, TOKENIZER_FILE
from copilot.indexing.embedding.built_in_embedder import BuiltInEmbedder
from copilot.indexing.embedding.checked import is_as_recorded
from copilot.ports import Vectors
from copilot.sandbox.limits import forbid_telemetry

# Tokens of one run, padding included: enough to keep the cores busy, and little memory for the attention scores.
_TOKENS_A_BATCH = 2048


class OnnxEmbedder(BuiltInEmbedder):
    """The port `Embedder` over a folder that `copilot.indexing.embedding.export` wrote."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        super().__init__(folder)
        self._check()
        self._tokenizer = _load_tokenizer(folder / TOKENIZER_FILE)
        self._session: Any = _load_model(folder / MODEL_FILE, threads)

    def _check(self) -> None:
        """Raise EmbedderError if the model or its tokenizer are not the files that were written."""
        recorded = {MODEL_FILE: self.description.model_sha256, TOKENIZER_FILE: self.description.tokenizer_sha256}
        for name, sha256 in recorded.items():
            if not is_as_recorded(self.folder / name, sha256):
                raise EmbedderError(t("embedding.changed", file=self.folder / name), t("embedding.setup_next"))

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(_printable(text), add_special_tokens=False).ids)

    def close(self) -> None:
        """Let go of the model's memory; the embedder cannot be used afterwards."""
        self._session = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self._session is None:
            raise EmbedderError(t("embedding.closed"), t("embedding.closed_next"))
        rows = [self._cut(ids) for ids in self._token_ids(texts)]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for batch in _batches([len(row) for row in rows]):
            longest = len(rows[batch[-1]])
            ids = np.full((len(batch), longest), self.description.padding_id, np.int64)
            mask = np.zeros((len(batch), longest), np.int64)
            for line, number in enumerate(batch):
                ids[line, : len(rows[number])] = rows[number]
                mask[line, : len(rows[number])] = 1
            vectors[batch] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors

    def _token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch([_printable(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def _cut(self, ids: list[int]) -> list[int]:
        """Cut to the window, the closing token kept."""
        window = self.description.window
        return ids if len(ids) <= window else [*ids[: window - 1], ids[-1]]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices in batches of like lengths, the longest last in each: little padding, bounded memory."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[number] > _TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _printable(text: str) -> str:
    """Replace lone surrogates, which have no UTF-8 form and which the tokenizer refuses."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _load_tokenizer(path: Path) -> Any:
    # Its own threads would compete with the model's, and warn whenever a process forks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as cause:  # the library raises bare Exception for every bad file
        raise EmbedderError(t("embedding.damaged", folder=path.parent), t("embedding.setup_next")) from cause
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _load_model(path: Path, threads: int | None) -> Any:
    forbid_telemetry()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    # The arena keeps the memory of the largest batch for ever.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # the library's exceptions share no base
        raise EmbedderError(t("embedding.damaged", folder=path.parent), t("embedding.setup_next")) from cause
