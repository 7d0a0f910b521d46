"""The picture of a cited page at the screen: shown and put away, scrolled, stopped, and where there is none, why."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

import copilot.tui
from copilot.app.page_images import page_image
from copilot.errors import CancelledError, CopilotError
from copilot.i18n import set_language
from copilot.parsing.page_image import PageImageJob, decode_answer
from copilot.ports import Cancellation
from copilot.records import Citation, PageImage
from copilot.resources import demo_folder
from copilot.settings import LoadedSettings, Settings
from copilot.tui.app import CopilotApp
from copilot.tui.graphics.detect import Graphics
from copilot.tui.graphics.drawing import PLACEHOLDER, Drawing
from copilot.tui.graphics.pages import DrawnPages
from copilot.tui.widgets.picture import Picture
from copilot.workspace import Workspace
from tests.hostile_files import HOSTILE
from tests.makers import SETTINGS, new_session
from tests.tui.conftest import User, no_tools, own_copy, synced_workspace
from tests.tui.test_pictures import decoded, png_of

QUESTION = "Quand la tempête Ysolde est-elle attendue sur le littoral ?"
ORDER = "ordre_logistique_12_v2.pdf"
_SIXEL_ROW = re.compile(r"\x1b\[(\d+);(\d+)H(\x1bP[^\x1b]*\x1b\\)")
KITTY, SIXEL = Graphics("kitty"), Graphics("sixel")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an order of the demonstration, to be copied."""
    order = (demo_folder() / "corpus" / "01_ordres" / ORDER).read_bytes()
    note = b"Le pont d'Orval porte 26 tonnes.\n"
    return synced_workspace(tmp_path_factory.mktemp("pages"), {ORDER: order, "note.txt": note})


@pytest.fixture
def ordered(read: Path, tmp_path: Path) -> Path:
    return own_copy(read, tmp_path)


class Told(CopilotApp):
    """The program, and what it told the terminal past the wall."""

    CSS_PATH = str(Path(copilot.tui.__file__).parent / "style.tcss")
    sent = ""

    def tell_terminal(self, text: str) -> None:
        self.sent += text


def live_with(
    root: Path,
    graphics: Graphics,
    journey: Callable[[User, Told], Awaitable[None]],
    size: tuple[int, int] = (160, 40),
) -> None:
    async def run() -> None:
        app = Told(Workspace(root), LoadedSettings(SETTINGS, {}), no_tools, graphics)
        async with app.run_test(size=size, notifications=True) as pilot:
            user = User(app, pilot)
            await user.until(lambda: bool(user.bench.counts))
            await journey(user, app)

    asyncio.run(run())


def drawing_in(user: User) -> Drawing | None:
    return user.bench.query_one(Picture).drawing


async def see_picture(user: User) -> Drawing:
    """Ask, open the picture of the cited page, and return it."""
    await user.ask(QUESTION)
    await user.until(lambda: user.bench.sources.is_showing)
    await user.press("f10")
    await user.until(lambda: drawing_in(user) is not None)
    found = drawing_in(user)
    assert found is not None
    return found


def test_the_page_takes_the_place_of_its_text_and_goes_again(ordered: Path) -> None:
    async def journey(user: User, app: Told) -> None:
        drawing = await see_picture(user)
        about, image = png_of(app.sent)
        assert (int(about["c"]), int(about["r"])) == (drawing.columns, drawing.rows)
        assert image.size == (10 * drawing.columns, 20 * drawing.rows)
        assert abs(image.size[1] / image.size[0] - 297 / 210) < 0.05
        # The quote is highlighted, in no colour that the page has.
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
        assert (255, 236, 120) in colours
        assert user.screen().count(PLACEHOLDER) > 20 * 60
        cells = [segment for strip in user.strips() for segment in strip if PLACEHOLDER in segment.text]
        assert {segment.style.color.number for segment in cells if segment.style and segment.style.color} == {
            int(about["i"])
        }
        top = cells[0].text
        await user.press("pagedown")
        await user.until(lambda: top not in user.screen())
        assert PLACEHOLDER in user.screen()
        # No picture under a dialog.
        await user.press("f1")
        await user.until(lambda: PLACEHOLDER not in user.screen() and "\ufffd" not in user.screen())
        await user.press("escape")
        await user.until(lambda: PLACEHOLDER in user.screen())
        app.sent = ""
        await user.press("i")
        await user.sees("Haute-Valmire")
        assert PLACEHOLDER not in user.screen()
        assert app.sent == f"\x1b_Ga=d,d=I,i={about['i']},q=2\x1b\\"
        # The second time it was kept.
        await user.press("i")
        await user.until(lambda: drawing_in(user) is drawing)
        # Searching is in the text, and one key leads back to the picture.
        await user.press("f")
        await user.sees("Haute-Valmire")
        await user.press("escape", "i")
        await user.until(lambda: drawing_in(user) is drawing)

    live_with(ordered, KITTY, journey)
    with new_session(ordered) as session:
        told = [entry.data for entry in session.trail.log.entries() if entry.kind == "show"]
    assert [one["what"] for one in told] == ["text", "picture"], "each once, however often it was looked at"
    assert told[0]["first"] == told[1]["first"]


