"""Which licences come with the program: run as ``python -m tests.architecture.licences``.

Of every package that set-up pins (`tests.architecture.pins`), shipped or not. It fails on copyleft, on a licence that
is not known, on a pinned package whose licence was not seen, on one that the program needs and that nothing pins, and
on a native library beside a shipped package (`tests.architecture.bundled`) that is neither known nor excepted by name.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.bundled import Bundled, bundled_in
from tests.architecture.pins import ROOT, WEIGHTS, Pin, licence_of_pin, pins

PROJECT = "analyst-copilot"
NOT_SHIPPED = frozenset({"dev", "embedder"})

# Copyleft that reaches beyond the files it stands in; and licences that are none that we know.
_COPYLEFT = re.compile(
    r"GPL|GNU|EUPL|CDDL|EPL|Eclipse|CC-BY-SA|SSPL|BUSL|Commons.?Clause|Sleepycat|OSL-|CPAL|proprietary", re.IGNORECASE
)
_PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|Zlib|PSF|Python Software Foundation|Unlicense|CC0|0BSD|BSL-1\.0|Boost|MPL|Mozilla|HPND|"
    r"Public Domain|CNRI-Python|DFSG approved|Unicode|NCSA|Blue ?Oak|WTFPL)\b",
    re.IGNORECASE,
)

# Why a package with another licence is here all the same. Nothing else passes.
EXCEPTIONS: Mapping[str, str] = {
    "pycountry": "LGPL-2.1, never shipped: mistral-common, the oracle of the format tests, requires it",
}


@dataclass(frozen=True, slots=True)
class Licensed:
    """One pinned package; `licence` is None where none was seen, `shipped` says whether the program needs it to run."""

    pin: Pin
    licence: str | None
    shipped: bool

    @property
    def is_fit(self) -> bool:
        """Say whether it may be here: an exception may, as long as it is not shipped."""
        if self.licence is None:
            return False
        return is_fit(self.licence) or (self.pin.name in EXCEPTIONS and not self.shipped)


def is_fit(licence: str) -> bool:
    """Say whether a licence asks for no more than its notice: each part of an AND, some part of an OR.

    The Mozilla licence is taken for fit: it reaches only the files it stands in, which are shipped unchanged.
    """
    parts = re.split(r"\s+AND\s+|;", licence.replace("(", " ").replace(")", " "), flags=re.IGNORECASE)
    return all(
        any(_PERMISSIVE.search(choice) and not _COPYLEFT.search(choice) for choice in re.split(r"\s+OR\s+", part))
        for part in parts
    )


def pinned(root: Path = ROOT) -> list[Licensed]:
    """Return every pinned package, by name and version."""
    shipped = closure(PROJECT, extras_of(PROJECT) - NOT_SHIPPED)
    return [
        Licensed(pin, licence_of_pin(pin, root), pin.name in shipped or not WEIGHTS.isdisjoint(pin.files))
        for pin in pins(root)
    ]


def bundled(found: list[Licensed]) -> list[Bundled]:
    """Return the native libraries beside shipped packages, each name of a package once."""
    return list(dict.fromkeys(library for one in found if one.shipped for library in bundled_in(one.pin.name)))


def unpinned(found: list[Licensed]) -> list[str]:
    """Return what the program requires and nothing pins."""
    return sorted(closure(PROJECT, extras_of(PROJECT) - NOT_SHIPPED) - {one.pin.name for one in found})


def extras_of(name: str) -> set[str]:
    return set(importlib.metadata.metadata(name).get_all("Provides-Extra") or [])


def closure(name: str, extras: set[str]) -> set[str]:
    """Return the names of all that a package requires on this machine, with `extras`, at any depth."""
    seen: set[tuple[str, str]] = set()
    waiting: list[tuple[str, str]] = [(canonicalize_name(name), extra) for extra in ("", *extras)]
    while waiting:
        package, extra = waiting.pop()
        if (package, extra) in seen:
            continue
        seen.add((package, extra))
        waiting.extend(_required(package, extra))
    return {package for package, _ in seen} - {canonicalize_name(name)}


def _required(package: str, extra: str) -> Iterator[tuple[str, str]]:
    try:
        lines = importlib.metadata.requires(package) or []
    except importlib.metadata.PackageNotFoundError:
        return  # of an extra that is not installed here
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for wanted in ("", *requirement.extras):
                yield canonicalize_name(requirement.name), wanted


def main(root: Path = ROOT) -> int:
    found = pinned(root)
    for one in found:
        mark = "" if one.is_fit else "  <- NOT ALLOWED" if one.licence else "  <- UNKNOWN"
        reason = f"  ({EXCEPTIONS[one.pin.name]})" if one.pin.name in EXCEPTIONS else ""
        told = "not seen" if one.licence is None else one.licence
        print(f"{'ship' if one.shipped else 'dev '}  {one.pin.name} {one.pin.version}: {told}{reason}{mark}")
    bad = [one for one in found if not one.is_fit]
    missing = unpinned(found)
    for name in missing:
        print(f"ship  {name}: needed, and not pinned  <- NOT ALLOWED")
    libraries = bundled(found)
    strange = [one for one in libraries if not one.is_fit]
    for library in libraries:
        if library.exception or not library.is_fit:
            print(f"ship  {library.package}/{library.name}: {library.exception or 'not known  <- NOT ALLOWED'}")
    shipped = sum(one.shipped for one in found)
    excepted = sum(one.exception is not None for one in libraries)
    print(f"{len(libraries)} native libraries beside them, {excepted} excepted by name")
    print(f"{len(found)} pinned, {shipped} shipped, {len(bad) + len(missing) + len(strange)} not allowed")
    return 1 if bad or missing or strange else 0


if __name__ == "__main__":
    sys.exit(main())
