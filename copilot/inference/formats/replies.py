"""What a model wrote, read back from its tokens: text, thoughts, and tool calls in the manner of its version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from copilot.inference.formats.detection import MistralFormat
from copilot.records import Message, MessageCall, Role

_CONTROL = {"[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]"}


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A run of text, or one control token by its name (`is_control`)."""

    text: str
    is_control: bool = False


def parse_reply(pieces: Sequence[ReplyPiece], kind: MistralFormat) -> Message:
    """Return the reply as a message. Only control *tokens* open a call: the same letters in text stay text.

    Raises:
        ValueError: a call is not written as its version writes calls.
    """
    text, thinking = "", ""
    calls: list[dict[str, str]] = []
    place = "text"
    for piece in pieces:
        if piece.is_control and piece.text in _CONTROL:
            place = piece.text
            if place == "[TOOL_CALLS]":
                calls.append({"name": "", "[ARGS]": "", "[CALL_ID]": ""})
            elif place in ("[ARGS]", "[CALL_ID]") and not calls:
                raise ValueError(f"{place} before [TOOL_CALLS]")
        elif place == "[THINK]":
            thinking += piece.text
        elif place in ("text", "[/THINK]"):
            text += piece.text
        else:
            calls[-1]["name" if place == "[TOOL_CALLS]" else place] += piece.text
    found: tuple[MessageCall, ...]
    if kind.version < 11:
        found = tuple(call for written in calls for call in _listed(written["name"]))
    else:
        found = tuple(
            MessageCall(call["name"].strip(), json.dumps(json.loads(call["[ARGS]"])), call["[CALL_ID]"])
            for call in calls
        )
    return Message(Role.ASSISTANT, text.strip(), found, thinking.strip())


def _listed(written: str) -> list[MessageCall]:
    told: Any = json.loads(written)
    if not isinstance(told, list) or not all(
        isinstance(one, dict) and isinstance(one.get("name"), str) for one in told
    ):
        raise ValueError("the calls are no list of objects with a name")
    return [MessageCall(one["name"], json.dumps(one.get("arguments", {})), str(one.get("id", ""))) for one in told]
