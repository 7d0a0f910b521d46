"""Answers and search results for a pipe: one datum a line, no box, no colour, no wrapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.excerpt import excerpt
from copilot.records import Answer, Citation, Coverage, Passage
from copilot.sanitise import one_line


def render_answer(answer: Answer) -> str:
    """Return an answer as lines of text, the last one ended too."""
    return _joined(_answer_lines(answer), wording.marking_of_answer(answer))


def render_passages(passages: Sequence[Passage], coverage: Coverage | None) -> str:
    """Return search results as lines of text, the last one ended too."""
    return _joined(_passages_lines(passages, coverage), wording.marking_of_passages(passages))


def _answer_lines(answer: Answer) -> Iterator[str]:
    yield _labelled("question", one_line(answer.question))
    yield _labelled("answer", wording.badge(answer.status))
    yield wording.written_by(answer)
    if answer.refusal:
        yield one_line(answer.refusal)
    for claim in answer.claims:
        yield f"{wording.badge(claim.status)}  {one_line(claim.text)} {wording.references(claim)}".rstrip()
        for reason in claim.reasons:
            yield f"  {_labelled('reason', one_line(reason))}"
    for warning in answer.warnings:
        yield _labelled("warning", wording.warning_of(warning, answer.claims))
    for run in answer.runs:
        yield f"[T{run.number}] {one_line(run.title)}"
        yield from (f"  {line}" for line in wording.run_lines(run))
    for citation in answer.citations:
        yield from _source_lines(f"[{citation.number}]", citation, citation.quote)
    if answer.nearest:
        yield _labelled("nearest", "").rstrip()
    for rank, passage in enumerate(answer.nearest, start=1):
        yield from _source_lines(f"[{rank}]", passage, excerpt(passage.text))
    yield _labelled("coverage", wording.coverage_of(answer.coverage))
    if answer.answer_id:
        yield _labelled("number", one_line(answer.answer_id))


def _passages_lines(passages: Sequence[Passage], coverage: Coverage | None) -> Iterator[str]:
    for rank, passage in enumerate(passages, start=1):
        yield from _source_lines(f"{rank}.", passage, excerpt(passage.text))
    if not passages:
        yield t("presentation.no_passage")
    if coverage is not None:
        yield _labelled("coverage", wording.coverage_of(coverage))


def _source_lines(mark: str, source: Citation | Passage, quote: str) -> Iterator[str]:
    yield f"{mark} {wording.title_of(source)}, {wording.details_of(source)}"
    for line in wording.context_lines(source):
        yield f"  {_labelled('context', line)}"
    yield f"  {_labelled('quote', wording.quoted(quote))}"
    for note in wording.notes_of(source):
        yield f"  {note}"


def _joined(lines: Iterator[str], marking: str | None) -> str:
    framed = [marking, *lines, marking] if marking else [*lines]
    return "\n".join(framed) + "\n"


def _labelled(label: str, text: str) -> str:
    return t("presentation.labelled", label=t(f"presentation.label.{label}"), text=text)
