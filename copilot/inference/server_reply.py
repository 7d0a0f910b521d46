"""What a model server sends: a stream of events (server-sent events, one JSON object each), read and checked."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

from copilot.i18n import t
from copilot.inference.conformity import conforms
from copilot.records import EndReason, ModelRequest
from copilot.sandbox.told import loads, loads_text

_LONGEST_LINE = 2**20


class ServerReply:
    """What a server has sent so far. Nothing of it is believed: types are checked, and its length is bounded."""

    def __init__(self, most_characters: int) -> None:
        self._most = most_characters
        self._usage: dict[str, Any] = {}
        self.text = ""
        self.reason = EndReason.STOP

    def read(self, response: http.client.HTTPResponse) -> Iterator[str]:
        """Yield pieces of text until the server says that it is done; ValueError where it never does."""
        is_over = False
        while line := response.readline(_LONGEST_LINE):
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            choice = self._choice(loads(data, _LONGEST_LINE))
            ended = choice.get("finish_reason")
            is_over = is_over or ended is not None
            if ended == "length":
                self.reason = EndReason.LENGTH
            delta = choice.get("delta")
            piece = delta.get("content") if isinstance(delta, dict) else None
            if isinstance(piece, str) and piece:
                self.text += piece
                yield piece
            if len(self.text) > self._most:
                # It was told how much is wanted, and goes on: what came is all that is taken.
                self.reason = EndReason.LENGTH
                return
        if not is_over:
            raise ValueError(t("model.server_broke_off"))

    def _choice(self, told: Any) -> dict[str, Any]:
        if not isinstance(told, dict) or "error" in told:
            raise ValueError(str(told.get("error") if isinstance(told, dict) else told))
        if isinstance(told.get("usage"), dict):
            self._usage = told["usage"]
        choices = told.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        return choice if isinstance(choice, dict) else {}

    def used(self, name: str, otherwise: int) -> int:
        count = self._usage.get(name)
        return count if isinstance(count, int) and count >= 0 else otherwise


def check_reply(reply: ServerReply, request: ModelRequest) -> None:
    """Hold a whole reply against the structure that was asked for; ValueError where it is another."""
    if request.structure is None or reply.reason is EndReason.LENGTH:
        return
    try:
        fits = conforms(loads_text(reply.text), request.structure.json_schema)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(t("model.server_structure"))
