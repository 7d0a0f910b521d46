"""Reads a safetensors file: an 8-byte little-endian length, a JSON header, then the raw tensors.

Layout: the format's own README, "Format". Only the types that a BERT checkpoint holds are read.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8")}


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the file's tensors by name; each is a view of the file's bytes."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    tensors: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:last], _TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors
