"""Native libraries that wheels carry beside their own code, and under which licence each is.

The metadata of a wheel names the licence of its project alone; what it was linked with lies in a folder of its own
(``numpy.libs``). What was linked into a project's own library cannot be seen from here.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

_FOLDER = re.compile(r"(?:^|/)[\w.]*\.libs/lib([^/]+)$")
# What follows a library's name: how its integers are, a hash, its version.
_REST = re.compile(r"64_|-|\.(?:so|dylib)\b")

# By their names, as their projects' own licence files say; `*` stands for any ending.
LICENCES: Mapping[str, str] = {
    "absl_*": "Apache-2.0",
    "ortools": "Apache-2.0",
    "scip": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "utf8_*": "MIT",
    "re2": "BSD-3-Clause",
    "highs": "MIT",
    "z": "Zlib",
    "bz2": "bzip2-1.0.6 (BSD-like)",
    "lz4": "BSD-2-Clause",
    "lzma": "0BSD",
    "zstd": "BSD-3-Clause",
    "scipy_openblas": "BSD-3-Clause",
    "openblas": "BSD-3-Clause",
    "curl": "curl (MIT-like)",
    "nghttp2": "MIT",
    "proj": "MIT",
    "sqlite3": "Public Domain",
    "tiff": "BSD (libtiff)",
    "Xau": "MIT",
    "xcb": "MIT",
    "avif": "BSD-2-Clause",
    "brotli*": "MIT",
    "freetype": "BSD-style (FTL)",
    "harfbuzz": "MIT",
    "jpeg": "BSD-3-Clause AND Zlib",
    "lcms2": "MIT",
    "openjp2": "BSD-2-Clause",
    "png*": "Zlib (libpng-2.0)",
    "sharpyuv": "BSD-3-Clause",
    "webp*": "BSD-3-Clause",
}
# Copyleft that does not reach us, each with the reason. Nothing else passes.
EXCEPTIONS: Mapping[str, str] = {
    "gfortran": "GPL-3.0 WITH GCC-exception-3.1: the exception lets what was compiled with it be under any licence",
    "gomp": "GPL-3.0 WITH GCC-exception-3.1: the exception lets what was compiled with it be under any licence",
    "quadmath": "LGPL-2.1: a library of its own beside numpy and scipy, shipped unchanged, which anybody may exchange",
    **dict.fromkeys(
        ("Cbc*", "Cgl", "Clp*", "CoinUtils", "Osi*"),
        "EPL-2.0: libraries of their own beside OR-Tools, shipped unchanged; the licence reaches their own files only",
    ),
}


@dataclass(frozen=True, slots=True)
class Bundled:
    """One library in the wheel of `package`; `licence` is None where none is known, `exception` why it is here."""

    package: str
    name: str
    licence: str | None
    exception: str | None = None

    @property
    def is_fit(self) -> bool:
        return self.licence is not None


def bundled_in(package: str) -> Iterator[Bundled]:
    """Yield the native libraries in the folders that the installed wheel of a package keeps for those of others."""
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return
    for file in files:
        if match := _FOLDER.search(file.as_posix()):
            yield named(package, _REST.split(match[1])[0])


def named(package: str, library: str) -> Bundled:
    """Return what is known of a library by its name."""
    for pattern, reason in EXCEPTIONS.items():
        if fnmatchcase(library, pattern):
            return Bundled(package, library, reason.partition(":")[0], reason)
    licence = next((told for pattern, told in LICENCES.items() if fnmatchcase(library, pattern)), None)
    return Bundled(package, library, licence)
