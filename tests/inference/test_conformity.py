"""Our reading of JSON Schema against jsonschema's, on the structures that the program asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from copilot.generation.cited import answer_structure
from copilot.inference.conformity import conforms
from copilot.language.marked import mark_sentences
from copilot.planning.reading import blank_structure
from copilot.planning.structure import plan_structure
from copilot.records import Parameter, ParameterKind, Tool

_SENTENCES = mark_sentences(1, "Le dépôt détient 42 000 L. Le convoi part à 6 h 30.")
_PARAMETERS = tuple(
    Parameter(kind.value, kind, kind.value, "", choices=("a", "b") if kind is ParameterKind.CHOICE else ())
    for kind in ParameterKind
)
SCHEMAS: dict[str, Any] = {
    "answer": dict(answer_structure([_SENTENCES], (), 3).json_schema),
    "blank": dict(blank_structure(_SENTENCES).json_schema),
    "plan": dict(plan_structure([Tool("p.t", "p", "T", "", _PARAMETERS, bundled=True, plugin_sha256="")]).json_schema),
}
# Values near what is asked for: its own words, and what does not belong there.
_KEYS = "claims text quotes tools queries calls tool arguments value unit blank sentence".split()
_WORDS = st.sampled_from(
    [*_KEYS, "1.1", "1.2", "9.9", "p.t", "a", "", "x" * 500, *(kind.value for kind in ParameterKind)]
)
_LEAVES = st.one_of(_WORDS, st.none(), st.booleans(), st.integers(0, 2), st.floats(0, 2))
_ANY = st.recursive(
    _LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(_WORDS, inner, max_size=4))
)
_ARGUMENT = st.fixed_dictionaries({}, optional={"value": _ANY, "unit": _LEAVES, "blank": _LEAVES})
_CLAIM = st.fixed_dictionaries({}, optional={"text": _LEAVES, "quotes": _ANY, "tools": _ANY, "x": _LEAVES})
_NEAR = st.one_of(
    st.fixed_dictionaries({"claims": st.lists(_CLAIM, max_size=4)}),
    st.fixed_dictionaries({"sentence": _LEAVES}, optional={"value": _LEAVES, "unit": _LEAVES}),
    st.fixed_dictionaries(
        {
            "queries": st.lists(_LEAVES, max_size=4),
            "calls": st.lists(
                st.fixed_dictionaries({"tool": _LEAVES, "arguments": st.dictionaries(_WORDS, _ARGUMENT, max_size=12)}),
                max_size=2,
            ),
        }
    ),
)


@pytest.mark.parametrize("name", SCHEMAS)
@given(value=st.one_of(_NEAR, _ANY))
@settings(max_examples=300, deadline=None)
def test_we_judge_as_jsonschema_does(name: str, value: Any) -> None:
    assert conforms(value, SCHEMAS[name]) is Draft202012Validator(SCHEMAS[name]).is_valid(value)


def test_a_whole_plan_conforms_and_a_changed_one_does_not() -> None:
    arguments = {one.name: {"blank": "où ?"} for one in _PARAMETERS}
    plan = {"queries": ["stock"], "calls": [{"tool": "p.t", "arguments": arguments}]}
    assert conforms(plan, SCHEMAS["plan"])
    assert not conforms({**plan, "calls": [{"tool": "p.other", "arguments": arguments}]}, SCHEMAS["plan"])
    assert not conforms({**plan, "more": 1}, SCHEMAS["plan"])


@pytest.mark.parametrize(("value", "schema"), [(True, {"enum": [1]}), (1, {"const": True}), (True, {"type": "number"})])
def test_true_is_no_number(value: Any, schema: dict[str, Any]) -> None:
    assert not conforms(value, schema)


def test_a_word_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="pattern"):
        conforms("x", {"type": "string", "pattern": "y"})
