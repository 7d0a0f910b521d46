"""The sanitiser: nothing that acts or hides comes through, and what people write does."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.sanitise import json_safe, one_line, rich_text, visible
from tests.raw_bytes import is_forbidden

ANY_TEXT = st.text(st.characters(exclude_categories=()))
HOSTILE = st.text(
    st.sampled_from(
        "\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u00ad\u200b\u200d\u202e\u2028\u2066\ufe00\ufe0e\ufe0f\ufeff\ud800\udfff\ufdd0"
        "\ue000\uf8ff\U000f0000\uffff\U000e0041\U000e0100\U0010ffff\u3164a0#é⚠👍\u20e3<>U+ "
    )
)


@given(ANY_TEXT | HOSTILE)
def test_nothing_forbidden_is_left_and_twice_is_once(text: str) -> None:
    line = visible(text)
    assert not [character for character in line if is_forbidden(character)]
    assert visible(line) == line
    block = visible(text, multiline=True)
    assert not [character for character in block if is_forbidden(character) and character != "\n"]
    assert visible(block, multiline=True) == block
    assert not [character for character in one_line(text) if is_forbidden(character)]


def test_every_code_point_by_itself() -> None:
    for code in range(0x110000):
        shown = visible(chr(code))
        if is_forbidden(chr(code)):
            assert shown == f"<U+{code:04X}>"


@pytest.mark.parametrize(
    "text",
    [
        "« Où est l’œuvre ? » — 38\u202f000 litres à 9 h 30 ; coût : 12,50 €, naïve Zoë",
        "e\u0301te\u0301",
        "Accents grecs : άλφα ; cyrillique : Київ ; العربية ; 日本語",
        "⚠\ufe0f ✔\ufe0e 👍🏽 1\ufe0f\u20e3",
        "[bold]not markup[/] [@click=app.quit]x",
    ],
)
def test_what_people_write_is_unchanged(text: str) -> None:
    assert visible(text) == text
    assert rich_text(text).plain == text
    assert rich_text(text).spans == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]52;c;ZXZpbA==\x07", "a<U+001B>]52;c;ZXZpbA==<U+0007>"),
        ("report\u202efdp.exe", "report<U+202E>fdp.exe"),
        ("a\ufe0fb", "a<U+FE0F>b"),
        ("⚠\ufe0f\ufe0f", "⚠\ufe0f<U+FE0F>"),
        ("1\ufe0f2", "1<U+FE0F>2"),
        ("\uf0b7 a\U00100000", "<U+F0B7> a<U+100000>"),
        ("\U000e0068\U000e0069", "<U+E0068><U+E0069>"),
        ("a\tb\nc", "a<U+0009>b<U+000A>c"),
    ],
)
def test_what_acts_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_multiline_keeps_line_feeds_and_spreads_tabs() -> None:
    assert visible("a\tb\nc\rd", multiline=True) == "a    b\nc<U+000D>d"
    assert one_line(" a\t\r\n b\x0bc ") == "a b<U+000B>c"


@given(ANY_TEXT | HOSTILE)
def test_json_keeps_the_exact_text_without_a_raw_control(text: str) -> None:
    document = json_safe(json.dumps({"text": text}, ensure_ascii=False, indent=1))
    assert not [character for character in document if is_forbidden(character) and character != "\n"]
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(document) == {"text": paired}


def test_json_leaves_french_readable() -> None:
    assert json_safe('"été, œuvre, 12 €"') == '"été, œuvre, 12 €"'


def test_clean_text_is_quick() -> None:
    text = "Le dépôt de Cholet détient 38 000 litres de gazole. " * 20_000
    started = time.perf_counter()
    assert visible(text) == text
    assert time.perf_counter() - started < 1
