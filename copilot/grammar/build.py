"""Building grammars from parts: every literal is escaped here, and the whole is checked before it is given out.

An expression is a string of GBNF that can stand anywhere in a rule; alternatives come in parentheses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from copilot.grammar.parsing import parse_grammar

# Rules that expressions here refer to. No blanks between the parts of JSON: they cost tokens and mean nothing.
JSON_RULES: Mapping[str, str] = {
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "integer": r'"-"? ("0" | [1-9] [0-9]{0,14})',
    "number": r'integer ("." [0-9]{1,9})?',
    "boolean": r'"true" | "false"',
    "date": r'"\"" [0-9]{4} "-" [01] [0-9] "-" [0-3] [0-9] "\""',
}


def literal(text: str) -> str:
    """Return an expression for exactly `text`."""
    return f'"{"".join(_escaped(letter) for letter in text)}"'


def json_text(text: str) -> str:
    """Return an expression for `text` as a JSON string, accents as they are."""
    return literal(json.dumps(text, ensure_ascii=False))


def json_string(most: int, least: int = 0) -> str:
    """Return an expression for any JSON string of `least` to `most` characters; refers to the rule ``char``."""
    return f'"\\"" char{{{least},{most}}} "\\""'


def sequence(*parts: str) -> str:
    return " ".join(parts)


def alternatives(parts: Sequence[str]) -> str:
    """Return an expression for any one of `parts`, of which there must be one at least."""
    if not parts:
        raise ValueError("no alternative")
    return f"({' | '.join(parts)})"


def repeat(part: str, least: int, most: int) -> str:
    return f"({part}){{{least},{most}}}"


def json_array(item: str, least: int, most: int) -> str:
    """Return an expression for a JSON array of `least` to `most` items."""
    if most == 0:
        return '"[]"'
    more = sequence(item, repeat(sequence('","', item), max(0, least - 1), most - 1)) if most > 1 else item
    return sequence('"["', more if least else f"({more})?", '"]"')


def grammar(root: str, **rules: str) -> str:
    """Return a whole grammar: `root`, `rules` by name, and those of `JSON_RULES` that are referred to.

    Raises:
        GrammarError: it is no grammar that llama.cpp may see; a fault of whoever built it.
    """
    chosen = {"root": root, **{name.replace("_", "-"): body for name, body in rules.items()}}
    chosen.update((name, body) for name, body in JSON_RULES.items() if name not in chosen)
    parsed = parse_grammar("\n".join(f"{name} ::= {body}" for name, body in chosen.items()))
    used = parsed.reachable()
    text = "\n".join(f"{name} ::= {body}" for name, body in chosen.items() if name in used)
    parse_grammar(text)
    return text


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    code = ord(letter)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02X}"
    return letter
