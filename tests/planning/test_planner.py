"""Plans name only what exists and say only what the question says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from copilot.grammar import matches, parse_grammar
from copilot.inference.doubles import ScriptedModel
from copilot.planning.planner import ModelPlanner, read_plan
from copilot.planning.structure import plan_structure
from copilot.records import ContextUse, Parameter, ParameterKind, Plan, PlannedArgument, Tool

STOCK = Tool(
    "supply.days_of_supply",
    "supply",
    "Jours de stock",
    "",
    (
        Parameter("stock", ParameterKind.NUMBER, "Stock", "", unit="L", minimum=0, above_minimum=True),
        Parameter("per_day", ParameterKind.NUMBER, "Consommation par jour", "", unit="L/day", minimum=0),
        Parameter("mode", ParameterKind.CHOICE, "Mode", "", required=False, choices=('a"b', "été")),
        Parameter("dates", ParameterKind.DATE, "Date", "", required=False),
    ),
    bundled=True,
    plugin_sha256="",
)
ROUTE = Tool(
    "move.route", "move", "Itinéraire", "", (Parameter("toll", ParameterKind.BOOLEAN, "Péage", "", required=False),),
    bundled=True, plugin_sha256="",
)  # fmt: skip
QUESTION = "Combien de jours dure un stock de 42 000 L de gazole ?"


def written(arguments: object, tool: str = STOCK.name) -> str:
    told = {"queries": ["stock gazole"], "calls": [{"tool": tool, "arguments": arguments}]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


GOOD = written({"stock": {"value": 42000, "unit": "L"}, "per_day": {"blank": "gazole par jour"}})
INVENTED = written({"stock": {"value": 999}, "per_day": {"blank": "gazole par jour"}})


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (GOOD, True),
        (INVENTED, True),
        (written({"stock": {"value": 1}, "per_day": {"value": 2}, "mode": {"value": 'a"b'}}), True),
        (written({"stock": {"value": 1}, "per_day": {"value": 2}, "dates": {"value": "2026-03-12"}}), True),
        (written({"toll": {"value": True}}, ROUTE.name), True),
        (written({}, ROUTE.name), True),
        ('{"queries":["x"],"calls":[]}', True),
        (written({}), False),
        (written({"stock": {"value": 1}}), False),
        (written({"stock": {"value": 1}, "per_day": {"value": 2}, "mode": {"value": "other"}}), False),
        (written({"stock": {"value": 1}, "per_day": {"value": 2}, "path": {"value": "/etc"}}), False),
        (written({"stock": {"value": "rm -rf"}, "per_day": {"value": 2}}), False),
        (written({"toll": {"value": 1}}, ROUTE.name), False),
        (written({}, "shell.run"), False),
        ('{"queries":[],"calls":[]}', False),
    ],
)
def test_the_grammar_leaves_no_other_call(text: str, allowed: bool) -> None:
    assert matches(parse_grammar(plan_structure([STOCK, ROUTE]).gbnf), text) is allowed


def plan_of(model: ScriptedModel, *tools: Tool) -> Plan:
    *_, plan = ModelPlanner(model).plan(QUESTION, tools, "fr")
    assert isinstance(plan, Plan)
    return plan


def test_one_plugin_is_chosen_first() -> None:
    model = ScriptedModel(['{"plugin":"supply"}', GOOD])
    plan = plan_of(model, STOCK, ROUTE)
    assert plan.queries == (QUESTION, "stock gazole")
    [call] = plan.calls
    assert call.arguments == (
        PlannedArgument("stock", 42000, "L"),
        PlannedArgument("per_day", blank="gazole par jour"),
    )
    offered = [request.messages[-1].text for request in model.requests]
    assert "move.route" not in offered[1], "a small model sees the tools of one plugin"
    assert plan_of(ScriptedModel(['{"plugin":null}']), STOCK, ROUTE) == Plan((QUESTION,))
    assert plan_of(ScriptedModel([])) == Plan((QUESTION,))


def test_a_short_question_leans_on_earlier_ones() -> None:
    earlier = [f"Question {number} ?" for number in range(3)] + [QUESTION]
    model = ScriptedModel(['{"plugin":"supply"}', GOOD])
    events = list(ModelPlanner(model).plan("Et à Angers ?", (STOCK, ROUTE), "fr", None, earlier))
    plan, use = events[-1], next(event for event in events if isinstance(event, ContextUse))
    assert isinstance(plan, Plan)
    assert plan.queries == ("Et à Angers ?", "stock gazole")
    assert plan.calls[0].arguments[0] == PlannedArgument("stock", 42000, "L"), "an earlier question says it"
    for request in model.requests:
        assert request.messages[-1].text.endswith(f"> Question 2 ?\n> {QUESTION}\n\nEt à Angers ?")
    kinds = [entry.kind for entry in use.entries]
    assert kinds == ["instructions", "catalogue", "conversation", "conversation", "conversation", "question"]
    searches = ScriptedModel(['{"plugin":null}', '{"queries":["stock Angers"],"calls":[]}'])
    assert list(ModelPlanner(searches).plan("Et à Angers ?", (STOCK, ROUTE), "fr", None, earlier))[-1] == Plan(
        ("Et à Angers ?", "stock Angers")
    )


def test_what_does_not_fit_is_left_out_and_told() -> None:
    many = [replace(STOCK, name=f"supply.tool{number}") for number in range(20)]
    model = ScriptedModel(['{"queries":["a"],"calls":[]}'], context_tokens=900)
    use = next(e for e in ModelPlanner(model).plan("Et ?", many, "fr", None, ["a", "b"]) if isinstance(e, ContextUse))
    included = [entry.included for entry in use.entries if entry.kind == "catalogue"]
    assert included == sorted(included, reverse=True)
    assert 0 < sum(included) < 20
    assert sum(entry.tokens for entry in use.entries if entry.included) + use.answer_tokens <= use.window_tokens
    assert {entry.reason for entry in use.entries if not entry.included} == {"budget"}


def test_an_invented_value_is_asked_again_twice_and_becomes_a_blank() -> None:
    model = ScriptedModel([INVENTED])
    [call] = plan_of(model, STOCK).calls
    assert call.arguments[0] == PlannedArgument("stock", blank="Stock")
    assert len(model.requests) == 3
    assert "999" in model.requests[1].messages[-1].text


@pytest.mark.parametrize(
    ("argument", "kept"),
    [
        ({"value": 42000, "unit": "L"}, True),
        ({"value": 42, "unit": "m3"}, False),  # the question says no 42
        ({"value": 0, "unit": "L"}, False),
    ],
)
def test_only_what_the_question_says(argument: dict[str, object], kept: bool) -> None:
    plan, problems = read_plan(written({"stock": argument, "per_day": {"blank": "x y"}}), QUESTION, [STOCK], "fr")
    assert (plan.calls[0].arguments[0].blank is None) is kept
    assert bool(problems) is not kept


def test_zero_is_out_of_range_even_if_asked() -> None:
    text = written({"stock": {"value": 0, "unit": "L"}, "per_day": {"blank": "x y"}})
    plan, problems = read_plan(text, "Et avec 0 L de stock ?", [STOCK], "fr")
    assert plan.calls[0].arguments[0].blank == "Stock"
    assert len(problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"queries":["a"],"calls":[{"tool":"x","arguments":{}}]}',
        '{"calls":[]}',
        # What a model wrote that was cut short, or a server that holds to nothing.
        written(None),
        written({"stock": 5}),
        written({"stock": {}}),
        written({"stock": {"value": float("inf")}}),
        written({"stock": {"value": float("nan")}}),
        written({"stock": {"value": "\ud800"}}),
    ],
)
def test_what_is_no_plan_only_searches(text: str) -> None:
    plan, problems = read_plan(text, QUESTION, [STOCK], "fr")
    assert plan == Plan((QUESTION,))
    assert problems
