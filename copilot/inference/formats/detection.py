"""Which format a model was trained on, told from the control tokens of its vocabulary.

A GGUF file holds no version. v2 and the v3 of 7B-Instruct-v0.3 share a vocabulary and v3 is the one that is about, so
v2 is chosen by name only. A file converted without its control tokens cannot be told from v1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

VERSIONS = (1, 2, 3, 7, 11, 13, 15)
# The newest first: each vocabulary holds the tokens of those before it.
_MARKS = (
    (15, "[MODEL_SETTINGS]"),
    (13, "[THINK]"),
    (11, "[ARGS]"),
    (7, "[SYSTEM_PROMPT]"),
    (3, "[AVAILABLE_TOOLS]"),
)
# Every token with a meaning in some version: none of them may ever come from outside text.
MARKS = frozenset(
    (
        "<s> </s> <pad> [INST] [/INST] [TOOL_CALLS] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS]"
        " [/TOOL_RESULTS] [TOOL_CONTENT] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [ARGS] [CALL_ID] [THINK] [/THINK]"
        " [MODEL_SETTINGS] [/MODEL_SETTINGS] [IMG] [IMG_BREAK] [IMG_END] [AUDIO] [BEGIN_AUDIO] [PREFIX] [MIDDLE]"
        " [SUFFIX]"
    ).split()
)
# Raised when the encoding of any version changes, so that a recorded answer tells which one wrote its prompt.
_REVISION = 1


@dataclass(frozen=True, slots=True)
class MistralFormat:
    """A version of the format, and whether the vocabulary is Tekken (byte pairs) or SentencePiece."""

    version: int
    tekken: bool

    @property
    def name(self) -> str:
        """The name that Mistral gives it: ``v3``, ``v7-tekken``."""
        return f"v{self.version}{'-tekken' if self.tekken else ''}"

    @property
    def template_hash(self) -> str:
        return hashlib.sha256(f"mistral {self.name} {_REVISION}".encode()).hexdigest()

    @property
    def has_system(self) -> bool:
        """Whether a system prompt has tokens of its own; before, it opens a user message."""
        return self.version >= 7

    @property
    def has_tools(self) -> bool:
        return self.version >= 2


def detect_format(control_tokens: Collection[str], *, tekken: bool) -> MistralFormat:
    """Return the format that the vocabulary's control tokens belong to; v1 where it has none of its own."""
    held = set(control_tokens)
    for version, mark in _MARKS:
        if mark in held:
            return MistralFormat(version, tekken)
    return MistralFormat(1, tekken)


def format_named(name: str) -> MistralFormat | None:
    """Return the format of that name (``v7``, ``v13-tekken``), None where there is none."""
    number, _, kind = name.lower().removeprefix("v").partition("-")
    if not number.isdigit() or int(number) not in VERSIONS or kind not in ("", "tekken"):
        return None
    return MistralFormat(int(number), kind == "tekken")
