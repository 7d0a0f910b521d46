from __future__ import annotations

from copilot.records import DraftClaim, Passage
from copilot.verification import verify
from copilot.verification.places import cells_at, page_at

ROWS = "Article | Quantité\nGazole | 42 000\nEau | 1 500"


def passage(text: str, **changes: object) -> Passage:
    values: dict[str, object] = {
        "chunk_id": 1, "document_id": 1, "version_id": 1, "path": "a.xlsx", "sha256": "", "title": "", "date": None,
        "language": "fr", "marking": None, "collection": "", "page_first": 1, "page_last": 1, "page_label": None,
        "start": 100, "end": 100 + len(text), "text": text, "context": "",
    }  # fmt: skip
    return Passage(**{**values, **changes})  # type: ignore[arg-type]


def test_a_row_has_cells_of_its_own() -> None:
    workbook = passage(ROWS, cells="B3:C5")
    row = ROWS.index("Gazole")
    assert cells_at(workbook, row, row + len("Gazole | 42 000")) == "B4:C4"
    assert cells_at(workbook, 0, len(ROWS)) == "B3:C5"


def test_rows_that_do_not_match_lines_keep_the_whole_range() -> None:
    assert cells_at(passage(ROWS, cells="A1:B9"), 0, 5) == "A1:B9"
    assert cells_at(passage(ROWS), 0, 5) is None


def test_a_quote_is_cited_to_its_own_page() -> None:
    text = "Le pont est fermé. Le gué est ouvert. La piste est sèche."
    across = passage(text, page_first=4, page_last=6, page_breaks=(119, 138), page_label="Annexe")
    assert [page_at(across, 100 + text.index(word)) for word in ("Le pont", "Le gué", "La piste")] == [4, 5, 6]
    verified = verify([DraftClaim("Le gué est ouvert.", ((1, "Le gué est ouvert."),))], [across], language="fr")
    (citation,) = verified.citations
    assert (citation.page, citation.page_label, citation.quote) == (5, None, "Le gué est ouvert.")
