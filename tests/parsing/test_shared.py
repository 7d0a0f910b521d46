"""What all formats share: dates, languages, sniffing, the wire format."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import pytest

from copilot.errors import ParseError
from copilot.i18n import catalog
from copilot.parsing import ParseOptions, decode_document, encode_document, parse
from copilot.parsing.dates import content_date, metadata_date
from copilot.parsing.sniff import Format, sniff
from copilot.parsing.tongue import guess_language
from copilot.records import Attachment, Block, BlockKind, PageSpan, ParsedDocument

Read = Callable[..., ParsedDocument]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("NOTE\n\nParis, le 12 mars 2026\n\nObjet : essai", "fr", "2026-03-12"),
        ("Toulon, le 1er août 2025", "fr", "2025-08-01"),
        ("Report\n12 March 2026\n", "en", "2026-03-12"),
        ("March 5, 2026", "en", "2026-03-05"),
        ("Date: 2026-03-12", "en", "2026-03-12"),
        ("DTG 120600ZMAR26\nFROM: X", "en", "2026-03-12"),
        ("GDH : 120600B MAR 26", "fr", "2026-03-12"),
        ("Date : 03/04/2026", "fr", "2026-04-03"),
        ("Date: 03/04/2026", "en", None),
        ("Date: 25/04/2026", "en", "2026-04-25"),
        ("Date : 31/02/2026", "fr", None),
        (
            "The treaty that all parties signed on 12 March 1918 put an end to four years of war, as all know.",
            "en",
            None,
        ),
        ("Rédigé le 3 février 2026", "fr", "2026-02-03"),
        ("x" * 5000 + "\nBrest, le 4 mai 2026\nLe capitaine", "fr", "2026-05-04"),
    ],
)
def test_dates_of_the_content(text: str, language: str, expected: str | None) -> None:
    assert content_date(text, language) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("D:20260312104500+01'00'", "2026-03-12"),
        ("2026-03-12T10:00:00Z", "2026-03-12"),
        ("20261340", None),
        (None, None),
    ],
)
def test_dates_of_metadata(value: object, expected: str | None) -> None:
    assert metadata_date(value) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le ravitaillement du groupement est assuré par la base.", "fr"),
        ("The convoy reached the depot before nightfall.", "en"),
        ("LE CONVOI ATTEINDRA LE DÉPÔT AVANT LA TOMBÉE DE LA NUIT", "fr"),
        ("THE CONVOY WILL REACH THE DEPOT BEFORE NIGHTFALL", "en"),
        ("Der Konvoi erreicht das Lager vor Einbruch der Nacht.", "de"),
        ("12 | 45 | A-3", "und"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("rapport.docx", b"%PDF-1.7\n", Format.PDF),
        ("rapport.txt", b"{\\rtf1 bonjour}", Format.RTF),
        ("page.txt", b"<!DOCTYPE html><html></html>", Format.HTML),
        ("memo.txt", b"From: A\nTo: B\nSubject: C\n\nBonjour", Format.TEXT),
        ("memo.txt", b"From: A\nMIME-Version: 1.0\nSubject: C\n\nBonjour", Format.EML),
        ("a.csv", b"a;b", Format.CSV),
        ("a.unknown", b"bonjour", Format.TEXT),
        ("note.txt", b"It says %PDF- in the middle", Format.TEXT),
        ("x.bin", b"\x89PNG\r\n\x1a\n....", Format.PNG),
    ],
)
def test_the_content_decides_before_the_extension(name: str, data: bytes, expected: Format) -> None:
    assert sniff(name, data) is expected


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("vide.pdf", b"", "empty"),
        ("blanc.txt", b" \n\t\n", "empty"),
        ("zeros.bin", bytes(4096), "empty"),
        ("hasard.bin", bytes(range(256)) * 40, "unsupported"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(range(200)), "unsupported"),
        ("coupe.docx", b"PK\x03\x04" + b"\x01" * 200, "damaged"),
        ("coupe.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type", "damaged"),
        ("coupe.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 600, "damaged"),
        ("coupe.png", b"\x89PNG\r\n\x1a\n" + b"\x01" * 200, "damaged"),
    ],
)
def test_files_that_cannot_be_read_say_why(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(name, data, ParseOptions(ocr=False))
    assert caught.value.reason == reason
    assert name in caught.value.message
    assert caught.value.next_step


def test_a_file_over_the_size_limit(read: Read) -> None:
    with pytest.raises(ParseError) as caught:
        read("a.txt", b"bonjour " * 100, max_file_bytes=100)
    assert caught.value.reason == "too_large"


def _document() -> ParsedDocument:
    return ParsedDocument(
        text="Titre\n\nDéjà",
        pages=(PageSpan(1, 0, 7, "Feuille é"), PageSpan(2, 7, 11, None, read=False, ocr=True)),
        blocks=(Block(BlockKind.HEADING, 0, 5, 1, 1), Block(BlockKind.TABLE_ROW, 7, 11, 2, 0, 3, "Stock", "A2:F2")),
        media_type="text/plain",
        title="Titre",
        marking="NON PROTÉGÉ",
        attachments=(Attachment("../a.bin", b"\x00\xff"), Attachment("b", b"")),
        warnings=("attention",),
    )


def test_the_wire_gives_back_what_it_took() -> None:
    assert decode_document(encode_document(_document())) == _document()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 3),
        ("text", "court"),
        ("text", 10**9),
        ("text", 9),
        ("blocks", [[0, 0, 999, 1, 0, None, None, None]]),
        ("blocks", [[0, 0, True, 1, 0, None, None, None]]),
        ("blocks", [[99, 0, 1, 1, 0, None, None, None]]),
        ("blocks", [[0, 2, 2, 1, 0, None, None, None]]),
        ("pages", [[0, -1, None, True, False]]),
        ("pages", "x"),
        ("attachments", [["a", 10**9]]),
        ("warnings", [{"a": 1}]),
        ("title", ["a"]),
    ],
)
def test_the_wire_refuses_what_no_document_is(field: str, value: object) -> None:
    data = encode_document(_document())
    (length,) = struct.unpack_from(">I", data)
    header = json.loads(data[4 : 4 + length]) | {field: value}
    forged = json.dumps(header).encode()
    with pytest.raises(ValueError):
        decode_document(struct.pack(">I", len(forged)) + forged + data[4 + length :])


def test_the_wire_parses_no_header_larger_than_a_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_document(_document())
    monkeypatch.setattr("copilot.parsing.wire._LARGEST_HEADER", 100)
    with pytest.raises(ValueError, match="too large"):
        decode_document(data)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\x05{}", b"\0\0\0\x02[]", b"\xff" * 64])
def test_the_wire_refuses_garbage(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_document(data)


def test_every_message_is_in_both_languages() -> None:
    for key, entry in catalog("parsing").items():
        assert set(entry) == {"fr", "en"}, key
        assert {part.split("}")[0].split(":")[0] for part in entry["fr"].split("{")[1:]} == {
            part.split("}")[0].split(":")[0] for part in entry["en"].split("{")[1:]
        }, key


def test_a_marking_at_the_top_is_no_title() -> None:
    data = "DIFFUSION RESTREINTE\n\nCOMPTE RENDU DU DÉPÔT\n\nLe stock est de 12 450 litres.\n".encode()
    parsed = parse("rapport.txt", data, ParseOptions())
    assert parsed.title == "COMPTE RENDU DU DÉPÔT"
    assert parsed.marking == "DIFFUSION RESTREINTE"
