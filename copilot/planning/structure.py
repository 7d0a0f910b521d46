"""What a plan must look like: a grammar, and the same as JSON Schema, made from the tools that are offered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from copilot.grammar import alternatives, grammar, json_array, json_string, json_text, literal, sequence
from copilot.records import Parameter, ParameterKind, Structure, Tool

_MOST_QUERIES, _LONGEST_QUERY = 3, 120
_MOST_CALLS, _LONGEST_TEXT, _LONGEST_BLANK = 3, 80, 100
_MOST_NUMBERS = 12
# What the shortest form of an argument costs beside its name, and of all that stands around the arguments.
_BLANK_CHARACTERS, _FRAME_CHARACTERS = 30, 160


def plan_structure(tools: Sequence[Tool], *, least_calls: int = 0) -> Structure:
    """Return what a plan must look like: only these tools, with only their own arguments, in their own types."""
    rules: dict[str, str] = {
        "blank": sequence(literal('{"blank":'), json_string(_LONGEST_BLANK, 3), literal("}")),
        "unit": sequence(literal(',"unit":'), json_string(16, 1)),
    }
    calls = []
    for number, tool in enumerate(tools):
        rules[f"tool{number}"] = sequence(
            literal(f'{{"tool":{json.dumps(tool.name)},"arguments":{{'), _arguments(tool.parameters), literal("}}")
        )
        calls.append(f"tool{number}")
    if calls:
        rules["call"] = alternatives(calls)
    root = sequence(
        literal('{"queries":'),
        json_array(json_string(_LONGEST_QUERY, 1), 1, _MOST_QUERIES),
        literal(',"calls":'),
        json_array("call", least_calls, _MOST_CALLS if calls else 0),
        literal("}"),
    )
    longest = max(
        (sum(len(one.name) + _BLANK_CHARACTERS for one in tool.parameters if one.required) for tool in tools), default=0
    )
    return Structure(grammar(root, **rules), _plan_schema(tools, least_calls), longest + _FRAME_CHARACTERS)


def _arguments(parameters: Sequence[Parameter]) -> str:
    """Return an expression for the arguments: the required ones in order, then any of the others in theirs."""
    required = [_argument(one) for one in parameters if one.required]
    optional = [_argument(one) for one in parameters if not one.required]
    parts = []
    if required:
        parts.append(sequence(*(part if at == 0 else sequence('","', part) for at, part in enumerate(required))))
        parts += [f"({sequence(chr(34) + ',' + chr(34), part)})?" for part in optional]
        return sequence(*parts)
    # Without a required one, whichever comes first has no comma before it.
    starts = [
        sequence(part, *(f"({sequence(chr(34) + ',' + chr(34), later)})?" for later in optional[at + 1 :]))
        for at, part in enumerate(optional)
    ]
    return f"{alternatives(starts)}?" if starts else '""'


def _argument(parameter: Parameter) -> str:
    return sequence(literal(f"{json.dumps(parameter.name)}:"), alternatives([_literal_value(parameter), "blank"]))


def _literal_value(parameter: Parameter) -> str:
    opening, closing = literal('{"value":'), literal("}")
    match parameter.kind:
        case ParameterKind.NUMBER | ParameterKind.INTEGER:
            number = "number" if parameter.kind is ParameterKind.NUMBER or parameter.unit else "integer"
            return sequence(opening, number, *(["unit?"] if parameter.unit else []), closing)
        case ParameterKind.BOOLEAN:
            return sequence(opening, "boolean", closing)
        case ParameterKind.CHOICE:
            return sequence(opening, alternatives([json_text(choice) for choice in parameter.choices]), closing)
        case ParameterKind.DATE:
            return sequence(opening, "date", closing)
        case ParameterKind.NUMBERS:
            unit = ["unit?"] if parameter.unit else []
            return sequence(opening, json_array("number", 1, _MOST_NUMBERS), *unit, closing)
        case ParameterKind.TEXTS:
            return sequence(opening, json_array(json_string(_LONGEST_TEXT, 1), 1, _MOST_NUMBERS), closing)
    return sequence(opening, json_string(_LONGEST_TEXT, 1), closing)


_SCHEMA_TYPES: Mapping[ParameterKind, Mapping[str, Any]] = {
    ParameterKind.NUMBER: {"type": "number"},
    ParameterKind.INTEGER: {"type": "number"},
    ParameterKind.BOOLEAN: {"type": "boolean"},
    ParameterKind.NUMBERS: {"type": "array", "items": {"type": "number"}},
    ParameterKind.TEXTS: {"type": "array", "items": {"type": "string"}},
}


def _plan_schema(tools: Sequence[Tool], least_calls: int) -> dict[str, Any]:
    calls = []
    for tool in tools:
        properties: dict[str, Any] = {}
        for one in tool.parameters:
            value: Mapping[str, Any] = (
                {"enum": list(one.choices)} if one.choices else _SCHEMA_TYPES.get(one.kind, {"type": "string"})
            )
            given = {
                "type": "object",
                "properties": {"value": value, "unit": {"type": "string"}},
                "required": ["value"],
            }
            blank = {"type": "object", "properties": {"blank": {"type": "string"}}, "required": ["blank"]}
            properties[one.name] = {"anyOf": [given, blank]}
        arguments = _object(properties, [one.name for one in tool.parameters if one.required])
        calls.append(_object({"tool": {"const": tool.name}, "arguments": arguments}, ["tool", "arguments"]))
    queries = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": _MOST_QUERIES}
    listed: dict[str, Any] = {"type": "array", "maxItems": 0}
    if calls:
        listed = {"type": "array", "items": {"anyOf": calls}, "minItems": least_calls, "maxItems": _MOST_CALLS}
    return _object({"queries": queries, "calls": listed}, ["queries", "calls"])


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
