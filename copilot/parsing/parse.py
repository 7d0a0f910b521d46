"""One file in, one ParsedDocument or one ParseError out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from copilot.errors import ParseError
from copilot.parsing import failures
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.options import ParseJob, ParseOptions
from copilot.parsing.sniff import Format, sniff
from copilot.records import ParsedDocument

Reader = Callable[[DocumentBuilder, bytes], None]

# Each module has `read(builder, data)`; it is imported when its format first turns up, for each brings a library.
_READERS = {
    Format.PDF: "pdf",
    Format.DOCX: "docx",
    Format.PPTX: "pptx",
    Format.XLSX: "workbook",
    Format.XLSB: "workbook",
    Format.XLS: "workbook",
    Format.ODS: "workbook",
    Format.ODT: "odt",
    Format.CSV: "delimited",
    Format.HTML: "html",
    Format.MARKDOWN: "markdown",
    Format.TEXT: "plain",
    Format.RTF: "rtf",
    Format.EML: "eml",
    Format.MSG: "msg",
    Format.ZIP: "archive",
    Format.PNG: "image",
    Format.JPEG: "image",
    Format.TIFF: "image",
}


def parse(name: str, data: bytes, options: ParseOptions) -> ParsedDocument:
    """Read one file; raise ParseError with a reason.

    `name` is used for its extension and in messages only. Whatever a library raises on a damaged file becomes a
    ParseError; MemoryError passes, for the walled worker to report.
    """
    if len(data) > options.max_file_bytes:
        raise failures.too_large(name, "bytes", len(data), options.max_file_bytes)
    found = sniff(name, data)
    read: Reader = import_module(f"copilot.parsing.{_READERS[found]}").read
    builder = DocumentBuilder(name, options)
    try:
        read(builder, data)
        return builder.finish(found.value)
    except (ParseError, MemoryError):
        raise
    except Exception as cause:
        raise failures.damaged(name, cause) from cause


def run_job(job: ParseJob) -> ParsedDocument:
    """Read the file of `job`: what a walled worker runs."""
    return parse(job.name, job.data, job.options)
