"""Pictures of pages: what a terminal says it shows, what it is sent, and what a user sees."""

from __future__ import annotations

import io
import os
import pty
import re
import threading
import tty
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from copilot.records import PageImage
from copilot.tui import outside
from copilot.tui.graphics.canvas import Canvas
from copilot.tui.graphics.detect import Graphics, Wanted, detect
from copilot.tui.graphics.drawing import NUMBERS, PLACEHOLDER, cell, drawing_of, transmission

QUESTION = "Quand la tempête Ysolde est-elle attendue sur le littoral ?"
KITTY, SIXEL = Graphics("kitty"), Graphics("sixel")
_APC = re.compile(r"\x1b_G([^;\x1b]*)(?:;([A-Za-z0-9+/=]*))?\x1b\\")


# --- what a terminal says ---------------------------------------------------------------------------------------------


@contextmanager
def terminal(answer: bytes) -> Iterator[tuple[int, bytearray]]:
    """A pty whose other end gives this answer when it is asked; yields the program's end and what it was asked."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    asked = bytearray()

    def play() -> None:
        while b"\x1b[c" not in asked:
            asked.extend(os.read(master, 1_024))
        if answer:
            os.write(master, answer)

    playing = threading.Thread(target=play, daemon=True)
    playing.start()
    try:
        yield slave, asked
    finally:
        if b"\x1b[c" not in asked:
            os.write(slave, b"\x1b[c")
        playing.join(10)
        os.close(slave)
        os.close(master)


def detected(answer: bytes, wanted: Wanted = "auto", **environment: str) -> Graphics:
    with (
        terminal(answer) as (end, _),
        os.fdopen(os.dup(end), "r", encoding="utf-8") as reader,
        os.fdopen(os.dup(end), "w", encoding="utf-8") as writer,
    ):
        return detect(wanted, {"TERM": "xterm-256color", **environment}, reader, writer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;18;9t\x1b[?62;c", Graphics("kitty", 9, 18)),
        (b"\x1bP>|ghostty 1.2.0\x1b\\\x1b[6;40;20t\x1b[?62;22c", Graphics("kitty", 20, 40)),
        (b"\x1bP>|kitty(0.20.0)\x1b\\\x1b[6;18;9t\x1b[?62;c", Graphics("", 9, 18)),
        (b"\x1bP>|foot(1.16.2)\x1b\\\x1b[6;20;10t\x1b[?62;4;22c", Graphics("sixel", 10, 20)),
        (b"\x1bP>|tmux 3.4\x1b\\\x1b[6;20;10t\x1b[?1;2;4c", Graphics("sixel", 10, 20)),
        (b"\x1bP>|tmux 3.4\x1b\\\x1b[?1;2c", Graphics("")),
        # The first number is a level of the VT family, not an attribute.
        (b"\x1b[6;20;10t\x1b[?4;6c", Graphics("", 10, 20)),
        (b"\x1b[?62;4c", Graphics(why="no_cell")),
        (b"\x1b[6;0;999t\x1b[?62;4c", Graphics(why="no_cell")),
        (b"hello \x1bP>|kitty(99999\x1b\\\x1b[?c", Graphics("")),
    ],
)
def test_what_a_terminal_shows_is_asked_of_it(answer: bytes, expected: Graphics) -> None:
    assert detected(answer) == expected


def test_a_terminal_that_says_nothing_shows_text() -> None:
    assert detected(b"") == Graphics()


def test_what_the_settings_say_is_believed() -> None:
    assert detected(b"\x1b[?62c", "kitty") == Graphics("kitty")
    assert detected(b"\x1b[?62c", "sixel") == Graphics("sixel")


@pytest.mark.parametrize(
    ("wanted", "environment", "why"),
    [
        ("off", {}, "off"),
        ("kitty", {"NO_COLOR": "1"}, "no_color"),
        ("auto", {"TERM": "dumb"}, "unable"),
        ("sixel", {"TERM": "linux"}, "unable"),
        ("auto", {"TERM_PROGRAM": "Apple_Terminal"}, "unable"),
    ],
)
def test_some_terminals_are_not_even_asked(wanted: Wanted, environment: dict[str, str], why: str) -> None:
    with (
        terminal(b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;4c") as (end, asked),
        os.fdopen(os.dup(end), "r", encoding="utf-8") as reader,
        os.fdopen(os.dup(end), "w", encoding="utf-8") as writer,
    ):
        found = detect(wanted, {"TERM": "xterm", **environment}, reader, writer)
        assert found == Graphics(why=why)
        assert not asked


# --- what it is sent --------------------------------------------------------------------------------------------------


def page(width: int = 95, height: int = 70) -> PageImage:
    """White with a red rectangle from (10, 10) to (50, 40) and a blue last column."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((255, 0, 0), (10, 10, 50, 40))
    image.paste((0, 0, 255), (width - 1, 0, width, height))
    return PageImage(width, height, image.tobytes())


