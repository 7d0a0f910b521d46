"""What must be read is in view at every size: the cited quote, the whole of every line of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.resources import demo_folder
from tests.tui.conftest import User, live, own_copy, synced_workspace

SIZES = [(80, 24), (109, 30), (200, 50)]
ORDER = "ordre_logistique_12_v2.pdf"
FILLER = [f"Le paragraphe {number} ne parle que d'intendance générale et de correspondance." for number in range(70)]
STOCK = "Le dépôt de Cholet détient 38 000 litres de gazole."
CELLS = [f"Abri {number};{number};toile" for number in range(120)]
# A question, the file that answers it, and what the quote holds.
ASKED = {
    "text": ("Combien de litres de gazole détient le dépôt de Cholet ?", "stocks.txt", "38 000 litres"),
    "pdf": ("Quand la tempête Ysolde est-elle attendue sur le littoral ?", ORDER, "Ysolde"),
    "table": ("Quelle quantité de moufles polaires ?", "inventaire.csv", "Moufles polaires"),
}


@pytest.fixture(scope="module")
def long_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose answers stand far down their pages, to be copied."""
    documents = {
        "stocks.txt": " ".join([*FILLER[:45], STOCK, *FILLER[45:]]).encode(),
        ORDER: (demo_folder() / "corpus" / "01_ordres" / ORDER).read_bytes(),
        "inventaire.csv": "\n".join(
            ["Article;Quantité;Matière", *CELLS[:90], "Moufles polaires;417;laine", *CELLS[90:]]
        ).encode(),
    }
    return synced_workspace(tmp_path_factory.mktemp("long"), documents)


def marked_on(user: User) -> str:
    """Return what stands in reverse on the screen."""
    segments = [segment for strip in user.strips() for segment in strip if segment.style and segment.style.reverse]
    return " ".join("".join(segment.text for segment in segments).split())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", list(ASKED))
def test_the_quote_is_in_view_when_the_source_is_opened(
    long_pages: Path, tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    question, name, quoted = ASKED[kind]

    async def journey(user: User) -> None:
        await user.ask(question)
        at = next(at for at, citation in enumerate(user.bench.cited) if citation.path.endswith(name))
        await user.until(lambda: user.bench.sources.is_showing)
        await user.press("f3")
        for _ in range(at):
            await user.press("n")
        await user.until(lambda: quoted in marked_on(user))
        # Still so after another width, and after looking elsewhere.
        await user.pilot.resize_terminal(80, 24)
        await user.until(lambda: quoted in marked_on(user))
        await user.press("home", "escape", "f3")
        await user.until(lambda: quoted in marked_on(user))

    live(own_copy(long_pages, tmp_path), journey, size=size)


def test_every_line_of_the_log_is_whole_at_every_width(root: Path) -> None:
    told = f"{'mot ' * 60}fin"

    async def journey(user: User) -> None:
        log = user.bench.log_view
        await user.press("f8")
        user.bench.keep(told)
        for width in (80, 200, 100, 80):
            await user.pilot.resize_terminal(width, 24)
            await user.until(lambda: log.size.width > 0 and log.max_scroll_x == 0)
            words = "".join(strip.text.rstrip() + " " for strip in log.lines)
            assert told in " ".join(words.split())
            await user.sees("fin")
        longest = max(len(strip.text.rstrip()) for strip in log.lines)
        assert 60 < longest <= log.scrollable_content_region.width

    live(root, journey, size=(80, 24))


def test_the_log_shows_what_was_done_since_when_it_is_asked_for_again(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("f8")
        await user.sees("synchronisation")
        user.bench.prompt.put("Combien de litres de gazole détient le dépôt de Cholet ?")
        user.bench.prompt.focus()
        await user.press("enter")
        await user.until(lambda: bool(user.bench.cited) and user.bench.question_cancel is None)
        await user.press("f8")
        await user.sees("passages lus")

    live(root, journey, size=(160, 45))
