"""Messages with accents in their heads, quoted-printable bodies and attachments; identifiers and boundaries fixed."""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from tests.demo.source import Source
from tests.demo.typography import set_type

_TYPES = {
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("application", "pdf"),
}


def read_address(text: str) -> Address:
    """Read ``Name <user@domain>``."""
    name, _, rest = text.partition("<")
    return Address(display_name=name.strip(), addr_spec=rest.strip(" >"))


def write_eml(source: Source, attachments: dict[str, bytes]) -> bytes:
    head = source.head
    message = EmailMessage(policy=SMTP)
    message["From"] = read_address(head["from"])
    message["To"] = [read_address(part) for part in head["to"].split(";")]
    message["Subject"] = head["subject"]
    message["Date"] = head["sent"]
    message["Message-ID"] = f"<{head['id']}>"
    if "reply_to" in head:
        message["In-Reply-To"] = message["References"] = f"<{head['reply_to']}>"
    message.set_content(set_type(source.body, source.language, narrow=False), cte="quoted-printable")
    for name, data in attachments.items():
        maintype, subtype = _TYPES[name.rsplit(".", 1)[-1]]
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    if attachments:
        message.set_boundary("=_" + hashlib.sha256(source.path.encode()).hexdigest()[:24])
    return message.as_bytes()
