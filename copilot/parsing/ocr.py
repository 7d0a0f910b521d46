"""Text of an image by Tesseract, where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from copilot.i18n import t
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.flow import add_lines
from copilot.parsing.options import ParseOptions
from copilot.parsing.text import clean

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_INCH = 300
_FEWEST_CHARACTERS = 3
_LIST_SECONDS = 10


class ScanCounter:
    """Adds scanned pages to a document, read or not, and words the warnings about them once at the end."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._read = self._failed = self._unread = 0
        self.can_read = builder.options.ocr and bool(tesseract_languages(builder.options.ocr_languages))

    def add_page(self, image: Image | None, label: str | None = None) -> None:
        """Add one page; `image` is None where it need not be rendered because nothing can read it."""
        text = clean(recognise(image, self._builder.options)) if image is not None and self.can_read else ""
        if len(text.strip()) >= _FEWEST_CHARACTERS:
            self._read += 1
            self._builder.start_page(label, ocr=True)
            add_lines(self._builder, text)
            return
        self._builder.start_page(label, read=False)
        if self.can_read:
            self._failed += 1
        else:
            self._unread += 1

    def warn(self) -> None:
        """Add the warnings to the document."""
        unread_key = "scans_unread" if self._builder.options.ocr else "scans_off"
        for count, key in ((self._read, "ocr"), (self._failed, "scans_failed"), (self._unread, unread_key)):
            if count:
                self._builder.about.warnings.append(t(f"parsing.warn.{key}", count=count))


def recognise(image: Image, options: ParseOptions) -> str:
    """Return the text that Tesseract sees in `image`; empty when it fails or takes longer than `ocr_seconds`."""
    stream = io.BytesIO()
    image.convert("L").save(stream, format="PNG", compress_level=1)
    languages = "+".join(tesseract_languages(options.ocr_languages))
    command = ["tesseract", "stdin", "stdout", "-l", languages, "--dpi", str(DOTS_PER_INCH)]
    try:
        done = subprocess.run(
            command,
            input=stream.getvalue(),
            capture_output=True,
            timeout=options.ocr_seconds,
            env=_environment(),
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else ""


@cache
def tesseract_languages(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `wanted` that the installed Tesseract has; none where there is no Tesseract."""
    if shutil.which("tesseract") is None:
        return ()
    try:
        listed = subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, timeout=_LIST_SECONDS, env=_environment(), check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return ()
    installed = set(listed.stdout.decode("utf-8", errors="replace").split())
    return tuple(language for language in wanted if language in installed)


def _environment() -> dict[str, str]:
    """One thread each: pages are read side by side, and Tesseract's own threads only get in each other's way."""
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}
