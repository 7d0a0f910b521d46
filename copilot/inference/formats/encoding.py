"""A conversation as token ids, the way the model's own trainers write it (oracle: mistral-common 1.13).

| version | system prompt   | tools block     | call                              | result                          |
| v1      | first user      | none            | none                              | none                            |
| v2      | last user       | last user       | [TOOL_CALLS] [json]               | [{"name", "content"}]           |
| v3      | last user       | last user       | the same, with an id              | {"content", "call_id"}          |
| v7      | [SYSTEM_PROMPT] | last user       | the same                          | id [TOOL_CONTENT] text          |
| v11     | the same        | last user       | name [CALL_ID] id [ARGS] json     | the same                        |
| v13     | the same        | first user      | name [ARGS] json                  | text                            |
| v15     | the same        | first user      | the same; [MODEL_SETTINGS] before | the same                        |

Every piece of text passes the tokenizer without its control tokens: what a document says stays text. In v1 the markers
are text too, so there they are written apart in outside text (``[ INST]``). The same is done where a file gives its
control tokens the type of words, for llama.cpp then finds them in any text. Nowhere else is the text changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from copilot.errors import ModelError
from copilot.i18n import t
from copilot.inference.formats.detection import MARKS, MistralFormat
from copilot.records import Message, MessageCall, Role

_V1_MARKS = re.compile(r"\[(/?INST\])")
# Beside ours those of other families of models: whoever writes a prompt elsewhere may take them for control tokens.
_ANY_MARK = re.compile("|".join([*(re.escape(mark) for mark in sorted(MARKS)), r"<\|[^|<>\s]{1,40}\|>"]))


class TextTokenizer(Protocol):
    """A vocabulary: text to ids without any control token, and the ids of control tokens by name."""

    def encode(self, text: str) -> list[int]: ...
    def control(self, name: str) -> int:
        """Return the id of a control token; KeyError where the vocabulary has none of that name."""
        ...


class PromptEncoder:
    """Writes conversations in one format with one vocabulary; ModelError where the vocabulary lacks a token for it."""

    def __init__(self, tokenizer: TextTokenizer, kind: MistralFormat) -> None:
        self._tokenizer = tokenizer
        self.kind = kind
        self._marks = frozenset(_ids_of(MARKS, tokenizer))

    def encode(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        settings: Mapping[str, str] | None = None,
    ) -> list[int]:
        """Return the ids of a conversation that the model is to continue.

        `tools` are functions as JSON Schema objects (``name``, ``description``, ``parameters``), `settings` those of
        v15 models. Messages come in the order in which they were said.
        """
        return [id_ for piece in self.pieces(messages, tools, settings) for id_ in piece]

    def pieces(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[list[int]]:
        """Yield the ids message by message, the beginning of the text first: where a prompt may be cut and kept."""
        yield [self._control("<s>")]
        system = "" if self.kind.has_system else "\n\n".join(m.text for m in messages if m.role is Role.SYSTEM)
        users = [index for index, message in enumerate(messages) if message.role is Role.USER]
        first, last = (users[0], users[-1]) if users else (-1, -1)
        for index, message in enumerate(messages):
            match message.role:
                case Role.SYSTEM:
                    if self.kind.has_system:
                        yield self._within("[SYSTEM_PROMPT]", message.text, "[/SYSTEM_PROMPT]")
                case Role.USER:
                    opens = index == (first if self.kind.version == 1 else last)
                    text = f"{system}\n\n{message.text}" if opens and system else message.text
                    block = index == (first if self.kind.version >= 13 else last)
                    yield self._user(text, tools if block else (), settings if block else None)
                case Role.ASSISTANT:
                    yield self._assistant(message, is_past=index < last)
                case Role.TOOL:
                    yield self._result(message, is_past=index < last)

    # --- messages -----------------------------------------------------------------------------------------------------

    def _user(self, text: str, tools: Sequence[Mapping[str, Any]], settings: Mapping[str, str] | None) -> list[int]:
        if self.kind.version == 1:
            return self._text(f"[INST] {_apart(text)} [/INST]")
        before: list[int] = []
        if tools:
            described = [{"type": "function", "function": dict(tool)} for tool in tools]
            before = self._within("[AVAILABLE_TOOLS]", _json(described), "[/AVAILABLE_TOOLS]")
        if settings and self.kind.version >= 15:
            before += self._within("[MODEL_SETTINGS]", _json(dict(sorted(settings.items()))), "[/MODEL_SETTINGS]")
        return [*before, *self._within("[INST]", text, "[/INST]")]

    def _assistant(self, message: Message, *, is_past: bool) -> list[int]:
        ids: list[int] = []
        if message.calls and self.kind.version == 2 and is_past:
            return []
        if message.thinking and self.kind.version >= 13:
            ids += self._within("[THINK]", message.thinking, "[/THINK]")
        if message.text:
            plain = self.kind.version == 1 or bool(ids)
            text = _apart(message.text) if self.kind.version == 1 else message.text
            ids += self._text(text if plain else text.rstrip(" "))
        if message.calls:
            ids += self._calls(message.calls)
        return [*ids, self._control("</s>")]

    def _calls(self, calls: Iterable[MessageCall]) -> list[int]:
        if self.kind.version < 11:
            listed = [self._call_object(call) for call in calls]
            return [self._control("[TOOL_CALLS]"), *self._text(_json(listed))]
        ids: list[int] = []
        for call in calls:
            ids += [self._control("[TOOL_CALLS]"), *self._text(call.name)]
            if self.kind.version == 11 and call.call_id:
                ids += [self._control("[CALL_ID]"), *self._text(call.call_id)]
            ids += [self._control("[ARGS]"), *self._text(_json(_parsed(call.arguments)))]
        return ids

    def _call_object(self, call: MessageCall) -> dict[str, Any]:
        told: dict[str, Any] = {"name": call.name, "arguments": _parsed(call.arguments)}
        if self.kind.version >= 3 and call.call_id:
            told["id"] = call.call_id
        return told

    def _result(self, message: Message, *, is_past: bool) -> list[int]:
        if self.kind.version == 2:
            if is_past:
                return []
            told: Any = [{"name": message.tool_name, "content": _parsed(message.text)}]
            return self._within("[TOOL_RESULTS]", _json(told), "[/TOOL_RESULTS]")
        if self.kind.version == 3:
            told = {"content": _parsed(message.text), "call_id": message.call_id}
            return self._within("[TOOL_RESULTS]", _json(told), "[/TOOL_RESULTS]")
        opening = [self._control("[TOOL_RESULTS]")]
        if self.kind.version < 13:
            opening += [*self._text(message.call_id), self._control("[TOOL_CONTENT]")]
        return [*opening, *self._text(message.text), self._control("[/TOOL_RESULTS]")]

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _within(self, opening: str, text: str, closing: str) -> list[int]:
        return [self._control(opening), *self._text(text), self._control(closing)]

    def _text(self, text: str) -> list[int]:
        ids = self._tokenizer.encode(text)
        if self._marks.isdisjoint(ids):
            return ids
        ids = self._tokenizer.encode(written_apart(text))
        if self._marks.isdisjoint(ids):
            return ids
        # No letters of ours led to it: a vocabulary that spells words with control tokens cannot be used.
        raise ModelError(t("model.text_is_control"), t("model.text_is_control_next"))

    def _control(self, name: str) -> int:
        try:
            return self._tokenizer.control(name)
        except KeyError as error:
            message = t("model.no_control_token", token=name, format=self.kind.name)
            raise ModelError(message, t("model.no_control_token_next")) from error


def written_apart(text: str) -> str:
    """Return a text in which no name of a control token stands: a blank is put behind its first sign."""
    return _ANY_MARK.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)


def _ids_of(names: Iterable[str], tokenizer: TextTokenizer) -> Iterator[int]:
    for name in names:
        with suppress(KeyError):
            yield tokenizer.control(name)


def _apart(text: str) -> str:
    return _V1_MARKS.sub(r"[ \1", text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> Any:
    """Return what a JSON text says, or the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
