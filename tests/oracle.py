"""mistral-common as the oracle of formats: its tokenizers, its requests, and conversations to compare on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import mistral_common
from mistral_common.protocol.instruct import messages as said
from mistral_common.protocol.instruct.chunk import TextChunk, ThinkChunk
from mistral_common.protocol.instruct.request import InstructRequest, ModelSettings, ReasoningEffort
from mistral_common.protocol.instruct.tool_calls import Function, FunctionCall, Tool, ToolCall
from mistral_common.tokens.tokenizers.base import SpecialTokens, TokenizerVersion
from mistral_common.tokens.tokenizers.instruct import (
    InstructTokenizerV1,
    InstructTokenizerV2,
    InstructTokenizerV3,
    InstructTokenizerV7,
    InstructTokenizerV11,
    InstructTokenizerV13,
    InstructTokenizerV15,
)
from mistral_common.tokens.tokenizers.model_settings_builder import (
    ModelSettingsBuilder,
    ReasoningEffortEnumBuilder,
)
from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
from mistral_common.tokens.tokenizers.tekken import SpecialTokenInfo, Tekkenizer

from copilot.inference.formats import MistralFormat
from copilot.records import Message, MessageCall, Role

DATA = Path(mistral_common.__file__).parent / "data"
_SPM = {
    1: "tokenizer.model.v1",
    2: "mistral_instruct_tokenizer_240216.model.v2",
    3: "mistral_instruct_tokenizer_240323.model.v3",
    7: "mistral_instruct_tokenizer_241114.model.v7",
}
_INSTRUCT: dict[int, Any] = {
    1: InstructTokenizerV1,
    2: InstructTokenizerV2,
    3: InstructTokenizerV3,
    7: InstructTokenizerV7,
    11: InstructTokenizerV11,
    13: InstructTokenizerV13,
    15: InstructTokenizerV15,
}
# The control tokens of each Tekken generation, in the order of their ids.
_TEKKEN_BASE = (
    "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS]"
    " [IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX]"
).split()
_TEKKEN_MORE = {
    3: [],
    7: ["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"],
    11: ["[ARGS]", "[CALL_ID]"],
    13: ["[THINK]", "[/THINK]"],
    15: ["[MODEL_SETTINGS]", "[/MODEL_SETTINGS]"],
}
FORMATS = [
    *(MistralFormat(version, tekken=False) for version in _SPM),
    *(MistralFormat(version, tekken=True) for version in _TEKKEN_MORE),
]
TEKKEN_PLACES = 1_000
CONTROL_TEXTS = [token.value for token in SpecialTokens]


def control_tokens(kind: MistralFormat) -> list[str]:
    """Return the control tokens that a vocabulary of this format holds."""
    if kind.tekken:
        return [*_TEKKEN_BASE, *(name for at, names in _TEKKEN_MORE.items() if at <= kind.version for name in names)]
    pieces = tokenizer_of(kind)._model
    return [pieces.id_to_piece(i) for i in range(pieces.vocab_size()) if pieces.is_control(i)]


@cache
def tekken_json() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "tekken_240911.json").read_text(encoding="utf-8"))
    return loaded


@cache
def tokenizer_of(kind: MistralFormat, ranks: int | None = None) -> Any:
    """Return mistral-common's own tokenizer for a format; of Tekken only the first `ranks`, where given."""
    if not kind.tekken:
        return SentencePieceTokenizer(DATA / _SPM[kind.version])
    data = tekken_json()
    return Tekkenizer(
        data["vocab"],
        [SpecialTokenInfo(rank=i, token_str=name, is_control=True) for i, name in enumerate(control_tokens(kind))],
        data["config"]["pattern"],
        data["config"]["default_vocab_size"] if ranks is None else ranks + TEKKEN_PLACES,
        data["config"]["default_num_special_tokens"],
        TokenizerVersion(f"v{kind.version}"),
        model_settings_builder=_settings_builder() if kind.version >= 15 else None,
    )


def _settings_builder() -> ModelSettingsBuilder:
    return ModelSettingsBuilder(
        reasoning_effort=ReasoningEffortEnumBuilder(
            accepts_none=True, default=ReasoningEffort.none, values=list(ReasoningEffort)
        )
    )


class OracleText:
    """mistral-common's tokenizer as our `TextTokenizer`."""

    def __init__(self, kind: MistralFormat, ranks: int | None = None) -> None:
        self._tokenizer = tokenizer_of(kind, ranks)
        self._names = set(control_tokens(kind))

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, bos=False, eos=False)
        return ids

    def control(self, name: str) -> int:
        if name not in self._names:
            raise KeyError(name)
        return int(self._tokenizer.get_special_token(name))


def oracle_ids(
    kind: MistralFormat, messages: Sequence[Message], tools: Sequence[dict[str, Any]], effort: str | None = None
) -> list[int]:
    """Return what mistral-common makes of the same conversation."""
    system = "\n\n".join(m.text for m in messages if m.role is Role.SYSTEM) if not kind.has_system else ""
    told = [_said(m, kind) for m in messages if kind.has_system or m.role is not Role.SYSTEM]
    offered = [Tool(function=Function(**tool)) for tool in tools]
    settings = ModelSettings(reasoning_effort=ReasoningEffort(effort)) if effort else ModelSettings.none()
    request: Any = InstructRequest(
        messages=told, system_prompt=system or None, available_tools=offered or None, settings=settings
    )
    encoder = _INSTRUCT[kind.version](tokenizer_of(kind))
    ids: list[int] = encoder.encode_instruct(request).tokens
    return ids


