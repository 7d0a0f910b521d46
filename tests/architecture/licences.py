"""Which licences come with the program: run as ``python -m tests.architecture.licences``; it fails on copyleft.

Read from the metadata of what is installed, so that nothing is asked of a network. What is shipped (the dependencies
and all extras, with all that they require) is told apart from what only the set-up and the tests use.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "analyst-copilot"
NOT_SHIPPED = frozenset({"dev", "embedder"})

# Copyleft that reaches beyond the files it stands in; and licences that are none that we know.
_COPYLEFT = re.compile(
    r"GPL|GNU|EUPL|CDDL|EPL|Eclipse|CC-BY-SA|SSPL|BUSL|Sleepycat|OSL-|CPAL|proprietary", re.IGNORECASE
)
_PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|Zlib|PSF|Python Software Foundation|Unlicense|CC0|0BSD|BSL-1\.0|Boost|MPL|Mozilla|HPND|"
    r"Public Domain|CNRI-Python|DFSG approved|Unicode|NCSA|Blue ?Oak|WTFPL",
    re.IGNORECASE,
)

# Why a package with another licence is here all the same. Nothing else passes.
EXCEPTIONS: Mapping[str, str] = {
    "pycountry": "LGPL-2.1, never shipped: mistral-common, the oracle of the format tests, requires it",
}


@dataclass(frozen=True, slots=True)
class Licensed:
    """One installed package; `shipped` says whether the program needs it to run."""

    name: str
    version: str
    licence: str
    shipped: bool

    @property
    def is_fit(self) -> bool:
        return is_fit(self.licence) or self.name in EXCEPTIONS


def is_fit(licence: str) -> bool:
    """Say whether a licence asks for no more than its notice: each part of an AND, some part of an OR.

    The Mozilla licence is taken for fit: it reaches only the files it stands in, which are shipped unchanged.
    """
    parts = re.split(r"\s+AND\s+|;", licence.replace("(", " ").replace(")", " "), flags=re.IGNORECASE)
    return all(
        any(_PERMISSIVE.search(choice) and not _COPYLEFT.search(choice) for choice in re.split(r"\s+OR\s+", part))
        for part in parts
    )


def installed() -> list[Licensed]:
    """Return every installed package but the program itself, by name."""
    shipped = closure(PROJECT, extras_of(PROJECT) - NOT_SHIPPED)
    found = {}
    for distribution in importlib.metadata.distributions():
        name = canonicalize_name(distribution.metadata["Name"])
        if name != PROJECT:
            found[name] = Licensed(name, distribution.version, licence_of(distribution), name in shipped)
    return [found[name] for name in sorted(found)]


def licence_of(distribution: importlib.metadata.Distribution) -> str:
    """Return the SPDX expression, else the trove classifiers, else the first line of what stands in the old field."""
    metadata = distribution.metadata
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [entry for entry in metadata.get_all("Classifier") or [] if entry.startswith("License :: ")]
    named = [entry.rpartition(" :: ")[2] for entry in classifiers if not entry.endswith(":: OSI Approved")]
    return "; ".join(named) or "".join(metadata.get_all("License") or []).strip().partition("\n")[0]


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


def main() -> None:
    found = installed()
    for package in found:
        mark = "" if package.is_fit else "  <- NOT ALLOWED"
        reason = f"  ({EXCEPTIONS[package.name]})" if package.name in EXCEPTIONS else ""
        use = "ship" if package.shipped else "dev "
        print(f"{use}  {package.name} {package.version}: {package.licence}{reason}{mark}")
    bad = [package.name for package in found if not package.is_fit]
    print(f"{len(found)} packages, {sum(package.shipped for package in found)} shipped, {len(bad)} not allowed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
