"""The picture of a cited page, from the original on the disk, drawn behind the walls."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from copilot.app.naming import PathNames
from copilot.errors import CancelledError, CopilotError
from copilot.i18n import t
from copilot.parsing.page_image import PageImageJob, decode_answer, largest_answer, run_job
from copilot.ports import Cancellation
from copilot.records import Citation, PageImage
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.single import End, ending_of, run_confined
from copilot.settings import Settings

_MEBIBYTE = 2**20
# A picture that takes longer is of no use to somebody who reads.
_MOST_SECONDS = 30.0
_MOST_PIXELS = 12_000_000


def page_image(
    root: Path, settings: Settings, citation: Citation, size: tuple[int, int], cancel: Cancellation
) -> PageImage:
    """Draw the page of `citation` to fit into `size` pixels, its quote highlighted where the page's text holds it.

    Raises CopilotError where there is no such picture (the original is gone, has changed since it was read, is no PDF
    or lies in another file) or the file is hostile, CancelledError when `cancel` is asked.
    """
    width = max(1, size[0])
    height = max(1, min(size[1], _MOST_PIXELS // width))
    data = _original(root, settings, citation)
    job = PageImageJob(citation.path, data, citation.page, citation.quote, width, height)
    memory = settings.documents.parser_memory_mb * _MEBIBYTE
    seconds = min(settings.documents.parser_seconds, _MOST_SECONDS)
    with tempfile.TemporaryDirectory(prefix="copilot-page-") as folder:
        conversation = run_confined(
            run_job,
            job,
            confinement=Confinement((), folder),
            memory_bytes=memory,
            seconds=seconds,
            largest_answer=largest_answer(job),
            demand_walls=False,
            cancel=cancel,
        )
        ending = ending_of(conversation)
    if ending.end is End.CANCELLED:
        raise CancelledError(t("ask.cancelled"))
    if ending.end is End.TIME:
        raise CopilotError(t("parsing.worker_time", seconds=f"{seconds:g}"))
    if ending.end is End.MEMORY:
        raise CopilotError(t("parsing.worker_memory", megabytes=memory // _MEBIBYTE))
    if ending.end is not End.DONE:
        raise CopilotError(t("parsing.worker_crashed", detail=ending.detail or ending.end.value))
    try:
        return decode_answer(ending.payload, job)
    except ValueError as cause:
        raise CopilotError(t("parsing.worker_crashed", detail=str(cause)[:200])) from cause


def _original(root: Path, settings: Settings, citation: Citation) -> bytes:
    """Return the bytes of the version that was cited; raise CopilotError where the disk has other ones, or none."""
    name = citation.path
    whole = root / name
    if "!" in name and not whole.is_file():
        raise CopilotError(t("tui.pages.member"))
    path = PathNames(root).path_of(name)
    limit = settings.documents.max_file_mb * _MEBIBYTE
    try:
        if not path.is_file():
            raise CopilotError(t("tui.pages.gone", name=name))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as cause:
        raise CopilotError(t("tui.pages.gone", name=name)) from cause
    if len(data) > limit or hashlib.sha256(data).hexdigest() != citation.sha256:
        raise CopilotError(t("tui.pages.changed", name=name))
    if b"%PDF-" not in data[:1024]:
        raise CopilotError(t("tui.pages.no_pdf", name=name))
    return data
