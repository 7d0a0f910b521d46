"""What a parse may spend and whether it may recognise text in images."""

from __future__ import annotations

from dataclasses import dataclass, field

_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """Limits are checked before the work they bound; going over one is a ParseError with the reason ``too_large``.

    `max_cells` is the exception: calamine builds a sheet before it tells how large it is, and the size that a sheet
    declares is neither true nor rare to be the largest. What building it may take is bounded by the memory and the time
    of the worker alone.
    `max_ratio` bounds unpacked over packed size once the unpacked size is above `ratio_floor_bytes` (small files of
    repeated rows compress well and are harmless). `ocr_languages` are Tesseract's names, used where installed.
    The `max_tree_*` are for all that lies in one file of the folder, at any depth: its members, their bytes, the
    characters of their text. What is beyond them is not opened, and the container that holds it says so.
    """

    ocr: bool = True
    ocr_languages: tuple[str, ...] = ("fra", "eng")
    ocr_seconds: float = 60.0
    max_file_bytes: int = 200 * _MEBIBYTE
    max_unpacked_bytes: int = 512 * _MEBIBYTE
    max_ratio: int = 200
    ratio_floor_bytes: int = 20 * _MEBIBYTE
    max_members: int = 10_000
    max_cells: int = 2_000_000
    max_columns: int = 16_384
    max_pages: int = 5_000
    max_pixels: int = 100_000_000
    max_characters: int = 50_000_000
    max_tree_members: int = 50_000
    max_tree_bytes: int = 1_024 * _MEBIBYTE
    max_tree_characters: int = 200_000_000


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One file for the walled worker: its name (untrusted, used for its extension and in messages), its bytes."""

    name: str
    data: bytes = field(repr=False)
    options: ParseOptions = ParseOptions()
