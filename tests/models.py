"""Model files for tests, written on the spot with the vocabularies of mistral-common."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import gguf
import numpy as np

from copilot.inference.formats import MistralFormat
from copilot.inference.synthetic import Shape, Vocabulary, spm_vocabulary, tekken_vocabulary, write_random
from tests.oracle import control_tokens, tekken_json, tokenizer_of

SPM = MistralFormat(3, tekken=False)
TEKKEN = MistralFormat(13, tekken=True)
# Enough of Tekken's ranks for French and English; all of them take seconds to turn into merges.
TEKKEN_RANKS = 12_000
# What is left of its 131,072 places when 1,000 are kept for control tokens: the file has more ranks than are used.
ALL_RANKS = 130_072


@cache
def vocabulary_of(kind: MistralFormat, ranks: int = TEKKEN_RANKS) -> Vocabulary:
    """Return the real vocabulary of a format; of Tekken its first ranks."""
    if kind.tekken:
        return tekken_vocabulary(control_tokens(kind), tekken_ranks(ranks))
    model = tokenizer_of(kind)._model

    def kind_of(index: int) -> str:
        if model.is_unknown(index):
            return "unknown"
        if model.is_control(index):
            return "control"
        return "byte" if model.is_byte(index) else "normal"

    count = model.vocab_size()
    return spm_vocabulary([(model.id_to_piece(i), model.get_score(i), kind_of(i)) for i in range(count)])


def tekken_ranks(count: int) -> list[bytes]:
    tokens: Sequence[dict[str, str]] = tekken_json()["vocab"][:count]
    return [base64.b64decode(token["token_bytes"]) for token in tokens]


class LlamaText:
    """llama.cpp's tokenizer as our `TextTokenizer`, from a file's vocabulary alone."""

    def __init__(self, path: Path) -> None:
        from copilot.inference.llama.native import NativeModel, NativeSetup

        self._model = NativeModel(NativeSetup((str(path),), 0, 1, vocabulary_only=True), lambda: False)
        self.control_tokens = self._model.control_tokens()

    def encode(self, text: str) -> list[int]:
        return self._model.encode(text)

    def control(self, name: str) -> int:
        return self.control_tokens[name]


def write_vocabulary(path: Path, vocabulary: Vocabulary) -> Path:
    """Write the smallest model that holds a vocabulary."""
    return write_random(path, vocabulary, Shape(embedding=32, layers=1, heads=1, kv_heads=1, feed_forward=32))


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir(exist_ok=True)
    return made


def write_adapter(path: Path, architecture: str = "llama", size: int = 64) -> Path:
    """Write a LoRA adapter that bends the attention of the first two layers of a model of this size."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 64.0)
    dice = np.random.default_rng(1)
    for layer in range(2):
        for name, shape in (("a", (4, size)), ("b", (size, 4))):
            writer.add_tensor(f"blk.{layer}.attn_q.weight.lora_{name}", dice.standard_normal(shape, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
