"""French typography: spaces that do not break where the language puts a space, and the typographic apostrophe."""

from __future__ import annotations

import re

NO_BREAK, NARROW = "\u00a0", "\u202f"


def set_type(text: str, language: str, narrow: bool = True) -> str:
    """Return `text` as a typist of `language` sets it; without `narrow`, for code pages that lack the narrow space."""
    if language != "fr":
        return text
    thin = NARROW if narrow else NO_BREAK
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", thin, text)
    text = re.sub(r"(?<=\d) h (?=\d\d\b)", f"{NO_BREAK}h{NO_BREAK}", text)
    text = re.sub(r" (?=[;!?])", thin, text)
    text = re.sub(r" (?=[:%»])", NO_BREAK, text)
    text = re.sub(r"(?<=«) ", NO_BREAK, text)
    text = re.sub(r"(?<=\d) (?=(?:L|kg|t|km|m|kVA|m³|h|J)\b)", NO_BREAK, text)
    return re.sub(r"\b(n°|J|axe) (?=[\dA-Z])", rf"\1{NO_BREAK}", text)
