"""Every package that set-up pins, in the four files of requirements, with its hashes and where its licence was read.

A licence is read from the metadata of what is installed, or of a wheel that set-up fetched and does not install:
nothing is asked of a network.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILES = ("requirements.txt", "requirements-build.txt", "requirements-embedder.txt", "requirements-weights.txt")
# What only builds is not shipped; the weights are, as the ONNX files that set-up makes of them.
WEIGHTS = frozenset({"requirements-embedder.txt", "requirements-weights.txt"})

# Pinned for systems that set-up does not run on, so that no file of theirs is here: read in their projects' metadata.
ELSEWHERE: Mapping[str, str] = {"colorama": "BSD-3-Clause", "httpx2-jsfetch": "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned version; `hashes` are SHA-256, one a file of that version, and `files` who pins it.

    `applies` says whether it is for this system and this Python.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    files: tuple[str, ...]
    applies: bool


def pins(root: Path = ROOT) -> list[Pin]:
    """Return every pinned version by name; what two files pin alike stands once.

    ValueError for a line that pins no version or gives no hash.
    """
    found: dict[tuple[str, str], Pin] = {}
    for file in FILES:
        for line in (root / file).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            text, *hashes = line.partition("#")[0].split("--hash=sha256:")
            if not text.strip():
                continue
            asked = Requirement(text.strip())
            [version] = [one.version for one in asked.specifier if one.operator == "=="] or [""]
            if not version or not hashes:
                raise ValueError(f"{file}: {asked.name} is pinned to no version or no hash")
            name = canonicalize_name(asked.name)
            before = found.get((name, version), Pin(name, version, (), (), applies=False))
            found[name, version] = Pin(
                name,
                version,
                tuple(sorted({*before.hashes, *(one.strip() for one in hashes)})),
                (*before.files, file),
                before.applies or asked.marker is None or asked.marker.evaluate(),
            )
    return [found[key] for key in sorted(found)]


def licence_of_pin(pin: Pin, root: Path = ROOT) -> str | None:
    """Return the licence that was read for a pin, empty where its metadata names none; None where nothing was seen.

    Of a version for another Python, the one that is installed here speaks.
    """
    try:
        installed = importlib.metadata.distribution(pin.name)
    except importlib.metadata.PackageNotFoundError:
        wheel = _fetched(pin, root / ".cache")
        return wheel if wheel is not None or pin.applies else ELSEWHERE.get(pin.name)
    return licence_in(installed.metadata) if installed.version == pin.version or not pin.applies else None


def licence_in(metadata: Message | importlib.metadata.PackageMetadata) -> str:
    """Return the SPDX expression, else the trove classifiers, else the first line of what stands in the old field."""
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [entry for entry in metadata.get_all("Classifier") or [] if entry.startswith("License :: ")]
    named = [entry.rpartition(" :: ")[2] for entry in classifiers if not entry.endswith(":: OSI Approved")]
    return "; ".join(named) or "".join(metadata.get_all("License") or []).strip().partition("\n")[0]


def _fetched(pin: Pin, cache: Path) -> str | None:
    """Return the licence of a wheel that set-up fetched; one whose hash is not pinned counts for nothing."""
    for wheel in sorted(cache.glob(f"{pin.name.replace('-', '_')}-{pin.version}-*.whl")):
        if hashlib.sha256(wheel.read_bytes()).hexdigest() in pin.hashes:
            with zipfile.ZipFile(wheel) as packed:
                [name] = [one for one in packed.namelist() if one.endswith(".dist-info/METADATA")]
                return licence_in(message_from_bytes(packed.read(name)))
    return None
