"""Plans by a model, from the question and the catalogue alone: searches, and calls whose values the question says.

The grammar leaves no other tool, argument, choice or form. What a grammar cannot say (ranges, that a figure stands in
the question) is checked here and asked again with what was wrong, twice at most; what is wrong still becomes a blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from copilot.grammar import alternatives, grammar, json_text, literal, sequence
from copilot.i18n import t
from copilot.planning.literals import NotSaidError, Question, said_unit
from copilot.planning.structure import plan_structure
from copilot.ports import Cancellation, LanguageModel, ModelProgress
from copilot.records import (
    LIKELIEST,
    Completed,
    ContextEntry,
    ContextUse,
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
from copilot.sandbox.told import loads_text

_RETRIES = 2
_PLAN_TOKENS, _PLUGIN_TOKENS = 300, 140
# How many of the user's earlier questions a short one may lean on, and what is read of each, in characters.
_MOST_EARLIER, _LONGEST_EARLIER = 3, 300
# What the format puts around messages, with room to spare.
_FORMAT_TOKENS = 24


class ModelPlanner:
    """Plans with a language model; implements `copilot.ports.Planner`."""

    def __init__(self, model: LanguageModel, sampling: Sampling = LIKELIEST) -> None:
        self._model = model
        self._sampling = sampling

    def plan(
        self,
        question: str,
        tools: Sequence[Tool],
        language: str,
        cancel: Cancellation | None = None,
        earlier: Sequence[str] = (),
    ) -> Iterator[Plan | ModelProgress]:
        """Yield what fills the window, progress and, last, the plan. A small model sees one plugin's tools at most."""
        offered: Sequence[Tool] = tools
        plugins = list(dict.fromkeys(tool.plugin for tool in tools))
        recent = [" ".join(one.split())[:_LONGEST_EARLIER] for one in earlier[-_MOST_EARLIER:]]
        if len(plugins) > 1:
            text = yield from self._say(_plugin_request(question, tools, language, self._sampling, recent), cancel)
            chosen = _chosen_plugin(text, plugins)
            offered = [tool for tool in tools if tool.plugin == chosen]
        if not offered and not recent:
            yield Plan((question,))
            return
        instructions = load_prompt("plan", language).text
        offered, recent, use = self._fill(instructions, question, offered, recent)
        yield use
        messages: tuple[Message, ...] = (
            Message(Role.SYSTEM, instructions),
            Message(Role.USER, _asked([_described(tool) for tool in offered], recent, question)),
        )
        structure = plan_structure(offered)
        said = "\n".join([*recent, question])
        for attempt in range(_RETRIES + 1):
            request = ModelRequest(messages, structure, self._sampling, _PLAN_TOKENS + structure.closing_tokens)
            text = yield from self._say(request, cancel)
            plan, problems = read_plan(text, question, offered, language, said=said)
            if not problems or attempt == _RETRIES:
                yield plan
                return
            again = t("model.plan_again", problems="; ".join(problems))
            messages = (*messages, Message(Role.ASSISTANT, text), Message(Role.USER, again))

    def _fill(
        self, instructions: str, question: str, tools: Sequence[Tool], earlier: Sequence[str]
    ) -> tuple[list[Tool], list[str], ContextUse]:
        """Choose the tools that fit, in their order, then the earlier questions, the latest first."""
        window, count = self._model.context_tokens, self._model.count_tokens
        first = ContextEntry("instructions", count(instructions) + _FORMAT_TOKENS)
        last = ContextEntry("question", count(question))
        answer_tokens = min(_PLAN_TOKENS, window // 2)
        left = window - answer_tokens - first.tokens - last.tokens
        entries: list[ContextEntry] = []

        def fits(kind: str, text: str, label: str) -> bool:
            nonlocal left
            tokens = count(text)
            included = tokens <= left
            left -= tokens if included else 0
            entries.append(ContextEntry(kind, tokens, None, label, included, "" if included else "budget"))
            return included

        chosen = [tool for tool in tools if fits("catalogue", _described(tool), tool.title)]
        # Without the one between, an earlier question would mislead.
        said = list(takewhile(lambda one: fits("conversation", one, one), reversed(earlier)))[::-1]
        left_out = earlier[: max(0, len(earlier) - len(said) - 1)]
        entries += [ContextEntry("conversation", count(one), None, one, False, "budget") for one in reversed(left_out)]
        return chosen, said, ContextUse(window, answer_tokens, (first, *entries, last))

    def _say(self, request: ModelRequest, cancel: Cancellation | None) -> Any:
        text = ""
        for event in self._model.generate(request, cancel):
            if isinstance(event, Completed):
                text = event.text
            else:
                yield event
        return text


# --- what the model is shown ------------------------------------------------------------------------------------------


def _plugin_request(
    question: str, tools: Sequence[Tool], language: str, sampling: Sampling, earlier: Sequence[str]
) -> ModelRequest:
    plugins: dict[str, list[str]] = {}
    for tool in tools:
        plugins.setdefault(tool.plugin, []).append(tool.title)
    listed = [f"{plugin}: {', '.join(titles)}" for plugin, titles in plugins.items()]
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
        Message(Role.USER, _asked(listed, earlier, question)),
    )
    return ModelRequest(messages, Structure(gbnf, schema), sampling, _PLUGIN_TOKENS)


def _asked(listed: Sequence[str], earlier: Sequence[str], question: str) -> str:
    """Return what changes least first: the catalogue, earlier questions, this one."""
    return "\n".join([*listed, *(f"> {one}" for one in earlier), "", question])


def _described(tool: Tool) -> str:
    def one(parameter: Parameter) -> str:
        unit = f" [{parameter.unit}]" if parameter.unit else ""
        choices = f" ({'|'.join(parameter.choices)})" if parameter.choices else ""
        return f"{parameter.name}{unit}{choices}{'' if parameter.required else '?'}"

    return f"{tool.name}({', '.join(map(one, tool.parameters))}): {tool.title}"


# --- what it wrote ----------------------------------------------------------------------------------------------------


def _chosen_plugin(text: str, plugins: Sequence[str]) -> str | None:
    try:
        chosen = loads_text(text)["plugin"]
    except (ValueError, KeyError, TypeError):
        return None
    return chosen if chosen in plugins else None


def read_plan(
    text: str, question: str, tools: Sequence[Tool], language: str, *, said: str = ""
) -> tuple[Plan, list[str]]:
    """Return the plan in a model's text and what is wrong with it; whatever is wrong is a blank in the plan.

    Values may come from all that the user `said`, which is the question where it is empty. A text that is no plan (a
    model that was cut short) gives the plan that only searches.
    """
    by_name = {tool.name: tool for tool in tools}
    try:
        told = loads_text(text)
        queries = [query.strip() for query in told["queries"] if query.strip()]
        written = [(by_name[call["tool"]], _filled(call["arguments"])) for call in told["calls"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Plan((question,)), [t("model.plan_no_json")]
    asked = Question(said or question, language)
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


def _filled(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments that each hold a value or a blank; TypeError for any others."""
    for told in arguments.values():
        if not isinstance(told, dict) or told.keys().isdisjoint({"value", "blank"}):
            raise TypeError
    return arguments


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
