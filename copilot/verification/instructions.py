"""Text in a document that reads as orders to an assistant: a hint for the reader, not a wall.

The walls are elsewhere (nothing that is read can start a tool, and control tokens are never tokens); rules cannot catch
a writer who knows them.
"""

from __future__ import annotations

import re

from copilot.verification.hidden_text import hidden_text
from copilot.verification.order_phrases import find_phrase
from copilot.verification.orders import find_order
from copilot.verification.plain import plain, visible

_SHOWN = 60
_CONTROL = re.compile(
    r"</?s>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|ARGS|CALL_ID|THINK)\]"
    r"|<\|[a-z_]{2,30}\|>|<</?SYS>>|^\s{0,3}#{2,3} ?(?:instruction|system|assistant)\s?:?\s*$"
    r"|^\s{0,3}#{2,3} ?(?:instruction|system|assistant)\s?:|[\"']role[\"']\s?:\s?[\"']system[\"']",
    re.IGNORECASE | re.MULTILINE,
)


def instruction_like(text: str, around: str = "") -> str | None:
    """Return the first words in `text` that read as orders to an assistant or as a model's control tokens, or None.

    `around` is what else stands in the same place (a passage's title, a title's passage): a task that shares no word
    with it is not the document's own.
    """
    if control := _CONTROL.search(text):
        return control.group().strip()[:_SHOWN]
    if hidden := hidden_text(text):
        return hidden.strip()[:_SHOWN]
    return _order_in(visible(text), around)


def _order_in(text: str, around: str) -> str | None:
    flat = plain(text)
    span = find_phrase(flat) or find_order(text, flat, plain(around))
    return text[slice(*span)].strip()[:_SHOWN] if span else None