def test_sixels_are_painted_where_the_page_stands_and_again_when_it_moves(ordered: Path) -> None:
    async def journey(user: User, app: Told) -> None:
        drawing = await see_picture(user)
        await user.until(lambda: "\x1bP" in app.sent)
        place = user.bench.find_widget(user.bench.query_one(Picture))
        seen = place.region.intersection(place.clip)
        assert "".join(f"\x1b[{y};{x}H{sixel}" for y, x, sixel in _SIXEL_ROW.findall(app.sent)) in re.sub(
            "\x1b[78]", "", app.sent
        )
        # From a little above the quote.
        assert place.region.y < seen.y
        first = seen.y - place.region.y
        assert 0 < drawing.top - first <= 3
        rows = {int(y) - 1: sixel for y, x, sixel in _SIXEL_ROW.findall(app.sent) if int(x) - 1 == seen.x}
        assert set(rows) >= set(range(seen.y, seen.bottom))
        assert rows[seen.y] == drawing.sixels[first]
        assert max(rows) < seen.bottom
        whole = Image.new("RGB", (10 * drawing.columns, 20 * drawing.rows))
        for number, sixel in enumerate(drawing.sixels):
            whole.paste(decoded(sixel), (0, 20 * number))
        assert len(whole.getcolors(1 << 20) or []) > 4
        # Typing repaints nothing of it; scrolling all that stands there then.
        user.bench.prompt.focus()
        await user.type("a")
        app.sent = ""
        await user.type("bc")
        assert app.sent == ""
        user.bench.sources.focus_page()
        await user.press("pagedown")
        last = next(sixel for sixel in reversed(drawing.sixels) if sixel not in rows.values())
        await user.until(lambda: last in app.sent)
        assert {sixel for _, _, sixel in _SIXEL_ROW.findall(app.sent)} <= set(drawing.sixels)
        # Nothing is painted over a dialog, and all of it when that goes.
        await user.press("f1")
        app.sent = ""
        await user.press("down")
        assert app.sent == ""
        await user.press("escape")
        await user.until(lambda: bool(app.sent))

    live_with(ordered, SIXEL, journey)


@pytest.mark.parametrize("why", ["unable", "off", "no_color", "no_cell"])
def test_a_terminal_without_pictures_shows_text_and_says_why(ordered: Path, why: str) -> None:
    async def journey(user: User, app: Told) -> None:
        await user.ask(QUESTION)
        await user.until(lambda: user.bench.sources.is_showing)
        await user.press("f10")
        await user.until(lambda: bool(user.bench.told))
        assert "texte" in user.bench.told[-1]
        await user.sees("Haute-Valmire")
        assert app.sent == ""

    live_with(ordered, Graphics(why=why), journey)


def test_a_text_file_has_no_picture(ordered: Path) -> None:
    async def journey(user: User, app: Told) -> None:
        await user.ask("Combien de tonnes porte le pont d'Orval ?")
        await user.until(lambda: user.bench.sources.is_showing)
        await user.press("f10")
        await user.sees("Le texte reste")
        assert "note.txt" in user.screen()
        assert "26 tonnes" in user.screen()
        assert app.sent == ""

    live_with(ordered, KITTY, journey)


def test_an_original_that_has_changed_or_is_gone_is_not_shown(ordered: Path) -> None:
    original = ordered / "docs" / ORDER

    async def journey(user: User, app: Told) -> None:
        await user.ask(QUESTION)
        await user.until(lambda: user.bench.sources.is_showing)
        original.write_bytes(original.read_bytes() + b"\n")
        await user.press("f10")
        await user.until(lambda: any("a changé" in told for told in user.bench.told))
        await user.sees("Haute-Valmire")
        original.unlink()
        await user.press("f10")
        await user.until(lambda: any("n'est plus là" in told for told in user.bench.told))
        assert app.sent == ""

    live_with(ordered, KITTY, journey)


