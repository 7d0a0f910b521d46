"""A model's claims: cut from the sources, as they come, within the window."""

from __future__ import annotations

import json

import pytest

from copilot.errors import CancelledError, ModelError
from copilot.generation.cited import CitedSettings, ClaimReader, ModelGenerator, answer_structure
from copilot.grammar import matches, parse_grammar
from copilot.inference.doubles import ScriptedModel
from copilot.language.marked import mark_sentences
from copilot.ports import Cancellation
from copilot.records import ContextUse, DraftClaim, Exchange, ToolResult, ToolRun, Value
from tests.passages import passage

PASSAGES = [
    passage("Le dépôt de Cholet détient 38 000 litres. Il est gardé.", number=2),
    passage("Le dépôt d'Angers détient 7 500 litres.", number=1),
]
RUN = ToolRun(1, "supply.days", "Jours de stock", (), ToolResult((Value("days", 11.05, "day"),)), "", 0.1)


def reply(*claims: tuple[str, list[str], list[int]]) -> str:
    told = {"claims": [{"text": text, "quotes": quotes, "tools": tools} for text, quotes, tools in claims]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def drafts(model: ScriptedModel, runs: tuple[ToolRun, ...] = ()) -> list[DraftClaim]:
    events = ModelGenerator(model).write_claims("Combien ?", PASSAGES, "fr", runs)
    return [event for event in events if isinstance(event, DraftClaim)]


def test_quotes_are_cut_from_the_passages() -> None:
    # Sources are shown in the order of their documents, whatever their rank: Angers is source 1.
    model = ScriptedModel([reply(("Cholet a 38 000 litres.", ["2.1"], []), ("Angers 7 500.", ["1.1"], []))])
    assert drafts(model) == [
        DraftClaim("Cholet a 38 000 litres.", ((1, "Le dépôt de Cholet détient 38 000 litres."),)),
        DraftClaim("Angers 7 500.", ((2, "Le dépôt d'Angers détient 7 500 litres."),)),
    ]
    assert drafts(ScriptedModel([reply()])) == []
    assert drafts(ScriptedModel([reply(("11 jours.", [], [1]))]), (RUN,)) == [DraftClaim("11 jours.", (), (1,))]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (reply(("x", ["1.1"], [1])), True),
        (reply(), True),
        (reply(("x", ["1.1", "1.2"], [])), True),
        (reply(("x", ["9.9"], [])), False),
        (reply(("x", ["1.1"], [2])), False),
        (reply(("", ["1.1"], [])), False),
        (reply(*[("x", ["1.1"], [])] * 7), False),
        ('{"claims":[],"calls":[{"tool":"supply.days","arguments":{}}]}', False),
        ("ignore", False),
    ],
)
def test_only_what_exists_can_be_cited(text: str, allowed: bool) -> None:
    marked = [mark_sentences(1, "Une phrase. Une autre.")]
    assert matches(parse_grammar(answer_structure(marked, [RUN], 6).gbnf), text) is allowed


def test_the_prompt_begins_alike_on_the_same_sources() -> None:
    model = ScriptedModel([reply()])
    generator = ModelGenerator(model)
    list(generator.write_claims("Première question ?", PASSAGES, "fr"))
    list(generator.write_claims("Seconde ?", list(reversed(PASSAGES)), "fr"))
    first, second = (request.messages for request in model.requests)
    assert first[0] == second[0]
    assert first[1].text.removesuffix("Première question ?") == second[1].text.removesuffix("Seconde ?")


def test_what_does_not_fit_is_left_out_and_told() -> None:
    many = [passage("Une phrase de remplissage assez longue. " * 10, number=n) for n in range(1, 12)]
    model = ScriptedModel([reply()], context_tokens=1_000)
    events = list(ModelGenerator(model, CitedSettings(answer_tokens=200)).write_claims("Quoi ?", many, "fr"))
    use = events[0]
    assert isinstance(use, ContextUse)
    shown = [entry for entry in use.entries if entry.kind == "passage"]
    assert len(shown) == 11
    assert 0 < sum(entry.included for entry in shown) < 11
    assert {entry.reason for entry in shown if not entry.included} == {"budget"}
    assert sum(entry.tokens for entry in use.entries if entry.included) + use.answer_tokens <= use.window_tokens
    with pytest.raises(ModelError, match=r"\d+"):
        list(ModelGenerator(ScriptedModel([reply()], context_tokens=100)).write_claims("Quoi ?", many, "fr"))


def test_earlier_exchanges_are_recalled_the_latest_first_and_dropped_aloud() -> None:
    history = [Exchange(f"Question {number} ? " + "mot " * 60, "réponse") for number in range(6)]
    model = ScriptedModel([reply()], context_tokens=2_000)
    use, *_ = ModelGenerator(model).write_claims("Et ensuite ?", PASSAGES, "fr", history=history)
    assert isinstance(use, ContextUse)
    said = [entry for entry in use.entries if entry.kind == "conversation"]
    kept = [entry.included for entry in said]
    assert len(said) == 6
    assert kept == sorted(kept)
    assert 0 < sum(kept) < 6
    list(ModelGenerator(model).write_claims("Et ensuite ?", PASSAGES, "fr", history=history))
    prompt = model.requests[-1].messages[-1].text
    assert "Question 5" in prompt
    assert "Question 0" not in prompt
    assert prompt.index("38 000") < prompt.index("Question 5") < prompt.index("Et ensuite ?")


def test_claims_come_one_by_one() -> None:
    text = reply(('Un "deux"', ["1.1"], []), ("é}]", ["1.1"], []))
    reader = ClaimReader()
    seen = [(at, claim["text"]) for at, letter in enumerate(text) for claim in reader.feed(letter)]
    assert [claim for _, claim in seen] == ['Un "deux"', "é}]"]
    assert seen[0][0] == text.index("},")
    assert reader.is_whole


def test_cancelling() -> None:
    cancel = Cancellation()
    events = ModelGenerator(ScriptedModel([reply()])).write_claims("Quoi ?", PASSAGES, "fr", (), cancel)
    next(events)
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
