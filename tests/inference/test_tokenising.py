"""Prompts through llama.cpp's own tokenizer: what mistral-common writes, and text that stays text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.errors import ModelError
from copilot.inference.formats import MistralFormat, PromptEncoder, detect_format
from copilot.inference.formats.detection import MARKS
from copilot.records import Message, Role
from tests.models import SPM, TEKKEN, TEKKEN_RANKS, LlamaText, vocabulary_of, write_vocabulary
from tests.oracle import FORMATS, OracleText, control_tokens, conversation, odd_texts, oracle_ids

WORD_TYPES = {"normal": 1, "user-defined": 4}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("vocabularies")
    _of_llama.cache_clear()


@cache
def _of_llama(kind: MistralFormat, place: Path, word_type: int | None = None) -> LlamaText:
    vocabulary = vocabulary_of(kind)
    if word_type is not None:
        types = zip(vocabulary.tokens, vocabulary.types, strict=True)
        vocabulary = replace(vocabulary, types=tuple(word_type if name in MARKS else told for name, told in types))
    return LlamaText(write_vocabulary(place / f"{kind.name}-{word_type}.gguf", vocabulary))


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_prompts_of_llama_cpp_are_those_of_mistral(kind: MistralFormat, place: Path) -> None:
    tokenizer = _of_llama(kind, place)
    found = detect_format(tokenizer.control_tokens, tekken=kind.tekken)
    assert found.version == (3 if kind.version == 2 else kind.version)
    oracle = OracleText(kind, TEKKEN_RANKS if kind.tekken else None)
    for seed in range(12):
        messages, tools = conversation(kind, seed)
        assert PromptEncoder(tokenizer, kind).encode(messages, tools) == PromptEncoder(oracle, kind).encode(
            messages, tools
        ), seed
        if not kind.tekken and kind.version > 1:
            assert PromptEncoder(tokenizer, kind).encode(messages, tools) == oracle_ids(kind, messages, tools), seed


@pytest.mark.parametrize("kind", [SPM, TEKKEN], ids=lambda kind: kind.name)
def test_odd_texts_are_cut_into_the_same_tokens(kind: MistralFormat, place: Path) -> None:
    tokenizer, oracle = _of_llama(kind, place), OracleText(kind, TEKKEN_RANKS if kind.tekken else None)
    for text in odd_texts(random.Random(3), 400):
        assert tokenizer.encode(text) == oracle.encode(text), text


_MARKED = st.lists(st.one_of(st.sampled_from(sorted(MARKS)), st.text(max_size=8)), max_size=6).map("".join)


@pytest.mark.parametrize("word_type", WORD_TYPES.values(), ids=WORD_TYPES)
@pytest.mark.parametrize("kind", [SPM, TEKKEN], ids=lambda kind: kind.name)
@given(text=_MARKED)
@settings(max_examples=80, deadline=None)
def test_control_tokens_that_a_file_calls_words_are_still_none_of_the_text(
    kind: MistralFormat, place: Path, word_type: int, text: str
) -> None:
    tokenizer = _of_llama(kind, place, word_type)
    assert detect_format(tokenizer.control_tokens, tekken=kind.tekken) == kind
    control = {tokenizer.control(name) for name in MARKS & set(control_tokens(kind))}
    ids = PromptEncoder(tokenizer, kind).encode([Message(Role.USER, text)])
    assert [id_ for id_ in ids if id_ in control] == [tokenizer.control(name) for name in ("<s>", "[INST]", "[/INST]")]


def test_the_test_above_can_fail(place: Path) -> None:
    tokenizer = _of_llama(SPM, place, WORD_TYPES["user-defined"])
    assert tokenizer.control("[TOOL_CALLS]") in tokenizer.encode("[TOOL_CALLS] [{}]")


def test_a_vocabulary_that_spells_words_with_control_tokens_is_refused() -> None:
    class Odd(OracleText):
        def encode(self, text: str) -> list[int]:
            return [*super().encode(text), self.control("[INST]")]

    with pytest.raises(ModelError, match=r"contr"):
        PromptEncoder(Odd(SPM), SPM).encode([Message(Role.USER, "x")])