def test_drawing_is_told_and_escape_stops_it(ordered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(
        root: Path, settings: Settings, citation: Citation, size: tuple[int, int], cancel: Cancellation
    ) -> PageImage:
        assert cancel.wait(60)
        raise CancelledError("stop")

    monkeypatch.setattr("copilot.app.page_images.page_image", stuck)

    async def journey(user: User, app: Told) -> None:
        await user.ask(QUESTION)
        await user.until(lambda: user.bench.sources.is_showing)
        await user.press("f10")
        await user.sees("Dessin de la page")
        assert "Haute-Valmire" in user.screen()
        await user.press("escape")
        await user.sees("a été arrêté")
        assert user.bench.drawing_cancel is None
        assert app.sent == ""

    live_with(ordered, KITTY, journey)


# --- drawing behind the walls -----------------------------------------------------------------------------------------


def drawn_or_refused(root: Path, name: str, settings: Settings = SETTINGS) -> PageImage | str:
    try:
        return page_image(root, settings, cited(root, name), (400, 600), Cancellation())
    except CopilotError as error:
        return error.message


def pdf_of(objects: list[bytes]) -> bytes:
    out = b"%PDF-1.7\n"
    for number, one in enumerate(objects, start=1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    return out + b"trailer\n<< /Root 1 0 R /Size %d >>\n" % (len(objects) + 1)


def cited(root: Path, name: str, quote: str = "", page: int = 1) -> Citation:
    digest = sha256((root / name).read_bytes()).hexdigest()
    return Citation(1, 1, 1, 1, name, "", digest, page, None, 0, 0, quote)


def test_a_real_page_is_drawn_behind_the_walls_with_its_quote(ordered: Path) -> None:
    quote = "plan régional de secours de Haute-Valmire, édition 2025"
    drawn = page_image(ordered, SETTINGS, cited(ordered, f"docs/{ORDER}", quote), (400, 10_000), Cancellation())
    assert drawn.marked
    assert drawn.width == 400
    assert 0.1 < drawn.top / drawn.height < 0.25
    assert len(drawn.pixels) == 3 * drawn.width * drawn.height
    without = page_image(ordered, SETTINGS, cited(ordered, f"docs/{ORDER}", "pas là"), (400, 10_000), Cancellation())
    assert not without.marked
    assert without.pixels != drawn.pixels
    with pytest.raises(CopilotError, match="99"):
        page_image(ordered, SETTINGS, cited(ordered, f"docs/{ORDER}", page=99), (400, 400), Cancellation())


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.endswith(".pdf")])
def test_a_hostile_pdf_gives_a_picture_or_a_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name][0]())
    settings = Settings.model_validate({"documents": {"parser_memory_mb": 512, "parser_seconds": 10}})
    drawn = drawn_or_refused(tmp_path, name, settings)
    if isinstance(drawn, PageImage):
        assert drawn.width <= 400
        assert drawn.height <= 600
        assert name not in ("coupe.pdf", "bruit.pdf", "boucle.pdf")
    else:
        assert len(drawn) > 20


@pytest.mark.parametrize("box", ["0 0 1 14400", "0 0 1e30 1e30", "0 0 0 0", "0 0 200000 200000", "nothing"])
def test_a_page_of_any_size_fits_or_is_refused(tmp_path: Path, box: str) -> None:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] >>".encode(),
    ]
    (tmp_path / "boite.pdf").write_bytes(pdf_of(objects))
    drawn = drawn_or_refused(tmp_path, "boite.pdf")
    if isinstance(drawn, PageImage):
        assert 0 < drawn.width <= 400
        assert 0 < drawn.height <= 600
    else:
        assert "boite.pdf" in drawn


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"X",
        b"E{}",
        b'E["a", 1, "b"]',
        b"Enothing",
        b"P\0\0\0\1",
        struct.pack(">cIIBI", b"P", 401, 1, 0, 0) + bytes(1_203),
        struct.pack(">cIIBI", b"P", 2, 2, 0, 0) + bytes(11),
        struct.pack(">cIIBI", b"P", 0, 0, 0, 0),
        struct.pack(">cIIBI", b"P", 1, 1, 1, 7) + bytes(3),
    ],
)
def test_a_worker_that_lies_is_not_believed(answer: bytes) -> None:
    with pytest.raises(ValueError):
        decode_answer(answer, PageImageJob("a.pdf", b"", 1, "", 400, 400))


def test_drawing_stops_when_asked(ordered: Path) -> None:
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(CancelledError):
        page_image(ordered, SETTINGS, cited(ordered, f"docs/{ORDER}"), (400, 400), cancel)


def test_a_member_of_an_archive_has_no_page_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "envoi.zip").write_bytes(b"PK")
    citation = replace(cited(tmp_path, "envoi.zip"), path="envoi.zip!ordre.pdf")
    set_language("en")
    with pytest.raises(CopilotError, match="inside another file"):
        page_image(tmp_path, SETTINGS, citation, (400, 400), Cancellation())


def test_pages_that_were_drawn_are_kept_within_bounds(ordered: Path) -> None:
    pages = DrawnPages(2_500)
    citation = cited(ordered, f"docs/{ORDER}")
    for columns in (1, 2, 3):
        pages.keep(citation, columns, Drawing(columns, 1, png=bytes(1_000)), marked=True)
    assert len(pages) == 2
    assert pages.find(citation, 1) is None
    assert pages.find(citation, 3) is not None
    assert pages.find(replace(citation, sha256="0"), 3) is None
