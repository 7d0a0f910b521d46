"""Whether a JSON value is what a schema asks for: a server may promise to keep to it, and not do so.

Only the words of JSON Schema that our own structures use; any other one is refused, so that none is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_LIMITS: Mapping[str, tuple[type[str] | type[list[Any]], Callable[[int, int], bool]]] = {
    "minLength": (str, int.__ge__),
    "maxLength": (str, int.__le__),
    "minItems": (list, int.__ge__),
    "maxItems": (list, int.__le__),
}


def conforms(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether `value`, as ``json.loads`` gives it, is what `schema` describes.

    Raises:
        ValueError: the schema uses a word that is not known here.
    """
    return all(_keeps(word, value, schema) for word in schema)


def _keeps(word: str, value: Any, schema: Mapping[str, Any]) -> bool:
    told = schema[word]
    if word in _LIMITS:
        kind, compare = _LIMITS[word]
        return not isinstance(value, kind) or compare(len(value), told)
    match word:
        case "type":
            return any(_TYPES[name](value) for name in ([told] if isinstance(told, str) else told))
        case "enum":
            return any(_same(value, one) for one in told)
        case "const":
            return _same(value, told)
        case "anyOf":
            return any(conforms(value, one) for one in told)
        case "items":
            return not isinstance(value, list) or all(conforms(one, told) for one in value)
        case "properties":
            return not isinstance(value, dict) or all(conforms(value[key], told[key]) for key in value if key in told)
        case "required":
            return not isinstance(value, dict) or all(key in value for key in told)
        case "additionalProperties":
            return told or not isinstance(value, dict) or value.keys() <= schema.get("properties", {}).keys()
    raise ValueError(word)


def _same(one: Any, other: Any) -> bool:
    # In Python true is 1; in JSON it is not.
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
