"""Outlook messages: the same shape as a mail."""

from __future__ import annotations

from oxmsg import Message
from oxmsg.attachment import Attachment as OutlookAttachment

from copilot.i18n import t
from copilot.language.marking import edge_markings
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.dates import metadata_date
from copilot.parsing.decode import decode
from copilot.parsing.flow import add_lines
from copilot.parsing.html import add_html
from copilot.parsing.text import clean
from copilot.records import Attachment, BlockKind

_DISPLAY_TO, _DISPLAY_CC, _HTML = 0x0E04, 0x0E03, 0x1013


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add headers and body as one page, attachments beside them."""
    message = Message.load(data)
    properties = message.properties
    builder.start_page()
    sent = message.sent_date
    headers = {
        "From": message.sender,
        "To": properties.str_prop_value(_DISPLAY_TO),
        "Cc": properties.str_prop_value(_DISPLAY_CC),
        "Date": sent.strftime("%Y-%m-%d %H:%M %Z").strip() if sent else message.message_headers.get("Date"),
        "Subject": message.subject,
    }
    for name, value in headers.items():
        if value and value.strip("\0 "):
            builder.add(BlockKind.PARAGRAPH, f"{name}: {value}")
    about = builder.about
    about.title, about.author, about.date = message.subject or None, message.sender, metadata_date(sent)
    about.running.append(message.subject)
    if message.body and message.body.strip():
        body = clean(message.body)
        about.running += edge_markings(body)
        add_lines(builder, body)
    elif markup := _html_body(message):
        add_html(builder, markup)
    for number, attachment in enumerate(message.attachments, start=1):
        _add_attachment(builder, attachment, number)


def _html_body(message: Message) -> str | None:
    """The HTML body decoded by us: the library trusts a declared code page that may not exist."""
    raw = message.properties.binary_prop_value(_HTML)
    return decode(raw)[0] if raw else message.html_body


def _add_attachment(builder: DocumentBuilder, attachment: OutlookAttachment, number: int) -> None:
    name = clean(attachment.file_name or f"part-{number}")
    # A message inside a message is a storage, not a stream of bytes: it is named as unread.
    if attachment.file_bytes is None:
        builder.about.warnings.append(t("parsing.warn.part_failed", name=name))
    else:
        builder.about.attachments.append(Attachment(name, attachment.file_bytes))
