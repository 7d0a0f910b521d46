"""A single image (PNG, JPEG, TIFF) as scanned pages, one a frame."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageSequence

from copilot.parsing import failures
from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.ocr import ScanCounter


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add each frame as a page, recognised where Tesseract is at hand."""
    scans = ScanCounter(builder)
    with warnings.catch_warnings():
        # Pillow warns of large images before our own limit on pixels speaks.
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as image:
            for frame in ImageSequence.Iterator(image):
                pixels = frame.width * frame.height
                if pixels > builder.options.max_pixels:
                    raise failures.too_large(builder.name, "pixels", pixels, builder.options.max_pixels)
                frame.load()
                scans.add_page(frame)
    scans.warn()
