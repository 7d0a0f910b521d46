"""Messages as mailers write them (RFC 5322): headers as first lines, the plain body before the HTML, attachments."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from copilot.i18n import t
from copilot.language.marking import edge_markings
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.dates import metadata_date
from copilot.parsing.decode import decode
from copilot.parsing.flow import add_lines
from copilot.parsing.text import clean
from copilot.records import Attachment, BlockKind

# What the header parser of the standard library raises on malformed headers.
_HEADER_FAULTS = (ValueError, IndexError, KeyError, AttributeError, TypeError, LookupError, AssertionError)
_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add headers and body as one page, attachments beside them."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    builder.start_page()
    headers = {name: _header(message, name) for name in _SHOWN}
    for name, value in headers.items():
        if value:
            builder.add(BlockKind.PARAGRAPH, f"{name}: {value}")
    about = builder.about
    about.title, about.author = headers["Subject"], headers["From"]
    about.date = _date(headers["Date"])
    markings = (_header(message, name) for name in ("Subject", "X-Classification", "Sensitivity"))
    about.running += [value for value in markings if value]
    _add_body(builder, message)
    _add_attachments(builder, message)


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message[name]
        return str(value) if value else None
    except _HEADER_FAULTS:
        return next((str(text) for key, text in message.raw_items() if key.lower() == name.lower()), None)


def _date(value: str | None) -> str | None:
    try:
        return metadata_date(parsedate_to_datetime(value)) if value else None
    except (TypeError, ValueError, IndexError):
        return None


def _add_body(builder: DocumentBuilder, message: EmailMessage) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return
    text = clean(_content(body))
    if body.get_content_type() == "text/html":
        from copilot.parsing.html import add_html

        add_html(builder, text)
    else:
        builder.about.running += edge_markings(text)
        add_lines(builder, text)


def _content(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    return decode(payload, part.get_content_charset())[0] if isinstance(payload, bytes) else ""


def _add_attachments(builder: DocumentBuilder, message: EmailMessage) -> None:
    for number, part in enumerate(message.iter_attachments(), start=1):
        if number > builder.options.max_members:
            break
        name = _file_name(part, number)
        try:
            data = _bytes_of(part)
        except (ValueError, LookupError, TypeError, KeyError):
            builder.about.warnings.append(t("parsing.warn.part_failed", name=name))
            continue
        builder.about.attachments.append(Attachment(name, data))


def _file_name(part: EmailMessage, number: int) -> str:
    extension = "eml" if part.get_content_type() == "message/rfc822" else part.get_content_subtype()
    try:
        return clean(part.get_filename() or f"part-{number}.{extension}")
    except _HEADER_FAULTS:
        return f"part-{number}.{extension}"


def _bytes_of(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0)
        assert isinstance(inner, EmailMessage)
        return inner.as_bytes()
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
