"""Counting tokens without a model: a parser process loads the tokenizer alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from copilot.indexing.embedding.built_in import TOKENIZER_FILE, read_description

# Words, numbers and signs; a SentencePiece or WordPiece vocabulary cuts a long word about every four letters.
_PART = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")
_LETTERS_A_PIECE = 4


def tokenizer_counter(folder: Path) -> Callable[[str], int]:
    """Return a counter by the tokenizer in `folder`, a built-in embedder's; raise EmbedderError if it is not there."""
    from tokenizers import Tokenizer

    read_description(folder)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count


def estimate_tokens(text: str) -> int:
    """Estimate from above the tokens of French or English text in any usual vocabulary, within about a third."""
    return sum(-(-len(part) // _LETTERS_A_PIECE) for part in _PART.findall(text))


def count_words(text: str) -> int:
    return len(_PART.findall(text))
