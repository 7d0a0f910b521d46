"""Which documents are copies of others, and which were replaced by a later version under another name.

A later version of the *same file* needs no finding: the truth keeps its history. Here are the files that people keep
side by side: ``ordre_v1.pdf`` and ``ordre_v2.pdf``, or an order that says which one it cancels and replaces.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from copilot.language.words import fold
from copilot.store.truth import Truth

# Two files of one family are versions of each other only when their texts share at least this much (Jaccard estimate).
_FAMILY_SIMILARITY = 0.2
_COPY_SIMILARITY = 0.9
_VERSION = re.compile(
    r"(?<![a-z0-9])(?:v|ver|version|rev|revision|ed|edition|ind|indice|modificatif|fragord|amendment|issue)"
    r"[ ._-]?(?P<number>\d{1,3}|[a-h])(?![a-z0-9])"
)
_REPLACES = re.compile(
    r"\b(?:annul\w+ et remplac\w+|abrog\w+ et remplac\w+|remplac\w+ (?:et annul\w+ )?(?:la|le|l'|les) "
    r"|supersed\w+|cancels and replaces|replaces )"
)
_HEAD = 4_000


@dataclass(frozen=True, slots=True)
class _Version:
    version_id: int
    document_id: int
    family: str
    number: int
    date: str
    sha256: str
    signature: bytes
    replaces: str


def update_relations(truth: Truth) -> None:
    """Find copies and replaced documents among all that is in service, and write what differs from what is known."""
    rows = truth.live_versions()
    versions = [_describe(truth, row) for row in rows]
    newer = _superseded(versions)
    copies = _copies(versions, newer)
    changes = [
        (row["version_id"], newer.get(row["document_id"]), copies.get(row["document_id"]))
        for row in rows
        if (row["superseded_by"], row["duplicate_of"])
        != (newer.get(row["document_id"]), copies.get(row["document_id"]))
    ]
    if changes:
        truth.documents.set_relations(changes)


def _describe(truth: Truth, row: sqlite3.Row) -> _Version:
    stem = fold(PurePosixPath(row["path"].rpartition("!")[2]).stem)
    name = re.sub(r"[\s_]+", " ", stem)
    found = list(_VERSION.finditer(name))
    family = re.sub(r"[^a-z0-9]+", " ", _VERSION.sub(" ", name)).strip()
    head = fold(truth.head(row["version_id"], _HEAD))
    claim = _REPLACES.search(head)
    replaces = head[claim.start() : claim.end() + 200] if claim else ""
    return _Version(
        row["version_id"],
        row["document_id"],
        family,
        _as_number(found[-1]["number"]) if found else 0,
        row["date"] or "",
        row["sha256"],
        row["signature"] or b"",
        replaces,
    )


def _as_number(written: str) -> int:
    return int(written) if written.isdigit() else ord(written) - ord("a") + 1


def _superseded(versions: Sequence[_Version]) -> dict[int, int]:
    """Return document id -> id of the document that replaces it; chains lead straight to the newest."""
    families: dict[str, list[_Version]] = defaultdict(list)
    for version in versions:
        families[version.family].append(version)
    newer: dict[int, int] = {}
    for members in families.values():
        members.sort(key=lambda version: (version.number, version.date, version.document_id))
        # Few documents of a family can replace another: only they are compared with all that come before them.
        replacing = [version for version in members if version.number > members[0].number or version.replaces]
        places = {version.document_id: place for place, version in enumerate(members)}
        for place, older in enumerate(members):
            for later in replacing:
                if places[later.document_id] > place and _replaces(later, older):
                    newer[older.document_id] = later.document_id
                    break
    for document_id, later_id in newer.items():
        while later_id in newer:
            later_id = newer[later_id]
        newer[document_id] = later_id
    return newer


def _replaces(later: _Version, older: _Version) -> bool:
    from copilot.indexing.near_duplicates import similarity

    numbered = later.number > older.number
    declared = bool(later.replaces) and later.date >= older.date and later.sha256 != older.sha256
    return (numbered or declared) and similarity(older.signature, later.signature) >= _FAMILY_SIMILARITY


def _copies(versions: Sequence[_Version], newer: dict[int, int]) -> dict[int, int]:
    """Return document id -> id of the document it repeats, the first one that the workspace knew."""
    from copilot.indexing.near_duplicates import near_duplicate_groups

    signatures = {v.document_id: v.signature for v in versions if v.signature and v.document_id not in newer}
    copies: dict[int, int] = {}
    for group in near_duplicate_groups(signatures, threshold=_COPY_SIMILARITY):
        original, *others = sorted(group)
        copies.update(dict.fromkeys(others, original))
    return copies
