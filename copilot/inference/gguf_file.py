"""What a GGUF file says about itself, read before llama.cpp sees it: the header only, never the weights.

The file is untrusted: the reader is bounded by the file's own size, and whatever is wrong with it is a ModelError.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.errors import ModelError
from copilot.gguf_header import GgufHeader, GgufTensor, NoGgufError, read_header
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.inference.formats.detection import MARKS

_SPLIT = re.compile(r"^(?P<stem>.+)-(?P<part>\d{5})-of-(?P<count>\d{5})\.gguf$")
_TOKENS, _TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
# Token types of llama.cpp's vocabulary: 3 is control.
_CONTROL = 3
_GPT2 = "gpt2"
# llama.cpp's names of mixtures (llama.h, `llama_ftype`), for what users call a file.
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
}


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
    bos: int | None
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
    headers = [_header(part) for part in parts]
    try:
        return _info(parts, headers)
    except ValueError as error:
        raise ModelError(t("model.damaged", path=parts[0]), t("model.damaged_next")) from error


def read_adapter(path: Path) -> tuple[str, str]:
    """Return what kind of file a GGUF says it is, ``adapter`` for a LoRA adapter, and for which architecture.

    Raises:
        ModelError: it is no GGUF file, or a damaged one; it names the file.
    """
    if not path.is_file():
        raise ModelError(t("model.no_file", path=path), t("model.no_file_next"))
    header = _header(path)
    try:
        return header.text("general.type"), header.text("general.architecture")
    except ValueError as error:
        raise ModelError(t("model.damaged", path=path), t("model.damaged_next")) from error


def _header(path: Path) -> GgufHeader:
    try:
        return read_header(path, (_TOKENS, _TYPES))
    except OSError as error:
        detail = cause_of(error)
        raise ModelError(t("model.unreadable", path=path, detail=detail), t("model.no_file_next")) from error
    except NoGgufError as error:
        raise ModelError(t("model.not_gguf", path=path), t("model.not_gguf_next")) from error
    except ValueError as error:
        raise ModelError(t("model.damaged", path=path), t("model.damaged_next")) from error


def _info(parts: tuple[Path, ...], headers: list[GgufHeader]) -> GgufInfo:
    head = headers[0]
    architecture = head.text("general.architecture")
    layers = head.number(f"{architecture}.block_count")
    embedding = head.number(f"{architecture}.embedding_length")
    heads = head.number(f"{architecture}.attention.head_count") or 1
    if not architecture or min(layers, embedding, heads) < 1:
        raise ValueError("no architecture")
    tokens = head.array(_TOKENS)
    tensors = [tensor for header in headers for tensor in header.tensors]
    return GgufInfo(
        files=parts,
        size=sum(part.stat().st_size for part in parts),
        architecture=architecture,
        name=head.text("general.name") or parts[0].stem,
        tokenizer=head.text("tokenizer.ggml.model"),
        context=head.number(f"{architecture}.context_length"),
        layers=layers,
        embedding=embedding,
        heads=heads,
        kv_heads=head.number(f"{architecture}.attention.head_count_kv", heads) or heads,
        head_size=head.number(f"{architecture}.attention.key_length") or embedding // heads,
        quantisation=_quantisation(head.number("general.file_type", -1), tensors),
        parameters=sum(tensor.count for tensor in tensors),
        vocabulary=len(tokens),
        control_tokens=marks_among(tokens, head.array(_TYPES)),
        chat_template=head.text("tokenizer.chat_template") or None,
        bos=_id(head, "bos", len(tokens)),
        eos=_id(head, "eos", len(tokens)),
    )


def marks_among(tokens: Sequence[object], types: Sequence[object]) -> dict[str, int]:
    """Return control tokens by name, and those of Mistral's formats that a careless converter gave another type."""
    return {
        str(token): index
        for index, (token, kind) in enumerate(zip(tokens, types, strict=False))
        if kind == _CONTROL or token in MARKS
    }


def _id(head: GgufHeader, name: str, size: int) -> int | None:
    number = head.number(f"tokenizer.ggml.{name}_token_id", -1)
    return number if 0 <= number < size else None


def _quantisation(file_type: int, tensors: Sequence[GgufTensor]) -> str:
    """Return the name that the file gives its mixture (Q4_K_M), or else the kind of most of its matrices."""
    kinds = Counter(tensor.kind for tensor in tensors if len(tensor.dimensions) > 1)
    commonest = kinds.most_common(1)[0][0] if kinds else ""
    return _FILE_TYPES.get(file_type, commonest)
