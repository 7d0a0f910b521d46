"""Make the documents of the demonstration: ``python -m tests.demo.build --out copilot/resources/demo``.

The same sources give the same bytes. The folder receives ``corpus/`` and ``corpus.json``, which says what each file is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from tests.demo.docx_writer import write_docx
from tests.demo.mail_writer import write_eml
from tests.demo.msg_writer import write_msg
from tests.demo.odt_writer import write_odt
from tests.demo.pdf_writer import write_pdf
from tests.demo.pptx_writer import write_pptx
from tests.demo.scan_writer import write_scan
from tests.demo.source import PARTS, Source, read_sources
from tests.demo.text_writers import write_csv, write_html, write_rtf, write_text
from tests.demo.xlsx_writer import write_xlsx
from tests.demo.zips import pack

_WRITERS: dict[str, Callable[[Source], bytes]] = {
    "docx": write_docx,
    "pdf": write_pdf,
    "odt": write_odt,
    "xlsx": write_xlsx,
    "pptx": write_pptx,
    "csv": write_csv,
    "html": write_html,
    "rtf": write_rtf,
    "txt": write_text,
    "md": write_text,
}


def write_file(source: Source, sources: dict[str, Source]) -> bytes:
    """Return the bytes of one document; those of its attachments and members come from `sources`."""
    if "copy_of" in source.head:
        return write_file(sources[source.head["copy_of"]], sources)
    inner = {sources[path].name: write_file(sources[path], sources) for path in source.attached}
    if source.extension == "zip":
        return pack(inner)
    if source.extension == "eml":
        return write_eml(source, inner)
    if source.extension == "msg":
        return write_msg(source, inner)
    if source.role == "scan":
        return write_scan(source)
    return _WRITERS[source.extension](source)


def write_all(sources: dict[str, Source]) -> dict[str, bytes]:
    """Return every file that ships, by its path."""
    return {path: write_file(source, sources) for path, source in sources.items() if not path.startswith(f"{PARTS}/")}


def describe(sources: dict[str, Source], files: dict[str, bytes]) -> list[dict[str, object]]:
    """Return what ``corpus.json`` says of each file."""
    return [
        {
            "path": path,
            "language": sources[path].language,
            "marking": sources[path].marking or None,
            "date": sources[path].date,
            "role": sources[path].role,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        for path, data in files.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the documents of the demonstration.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that receives corpus/ and corpus.json")
    out: Path = parser.parse_args().out
    sources = read_sources()
    files = write_all(sources)
    corpus = out / "corpus"
    for stale in sorted(corpus.rglob("*"), reverse=True):
        if stale.is_file() and stale.relative_to(corpus).as_posix() not in files:
            stale.unlink()
    for path, data in files.items():
        target = corpus / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    listing = json.dumps(describe(sources, files), ensure_ascii=False, indent=1)
    (out / "corpus.json").write_text(listing + "\n", encoding="utf-8")
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes")


if __name__ == "__main__":
    main()
