"""Messages and archives: what is inside comes out as attachments, within limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from copilot.errors import ParseError
from copilot.records import ParsedDocument

Read = Callable[..., ParsedDocument]


def _message() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Léa Martin <lea@example.org>"
    message["To"] = "bureau@example.org"
    message["Date"] = "Thu, 12 Mar 2026 08:30:00 +0100"
    message["Subject"] = "Stock de gazole à Évreux"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Bonjour,\n\nLe stock est de 12 m³ au dépôt principal.\n\nLéa\n")
    return message


def test_eml(read: Read) -> None:
    message = _message()
    message.add_alternative("<p>Autre <b>forme</b></p>", subtype="html")
    message.add_attachment(b"a;b\n1;2\n", maintype="text", subtype="csv", filename="../état.csv")
    inner = EmailMessage()
    inner["Subject"] = "Fwd"
    inner.set_content("Transmis")
    message.add_attachment(inner)
    document = read("mail.bin", message.as_bytes())
    assert document.text.split("\n\n") == [
        "From: Léa Martin <lea@example.org>",
        "To: bureau@example.org",
        "Date: Thu, 12 Mar 2026 08:30:00 +0100",
        "Subject: Stock de gazole à Évreux",
        "Bonjour,",
        "Le stock est de 12 m³ au dépôt principal.",
        "Léa",
    ]
    assert (document.title, document.date) == ("Stock de gazole à Évreux", "2026-03-12")
    assert [(a.name, a.data[:3]) for a in document.attachments] == [("../état.csv", b"a;b"), ("part-2.eml", b"Sub")]


def test_eml_with_only_html(read: Read) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["MIME-Version"] = "a@example.org", "x", "1.0"
    message.set_content("<h1>Titre</h1><p>Texte <b>gras</b></p>", subtype="html")
    assert read("m.eml", message.as_bytes()).text.endswith("Titre\n\nTexte gras")


def test_eml_with_an_unknown_charset_and_odd_headers(read: Read) -> None:
    raw = (
        b"From: =?x-unknown?Q?L=E9a?= <lea@\r\nTo: <<>>,;\r\nDate: hier\r\nSubject: =?utf-8?B?!!!?=\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=x-nothing\r\n\r\nLe d\xe9p\xf4t est pr\xeat.\r\n"
    )
    document = read("m.eml", raw)
    assert "Le dépôt est prêt." in document.text
    assert document.date is None


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_zip(read: Read) -> None:
    inner = _zip({"b.txt": b"fond"})
    document = read("lot.zip", _zip({"a/é.txt": b"bonjour", "../../etc/x": b"y", "in.zip": inner, "__MACOSX/z": b""}))
    assert document.text == "a/é.txt\n../../etc/x\nin.zip"
    assert [a.name for a in document.attachments] == ["a/é.txt", "../../etc/x", "in.zip"]
    assert document.attachments[2].data == inner


@pytest.mark.parametrize(
    "limits", [{"max_members": 2}, {"max_unpacked_bytes": 100}, {"max_ratio": 20, "ratio_floor_bytes": 1000}]
)
def test_zip_limits(read: Read, limits: dict[str, int]) -> None:
    with pytest.raises(ParseError) as caught:
        read("bombe.zip", _zip({f"{n}.txt": bytes(5000) for n in range(3)}), **limits)
    assert caught.value.reason == "too_large"


def test_a_bomb_that_lies_about_its_size(read: Read) -> None:
    """Declared sizes are rewritten to 10 bytes: what counts is what comes out."""
    data = bytearray(_zip({"a.txt": bytes(3_000_000)}))
    size = (3_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    document = read("bombe.zip", bytes(data.replace(size, (10).to_bytes(4, "little"))), max_unpacked_bytes=100_000)
    assert all(len(a.data) <= 10 for a in document.attachments)


def test_an_encrypted_zip(read: Read) -> None:
    data = bytearray(_zip({"a.txt": b"bonjour"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(ParseError) as caught:
        read("a.zip", bytes(data))
    assert caught.value.reason == "encrypted"
