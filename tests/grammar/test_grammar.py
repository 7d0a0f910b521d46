"""What we build is what llama.cpp takes; what would hurt it never reaches it."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.grammar import (
    GrammarError,
    alternatives,
    grammar,
    json_array,
    json_string,
    json_text,
    literal,
    matches,
    parse_grammar,
    sequence,
)

GOOD = [
    'root ::= "a"',
    'root ::= "a" | b\nb ::= [a-z]{1,3} c?\nc ::= "x"*',
    'root ::= ("a" |\n "b") # comment\n',
    'root ::= [^"\\\\\\x00-\\x1F]+ | .',
    "root ::= list\nlist ::= item list?\nitem ::= [0-9]",
    'root ::= "é\\u00e9\\U0001F600" | ""',
]
BAD = {
    "": "root",
    "a ::= b": "root",
    "root ::= b": "not defined",
    'root ::= "a': "expected",
    "root ::= [": "expected",
    "root ::= []": "empty class",
    "root ::= [z-a]": "backwards",
    'root ::= ("a"': r"expected \)",
    'root := "a"': "::=",
    'root ::= "a" )': "end of the line",
    'root ::= root "a"': "left-recursive",
    'root ::= a "x"\na ::= b?\nb ::= root': "left-recursive",
    'root ::= a\na ::= "x"? root': "left-recursive",
    'root ::= ("a"?)*': "may be empty",
    'root ::= ("a"?){40}': "may be empty",
    'a ::= "x"?\nroot ::= a{2,3} "y"': "may be empty",
    'root ::= ""{3}': "nothing to repeat",
    'root ::= "a" # comment\r"b"': "expected a name",
    'root ::= "a"{5000}': "cannot repeat",
    'root ::= "a"{3,2}': "cannot repeat",
    'root ::= "\\d"': "no such escape",
    'root ::= "\\x4"': "without its digits",
    'root ::= "a"\nroot ::= "b"': "defined twice",
    "root ::= " + "(" * 100 + '"a"' + ")" * 100: "too deeply",
    'root ::= (("a"{2000}){2000}){2000}': "repeats",
    'root ::= "[" ("a"{0,400} ","){3,7}': "repeats",
    "root ::= " + " ".join(['"abcdefghij"'] * 7_000): "elements",
    'root ::= "\ud800"': "no",
}


@pytest.mark.parametrize("text", GOOD)
def test_good_grammars_are_read(text: str) -> None:
    assert "root" in parse_grammar(text).rules


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=range(len(BAD)))
def test_bad_grammars_are_ours_to_refuse(text: str, why: str) -> None:
    with pytest.raises(GrammarError, match=why):
        parse_grammar(text)


_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(text=_ANY, other=_ANY)
def test_a_literal_is_itself_and_nothing_else(text: str, other: str) -> None:
    rules = parse_grammar(grammar(literal(text)))
    assert matches(rules, text)
    assert matches(rules, other) == (other == text)


@given(texts=st.lists(_ANY, min_size=1, max_size=5))
def test_json_strings_of_any_kind(texts: list[str]) -> None:
    one_of = parse_grammar(grammar(alternatives([json_text(text) for text in texts])))
    assert all(matches(one_of, json.dumps(text, ensure_ascii=False)) for text in texts)
    listed = parse_grammar(grammar(json_array(json_string(40), 0, 5)))
    assert matches(listed, json.dumps(texts, ensure_ascii=False, separators=(",", ":")).replace("\x7f", "\\u007f"))


def test_numbers_of_items() -> None:
    for least, most in ((0, 0), (0, 1), (1, 1), (0, 3), (2, 3)):
        rules = parse_grammar(grammar(json_array("integer", least, most)))
        for count in range(5):
            assert matches(rules, json.dumps([7] * count, separators=(",", ":"))) == (least <= count <= most)


def test_only_what_is_used_is_sent() -> None:
    text = grammar(sequence(literal("n = "), "number"))
    assert text.count("::=") == 3
    rules = parse_grammar(text)
    assert [matches(rules, f"n = {n}") for n in ("0", "-12.5", "01", "1.", "")] == [True, True, False, False, False]


def _built() -> st.SearchStrategy[str]:
    leaf = st.one_of(_ANY.map(literal), _ANY.map(json_text), st.sampled_from(["number", "integer", "boolean", "date"]))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: sequence(*parts)),
            st.lists(inner, min_size=1, max_size=3).map(alternatives),
            inner.map(lambda part: json_array(part, 0, 3)),
        ),
        max_leaves=8,
    )


@given(root=_built())
@settings(max_examples=60, deadline=None)
def test_whatever_is_built_is_read(root: str) -> None:
    assert parse_grammar(grammar(root)).reachable() >= {"root"}


def test_llama_cpp_takes_what_we_take(spm_model: str) -> None:
    """Each in a fresh process would take minutes: all in one, which ends at the first that llama.cpp cannot bear."""
    built = [grammar(root) for root in _examples()]
    texts = [*GOOD, *built, *_damaged([*GOOD, *built[:20]], 600)]
    code = (
        "import json,sys,llama_cpp as l\n"
        "p = l.llama_model_default_params(); p.vocab_only = True\n"
        "v = l.llama_model_get_vocab(l.llama_model_load_from_file(sys.argv[1].encode(), p))\n"
        "print(json.dumps([bool(l.llama_sampler_init_grammar(v, t.encode(), b'root')) for t in json.load(sys.stdin)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, spm_model], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    taken = json.loads(done.stdout.splitlines()[-1])
    assert [text for text, good in zip(texts, taken, strict=True) if not good] == []


_JUNK = [*"[](){}|*+?.\\ \n:=#-^,09axé\t\r<>!\"'", "::=", "{0,}", "{3}", "\\x41", "root", "\nnew ::= ", "[^", "\\]"]


def _damaged(texts: list[str], count: int) -> list[str]:
    """Return texts with a few letters lost or put in that are grammars to us still."""
    dice = random.Random(1)
    found: list[str] = []
    while len(found) < count:
        text = dice.choice(texts)
        for _ in range(dice.randint(1, 3)):
            at = dice.randint(0, len(text))
            text = text[:at] + dice.choice(_JUNK) * dice.randint(0, 1) + text[at + dice.randint(0, 2) :]
        try:
            parse_grammar(text)
        except GrammarError:
            continue
        found.append(text)
    return found


def _examples() -> list[str]:
    sample: list[str] = []

    @given(root=_built())
    @settings(max_examples=80, deadline=None, database=None, derandomize=True)
    def collect(root: str) -> None:
        sample.append(root)

    collect()
    return sample
