"""Plans by a model, from the question and the catalogue alone: searches, and calls whose values the question says.

The grammar leaves no other tool, argument, choice or form. What a grammar cannot say (ranges, that a figure stands in
the question) is checked here and asked again with what was wrong, twice at most; what is wrong still becomes a blank.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from copilot.grammar import alternatives, grammar, json_text, literal, sequence
from copilot.i18n import t
from copilot.planning.literals import NotSaidError, Question, said_unit
from copilot.planning.structure import plan_structure
from copilot.ports import Cancellation, LanguageModel, ModelProgress
from copilot.records import (
    LIKELIEST,
    Completed,
    Message,
    ModelRequest,
    Parameter,
    Plan,
    PlannedArgument,
    PlannedCall,
    Role,
    Sampling,
    Structure,
    Tool,
)
from copilot.resources.prompts import load_prompt

_RETRIES = 2
_PLAN_TOKENS, _PLUGIN_TOKENS = 300, 140


class ModelPlanner:
    """Plans with a language model; implements `copilot.ports.Planner`."""

    def __init__(self, model: LanguageModel, sampling: Sampling = LIKELIEST) -> None:
        self._model = model
        self._sampling = sampling

    def plan(
        self, question: str, tools: Sequence[Tool], language: str, cancel: Cancellation | None = None
    ) -> Iterator[Plan | ModelProgress]:
        """Yield progress and, last, the plan. A small model sees the tools of one plugin at most."""
        if not tools:
            yield Plan((question,))
            return
        offered: Sequence[Tool] = tools
        plugins = list(dict.fromkeys(tool.plugin for tool in tools))
        if len(plugins) > 1:
            text = yield from self._say(_plugin_request(question, tools, language, self._sampling), cancel)
            chosen = _chosen_plugin(text, plugins)
            offered = [tool for tool in tools if tool.plugin == chosen]
        if not offered:
            yield Plan((question,))
            return
        messages = _plan_messages(question, offered, language)
        structure = plan_structure(offered)
        for attempt in range(_RETRIES + 1):
            request = ModelRequest(messages, structure, self._sampling, _PLAN_TOKENS + structure.closing_tokens)
            text = yield from self._say(request, cancel)
            plan, problems = read_plan(text, question, offered, language)
            if not problems or attempt == _RETRIES:
                yield plan
                return
            again = t("model.plan_again", problems="; ".join(problems))
            messages = (*messages, Message(Role.ASSISTANT, text), Message(Role.USER, again))

    def _say(self, request: ModelRequest, cancel: Cancellation | None) -> Any:
        text = ""
        for event in self._model.generate(request, cancel):
            if isinstance(event, Completed):
                text = event.text
            else:
                yield event
        return text


# --- what the model is shown ------------------------------------------------------------------------------------------


def _plugin_request(question: str, tools: Sequence[Tool], language: str, sampling: Sampling) -> ModelRequest:
    plugins: dict[str, list[str]] = {}
    for tool in tools:
        plugins.setdefault(tool.plugin, []).append(tool.title)
    listed = "\n".join(f"{plugin}: {', '.join(titles)}" for plugin, titles in plugins.items())
    names = [json_text(plugin) for plugin in plugins]
    gbnf = grammar(sequence(literal('{"plugin":'), alternatives([*names, literal("null")]), literal("}")))
    schema = {
        "type": "object",
        "properties": {"plugin": {"enum": [*plugins, None]}},
        "required": ["plugin"],
        "additionalProperties": False,
    }
    messages = (
        Message(Role.SYSTEM, load_prompt("plugin", language).text),
        Message(Role.USER, f"{listed}\n\n{question}"),
    )
    return ModelRequest(messages, Structure(gbnf, schema), sampling, _PLUGIN_TOKENS)


def _plan_messages(question: str, tools: Sequence[Tool], language: str) -> tuple[Message, ...]:
    listed = "\n".join(_described(tool) for tool in tools)
    return (
        Message(Role.SYSTEM, load_prompt("plan", language).text),
        Message(Role.USER, f"{listed}\n\n{question}"),
    )


def _described(tool: Tool) -> str:
    def one(parameter: Parameter) -> str:
        unit = f" [{parameter.unit}]" if parameter.unit else ""
        choices = f" ({'|'.join(parameter.choices)})" if parameter.choices else ""
        return f"{parameter.name}{unit}{choices}{'' if parameter.required else '?'}"

    return f"{tool.name}({', '.join(map(one, tool.parameters))}): {tool.title}"


# --- what it wrote ----------------------------------------------------------------------------------------------------


def _chosen_plugin(text: str, plugins: Sequence[str]) -> str | None:
    try:
        chosen = json.loads(text)["plugin"]
    except (ValueError, KeyError, TypeError):
        return None
    return chosen if chosen in plugins else None


def read_plan(text: str, question: str, tools: Sequence[Tool], language: str) -> tuple[Plan, list[str]]:
    """Return the plan in a model's text and what is wrong with it; whatever is wrong is a blank in the plan.

    A text that is no plan (a model that was cut short) gives the plan that only searches.
    """
    by_name = {tool.name: tool for tool in tools}
    try:
        told = json.loads(text)
        queries = [query.strip() for query in told["queries"] if query.strip()]
        written = [(by_name[call["tool"]], call["arguments"]) for call in told["calls"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Plan((question,)), [t("model.plan_no_json")]
    asked = Question(question, language)
    problems: list[str] = []
    calls = [
        PlannedCall(
            tool.name,
            tuple(
                _checked(parameter, arguments[parameter.name], asked, problems)
                for parameter in tool.parameters
                if parameter.name in arguments
            ),
        )
        for tool, arguments in written
    ]
    return Plan(tuple(dict.fromkeys([question, *queries])), tuple(calls)), problems


def _checked(parameter: Parameter, told: Mapping[str, Any], asked: Question, problems: list[str]) -> PlannedArgument:
    if "blank" in told:
        return PlannedArgument(parameter.name, blank=str(told["blank"]))
    value = told["value"]
    try:
        unit = said_unit(asked, parameter.kind, value, told.get("unit") or None, parameter.unit)
    except NotSaidError:
        written = f"{value} {told.get('unit') or ''}".strip()
        problems.append(t("model.plan_not_said", name=parameter.name, value=written))
        return PlannedArgument(parameter.name, blank=parameter.label)
    if problem := _out_of_range(parameter, value, unit):
        problems.append(problem)
        return PlannedArgument(parameter.name, blank=parameter.label)
    kept = tuple(value) if isinstance(value, list) else value
    return PlannedArgument(parameter.name, kept, unit)


def _out_of_range(parameter: Parameter, value: object, unit: object) -> str | None:
    """Say what is wrong with a number in the tool's own unit; another unit is converted, and checked, by the runner."""
    if unit and unit != parameter.unit:
        return None
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool) or not isinstance(one, int | float):
            continue
        low, high = parameter.minimum, parameter.maximum
        below = low is not None and (one < low or (parameter.above_minimum and one == low))
        above = high is not None and (one > high or (parameter.below_maximum and one == high))
        if below or above:
            return t("model.plan_range", name=parameter.name, value=one)
    return None
