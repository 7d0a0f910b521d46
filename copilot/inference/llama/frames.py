"""What a model's process and its parent send each other: an 8-byte length and JSON.

Apart from both, so that the parent need not load llama.cpp.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

LENGTH = struct.Struct(">Q")


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next frame; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    told: dict[str, Any] = json.loads(stream.read(LENGTH.unpack(head)[0]))
    return told


def write_frame(stream: BinaryIO, told: dict[str, Any]) -> None:
    data = json.dumps(told).encode()
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()
