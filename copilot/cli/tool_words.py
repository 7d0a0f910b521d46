"""A tool in words and as JSON, and the call that a command line means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from shlex import quote
from typing import Any

from copilot.errors import UsageError
from copilot.i18n import t
from copilot.records import Parameter, ParameterKind, PlannedArgument, PlannedCall, Tool
from copilot.sanitise import one_line
from copilot.tools.arguments import range_of

_EXAMPLES = {
    ParameterKind.TABLE: "{label}.csv",
    ParameterKind.FILE: "{label}",
    ParameterKind.BOOLEAN: "1",
    ParameterKind.DATE: "2026-10-14",
}


def tool_to_json(tool: Tool) -> dict[str, Any]:
    """Return a tool with all that its parameters take as a JSON object."""
    return {
        "name": tool.name,
        "plugin": tool.plugin,
        "title": tool.title,
        "help": tool.help,
        "bundled": tool.bundled,
        "plugin_sha256": tool.plugin_sha256,
        "parameters": [asdict(parameter) for parameter in tool.parameters],
    }


def explain_tool(tool: Tool) -> str:
    """Return what a tool does, what it takes and a command to start from, as lines."""
    lines = [f"{one_line(tool.title)} ({tool.name})", tool.help, ""]
    for parameter in tool.parameters:
        lines += _explain(parameter)
    return "\n".join([*lines, "", t("cli.tool.example"), f"  {example_command(tool)}"])


def _explain(parameter: Parameter) -> list[str]:
    facts = [t(f"cli.tool.kinds.{parameter.kind}")]
    if limits := range_of(parameter):
        facts.append(limits)
    elif parameter.unit:
        facts.append(parameter.unit)
    if parameter.required:
        facts.append(t("cli.tool.required"))
    elif parameter.default is not None:
        facts.append(t("cli.tool.default", value=parameter.default))
    lines = [
        f"  {parameter.name}: {one_line(parameter.label)} ({one_line(', '.join(facts))})",
        f"      {one_line(parameter.help)}",
    ]
    if parameter.choices:
        labels = parameter.choice_labels or parameter.choices
        pairs = zip(parameter.choices, labels, strict=True)
        lines.append(
            "      " + one_line(", ".join(name if name == label else f"{name} ({label})" for name, label in pairs))
        )
    if parameter.columns:
        lines.append(f"      {one_line(t('cli.tool.columns', names=', '.join(parameter.columns)))}")
    return lines


def example_command(tool: Tool) -> str:
    """Return a command line with every required parameter, its values to be filled in."""
    return " ".join(
        ["copilot tool run", tool.name, *(f"{one.name}={_example(one)}" for one in tool.parameters if one.required)]
    )


def _example(parameter: Parameter) -> str:
    if parameter.choices:
        return quote(parameter.choices[0])
    if parameter.kind in _EXAMPLES:
        return _EXAMPLES[parameter.kind].format(label=parameter.name)
    return quote(f"… {parameter.unit}") if parameter.unit else "…"


def call_of(tool: Tool, written: Sequence[str], from_documents: Sequence[str]) -> PlannedCall:
    """Return the call that a command line means: ``name=value``, ``--name value``, ``--arg name=value``.

    What `from_documents` names (``name`` or ``name=words to look for``) stays a blank.

    Raises:
        UsageError: a word is no argument, or a required one is left out.
    """
    arguments = [PlannedArgument(name, value) for name, value in _pairs(tool, list(written))]
    for entry in from_documents:
        name, _, words = entry.partition("=")
        parameter = _parameter(tool, name)
        arguments.append(PlannedArgument(parameter.name, blank=words or f"{parameter.label} {parameter.help}"))
    names = [argument.name for argument in arguments]
    missing = [one.name for one in tool.parameters if one.required and one.name not in names]
    if missing:
        raise UsageError(
            t("tools.argument.missing", tool=tool.name, names=", ".join(missing)),
            t("tools.argument.next", tool=tool.name),
        )
    return PlannedCall(tool.name, tuple(arguments))


def _pairs(tool: Tool, words: list[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    while words:
        word = words.pop(0)
        if word == "--arg":
            word = words.pop(0) if words else ""
        if not word.startswith("--"):
            name, mark, value = word.partition("=")
            if not mark:
                raise UsageError(t("cli.tool.no_argument", word=word), t("tools.argument.next", tool=tool.name))
            pairs.append((_parameter(tool, name).name, value))
            continue
        name, mark, value = word[2:].partition("=")
        parameter = _parameter(tool, name)
        if not mark:
            value = _value_of(parameter, words)
        pairs.append((parameter.name, value))
    return pairs


def _value_of(parameter: Parameter, words: list[str]) -> str:
    """Take the value that follows ``--name``; a yes-or-no parameter by itself means yes."""
    if parameter.kind is ParameterKind.BOOLEAN and (not words or words[0].startswith("--") or "=" in words[0]):
        return "true"
    if not words:
        raise UsageError(t("cli.missing_parameter", name=f"--{parameter.name}"))
    return words.pop(0)


def _parameter(tool: Tool, name: str) -> Parameter:
    found = tool.parameter(name.replace("-", "_"))
    if found is None:
        names = [one.name for one in tool.parameters]
        near = ", ".join(get_close_matches(name, names, n=1) or names)
        raise UsageError(
            t("tools.argument.unknown", tool=tool.name, name=name, near=near or "-"),
            t("tools.argument.next", tool=tool.name),
        )
    return found
