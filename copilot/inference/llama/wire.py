"""What both ends of the model's pipes agree on; apart from the worker, so that the parent loads no llama.cpp for it."""

from __future__ import annotations

import struct

# Before each frame: its length.
LENGTH = struct.Struct(">Q")
