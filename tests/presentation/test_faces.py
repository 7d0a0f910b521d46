"""What the faces print, and that no outside text acts in any of them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len
from rich.console import Console

from copilot.i18n import set_language
from copilot.presentation import markdown, plain, terminal
from copilot.presentation.as_json import answer_to_json, dumps, passages_to_json
from copilot.presentation.excerpt import excerpt
from copilot.records import Answer, Status, Warning_
from copilot.resources import answer_schema_file
from copilot.sanitise import visible
from tests.presentation.samples import ANSWER, COVERAGE, PASSAGE, REFUSAL

HOSTILE = (
    "x\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://x.y\x1b\\y\x1b]8;;\x1b\\\x9b31m\u202e\u2066\u200b\U000e0041\ue000\ufe01\ufeff\u2028"
    "\x85\x7f\x00[@click=app.quit]x[/][bold]<img src=x>[/"
)
ESCAPE_SEQUENCE_OF_RICH = re.compile(r"\x1b\[[\d;]*m")


def hostile(value: Any) -> Any:
    """Return a record with every text in it replaced, but for what our own code chooses (statuses, modes, kinds)."""
    if isinstance(value, Status) or value is None:
        return value
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, tuple):
        return tuple(hostile(part) for part in value)
    if isinstance(value, dict):
        return {f"{HOSTILE}{key}": hostile(part) for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: hostile(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    return value


def unwrapped(shown: str) -> str:
    """Return what a face shows without line ends, indents and Markdown's escapes, which may fall within a word."""
    return re.sub(r"\\|\s", "", shown)


def on_terminal(answer: Answer, width: int = 80, theme: str = "standard", *, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None)
    terminal.render_answer(answer, console, theme)
    return stream.getvalue()


def passages_on_terminal(answer: Answer) -> str:
    stream = io.StringIO()
    terminal.render_passages(answer.nearest, answer.coverage, Console(file=stream, width=80))
    return stream.getvalue()


