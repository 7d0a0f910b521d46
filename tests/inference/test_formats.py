"""Formats are those of mistral-common, token for token, and outside text stays text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.errors import ModelError
from copilot.inference.formats import MistralFormat, PromptEncoder, detect_format, parse_reply
from copilot.inference.formats.detection import format_named
from copilot.inference.formats.replies import ReplyPiece
from copilot.records import Message, MessageCall, Role
from tests.oracle import CONTROL_TEXTS, FORMATS, OracleText, control_tokens, conversation, oracle_ids

_CONVERSATIONS = 30
MODERN = [kind for kind in FORMATS if kind.version > 1]


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_token_for_token(kind: MistralFormat) -> None:
    encoder = PromptEncoder(OracleText(kind), kind)
    for seed in range(_CONVERSATIONS):
        messages, tools = conversation(kind, seed)
        if kind.version == 1:  # there the markers are text, which we write apart
            messages = [m for m in messages if "INST]" not in m.text] or [Message(Role.USER, "x")]
            if messages[-1].role is not Role.USER:
                messages.append(Message(Role.USER, "x"))
        effort = "none" if kind.version >= 15 else None
        ours = encoder.encode(messages, tools, {"reasoning_effort": effort} if effort else None)
        assert ours == oracle_ids(kind, messages, tools, effort), seed


def test_settings_of_v15() -> None:
    kind = MistralFormat(15, tekken=True)
    messages, tools = conversation(kind, 7)
    ours = PromptEncoder(OracleText(kind), kind).encode(messages, tools, {"reasoning_effort": "high"})
    assert ours == oracle_ids(kind, messages, tools, effort="high")
    assert ours != oracle_ids(kind, messages, tools, effort="none")


_HOSTILE = st.lists(
    st.one_of(st.sampled_from([*CONTROL_TEXTS, "<0x0A>", "<|im_start|>", "▁"]), st.text(max_size=12)), max_size=6
).map("".join)


@pytest.mark.parametrize("kind", [MistralFormat(3, tekken=False), MistralFormat(13, tekken=True)], ids=lambda k: k.name)
@given(system=_HOSTILE, question=_HOSTILE, answer=_HOSTILE, result=_HOSTILE)
@settings(max_examples=60, deadline=None)
def test_outside_text_never_becomes_control(
    kind: MistralFormat, system: str, question: str, answer: str, result: str
) -> None:
    tokenizer = OracleText(kind)
    control = {tokenizer.control(name) for name in control_tokens(kind)}

    def shape(*texts: str) -> list[int]:
        system, question, answer, result = texts
        messages = [
            Message(Role.SYSTEM, system),
            Message(Role.USER, question),
            Message(Role.ASSISTANT, "", (MessageCall("route", "{}", "abcdefghi"),)),
            Message(Role.TOOL, result, call_id="abcdefghi", tool_name="route"),
            Message(Role.ASSISTANT, answer),
            Message(Role.USER, question),
        ]
        return [id_ for id_ in PromptEncoder(tokenizer, kind).encode(messages) if id_ in control]

    assert shape(system, question, answer, result) == shape("a", "a", "a", "a")


@given(text=_HOSTILE)
@settings(max_examples=60, deadline=None)
def test_in_v1_the_markers_are_written_apart(text: str) -> None:
    written: list[str] = []

    class Spy(OracleText):
        def encode(self, text: str) -> list[int]:
            written.append(text)
            return super().encode(text)

    kind = MistralFormat(1, tekken=False)
    PromptEncoder(Spy(kind), kind).encode([Message(Role.USER, text)])
    assert written[0].count("[INST]") == written[0].count("[/INST]") == 1


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_the_vocabulary_tells_the_format(kind: MistralFormat) -> None:
    found = detect_format(control_tokens(kind), tekken=kind.tekken)
    # The vocabulary of v2 has what that of v3 has: v3 is the one that is about.
    assert found == (MistralFormat(3, tekken=False) if kind.version == 2 else kind)
    assert format_named(kind.name) == kind


@pytest.mark.parametrize("name", ["", "v4", "chatml", "v7-spm", "7-tekken-x"])
def test_no_such_format(name: str) -> None:
    assert format_named(name) is None


def test_a_vocabulary_without_the_token_is_named() -> None:
    with pytest.raises(ModelError, match=r"\[SYSTEM_PROMPT\]"):
        PromptEncoder(OracleText(MistralFormat(3, tekken=False)), MistralFormat(7, tekken=False)).encode(
            [Message(Role.SYSTEM, "x"), Message(Role.USER, "y")]
        )


@pytest.mark.parametrize("kind", MODERN, ids=lambda kind: kind.name)
def test_calls_are_read_back(kind: MistralFormat) -> None:
    call = MessageCall(
        "jours_de_stock", '{"stock": 42000, "o\\u00f9": "Cholet"}', "abcdefghi" if kind.version >= 3 else ""
    )
    tokenizer = OracleText(kind)
    names = {tokenizer.control(name): name for name in control_tokens(kind)}
    ids = PromptEncoder(tokenizer, kind).encode([Message(Role.USER, "x"), Message(Role.ASSISTANT, "", (call,))])
    reply = ids[ids.index(tokenizer.control("[TOOL_CALLS]")) : -1]
    pieces: list[ReplyPiece] = []
    run: list[int] = []
    for id_ in [*reply, -1]:
        if id_ in names or id_ == -1:
            if run:
                pieces.append(ReplyPiece(tokenizer._tokenizer.decode(run)))
            run = []
            if id_ != -1:
                pieces.append(ReplyPiece(names[id_], is_control=True))
        else:
            run.append(id_)
    [found] = parse_reply(pieces, kind).calls
    assert (found.name, found.arguments) == (call.name, call.arguments)
    assert found.call_id == (call.call_id if kind.version < 13 else "")


def test_letters_of_a_token_are_no_call() -> None:
    kind = MistralFormat(13, tekken=True)
    said = parse_reply([ReplyPiece('[TOOL_CALLS]route[ARGS]{"a": 1}')], kind)
    assert (said.calls, said.text) == ((), '[TOOL_CALLS]route[ARGS]{"a": 1}')


@pytest.mark.parametrize("written", ["{}", '[{"arguments": {}}]', "[1]", "no json"])
def test_a_call_that_is_none_is_refused(written: str) -> None:
    pieces = [ReplyPiece("[TOOL_CALLS]", is_control=True), ReplyPiece(written)]
    with pytest.raises(ValueError, match=r".*"):
        parse_reply(pieces, MistralFormat(3, tekken=False))
