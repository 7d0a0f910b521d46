"""The header of a GGUF file, read without llama.cpp: the file is untrusted, and everything in it is bounded.

Format: ggml's ``docs/gguf.md``; little-endian, magic ``GGUF``, version, counts, typed pairs, then where each tensor is.
No more is read than what the file holds, no array is kept that nobody asked for, and no number of it is believed.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# Far above any real header: the largest vocabularies take some tens of megabytes.
_MOST_BYTES, _MOST_PAIRS, _MOST_TENSORS, _MOST_DIMENSIONS = 1 << 28, 4_096, 1 << 16, 4
_LONGEST_STRING = 1 << 20
_ALIGNMENT = 32
# ggml's types of tensors: name, values in a block, bytes of a block (ggml.c, `type_traits`).
_KINDS = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}


class NoGgufError(ValueError):
    """The file does not begin as GGUF files do."""


GgufValue = bool | int | float | str | tuple[int | float | str, ...]


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: how many values of which kind; `dimensions` as the file has them, the fastest first."""

    name: str
    dimensions: tuple[int, ...]
    kind: str

    @property
    def count(self) -> int:
        return math.prod(self.dimensions)


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Pairs and tensors of one file; an array that was not asked for is not among the pairs."""

    values: Mapping[str, GgufValue]
    tensors: tuple[GgufTensor, ...]

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number; ValueError where there is something else under the key."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{key} is no whole number")  # noqa: TRY004 - the file is at fault
        return value

    def text(self, key: str) -> str:
        """Return a text, empty where there is none; ValueError where there is something else under the key."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise ValueError(f"{key} is no text")  # noqa: TRY004 - the file is at fault
        return value

    def array(self, key: str) -> tuple[int | float | str, ...]:
        """Return an array, empty where there is none; ValueError where there is something else under the key."""
        value = self.values.get(key, ())
        if not isinstance(value, tuple):
            raise ValueError(f"{key} is no array")  # noqa: TRY004 - the file is at fault
        return value


def read_header(path: Path, arrays: Collection[str] = ()) -> GgufHeader:
    """Read the header of one file; of its arrays only those named are kept.

    Raises:
        OSError: the file cannot be read.
        NoGgufError: it is another kind of file.
        ValueError: it is damaged, or shorter than its tensors; it says in short what is wrong.
    """
    with path.open("rb") as file:
        return _Reader(file).read(frozenset(arrays))


class _Reader:
    """Reads on from where it is, never beyond the end of the file or of what any header may take."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._left = min(self._size, _MOST_BYTES)

    def read(self, arrays: frozenset[str]) -> GgufHeader:
        if self._take(min(len(_MAGIC), self._left)) != _MAGIC:
            raise NoGgufError("no GGUF")
        (version,) = self._unpack("I")
        if version not in _VERSIONS:
            raise ValueError("version")
        tensor_count, pair_count = self._unpack("QQ")
        if pair_count > _MOST_PAIRS or tensor_count > _MOST_TENSORS:
            raise ValueError("too many pairs or tensors")
        values: dict[str, GgufValue] = {}
        for _ in range(pair_count):
            key = self._text()
            value = self._value(key in arrays)
            if key in values:
                raise ValueError("the same key twice")
            if value is not None:
                values[key] = value
        placed = [self._tensor() for _ in range(tensor_count)]
        self._check_extent(placed, values.get("general.alignment", _ALIGNMENT))
        return GgufHeader(values, tuple(tensor for tensor, _ in placed))

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _value(self, is_wanted: bool) -> GgufValue | None:
        (kind,) = self._unpack("I")
        if kind in _SCALARS:
            scalar: int | float = self._unpack(_SCALARS[kind])[0]
            return scalar
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            raise ValueError("a value of unknown type")
        inner, length = self._unpack("IQ")
        if inner == _STRING:
            if length * 8 > self._left:
                raise ValueError("cut short")
            if is_wanted:
                return tuple(self._text() for _ in range(length))
            for _ in range(length):
                self._skip(self._length())
            return None
        if inner not in _SCALARS:
            raise ValueError("an array of unknown type")
        size = length * struct.calcsize(f"<{_SCALARS[inner]}")
        if is_wanted:
            if size > self._left:
                raise ValueError("cut short")
            return tuple(self._unpack(f"{length}{_SCALARS[inner]}"))
        self._skip(size)
        return None

    def _tensor(self) -> tuple[GgufTensor, tuple[int, int]]:
        """Return a tensor with its place: offset and size in bytes."""
        name = self._text()
        (count,) = self._unpack("I")
        if count > _MOST_DIMENSIONS:
            raise ValueError("a tensor of too many dimensions")
        dimensions = tuple(self._unpack(f"{count}Q"))
        kind, offset = self._unpack("IQ")
        if kind not in _KINDS:
            raise ValueError("a tensor of unknown type")
        called, block, size = _KINDS[kind]
        if dimensions and dimensions[0] % block:
            raise ValueError("a tensor of part of a block")
        tensor = GgufTensor(name, dimensions, called)
        return tensor, (offset, tensor.count // block * size)

    def _check_extent(self, placed: list[tuple[GgufTensor, tuple[int, int]]], alignment: GgufValue) -> None:
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError("alignment")
        start = -(-self._file.tell() // alignment) * alignment
        if placed and max(offset + size for _, (offset, size) in placed) > self._size - start:
            raise ValueError("cut short")

    def _text(self) -> str:
        length = self._length()
        if length > _LONGEST_STRING:
            raise ValueError("a text too long")
        return self._take(length).decode("utf-8", "replace")

    def _length(self) -> int:
        return int.from_bytes(self._take(8), "little")

    def _unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self._take(struct.calcsize(f"<{layout}")))

    def _take(self, count: int) -> bytes:
        if count > self._left:
            raise ValueError("cut short")
        self._left -= count
        data = self._file.read(count)
        if len(data) != count:
            raise ValueError("cut short")
        return data

    def _skip(self, count: int) -> None:
        if count > self._left:
            raise ValueError("cut short")
        self._left -= count
        self._file.seek(count, os.SEEK_CUR)
