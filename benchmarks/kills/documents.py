"""The small documents of several formats that the rounds write, change and remove."""

from __future__ import annotations

import email
import email.message
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

# A word that one revision of one document holds, and no other.
MARK = re.compile(r"mark\d{4}r\d{4}")
_KINDS = ("md", "txt", "csv", "html", "json", "eml", "zip")


def write_file(folder: Path, number: int, revision: int, more: int = 0) -> None:
    """Write one small file; its format follows from its number, and its text holds a word that no other file has.

    `more` is how many sentences it has besides.
    """
    kind = _KINDS[number % len(_KINDS)]
    mark = f"mark{number:04d}r{revision:04d}"
    text = f"{mark} The convoy of depot {number} moves {1000 + number} litres to site {revision}."
    text += "".join(f" Lorry {line} of depot {number} carries {100 + line} barrels." for line in range(more))
    (folder / f"file{number:04d}.{kind}").write_bytes(_content(kind, mark, text))


def _content(kind: str, mark: str, text: str) -> bytes:
    if kind == "csv":
        return f"mark;depot;litres\n{mark};north;42000\n{mark}b;south;12000\n".encode()
    if kind == "html":
        return f"<!doctype html><title>Order</title><p>{text}</p>".encode()
    if kind == "json":
        return json.dumps({"order": text}).encode()
    if kind == "eml":
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", mark
        message.set_content(text)
        message.add_attachment(f"{mark}x An attachment.", filename="note.txt")
        return bytes(message)
    if kind == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner.txt", text)
        return packed.getvalue()
    return f"{text}\n".encode()


def expected_paths(folder: Path) -> set[str]:
    """Return the names that a finished sync must hold for the files of `folder`."""
    names = set()
    for path in folder.iterdir():
        names.add(path.name)
        if path.suffix == ".eml":
            names.add(f"{path.name}!note.txt")
        elif path.suffix == ".zip":
            names.add(f"{path.name}!inner.txt")
    return names


def digest_of(path: str) -> str | None:
    """Return the hash of what a file, or a member of one, holds on the disk now; None where it is gone."""
    container, _, member = path.partition("!")
    if not Path(container).exists():
        return None
    data = Path(container).read_bytes()
    if container.endswith(".zip") and member:
        data = zipfile.ZipFile(io.BytesIO(data)).read(member)
    elif member:
        parts = email.message_from_bytes(data).walk()
        data = next(bytes(part.get_payload(decode=True)) for part in parts if part.get_filename() == member)
    return hashlib.sha256(data).hexdigest()


class Places:
    """Where the documents and the workspace of one run lie, in its folder."""

    __slots__ = ()
    folder: Path

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"
