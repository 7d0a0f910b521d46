"""Quotes, table headers, tool results and badges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from copilot.i18n import t
from copilot.records import Claim, DraftClaim, Passage, Status, ToolResult, ToolRun, Value
from copilot.verification import overall_status, verify
from copilot.verification.quotes import locate

MakePassage = Callable[..., Passage]


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("le pont", "Ici, le pont est fermé.", "le pont"),
        ("« l'eau » est là", "On dit : “l’eau” est là.", "l’eau” est là"),
        ("42 000 L de gazole", "Il y a 42\u202f000\u00a0L de\n  gazole.", "42\u202f000\u00a0L de\n  gazole"),
        ("officier - bureau", "L’oﬃcier – bureau 3", "oﬃcier – bureau"),
        ("stock de 42", "Le stock de 42 000 L", "stock de 42 000"),
        ("000 L", "Le stock de 42 000 L", "42 000 L"),
        ("détien", "Il détient tout", "détient"),
        ("infor\u00admation", "une information", "information"),
        ("Le Pont", "Ici, le pont est fermé.", None),
        ("le  pont fermé", "Ici, le pont est fermé.", None),
        ("…", "Ici, le pont est fermé.", None),
    ],
)
def test_a_quote_is_found_as_the_document_has_it(quote: str, text: str, expected: str | None) -> None:
    span = locate(quote, text)
    assert (span and text[span[0] : span[1]]) == expected


def test_citations_are_absolute_numbered_in_order_and_not_repeated(make_passage: MakePassage) -> None:
    passages = [make_passage("Le gué est ouvert. Le pont est fermé."), make_passage("Rien à dire.", number=2)]
    drafts = [
        DraftClaim("Rien à dire [2].", ((2, "Rien à dire."),)),
        DraftClaim("Le pont est fermé [1, 2].", ((1, "Le pont est fermé."), (2, "Rien à dire."))),
    ]
    verified = verify(drafts, passages, language="fr")
    assert [claim.citations for claim in verified.claims] == [(1,), (2, 1)]
    assert verified.claims[1].text == "Le pont est fermé."
    second = verified.citations[1]
    assert (second.number, second.start, second.end, second.quote) == (2, 1019, 1037, "Le pont est fermé.")


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ("Valbrune : 42 000 L.", Status.SUPPORTED),
        ("Valbrune : 42 m³.", Status.SUPPORTED),
        ("Valbrune : 3 h.", Status.SUPPORTED),
        ("Valbrune : 3 L.", Status.PARTIAL),
        ("Valbrune : 42 000 kg.", Status.PARTIAL),
        ("Valbrune : 38 500 L.", Status.UNSUPPORTED),
    ],
)
def test_a_table_column_gives_its_unit(claim: str, status: Status, make_passage: MakePassage) -> None:
    passage = make_passage(
        "Corbigny | 38 500 | 2\nValbrune | 42 000 | 3", context="Stocks\nDépôt | Quantité (L) | Durée (h)"
    )
    assert (
        verify([DraftClaim(claim, ((1, "Valbrune | 42 000 | 3"),))], [passage], language="fr").claims[0].status
        is status
    )


def test_a_figure_may_stand_in_a_tool_result(make_passage: MakePassage) -> None:
    passage = make_passage("Le stock de Valbrune est de 42 000 L.")
    quotes = ((1, "Le stock de Valbrune est de 42 000 L."),)
    text = "Le stock de Valbrune dure 11,05 jours."
    result = ToolResult(values=(Value("days", 11.0526, "day", "Durée en jours"),))
    run = ToolRun(1, "supply.days_of_supply", "Jours de stock", (), result, "", 0.1)
    uncited = verify([DraftClaim(text, quotes)], [passage], language="fr", runs=[run]).claims[0]
    assert uncited.status is not Status.SUPPORTED
    cited = verify([DraftClaim(text, quotes, tools=(1,))], [passage], language="fr", runs=[run]).claims[0]
    assert (cited.status, cited.tools) == (Status.SUPPORTED, (1,))
    missing = verify([DraftClaim(text, quotes, tools=(2,))], [passage], language="fr", runs=[run]).claims[0]
    assert missing.status is not Status.SUPPORTED


@pytest.mark.parametrize(
    ("quotes", "status", "key"),
    [
        ((), Status.UNSUPPORTED, "no_quote"),
        (((7, "Le pont est fermé."),), Status.UNSUPPORTED, "no_such_source"),
        (((1, "Le pont est ouvert."),), Status.UNSUPPORTED, "quote_not_found"),
        (((1, "Le pont est fermé."), (1, "Le gué est ouvert.")), Status.PARTIAL, "quote_not_found"),
    ],
)
def test_quotes_that_fail(
    quotes: tuple[tuple[int, str], ...], status: Status, key: str, make_passage: MakePassage
) -> None:
    verified = verify([DraftClaim("Le pont est fermé.", quotes)], [make_passage("Le pont est fermé.")], language="fr")
    (claim,) = verified.claims
    assert claim.status is status
    values: dict[str, Any] = {"number": 7, "quote": quotes[-1][1] if quotes else "", "title": "Note"}
    assert claim.reasons == (t(f"verification.{key}", lang=None, **values),)


def test_a_denial_left_out_is_caught_but_not_that_of_another_clause(make_passage: MakePassage) -> None:
    quote = "Le pont n’est pas praticable ; le gué de Larmagne est ouvert."
    passage = make_passage(quote)
    statuses = [
        verify([DraftClaim(text, ((1, quote),))], [passage], language="fr").claims[0].status
        for text in ("Le pont est praticable.", "Le pont n'est pas praticable.", "Le gué de Larmagne est ouvert.")
    ]
    assert statuses == [Status.PARTIAL, Status.SUPPORTED, Status.SUPPORTED]


def test_a_claim_about_something_else_is_unsupported(make_passage: MakePassage) -> None:
    draft = DraftClaim("Les équipages seront relevés par la brigade voisine.", ((1, "Le pont est fermé."),))
    assert verify([draft], [make_passage("Le pont est fermé.")], language="fr").claims[0].status is Status.UNSUPPORTED


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), Status.REFUSED),
        ((Status.SUPPORTED, Status.SUPPORTED), Status.SUPPORTED),
        ((Status.SUPPORTED, Status.UNSUPPORTED), Status.PARTIAL),
        ((Status.PARTIAL,), Status.PARTIAL),
        ((Status.UNSUPPORTED,), Status.UNSUPPORTED),
    ],
)
def test_the_badge_of_the_whole(statuses: tuple[Status, ...], expected: Status) -> None:
    assert overall_status([Claim("", status, ()) for status in statuses]) is expected


def test_an_answer_to_half_a_question_is_partial_at_best() -> None:
    for status, expected in ((Status.SUPPORTED, Status.PARTIAL), (Status.UNSUPPORTED, Status.UNSUPPORTED)):
        assert overall_status([Claim("", status, ())], whole=False) is expected


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", ["ne ", "n'A", "A", "1 ", "« ", "(L", " | "])
def test_long_odd_claims_finish(piece: str, make_passage: MakePassage) -> None:
    text = piece * (20_000 // len(piece))
    verified = verify([DraftClaim(f"x {text}", ((1, text),))], [make_passage(text)], language="fr")
    assert len(verified.claims) == 1
