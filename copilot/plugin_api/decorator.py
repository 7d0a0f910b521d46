"""The marker of a tool: it tags a function, and nothing else; the catalogue finds the tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
TOOL_MARK = "__copilot_tool__"


def tool(function: F) -> F:
    """Mark a typed function with a docstring as a tool; it can still be called like any function."""
    setattr(function, TOOL_MARK, True)
    return function
