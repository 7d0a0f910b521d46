"""Answers and search results for programs; the shape is promised by ``copilot/resources/answer.schema.json``.

Text is exact here, control characters and all: `dumps` writes what could act on a terminal as JSON escapes, and leaves
accents readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from copilot.presentation.wording import marking_of_answer, marking_of_passages
from copilot.records import Answer, Argument, Citation, Coverage, Passage, ToolRun
from copilot.sanitise import json_safe

SCHEMA_VERSION = "1"


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as a JSON object; `marking` is the highest among all that stands in it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "answer_id": answer.answer_id,
        "status": answer.status.value,
        "question": answer.question,
        "language": answer.language,
        "generator": answer.generator,
        "marking": marking_of_answer(answer),
        "claims": [
            {
                "text": claim.text,
                "status": claim.status.value,
                "citations": list(claim.citations),
                "tools": list(claim.tools),
                "reasons": list(claim.reasons),
                "cautions": list(claim.cautions),
            }
            for claim in answer.claims
        ],
        "citations": [_citation(citation) for citation in answer.citations],
        "warnings": [
            {
                "kind": warning.kind,
                "citations": list(warning.citations),
                "tools": list(warning.tools),
                "detail": warning.detail,
            }
            for warning in answer.warnings
        ],
        "refusal": answer.refusal,
        "nearest": [passage_to_json(passage) for passage in answer.nearest],
        "coverage": asdict(answer.coverage),
        "timings_ms": dict(answer.timings_ms),
        "hashes": dict(answer.hashes),
        "tool_runs": [run_to_json(run) for run in answer.runs],
        "assumptions": list(answer.assumptions),
        "passages_read": list(answer.passages_read),
        "history": [asdict(exchange) for exchange in answer.history],
    }


def run_to_json(run: ToolRun) -> dict[str, Any]:
    """Return a tool's run as a JSON object: what it ran with, where that came from, what it found."""
    return {
        "number": run.number,
        "tool": run.tool,
        "title": run.title,
        "plugin_sha256": run.plugin_sha256,
        "seconds": round(run.seconds, 3),
        "arguments": [argument_to_json(argument) for argument in run.arguments],
        "result": asdict(run.result),
    }


def argument_to_json(argument: Argument) -> dict[str, Any]:
    """Return an argument with its origin as a JSON object."""
    origin = argument.origin
    return {
        "name": argument.name,
        "value": argument.value,
        "unit": argument.unit,
        "origin": origin.kind.value,
        "quote": origin.quote or None,
        "path": None if origin.passage is None else origin.passage.path,
        "page": origin.page,
        "note": origin.note or None,
        "superseded_by": None if origin.passage is None else origin.passage.superseded_by,
        "contradicted_by": [
            {
                "path": rival.passage.path,
                "page": rival.passage.page_first,
                "quote": rival.passage.text[rival.start : rival.end],
                "figure": rival.figures[1],
            }
            for rival in origin.rivals
        ],
        "also_in": list(origin.also_in),
    }


def passages_to_json(
    query: str,
    passages: Sequence[Passage],
    coverage: Coverage | None = None,
    timings_ms: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return search results, the best first, as a JSON object."""
    return {
        "schema_version": SCHEMA_VERSION,
        "query": query,
        "marking": marking_of_passages(passages),
        "passages": [passage_to_json(passage) for passage in passages],
        "coverage": None if coverage is None else asdict(coverage),
        "timings_ms": dict(timings_ms or {}),
    }


def passage_to_json(passage: Passage) -> dict[str, Any]:
    """Return one passage as a JSON object."""
    return {
        "path": passage.path,
        "title": passage.title,
        "sha256": passage.sha256,
        "page": passage.page_first,
        "page_last": passage.page_last,
        "page_label": passage.page_label,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "context": passage.context,
        "kind": passage.kind,
        "sheet": passage.sheet,
        "cells": passage.cells,
        "date": passage.date,
        "language": passage.language,
        "marking": passage.marking,
        "collection": passage.collection,
        "scores": asdict(passage.scores),
        "superseded_by": passage.superseded_by,
        "also_in": list(passage.also_in),
    }


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """Return `value` as JSON text without a raw control, direction or zero-width character."""
    return json_safe(json.dumps(value, ensure_ascii=False, indent=indent))


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "path": citation.path,
        "title": citation.title,
        "sha256": citation.sha256,
        "page": citation.page,
        "page_label": citation.page_label,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "context": citation.context,
        "cells": citation.cells,
        "date": citation.date,
        "marking": citation.marking,
        "superseded_by": citation.superseded_by,
        "also_in": list(citation.also_in),
    }
