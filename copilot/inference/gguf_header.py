"""The bytes before the weights of a GGUF file: key-value pairs, and where each tensor lies.

Format: ggml's ``docs/gguf.md``, versions 2 and 3, little-endian. Read by us: over a vocabulary of 131,072 tokens the
``gguf`` package takes many seconds, and every question would wait for it. The file is untrusted: no count is believed
beyond what the file's own size can hold, and nothing is mapped that may be cut short meanwhile.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO

_MAGIC, _VERSIONS = b"GGUF", (2, 3)
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LENGTH = struct.Struct("<Q")
# Far above any real file: a vocabulary has some hundred thousand pieces, a large model some thousand tensors.
_MOST_PAIRS, _MOST_TENSORS, _LONGEST_LIST, _LONGEST_STRING, _MOST_DIMENSIONS = 2**16, 2**17, 2**22, 2**26, 4
_BUFFER = 2**20
# ggml's own table of types: number, name, values in a block, bytes of a block.
_KINDS = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip

# Lists of texts are left as bytes: most of them nobody asks for.
Value = int | float | bool | str | Sequence[bytes] | Sequence[float]


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """A tensor by name: its dimensions, the name of its type, and where its last byte must be at the latest."""

    name: str
    dimensions: tuple[int, ...]
    kind: str
    end: int

    @property
    def values(self) -> int:
        return prod(self.dimensions)


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What stands before the weights. `pairs` by key; `tensors` in the file's order."""

    pairs: Mapping[str, Value] = field(repr=False)
    tensors: tuple[TensorPlace, ...] = field(repr=False)

    def text(self, key: str) -> str:
        value = self.pairs.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number; ValueError where the file has something else there."""
        value = self.pairs.get(key, default)
        if not isinstance(value, int):
            raise ValueError(f"{key} is no whole number")  # noqa: TRY004 - the file is at fault
        return value

    def texts(self, key: str) -> Sequence[bytes]:
        value = self.pairs.get(key, ())
        return value if isinstance(value, list) else ()

    def numbers(self, key: str) -> Sequence[float]:
        value = self.pairs.get(key, ())
        return value if isinstance(value, tuple) else ()


def read_header(path: Path) -> GgufHeader:
    """Read the header of one file.

    Raises:
        ValueError: it is no GGUF file, or a damaged or shortened one.
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=_BUFFER) as file:
        reader = _Reader(file, os.fstat(file.fileno()).st_size)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise ValueError("no GGUF")
        (version,) = reader.unpack("<I")
        if version not in _VERSIONS:
            raise ValueError(f"version {version}")
        tensors, pairs = reader.unpack("<QQ")
        if tensors > _MOST_TENSORS or pairs > _MOST_PAIRS:
            raise ValueError(f"{pairs} pairs, {tensors} tensors")
        found: dict[str, Value] = {}
        for _ in range(pairs):
            key = reader.string().decode("utf-8", "replace")
            (kind,) = reader.unpack("<I")
            found[key] = reader.value(kind)
        places = [reader.tensor() for _ in range(tensors)]
        alignment = found.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= _BUFFER:
            raise ValueError(f"alignment {alignment}")
        start = -(-file.tell() // alignment) * alignment
        if places and start + max(place.end for place in places) > reader.size:
            raise ValueError("cut short")
    return GgufHeader(found, tuple(places))


class _Reader:
    """Reads one value after the other and believes no length that the file cannot hold."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size

    def take(self, count: int) -> bytes:
        data = self._file.read(count) if count <= self.size else b""
        if len(data) < count:
            raise ValueError("cut short")
        return data

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def string(self) -> bytes:
        length = _LENGTH.unpack(self.take(_LENGTH.size))[0]
        if length > _LONGEST_STRING:
            raise ValueError(f"a text of {length} bytes")
        return self.take(length)

    def value(self, kind: int) -> Value:
        if kind in _SCALARS:
            return self.unpack(f"<{_SCALARS[kind]}")[0]
        if kind == _STRING:
            return self.string().decode("utf-8", "replace")
        if kind != _ARRAY:
            raise ValueError(f"a value of type {kind}")
        inner, length = self.unpack("<IQ")
        if length > _LONGEST_LIST or (inner != _STRING and inner not in _SCALARS):
            raise ValueError(f"a list of {length} of type {inner}")
        if inner == _STRING:
            string: Callable[[], bytes] = self.string
            return [string() for _ in range(length)]
        return self.unpack(f"<{length}{_SCALARS[inner]}")

    def tensor(self) -> TensorPlace:
        name = self.string().decode("utf-8", "replace")
        (count,) = self.unpack("<I")
        if count > _MOST_DIMENSIONS:
            raise ValueError(f"{count} dimensions")
        dimensions = self.unpack(f"<{count}Q")
        kind, offset = self.unpack("<IQ")
        known, block, length = _KINDS.get(kind, (f"type {kind}", 1, 0))
        return TensorPlace(name, dimensions, known, offset + prod(dimensions) // block * length)
