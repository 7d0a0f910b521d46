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
_ROLE = r"[^.!?\n]{0,30}?"
# (what is ordered, about what): both in one sentence, close to each other.
_PAIRS = (
    (
        r"ignore|disregard|forget|override|bypass",
        (
            r"(?:previous|prior|above|earlier|preceding|all|your|these|the) (?:\w+ )?"
            r"(?:instructions?|prompts?|rules|guidelines|context)"
        ),
    ),
    (
        r"ignore[zr]?|oublie[zr]?|néglige[zr]?|contourne[zr]?|ne (?:tiens|tenez) pas compte",
        r"instructions?|consignes|règles|directives|prompt|contexte",
    ),
    (r"do not|don't|never", r"(?:tell|reveal|mention|inform|warn)[^.!?\n]{0,30}? (?:user|reader|analyst|human)"),
    (r"ne (?:dis|dites|révèle[zr]?|mentionne[zr]?) pas", r"utilisateur|lecteur|analyste"),
    (
        r"call|run|execute|invoke|use|appelle[zr]?|exécute[zr]?|lance[zr]?",
        r"(?:the|this|le|la|cet?) (?:tool|plugin|function|outil|fonction|greffon)",
    ),
    (r"you are", rf"an? {_ROLE}(?:assistant|ai|chatbot|language model)"),
    (r"tu es|vous êtes", rf"(?:une? |l['’]){_ROLE}(?:assistante?|ia|modèle de langage)"),
)
_PHRASES = (
    r"(?:system|developer) (?:prompt|message)|(?:invite|message|prompt) système",
    r"as an ai|dear ai|attention ai|note to (?:the )?(?:ai|assistant|llm)|assistant[,:] (?:please|you must|do)",
    r"à l['’]attention de l['’](?:assistant|ia)|note (?:à|pour) l['’](?:assistant|ia)",
    r"(?:instead|plutôt)[,:]? (?:answer|reply|respond|say|write|réponds|répondez|dis|dites|écris|écrivez)",
    r"(?:answer|reply|respond) (?:only |always |exclusively )with",
    r"(?:réponds|répondez) (?:uniquement|toujours|seulement)",
)
_ORDERS = re.compile(
    "|".join(
        (*(rf"\b(?:{order})\b{_GAP}\b(?:{object_})\b" for order, object_ in _PAIRS), rf"\b(?:{'|'.join(_PHRASES)})\b")
    ),
    re.IGNORECASE,
)


def instruction_like(text: str) -> str | None:
    """Return the first words in `text` that read as orders to an assistant or as a model's control tokens, or None."""
    match = _CONTROL.search(text) or _ORDERS.search(text)
    return match.group().strip()[:60] if match else None
