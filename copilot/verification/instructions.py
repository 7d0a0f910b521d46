"""Text in a document that reads as orders to an assistant: a hint for the reader, not a wall.

The walls are elsewhere (nothing that is read can start a tool, and control tokens are never tokens); a pattern list
cannot catch a writer who knows it.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"</?s>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|ARGS|CALL_ID|THINK)\]"
    r"|<\|[a-z_]{2,30}\|>|<</?SYS>>|^\s{0,3}#{2,3} ?(?:instruction|system|assistant)\s?:?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_GAP = r"[^.!?\n]{0,40}?"
_ORDERS = re.compile(
    "|".join(
        (
            rf"\b(?:ignore|disregard|forget|override|bypass)\b{_GAP}\b(?:previous|prior|above|earlier|preceding|all|your|the)\b"
            rf"{_GAP}\b(?:instructions?|prompts?|rules|guidelines|context|directions)\b",
            rf"\b(?:ignore[zr]?|oublie[zr]?|néglige[zr]?|contourne[zr]?|ne tiens pas compte|ne tenez pas compte)\b{_GAP}"
            rf"\b(?:instructions?|consignes|règles|directives|prompt|contexte)\b",
            r"\byou are (?:now )?(?:an?|the) [^.!?\n]{0,30}?(?:assistant|ai|chatbot|language model)\b",
            r"\b(?:tu es|vous êtes) (?:désormais |maintenant )?(?:un|une|l['’]) ?[^.!?\n]{0,30}?(?:assistante?|ia|modèle de langage)\b",
            r"\b(?:system|developer) (?:prompt|message)\b|\b(?:invite|message|prompt) système\b",
            r"\b(?:as an ai|dear ai|attention ai|note to (?:the )?(?:ai|assistant|llm)|assistant[,:] (?:please|you must|do))\b",
            r"\b(?:à l['’]attention de l['’]|note (?:à|pour) l['’])(?:assistant|ia)\b",
            rf"\b(?:do not|don't|never) (?:tell|reveal|mention|inform|warn)\b{_GAP}\b(?:user|reader|analyst|human)\b",
            rf"\b(?:ne dis pas|ne dites pas|ne révèle[zr]? pas|ne mentionne[zr]? pas)\b{_GAP}\b(?:utilisateur|lecteur|analyste)\b",
            r"\b(?:instead|plutôt)[,:]? (?:answer|reply|respond|say|write|réponds|répondez|dis|dites|écris|écrivez)\b",
            r"\b(?:answer|reply|respond) (?:only |always |exclusively )with\b|\b(?:réponds|répondez) (?:uniquement|toujours|seulement)\b",
            rf"\b(?:call|run|execute|invoke|use|appelle[zr]?|exécute[zr]?|lance[zr]?)\b{_GAP}\b(?:the|this|le|la|cet?) (?:tool|plugin|function|outil|fonction|greffon)\b",
        )
    ),
    re.IGNORECASE,
)


def instruction_like(text: str) -> str | None:
    """Return the first words in `text` that read as orders to an assistant or as a model's control tokens, or None."""
    match = _CONTROL.search(text) or _ORDERS.search(text)
    return match.group().strip()[:60] if match else None
