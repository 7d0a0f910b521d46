"""Files into text with structure: ``parse(name, data, options)``, in the caller's process or in a walled worker."""

from copilot.parsing.options import ParseJob, ParseOptions
from copilot.parsing.parse import parse, run_job
from copilot.parsing.wire import decode_document, encode_document

__all__ = ["ParseJob", "ParseOptions", "decode_document", "encode_document", "parse", "run_job"]
