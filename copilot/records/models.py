"""What is said to a language model and what comes back, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who a message is from; a tool's result is a message of its own."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class MessageCall:
    """A tool call that an assistant wrote: `arguments` is a JSON object as text, `call_id` nine letters and digits."""

    name: str
    arguments: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its text is data and can never become a control token.

    An assistant may have thought (`thinking`) and called tools (`calls`); a tool's message says which call it answers.
    """

    role: Role
    text: str
    calls: tuple[MessageCall, ...] = ()
    thinking: str = ""
    call_id: str = ""
    tool_name: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked earlier in a conversation, and the claims that answered it, in short."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn; temperature 0 takes the likeliest. The seed is recorded with every answer."""

    temperature: float = 0.0
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0


LIKELIEST = Sampling()


@dataclass(frozen=True, slots=True)
class Structure:
    """What the output must look like: a checked GBNF grammar, and the same as JSON Schema for a site's server.

    `closing_tokens` are kept back so that whatever was begun can be brought to its end, one character a token.
    """

    gbnf: str
    json_schema: Mapping[str, Any]
    closing_tokens: int = 96


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One generation: the messages, what bounds the output, and at most how many tokens."""

    messages: tuple[Message, ...]
    structure: Structure | None = None
    sampling: Sampling = LIKELIEST
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """`done` of `total` prompt tokens are read, `reused` of them from before; `seconds_left` as far as is known."""

    done: int
    total: int
    reused: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the model's text as it comes; never split within a character."""

    text: str


class EndReason(StrEnum):
    """Why a generation ended."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a generation: the whole text and what it cost. Times in seconds."""

    text: str
    reason: EndReason
    prompt_tokens: int
    reused_tokens: int
    generated_tokens: int
    prompt_seconds: float
    generation_seconds: float


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """One part of a prompt. `kind` is ``instructions``, ``conversation``, ``passage``, ``tool`` or ``question``.

    `number` is the source's or tool run's. What was left out has `included` False and `reason` (``budget``).
    """

    kind: str
    tokens: int
    number: int | None = None
    label: str = ""
    included: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContextUse:
    """What fills the model's window: `entries` in prompt order, `answer_tokens` kept free for the answer."""

    window_tokens: int
    answer_tokens: int
    entries: tuple[ContextEntry, ...]


ModelEvent = PromptProgress | Token | Completed
