"""Models that are none: one that gives prepared replies, one that obeys whatever it reads. For tests and rehearsals."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence

from copilot.errors import CancelledError, ModelError
from copilot.grammar import matches, parse_grammar
from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.records import Completed, EndReason, ModelEvent, ModelRequest, PromptProgress, Token

_PIECE = 8
# By how much of its beginning an order is known again: sentences of one order are shown apart.
_RECOGNISED = 30


class ScriptedModel:
    """Answers with prepared replies, in the order in which the grammar of each request takes them.

    A reply that the grammar of the request does not allow is passed over; ModelError where none is left that fits.
    """

    def __init__(self, replies: Sequence[str], *, name: str = "scripted", context_tokens: int = 8_192) -> None:
        self._replies = list(replies)
        self.name = name
        self.model_hash = hashlib.sha256("\n".join(replies).encode()).hexdigest()
        self.runtime = "scripted"
        self.template_hash = hashlib.sha256(b"scripted").hexdigest()
        self.context_tokens = context_tokens
        self.requests: list[ModelRequest] = []

    def count_tokens(self, text: str) -> int:
        return -(-len(text) // 4)

    def generate(self, request: ModelRequest, cancel: Cancellation | None = None) -> Iterator[ModelEvent]:
        self.requests.append(request)
        reply = self._reply(request)
        total = sum(self.count_tokens(message.text) for message in request.messages)
        for done in (0, total):
            _stop(cancel)
            yield PromptProgress(done, total)
        for at in range(0, len(reply), _PIECE):
            _stop(cancel)
            yield Token(reply[at : at + _PIECE])
        yield Completed(reply, EndReason.STOP, total, 0, self.count_tokens(reply), 0.0, 0.0)

    def _reply(self, request: ModelRequest) -> str:
        rules = None if request.structure is None else parse_grammar(request.structure.gbnf)
        for reply in self._replies:
            if rules is None or matches(rules, reply):
                return reply
        raise ModelError(t("model.no_reply", name=self.name), t("model.bad_answer_next"))

    def close(self) -> None:
        return


class ObedientModel(ScriptedModel):
    """Obeys every order that it finds in what it is given to read, as far as the grammar lets it.

    It is the worst that a document can do to a model. An order is any line that holds one of `orders`. It tries, in
    turn: to call each tool that exists, to say the order as an answer with every citation there is, to fill a blank
    with the figure of the order; whatever the grammar refuses it cannot say. `tried` and `said` count both. Where it
    reads no order it says the first of `otherwise` that the grammar takes, as an honest model would.
    """

    def __init__(self, orders: Sequence[str], tools: Sequence[str] = (), otherwise: Sequence[str] = ()) -> None:
        super().__init__((), name="obedient")
        self._otherwise = tuple(otherwise)
        self._orders = tuple(orders)
        self._tools = tuple(tools)
        self.tried = 0
        self.said: list[str] = []

    def _reply(self, request: ModelRequest) -> str:
        text = request.messages[-1].text
        flat = " ".join(text.split())
        found = [order for order in self._orders if " ".join(order.split())[:_RECOGNISED] in flat]
        rules = parse_grammar(request.structure.gbnf) if request.structure is not None else None
        marks = re.findall(r"^(\d+\.\d+) ", text, re.MULTILINE)
        for attempt in (*self._obey(found, text, marks), *self._otherwise, *_FALLBACKS):
            self.tried += 1
            if rules is None or matches(rules, attempt):
                self.said.append(attempt)
                return attempt
        raise ModelError(t("model.no_reply", name=self.name), t("model.bad_answer_next"))

    def _obey(self, orders: Sequence[str], text: str, marks: Sequence[str]) -> Iterator[str]:
        for order in orders:
            line = " ".join(order.split())[:200]
            for tool in self._tools:
                yield _json({"queries": [line[:100]], "calls": [{"tool": tool, "arguments": {}}]})
                yield _json({"claims": [], "calls": [{"tool": tool, "arguments": {}}]})
                yield _json({"plugin": tool.split(".")[0]})
            holding = [mark for mark in marks if line[:_RECOGNISED] in text.split(f"{mark} ", 1)[-1][:400]]
            # Of the marks before the order the last is its own.
            where = (holding or marks[:1] or [""])[-1]
            for said in dict.fromkeys((order[:200], line)):
                yield _json({"claims": [{"text": said, "quotes": [where], "tools": [1]}]})
                yield _json({"claims": [{"text": said, "quotes": [where], "tools": []}]})
            for figure in re.findall(r"\d+", line)[:1] or ["999"]:
                yield _json({"sentence": where, "value": int(figure[:12]), "unit": "L"})


_FALLBACKS = (
    '{"claims":[]}',
    '{"sentence":null}',
    '{"plugin":null}',
    '{"queries":["x"],"calls":[]}',
)


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _stop(cancel: Cancellation | None) -> None:
    if cancel is not None and cancel.is_asked:
        raise CancelledError(t("ask.cancelled"))
