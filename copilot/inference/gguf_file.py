"""What a GGUF file says about itself, read before llama.cpp sees it: the header only, never the weights.

The file is untrusted: the reader is bounded by the file's own size, and whatever is wrong with it is a ModelError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.errors import ModelError
from copilot.i18n import t

if TYPE_CHECKING:
    from gguf import GGUFReader

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
    try:
        with parts[0].open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ModelError(t("model.not_gguf", path=parts[0]), t("model.not_gguf_next"))
        readers = [_reader(part) for part in parts]
        info = _info(parts, readers)
    except ModelError:
        raise
    except Exception as error:
        # Whatever a parser of untrusted bytes raises means the same: these are not the bytes of a model.
        raise ModelError(
            t("model.damaged", path=parts[0], detail=type(error).__name__), t("model.damaged_next")
        ) from error
    return info


def _reader(path: Path) -> GGUFReader:
    from gguf import GGUFReader

    return GGUFReader(path)


def _info(parts: tuple[Path, ...], readers: list[GGUFReader]) -> GgufInfo:
    fields = readers[0].fields

    def value(key: str, default: Any = None) -> Any:
        field = fields.get(key)
        return default if field is None else field.contents()

    architecture = str(value("general.architecture", ""))
    layers = int(value(f"{architecture}.block_count", 0))
    embedding = int(value(f"{architecture}.embedding_length", 0))
    heads = int(value(f"{architecture}.attention.head_count", 0))
    if not (architecture and layers and embedding):
        raise ValueError("no architecture")
    heads = heads or 1
    tokens, types = value("tokenizer.ggml.tokens", []), value("tokenizer.ggml.token_type", [])
    control = {
        str(token): index for index, token in enumerate(tokens) if index < len(types) and types[index] == _CONTROL
    }
    tensors = [tensor for reader in readers for tensor in reader.tensors]
    kinds = [tensor.tensor_type.name for tensor in tensors if len(tensor.shape) > 1]
    template = value("tokenizer.chat_template")
    eos = value("tokenizer.ggml.eos_token_id")
    return GgufInfo(
        files=parts,
        size=sum(part.stat().st_size for part in parts),
        architecture=architecture,
        name=str(value("general.name", "") or parts[0].stem),
        tokenizer=str(value("tokenizer.ggml.model", "")),
        context=int(value(f"{architecture}.context_length", 0)),
        layers=layers,
        embedding=embedding,
        heads=heads,
        kv_heads=int(value(f"{architecture}.attention.head_count_kv", heads) or heads),
        head_size=int(value(f"{architecture}.attention.key_length", 0) or embedding // heads),
        quantisation=max(set(kinds), key=kinds.count) if kinds else "",
        parameters=sum(int(tensor.n_elements) for tensor in tensors),
        vocabulary=len(tokens),
        control_tokens=control,
        chat_template=None if template is None else str(template),
        eos=None if eos is None else int(eos),
    )
