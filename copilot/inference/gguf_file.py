"""What a GGUF file says about itself, read before llama.cpp sees it: the header only, never the weights.

The file is untrusted: whatever is wrong with it is a ModelError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from copilot.errors import ModelError
from copilot.i18n import t
from copilot.inference.gguf_header import GgufHeader, read_header

_MAGIC = b"GGUF"
_SPLIT = re.compile(r"^(?P<stem>.+)-(?P<part>\d{5})-of-(?P<count>\d{5})\.gguf$")
# Token types of llama.cpp's vocabulary: 3 is control.
_CONTROL = 3
_GPT2 = "gpt2"


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """A model by its header. Sizes in bytes, lengths in tokens; `files` are all parts of a split model, in order."""

    files: tuple[Path, ...]
    size: int
    architecture: str
    name: str
    tokenizer: str
    context: int
    layers: int
    embedding: int
    heads: int
    kv_heads: int
    head_size: int
    quantisation: str
    parameters: int
    vocabulary: int
    control_tokens: Mapping[str, int]
    chat_template: str | None
    eos: int | None

    @property
    def tekken(self) -> bool:
        return self.tokenizer == _GPT2

    def kv_bytes_per_token(self, bytes_per_value: float = 2.0) -> float:
        """Return what one token of context costs: keys and values of every layer and KV head (f16: 2 bytes each)."""
        return 2.0 * self.layers * self.kv_heads * self.head_size * bytes_per_value


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return the files of the model at `path`: a file, the first part of a split one, or a folder that holds either.

    Raises:
        ModelError: there is no such file, a part is missing, or the folder holds several models.
    """
    if path.is_dir():
        found = sorted(path.glob("*.gguf"))
        stems = {match["stem"] if (match := _SPLIT.match(file.name)) else file.name for file in found}
        if not found:
            raise ModelError(t("model.no_gguf_in", path=path), t("model.no_gguf_in_next"))
        if len(stems) > 1:
            raise ModelError(
                t("model.several_in", path=path, names=", ".join(sorted(stems))), t("model.several_in_next")
            )
        path = found[0]
    if not path.is_file():
        raise ModelError(t("model.no_file", path=path), t("model.no_file_next"))
    split = _SPLIT.match(path.name)
    if split is None:
        return (path,)
    count = int(split["count"])
    parts = tuple(path.with_name(f"{split['stem']}-{part:05d}-of-{count:05d}.gguf") for part in range(1, count + 1))
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        raise ModelError(t("model.part_missing", path=path, names=", ".join(missing[:3])), t("model.part_missing_next"))
    return parts


def read_gguf(path: Path) -> GgufInfo:
    """Read the header of the model at `path` (see `parts_of`).

    Raises:
        ModelError: it is no GGUF model file, or a damaged one; it names the file.
    """
    parts = parts_of(path)
    return _info(parts, [_header(part) for part in parts])


def read_adapter(path: Path) -> tuple[str, str]:
    """Return what kind of file a GGUF says it is, ``adapter`` for a LoRA adapter, and for which architecture.

    Raises:
        ModelError: it is no GGUF file, or a damaged one; it names the file.
    """
    if not path.is_file():
        raise ModelError(t("model.no_file", path=path), t("model.no_file_next"))
    header = _header(path)
    return header.text("general.type"), header.text("general.architecture")


def _header(path: Path) -> GgufHeader:
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ModelError(t("model.not_gguf", path=path), t("model.not_gguf_next"))
        return read_header(path)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ModelError:
    detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ModelError(t("model.damaged", path=path, detail=detail), t("model.damaged_next"))


def _info(parts: tuple[Path, ...], headers: list[GgufHeader]) -> GgufInfo:
    first = headers[0]
    architecture = first.text("general.architecture")

    def number(name: str, default: int = 0) -> int:
        return first.number(f"{architecture}.{name}", default)

    try:
        layers, embedding = number("block_count"), number("embedding_length")
        heads = number("attention.head_count") or 1
        if not (architecture and layers > 0 and embedding > 0):
            raise ValueError("no architecture")
        tokens, types = first.texts("tokenizer.ggml.tokens"), first.numbers("tokenizer.ggml.token_type")
        tensors = [tensor for header in headers for tensor in header.tensors]
        kinds = [tensor.kind for tensor in tensors if len(tensor.dimensions) > 1]
        eos = first.number("tokenizer.ggml.eos_token_id", -1)
        return GgufInfo(
            files=parts,
            size=sum(part.stat().st_size for part in parts),
            architecture=architecture,
            name=first.text("general.name") or parts[0].stem,
            tokenizer=first.text("tokenizer.ggml.model"),
            context=number("context_length"),
            layers=layers,
            embedding=embedding,
            heads=heads,
            kv_heads=number("attention.head_count_kv", heads) or heads,
            head_size=number("attention.key_length") or embedding // heads,
            quantisation=max(set(kinds), key=kinds.count) if kinds else "",
            parameters=sum(tensor.values for tensor in tensors),
            vocabulary=len(tokens),
            control_tokens={
                token.decode("utf-8", "replace"): index
                for index, (token, kind) in enumerate(zip(tokens, types, strict=False))
                if kind == _CONTROL
            },
            chat_template=first.text("tokenizer.chat_template") or None,
            eos=None if eos < 0 else eos,
        )
    except (OSError, ValueError) as error:
        raise _damaged(parts[0], error) from error
