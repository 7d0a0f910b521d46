"""What holds of the passages of any document, and what a reader needs beside them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.chunking import chunk
from copilot.chunking.splitting import split_long
from copilot.records import Block, BlockKind, PageSpan, ParsedDocument

WORDS = st.sampled_from(
    ["Le", "convoi", "part", "à", "06 h 30.", "42 000", "litres;", "Angers.", "—", "é\u0301", "x" * 40, "🚚", "Dépôt"]
)
LINES = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
KINDS = st.sampled_from(list(BlockKind))


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Blocks of every kind on one or several pages; a header opens a new table, a row goes on with the last one."""
    text = ""
    pages: list[PageSpan] = []
    blocks: list[Block] = []
    table = 0
    for number in range(1, draw(st.integers(1, 4)) + 1):
        page_start = len(text)
        for _ in range(draw(st.integers(0, 6))):
            kind, line = draw(KINDS), draw(LINES)
            start = len(text)
            text += line + "\n" * draw(st.integers(1, 2))
            table += kind is BlockKind.TABLE_HEADER
            in_table = kind in (BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW)
            blocks.append(
                Block(
                    kind,
                    start,
                    start + len(line),
                    number,
                    level=draw(st.integers(1, 4)) if kind is BlockKind.HEADING else 0,
                    table=table if in_table else None,
                    cells=f"A{len(blocks) + 1}:C{len(blocks) + 1}" if in_table else None,
                )
            )
        pages.append(PageSpan(number, page_start, len(text)))
    title = draw(st.sampled_from([None, "Titre", "Un titre " * 20]))
    return ParsedDocument(text, tuple(pages), tuple(blocks), "text/plain", title=title)


def count(text: str) -> int:
    return len(text.split())


@settings(deadline=None, max_examples=150, derandomize=True)
@given(documents(), st.integers(8, 60))
def test_what_holds_of_every_document(document: ParsedDocument, budget: int) -> None:
    chunks = chunk(document, count_tokens=count, max_tokens=budget)
    covered: set[int] = set()
    for made in chunks:
        assert made.text == document.text[made.start : made.end]
        assert made.text.strip()
        assert count(made.text) + count(made.context) <= budget
        assert 1 <= made.page_first <= made.page_last <= len(document.pages)
        first, last = document.pages[made.page_first - 1], document.pages[made.page_last - 1]
        assert first.start <= made.start < first.end
        assert last.start < made.end <= last.end
        covered.update(range(made.start, made.end))
    for block in document.blocks:
        missing = [i for i in range(block.start, block.end) if i not in covered and not document.text[i].isspace()]
        assert not missing
    assert [made.start for made in chunks] == sorted(made.start for made in chunks)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.text(alphabet="ab .!?\n\té🚚", max_size=400), st.integers(1, 12))
def test_split_spans_cover_and_fit(text: str, room: int) -> None:
    spans = list(split_long(text, 0, len(text), count, room))
    covered = {i for start, end in spans for i in range(start, end)}
    assert all(text[i].isspace() for i in range(len(text)) if i not in covered)
    assert all(count(text[start:end]) <= room for start, end in spans)
    assert all(start < end for start, end in spans)


def test_letters_without_any_space_are_cut_too() -> None:
    text = "x" * 1000
    spans = list(split_long(text, 0, 1000, len, 64))
    assert "".join(text[start:end] for start, end in spans) == text
    assert max(end - start for start, end in spans) <= 64


# --- structure --------------------------------------------------------------------------------------------------------


def build(*parts: tuple[BlockKind, str, int], title: str | None = None) -> ParsedDocument:
    """A document of one page; the number is a heading's level or a row's table."""
    text = ""
    blocks = []
    for row, (kind, line, number) in enumerate(parts, start=1):
        heading = kind is BlockKind.HEADING
        in_table = kind in (BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW)
        blocks.append(
            Block(
                kind,
                len(text),
                len(text) + len(line),
                1,
                level=number if heading else 0,
                table=number if in_table else None,
                cells=f"A{row}:B{row}" if in_table else None,
            )
        )
        text += line + "\n"
    return ParsedDocument(text, (PageSpan(1, 0, len(text)),), tuple(blocks), "text/plain", title=title)


H, P, TH, TR = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW


def test_headings_lead_to_a_passage() -> None:
    document = build(
        (H, "Soutien", 1), (P, "un " * 10, 0), (H, "Carburants", 2), (P, "deux " * 10, 0), (H, "Santé", 1),
        (P, "trois " * 10, 0),
        title="Plan",
    )  # fmt: skip
    made = chunk(document, count_tokens=count, max_tokens=40)
    assert [c.context for c in made] == ["Plan", "Plan > Soutien", "Plan"]
    assert [c.text.split("\n")[0] for c in made] == ["Soutien", "Carburants", "Santé"]


def test_a_title_that_is_the_first_heading_is_said_once() -> None:
    document = build((H, "Plan", 1), (H, "Suite", 2), (P, "mot " * 60, 0), title="Plan")
    assert {c.context for c in chunk(document, count_tokens=count, max_tokens=32)} <= {"Plan", "Plan > Suite"}


def test_every_row_has_its_header() -> None:
    rows = [(TR, f"Cholet {n} | {n}", 1) for n in range(2, 30)]
    document = build((H, "Stocks", 1), (TH, "Dépôt | Litres", 1), *rows, (TR, "Angers | 3", 2))
    made = chunk(document, count_tokens=count, max_tokens=32)
    assert len(made) > 3
    assert "Dépôt | Litres" in made[0].text
    for later in made[1:-1]:
        assert later.context == "Stocks\nDépôt | Litres"
        assert later.kind is BlockKind.TABLE_ROW
        first, last = later.text.split("\n")[0], later.text.split("\n")[-1]
        # The heading stands in row 1 and the table's header in row 2.
        assert later.cells == f"A{int(first.split()[1]) + 1}:B{int(last.split()[1]) + 1}"
    assert made[-1].text == "Angers | 3"
    assert "Litres" not in made[-1].context


def test_prose_and_rows_do_not_share_a_passage() -> None:
    document = build((P, "Avant le tableau.", 0), (TH, "A | B", 1), (TR, "1 | 2", 1), (P, "Après le tableau.", 0))
    texts = [c.text for c in chunk(document, count_tokens=count, max_tokens=100)]
    assert texts == ["Avant le tableau.", "A | B\n1 | 2", "Après le tableau."]


def test_a_document_without_text_has_no_passage() -> None:
    assert chunk(build(), count_tokens=count, max_tokens=32) == []
