"""Model files for tests, written on the spot with the vocabularies of mistral-common."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from copilot.inference.formats import MistralFormat
from copilot.inference.synthetic import Vocabulary, spm_vocabulary, tekken_vocabulary
from tests.oracle import control_tokens, tekken_json, tokenizer_of

SPM = MistralFormat(3, tekken=False)
TEKKEN = MistralFormat(13, tekken=True)
# Enough of Tekken's ranks for French and English; all of them take seconds to turn into merges.
TEKKEN_RANKS = 12_000


@cache
def vocabulary_of(kind: MistralFormat) -> Vocabulary:
    """Return the real vocabulary of a format; of Tekken its first ranks."""
    if kind.tekken:
        return tekken_vocabulary(control_tokens(kind), tekken_ranks())
    model = tokenizer_of(kind)._model

    def kind_of(index: int) -> str:
        if model.is_unknown(index):
            return "unknown"
        if model.is_control(index):
            return "control"
        return "byte" if model.is_byte(index) else "normal"

    count = model.vocab_size()
    return spm_vocabulary([(model.id_to_piece(i), model.get_score(i), kind_of(i)) for i in range(count)])


def tekken_ranks() -> list[bytes]:
    tokens: Sequence[dict[str, str]] = tekken_json()["vocab"][:TEKKEN_RANKS]
    return [base64.b64decode(token["token_bytes"]) for token in tokens]


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir(exist_ok=True)
    return made