def png_of(sent: str) -> tuple[dict[str, str], Image.Image]:
    """What kitty makes of a transmission: its first keys, and the picture."""
    parts = _APC.findall(sent)
    assert "".join(f"\x1b_G{about};{data}\x1b\\" for about, data in parts) == sent
    assert [dict(one.split("=") for one in about.split(","))["m"] for about, _ in parts] == [
        *["1"] * (len(parts) - 1), "0"
    ]  # fmt: skip
    assert all(len(data) <= 4_096 for _, data in parts)
    return dict(one.split("=") for one in parts[0][0].split(",")), Image.open(
        io.BytesIO(b64decode("".join(data for _, data in parts)))
    )


def decoded(sixel: str) -> Image.Image:
    """A sixel picture as a terminal draws it."""
    found = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)([#\d;!$?-~-]*)\x1b\\', sixel)
    assert found is not None
    image = Image.new("RGB", (int(found[1]), int(found[2])), "black")
    palette: dict[str, tuple[int, ...]] = {}
    colour, x, top = "", 0, 0
    for token in re.findall(r"#\d+(?:;2;\d+;\d+;\d+)?|![0-9]+[?-~]|[?-~$-]", found[3]):
        if token.startswith("#"):
            number, *about = token[1:].split(";")
            if about:
                palette[number] = tuple(round(int(one) * 255 / 100) for one in about[1:])
            colour = number
        elif token == "$":
            x = 0
        elif token == "-":
            x, top = 0, top + 6
        else:
            times = int(token[1:-1]) if token.startswith("!") else 1
            bits = ord(token[-1]) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    image.paste(palette[colour], (x, top + bit, x + times, top + bit + 1))
                    assert x + times <= image.width
                    assert top + bit < image.height
            x += times
    return image


def test_kitty_is_sent_the_page_filled_up_to_whole_cells() -> None:
    drawing = drawing_of(page(), KITTY)
    assert (drawing.columns, drawing.rows) == (10, 4)
    about, image = png_of(transmission(drawing, 17))
    assert about == {"a": "T", "U": "1", "f": "100", "i": "17", "c": "10", "r": "4", "q": "2", "m": "0"}
    assert image.size == (100, 80)
    assert image.getpixel((20, 20)) == (255, 0, 0)
    assert image.getpixel((99, 79)) == (255, 255, 255)


def test_a_large_picture_goes_to_kitty_in_pieces() -> None:
    noise = PageImage(100, 100, os.urandom(30_000))
    _, image = png_of(transmission(drawing_of(noise, KITTY), 16))
    assert image.convert("RGB").tobytes() == noise.pixels


def test_sixels_draw_the_page_row_by_row() -> None:
    drawing = drawing_of(page(), SIXEL)
    assert len(drawing.sixels) == drawing.rows == 4
    rows = [decoded(sixel) for sixel in drawing.sixels]
    assert {row.size for row in rows} == {(100, 20)}
    whole = Image.new("RGB", (100, 80))
    for number, row in enumerate(rows):
        whole.paste(row, (0, 20 * number))
    expected = Image.new("RGB", (100, 80), "white")
    expected.paste(Image.frombytes("RGB", (95, 70), page().pixels), (0, 0))
    assert whole.tobytes() == expected.tobytes()


def test_the_cells_of_a_picture_are_numbered_without_a_repeat() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS) == 129
    assert cell(0, 1) == PLACEHOLDER + "\u0305\u030d"


def test_only_our_own_cells_pass_the_wall() -> None:
    wall, black = outside.Wall(), Color(0, 0, 0)
    ours = Segment(cell(0, 0) + cell(0, 1), outside.picture_style(42))
    [shown] = wall.apply([ours], black)
    assert shown.text == ours.text
    assert shown.style == Style.parse("color(42)")
    for text, style in ((ours.text, Style()), (f"{cell(0, 0)}\x1b]52;", outside.picture_style(42))):
        [shown] = wall.apply([Segment(text, style)], black)
        assert PLACEHOLDER not in shown.text
        assert "\x1b" not in shown.text


def test_what_kitty_keeps_is_forgotten() -> None:
    sent: list[str] = []
    canvas = Canvas(KITTY, sent.append)
    numbers = [canvas.send(drawing_of(page(), KITTY)) for _ in range(241)]
    assert set(numbers) == set(range(16, 256))
    sent.clear()
    canvas.forget(17)
    canvas.forget(17)
    assert sent == ["\x1b_Ga=d,d=I,i=17,q=2\x1b\\"]
    canvas.clear()
    assert len(sent) == 240
