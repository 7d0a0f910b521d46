"""Grammars that bound what a model can write (GBNF), built from parts and checked before llama.cpp sees them."""

from copilot.grammar.build import (
    JSON_RULES,
    alternatives,
    grammar,
    json_array,
    json_string,
    json_text,
    literal,
    repeat,
    sequence,
)
from copilot.grammar.matching import matches
from copilot.grammar.parsing import GrammarError, Rules, parse_grammar

__all__ = [
    "JSON_RULES",
    "GrammarError",
    "Rules",
    "alternatives",
    "grammar",
    "json_array",
    "json_string",
    "json_text",
    "literal",
    "matches",
    "parse_grammar",
    "repeat",
    "sequence",
]
