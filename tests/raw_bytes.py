"""What others may write to act on a terminal, and which of it arrived there; knows nothing of the sanitiser.

The texts are our own: sequences from the manuals of xterm, kitty, iTerm and the VT series, characters from Unicode's
tables, and words that are known to upset programs.
"""

from __future__ import annotations

import re
import unicodedata

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"

# Each holds at least one character that must not arrive as it is, or is text that must do no harm.
PAYLOADS: dict[str, str] = {
    "colour": f"{ESC}[5;8mcaché{ESC}[28m",
    "clear": f"{ESC}[2J{ESC}[3J{ESC}[H",
    "cursor": f"{ESC}[3A{ESC}[9;9H{ESC}[s{ESC}[u{ESC}[G",
    "erase_line": f"{ESC}[1K{ESC}[3P{ESC}[4X",
    "alternate_screen": f"{ESC}[?1049h{ESC}[?1000h{ESC}[?2004h",
    "scroll_region": f"{ESC}[2;3r{ESC}[5S{ESC}M",
    "reset": f"{ESC}c{ESC}[!p{ESC}#8",
    "reports": f"{ESC}[6n{ESC}[c{ESC}[>c{ESC}[5n{ESC}[x",
    "window_report": f"{ESC}[21t{ESC}[18t{ESC}[8;1;1t",
    "repeat": f"A{ESC}[999999999b",
    "clipboard": f"{ESC}]52;c;ZXZpbA=={BEL}",
    "clipboard_st": f"{ESC}]52;p;ZXZpbA=={ST}",
    "link": f"{ESC}]8;;http://mal.example{ST}lien{ESC}]8;;{ST}",
    "title": f"{ESC}]0;titre{BEL}{ESC}]2;titre{ST}{ESC}[22;0t",
    "palette": f"{ESC}]4;1;rgb:ff/ff/ff{BEL}{ESC}]10;?{BEL}{ESC}]104{BEL}",
    "folder": f"{ESC}]7;file://mal.example/{BEL}{ESC}]1337;CurrentDir=/{BEL}",
    "notice": f"{ESC}]9;ouvrez-moi{BEL}{ESC}]777;notify;a;b{BEL}{ESC}]99;;a{ST}",
    "file_transfer": f"{ESC}]1337;File=inline=1:AAAA{BEL}",
    "shell_marks": f"{ESC}]133;A{ST}{ESC}]633;E;rm{ST}",
    "device_control": f"{ESC}P+q544e{ST}{ESC}P$qm{ST}",
    "sixel": f"{ESC}P0;1;0q#0;2;0;0;0~~@@{ST}",
    "tmux": f"{ESC}Ptmux;{ESC}{ESC}]52;c;ZQ=={BEL}{ST}",
    "kitty_picture": f"{ESC}_Gf=100,a=T;AAAA{ST}",
    "kitty_keys": f"{ESC}[>1u{ESC}[=5;1u{ESC}[?u",
    "kitty_remote": f'{ESC}P@kitty-cmd{{"cmd":"ls"}}{ST}',
    "application": f"{ESC}_apc{ST}{ESC}^pm{ST}{ESC}Xsos{ST}",
    "charset": f"{ESC}(0lqqk{ESC}(B{ESC}%G{ESC}n",
    "print": f"{ESC}[5i/etc/passwd{ESC}[4i",
    "unfinished": f"{ESC}[38;5",
    "unfinished_string": f"{ESC}]0;sans fin",
    "lone_escape": f"a{ESC}",
    "c1": "\x9b2J\x9d0;t\x9c\x90q\x9c\x9f\x9e\x98\x8d\x84\x85",
    "bell": f"ding{BEL}{BEL}",
    "backspace": "approuvé\x08\x08\x08\x08\x08\x08\x08\x08refusé\x7f",
    "carriage_return": "danger\rsûr   ",
    "feeds": "a\x0bb\x0cc",
    "shift": "\x0e\x0f\x05\x11\x13\x14\x16",
    "bidi_override": "rapport\u202egpj.exe\u202c",
    "bidi_isolates": "\u2066\u2067\u2068a\u2069\u200e\u200f\u061c",
    "zero_width": "pa\u200bss\u200cwo\u200drd\ufeff\u2060\u00ad",
    "tags": "".join(chr(0xE0000 + ord(letter)) for letter in "obey"),
    "selectors": "a\ufe00b\ufe0fc\U000e0101d",
    "separators": "a\u2028b\u2029c\x85d",
    "fillers": "\u3164\u115f\u1160\uffa0",
    "interlinear": "\ufff9a\ufffab\ufffb\u206a\u206f",
    "private_use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "noncharacters": "\ufdd0\ufffe\uffff\U0001ffff",
    "surrogate": "\udc9b\udcff\ud800",
    "stacked_marks": "Z" + "\u0334\u035d\u0321" * 20 + "algo",
    "right_to_left": "שלום مرحبا ﷽",
    "wide": "田中さん 🏳️‍🌈 👩‍👩‍👧‍👦 ﷺ",
    "rich_markup": "[bold red]x[/][/nope][link=http://mal.example]y[/link][@click=app.quit]z[/]:skull:",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&#27;[2J&#x202e;",
    "markdown": "![](http://mal.example/a.png) [a](javascript:alert(1)) | | `",
    "written_escapes": "\\x1b[2J \\u001b[2J \\033[2J %1b[2J ^[[2J",
    "formats": "%s%n%p {0} {__class__} ${HOME} $(id) `id`",
    "words": "null undefined NaN -1/0 1e999 True '; DROP TABLE documents; -- ../../etc/passwd",
    "numbers": "１２３ ٣٤ 0x1b ²³ 1\u00a0000,00 ½",
}  # fmt: skip

# Letters by their category, and nothing to see.
_FILLERS = "\u3164\u115f\u1160\uffa0"
_VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}

# What the program itself says to a terminal: colours that are on its list, and one line that is written anew.
_COLOUR = r"(?:0|1|2|3|4|7|22|23|24|27|3\d|4\d|9\d|10[0-7]|[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3})"
_OWN = re.compile(rf"\x1b\[(?:{_COLOUR}(?:;{_COLOUR})*)?m|\r?\x1b\[2?K|\r?(?:\x1b\[1A\x1b\[2K)+|\x1b\[\?25[lh]\r?")


def is_forbidden(character: str) -> bool:
    """Say whether a character acts or hides, by Unicode's own tables."""
    code = ord(character)
    if character in _FILLERS:
        return True
    if unicodedata.category(character) in ("Cc", "Co", "Cs", "Zl", "Zp"):
        return True
    if unicodedata.category(character) == "Cf":
        return code not in _VISIBLE_FORMATS
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xFE00 <= code <= 0xFE0D or 0xE0100 <= code <= 0xE01EF


def leaks(sent: bytes, *, terminal: bool) -> list[str]:
    """Return each forbidden character of what was sent, with a few of those around it; bytes that are no text, too.

    `terminal` says that the program may use colours and write one line anew; in a pipe tabs part the cells of a table.
    """
    text = sent.decode("utf-8", "surrogateescape")
    if terminal:
        text = _OWN.sub("", text)
    return [
        repr(text[max(0, at - 40) : at + 20])
        for at, character in enumerate(text)
        if is_forbidden(character) and character != "\n" and (terminal or character != "\t")
    ]


def as_file_name(text: str) -> str:
    """Return a text as the name of one file: no slash, no NUL, short enough with room for a suffix."""
    name = text.replace("/", "_").replace("\0", "").encode("utf-8", "surrogateescape" if _fits(text) else "replace")
    return name[:180].decode("utf-8", "ignore")


def _fits(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