FACES: dict[str, Callable[[Answer], str]] = {
    "terminal": on_terminal,
    "colour": lambda answer: ESCAPE_SEQUENCE_OF_RICH.sub("", on_terminal(answer, colour=True)),
    "plain": plain.render_answer,
    "markdown": markdown.answer_to_markdown,
    "json": lambda answer: dumps(answer_to_json(answer)),
    "passages on terminal": passages_on_terminal,
    "passages plain": lambda answer: plain.render_passages(answer.nearest, answer.coverage),
    "passages json": lambda answer: dumps(passages_to_json(answer.question, answer.nearest, answer.coverage)),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_text_in_every_field_never_acts(face: str, language: str) -> None:
    set_language(language)
    everything = hostile(replace(ANSWER, nearest=(PASSAGE,), refusal="said"))
    shown = FACES[face](everything)
    assert shown == visible(shown, multiline=True)
    assert "[@click=app.quit]x[/][bold]" in unwrapped(shown)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("suffix", [".pdf", ".xlsx", ".pptx"])
def test_hostile_details_of_known_warnings_and_places_never_act(face: str, suffix: str) -> None:
    """Kinds and file suffixes choose which phrase is filled in, so here they are kept while the rest is hostile."""
    kinds = ("disagreement", "superseded", "instruction_like")
    citations = tuple(replace(hostile(one), path=HOSTILE + suffix) for one in ANSWER.citations)
    nearest = (replace(hostile(PASSAGE), path=HOSTILE + suffix, page_label=HOSTILE, cells=None),)
    answer = replace(
        hostile(ANSWER),
        citations=citations,
        nearest=nearest,
        warnings=tuple(Warning_(kind, (1,), HOSTILE) for kind in kinds),
    )
    shown = FACES[face](answer)
    assert shown == visible(shown, multiline=True)
    assert "[@click=app.quit]x[/][bold]" in unwrapped(shown)


@pytest.mark.parametrize("answer", [ANSWER, REFUSAL])
def test_no_outside_text_becomes_a_link_or_an_action(answer: Answer) -> None:
    view = terminal.answer_view(hostile(answer))
    found = terminal.passages_view(hostile(REFUSAL.nearest), COVERAGE)
    segments = [segment for shown in (view, found) for segment in Console(width=80).render(shown)]
    assert len(segments) > 10
    assert not [segment for segment in segments if segment.style and (segment.style.link or segment.style.meta)]


def test_a_model_name_is_outside_text_too() -> None:
    assert "\x1b" not in plain.render_answer(replace(ANSWER, generator=HOSTILE))


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("answer", [ANSWER, REFUSAL, hostile(ANSWER)])
def test_the_terminal_is_never_overrun(answer: Answer, width: int) -> None:
    long = replace(answer, citations=tuple(replace(one, path="très/" * 60 + "long.pdf") for one in answer.citations))
    assert max(cell_len(line) for line in on_terminal(long, width).splitlines()) <= width


def test_the_terminal_says_everything() -> None:
    set_language("fr")
    shown = on_terminal(ANSWER, 120)
    for part in (
        "✔ ÉTAYÉE",
        "~ PARTIELLE",
        "Le dépôt de Cholet détient 38 000 litres de gazole. [1]",
        "Motif : « litres » ne figure pas dans la citation.",
        "[1] Plan de soutien",
        "soutien/plan_soutien.pdf, p. 3, 2026-03-01, DIFFUSION RESTREINTE",
        "« Le dépôt de Cholet détient 38 000 litres de gazole. »",
        "stocks/etat.xlsx, feuille Stocks, A4:F4",
        "Contexte : Dépôt | Produit | Quantité (L)",
        "Aussi dans : archive/etat.xlsx, envoi.zip!etat.xlsx",
        "Remplacé par : soutien/plan_soutien_v2.pdf",
        "Les sources [1] et [2] se contredisent : 38 000 / 42 000.",
        "Réponse extractive : sans modèle, phrases citées telles quelles",
        "Lecture : 12 passages lus dans 5 documents sur 340 ; 3 fichiers non lus ; 2 pages numérisées non lues",
    ):
        assert part in shown
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    assert (lines[0], lines[-1]) == ("DIFFUSION RESTREINTE", "DIFFUSION RESTREINTE")


def test_a_refusal_offers_the_nearest_passages_under_their_marking() -> None:
    set_language("fr")
    shown = on_terminal(REFUSAL)
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    assert (lines[0], lines[-1]) == ("SECRET", "SECRET")
    assert "– SANS RÉPONSE" in shown
    assert "Les documents ne le disent pas." in lines
    assert lines.index("Passages les plus proches") < lines.index("[1] Plan de soutien")


def test_words_stay_when_colours_go() -> None:
    plain_look = ESCAPE_SEQUENCE_OF_RICH.sub("", on_terminal(ANSWER, colour=True))
    assert plain_look == on_terminal(ANSWER)
    assert "\x1b[2m" in on_terminal(ANSWER, colour=True)
    assert "\x1b[2m" not in on_terminal(ANSWER, theme="contrast", colour=True)
    assert "\x1b" not in on_terminal(ANSWER, theme="plain", colour=True)


def test_no_color_leaves_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[(\d+;)?3\dm", on_terminal(ANSWER, colour=True))


def test_plain_is_one_datum_a_line() -> None:
    lines = plain.render_answer(ANSWER).splitlines()
    assert lines[0] == lines[-1] == "DIFFUSION RESTREINTE"
    assert lines[1] == "Question: Combien de gazole y a-t-il à Cholet ?"
    assert lines[2] == "Answer: PARTIAL"
    assert "SUPPORTED  Le dépôt de Cholet détient 38 000 litres de gazole. [1]" in lines
    assert "[2] État des stocks, stocks/etat.xlsx, sheet Stocks, A4:F4" in lines
    assert "  Quote: “Cholet | gazole | 42 000”" in lines


def test_plain_search_without_a_hit_says_so() -> None:
    assert plain.render_passages([], COVERAGE).splitlines()[0] == "No passage found."


@pytest.mark.parametrize("answer", [ANSWER, REFUSAL, hostile(ANSWER)])
def test_json_validates_and_is_exact(answer: Answer) -> None:
    schema = json.loads(answer_schema_file().read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    document = answer_to_json(replace(answer, coverage=COVERAGE))
    Draft202012Validator(schema).validate(document)
    assert json.loads(dumps(document)) == document
    Draft202012Validator(schema).validate(passages_to_json("q", answer.nearest, COVERAGE, {"total": 1.5}))
    Draft202012Validator(schema).validate(passages_to_json("q", answer.nearest))


def test_the_schema_refuses_what_is_not_promised() -> None:
    validator = Draft202012Validator(json.loads(answer_schema_file().read_text(encoding="utf-8")))
    document = answer_to_json(ANSWER)
    assert not validator.is_valid({**document, "status": "certain"})
    assert not validator.is_valid({key: value for key, value in document.items() if key != "coverage"})
    assert not validator.is_valid({**document, "novel": 1})


def test_json_reads_well_in_french() -> None:
    assert '"title": "État des stocks"' in dumps(answer_to_json(ANSWER))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("![x](http://a.b/c.png)", "\\!\\[x\\]\\(http\\://a.b/c.png\\)"),
        ("<script>", "\\<script\\>"),
        ("1. item", "1\\. item"),
        ("- item", "\\- item"),
        ("www.a.b", "www\\.a.b"),
        ("12.5 km, 9 h 30 : oui", "12.5 km, 9 h 30 : oui"),
    ],
)
def test_markdown_escapes(text: str, escaped: str) -> None:
    assert markdown.escape(text) == escaped


def test_markdown_brings_in_no_link_image_or_html() -> None:
    from markdown_it import MarkdownIt

    attack = "[a](http://x.y) ![b](http://x.y/p.png) <http://x.y> <b>c</b> `d` # e www.x.y http://x.y\n\n# f\n[1]: http://x.y"
    evil = replace(
        ANSWER,
        question=attack,
        claims=tuple(replace(claim, text=attack, reasons=(attack,)) for claim in ANSWER.claims),
        citations=tuple(
            replace(one, title=attack, quote=attack, context=attack, path=attack) for one in ANSWER.citations
        ),
    )
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown.answer_to_markdown(evil))
    inline = [child.type for token in tokens for child in token.children or []]
    assert not {"link_open", "image", "html_inline", "code_inline"} & set(inline)
    assert not [token for token in tokens if token.type in ("html_block", "fence", "code_block")]
    assert sum(token.type == "heading_open" and token.tag == "h1" for token in tokens) == 1


def test_excerpt_cuts_after_a_word() -> None:
    assert excerpt("court") == "court"
    cut = excerpt("mot " * 200, 30)
    assert cut == "mot mot mot mot mot mot mot …"
    assert excerpt("x" * 100, 10) == "xxxxxxxxxx …"