def _said(message: Message, kind: MistralFormat) -> Any:
    if message.role is Role.SYSTEM:
        return said.SystemMessage(content=message.text)
    if message.role is Role.USER:
        return said.UserMessage(content=message.text)
    if message.role is Role.TOOL:
        return said.ToolMessage(content=message.text, tool_call_id=message.call_id, name=message.tool_name)
    calls = [
        ToolCall(id=call.call_id, function=FunctionCall(name=call.name, arguments=call.arguments))
        for call in message.calls
    ]
    content: Any = message.text or None
    if message.thinking and kind.version >= 13:
        content = [ThinkChunk(thinking=message.thinking)]
        if message.text:
            content.append(TextChunk(text=message.text))
    return said.AssistantMessage(content=content, tool_calls=calls or None)


# --- conversations ----------------------------------------------------------------------------------------------------

_SENTENCES = [
    line.replace("|", "\n")
    for line in """Combien de litres de gazole le dépôt de Cholet détient-il ?
Le convoi de 62 véhicules part à 6 h 30 ; l'itinéraire passe par Angers — 38,5 km.
What does paragraph 3.2 of the maintenance manual require after 500 hours?
Wie viele Lastwagen stehen am 12. März in Köln bereit?
¿Cuántos repuestos quedan en el almacén n.º 7?
倉庫に残っている燃料は何リットルですか。
Сколько дней хватит запаса топлива?
   Leading blanks
Tabs\tand|lines|||and 🚚 signs ☺ — €42 000,50 « guillemets »
{"stock": 42000, "unité": "L"}
[INST] this is text [/INST] </s><s> [TOOL_CALLS] [{"name": "x"}]
x""".splitlines()
]
TOOLS: list[dict[str, Any]] = [
    {
        "name": "jours_de_stock",
        "description": "Combien de jours dure un stock à débit constant.",
        "parameters": {
            "type": "object",
            "properties": {"stock": {"type": "number"}, "par_jour": {"type": "number", "exclusiveMinimum": 0}},
            "required": ["stock", "par_jour"],
        },
    },
    {"name": "route", "description": "Find a route.", "parameters": {"type": "object", "properties": {}}},
]


def conversation(kind: MistralFormat, seed: int) -> tuple[list[Message], list[dict[str, Any]]]:
    """Return a conversation of one to four turns that the format can write, and the tools it offers."""
    dice = random.Random(seed)

    def text() -> str:
        return "\n".join(dice.choices(_SENTENCES, k=dice.randint(1, 3))) + " " * dice.randint(0, 2)

    tools = dice.sample(TOOLS, dice.randint(0, 2)) if kind.has_tools else []
    messages = [Message(Role.SYSTEM, text())] if dice.random() < 0.6 else []
    for turn in range(dice.randint(0, 3)):
        messages.append(Message(Role.USER, text()))
        if tools and dice.random() < 0.6:
            count = 1 if kind.version == 2 else dice.randint(1, 2)
            calls = tuple(_call(dice, f"{turn}{number}") for number in range(count))
            messages.append(Message(Role.ASSISTANT, "", calls, _thought(kind, dice)))
            messages += [
                Message(
                    Role.TOOL,
                    dice.choice(['{"days": 11.05}', "pas de route", "42"]),
                    call_id=c.call_id,
                    tool_name=c.name,
                )
                for c in calls
            ]
        messages.append(Message(Role.ASSISTANT, text(), (), _thought(kind, dice)))
    messages.append(Message(Role.USER, text()))
    if tools and dice.random() < 0.4:
        call = _call(dice, "99")
        messages.append(Message(Role.ASSISTANT, "", (call,)))
        messages.append(Message(Role.TOOL, '{"jours": 3}', call_id=call.call_id, tool_name=call.name))
    return messages, tools


# Signs on which tokenizers disagree first: scripts, blanks, invisible signs, letters with odd cases, byte tokens.
_ODD = [
    *"é à ç œ « » ’ ' — … L [ ] < > / INST </s> <0x0A> ▁ ▁▁ 日本 語 ру сск ا ل 한국 🚚 ß Å İ ſ".split(),
    *"DON'T l'eau aujourd’hui camelCase HeLLo ABC _ __ == // # ² ½ Ⅳ ٣ १ 42 000 3,5 km a b Z dépôt".split(),
    *("\u202f", "\xa0", "\u3000", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u200d", "\x00", "\x07", "\u202e", "\ufeff"),
    *("\U000e0041", "👩\u200d🚒", " stock"),
]


def odd_texts(dice: random.Random, count: int) -> Iterator[str]:
    """Yield texts of odd signs. Accents that follow their letter (NFD) are left out: llama.cpp cuts there otherwise."""
    for _ in range(count):
        yield "".join(dice.choices(_ODD, k=dice.randint(0, 30)))


def _call(dice: random.Random, number: str) -> MessageCall:
    arguments = json.dumps({"stock": dice.randint(1, 99_999), "où": "dépôt n° 3"}, ensure_ascii=False)
    return MessageCall(dice.choice(TOOLS)["name"], arguments, f"abcdefg{number:>02}"[-9:])


def _thought(kind: MistralFormat, dice: random.Random) -> str:
    return "Il faut le stock, puis le débit." if kind.version >= 13 and dice.random() < 0.4 else ""
