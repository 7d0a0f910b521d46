"""An answer as Markdown, to be filed or sent: with its sources, and with nothing in it that a renderer would follow.

Outside text is escaped, so that a document cannot bring in links, images (which a viewer may fetch), HTML or headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.excerpt import excerpt
from copilot.records import Answer, Citation, Passage
from copilot.sanitise import one_line

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#!|~&$^=@]")
# What begins a list or heading when it begins a line.
_START = re.compile(r"^(\d{1,9})([.)])(?= |$)|^([-+])")
# What some renderers turn into links without any bracket.
_BARE_LINK = re.compile(r"(?i)\b(www)(\.)|(:)(//)|\b(mailto|xmpp)(:)")


def answer_to_markdown(answer: Answer) -> str:
    """Return an answer as a Markdown document."""
    marking = wording.marking_of_answer(answer)
    banner = [f"**{escape(marking)}**", ""] if marking else []
    return "\n".join([*banner, *_body(answer), *banner]).rstrip("\n") + "\n"


def escape(text: str) -> str:
    """Return `text` on one line, such that any Markdown renderer shows it and does nothing else with it."""
    line = _SPECIAL.sub(lambda match: f"\\{match[0]}", one_line(text))
    line = _START.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)
    return _BARE_LINK.sub(_broken_link, line)


def _broken_link(match: re.Match[str]) -> str:
    if match[1]:
        return f"{match[1]}\\{match[2]}"
    return f"\\{match[3]}{match[4]}" if match[3] else f"{match[5]}\\{match[6]}"


def _body(answer: Answer) -> Iterator[str]:
    yield f"# {escape(answer.question)}"
    yield ""
    yield f"**{wording.badge(answer.status)}** — {escape(wording.written_by(answer))}"
    yield ""
    if answer.refusal:
        yield escape(answer.refusal)
        yield ""
    for claim in answer.claims:
        yield f"- **{wording.badge(claim.status)}** {escape(claim.text)} {wording.references(claim)}".rstrip()
        for reason in claim.reasons:
            yield f"  - {_labelled('reason', reason)}"
    yield from [""] if answer.claims else []
    if answer.warnings:
        yield from _heading("warnings")
        yield from (f"- {escape(wording.warning_of(warning, answer.claims))}" for warning in answer.warnings)
        yield ""
    if answer.runs:
        yield from _heading("tools")
        for run in answer.runs:
            yield f"**[T{run.number}]** {escape(run.title)}"
            yield ""
            yield from (f"- {escape(line)}" for line in wording.run_lines(run))
            yield ""
    if answer.citations:
        yield from _heading("sources")
        for citation in answer.citations:
            yield from _source(f"**[{citation.number}]**", citation, citation.quote)
    if answer.nearest:
        yield from _heading("nearest")
        for passage in answer.nearest:
            yield from _source("-", passage, excerpt(passage.text))
    yield _labelled("coverage", wording.coverage_of(answer.coverage))
    yield ""
    if answer.answer_id:
        yield _labelled("number", answer.answer_id)
        yield ""


def _source(mark: str, source: Citation | Passage, quote: str) -> Iterator[str]:
    yield f"{mark} {escape(wording.title_of(source))}, {escape(wording.details_of(source))}"
    yield ""
    indent = "  " if mark == "-" else ""
    lines = [_labelled("context", line) for line in wording.context_lines(source)]
    for line in [*lines, escape(wording.quoted(quote)), *(escape(note) for note in wording.notes_of(source))]:
        yield f"{indent}> {line}  "
    yield ""


def _heading(label: str) -> Iterator[str]:
    yield f"## {t(f'presentation.label.{label}')}"
    yield ""


def _labelled(label: str, text: str) -> str:
    return t("presentation.labelled", label=t(f"presentation.label.{label}"), text=escape(text))
