"""Reading a retrieval test set in the BEIR form: ``corpus.jsonl``, ``queries.jsonl``, ``qrels.tsv``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot.errors import UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import open_text


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """A test set: documents (title, text) and queries by id, and the graded relevant documents of each query.

    Queries without a judged document are left out, as BEIR does.
    """

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def read_retrieval_set(folder: Path) -> RetrievalSet:
    """Read a BEIR folder.

    Raises:
        UsageError: a file is missing or a line of it cannot be read; the message names both.
    """
    documents = {
        str(row["_id"]): (str(row.get("title") or ""), str(row.get("text") or ""))
        for row in _rows(folder / "corpus.jsonl", "_id")
    }
    queries = {str(row["_id"]): str(row["text"]) for row in _rows(folder / "queries.jsonl", "_id", "text")}
    judgements: dict[str, dict[str, int]] = {}
    for query_id, document_id, grade in _judgements(folder):
        if query_id in queries:
            judgements.setdefault(query_id, {})[document_id] = grade
    judged = {key: text for key, text in queries.items() if any(g > 0 for g in judgements.get(key, {}).values())}
    return RetrievalSet(documents, judged, judgements)


def bad_set(path: Path, line: int, error: Exception, next_step: str = "") -> UsageError:
    """Return the error for a file of a test set: one line of it, or the whole where no line was read (0)."""
    where = t("retrieval.line", path=path, line=line) if line else str(path)
    return UsageError(t("retrieval.bad_set", where=where, error=cause_of(error)), next_step)


def _rows(path: Path, *needed: str) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        with open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json.loads(line)
                    for key in needed:
                        row[key]
                    yield row
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise bad_set(path, number, error, t("retrieval.set_form")) from error


def _judgements(folder: Path) -> Iterator[tuple[str, str, int]]:
    candidates = [folder / "qrels.tsv", folder / "qrels" / "test.tsv", folder / "qrels" / "dev.tsv"]
    path = next((candidate for candidate in candidates if candidate.is_file()), candidates[0])
    number = 0
    try:
        with open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                fields = line.split("\t") if "\t" in line else line.split()
                if not line.strip() or (number == 1 and not fields[-1].strip().lstrip("-").isdigit()):
                    continue
                # TREC's own form has a second column that nobody reads.
                query_id, document_id, grade = fields[0], fields[-2], fields[-1]
                yield query_id, document_id, int(grade)
    except (OSError, ValueError, IndexError) as error:
        raise bad_set(path, number, error, t("retrieval.set_form")) from error
