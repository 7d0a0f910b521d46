"""Answers and search results for a terminal, by Rich: words carry the meaning, colours only underline it.

The views are Rich renderables, so that a full-screen interface can show them too. Every piece of text is a `Text` made
from sanitised strings: nothing is read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from copilot.i18n import t
from copilot.presentation import wording
from copilot.presentation.excerpt import excerpt
from copilot.records import Answer, Citation, Claim, Coverage, Passage, Status, ToolRun
from copilot.sanitise import one_line

_SYMBOLS = {Status.SUPPORTED: "✔", Status.PARTIAL: "~", Status.UNSUPPORTED: "✘", Status.REFUSED: "–"}


@dataclass(frozen=True, slots=True)
class Look:
    """The Rich style of each kind of text."""

    supported: str = "bold green"
    partial: str = "bold yellow"
    unsupported: str = "bold red"
    refused: str = "bold magenta"
    banner: str = "bold reverse"
    heading: str = "bold"
    quiet: str = "dim"

    def of(self, status: Status) -> str:
        return str(getattr(self, status.value))


THEMES = {
    "standard": Look(),
    "contrast": Look(quiet=""),
    "plain": Look("", "", "", "", "", "", ""),
}


def render_answer(answer: Answer, console: Console, theme: str = "standard") -> None:
    """Print an answer with its sources, what to note, and what was read."""
    console.print(answer_view(answer, theme))


def render_passages(
    passages: Sequence[Passage], coverage: Coverage | None, console: Console, theme: str = "standard"
) -> None:
    """Print search results, the best first."""
    console.print(passages_view(passages, coverage, theme))


def answer_view(answer: Answer, theme: str = "standard", *, brief: bool = False) -> RenderableType:
    """Return an answer as a renderable; `theme` is one of `THEMES`.

    A `brief` one names its sources without their quotes: for a screen that shows the pages beside it.
    """
    look = THEMES[theme]
    parts: list[RenderableType] = [
        _labelled("question", one_line(answer.question), look),
        Text.assemble(_badge(answer.status, look), (f"  {wording.written_by(answer)}", look.quiet)),
        Text(),
    ]
    if answer.refusal:
        parts += [Text(one_line(answer.refusal)), Text()]
    if answer.claims:
        parts += [_rows((_badge(claim.status, look), _claim(claim, look)) for claim in answer.claims), Text()]
    if answer.warnings:
        rows = (
            (Text("!", look.partial), Text(wording.warning_of(warning, answer.claims))) for warning in answer.warnings
        )
        parts += [_heading("warnings", look), _rows(rows), Text()]
    if answer.runs:
        rows = ((Text(f"[T{run.number}]", look.heading), _run(run, look)) for run in answer.runs)
        parts += [_heading("tools", look), _rows(rows, apart=True), Text()]
    if answer.citations:
        rows = (
            (
                Text(f"[{citation.number}]", look.heading),
                _named(citation, look) if brief else _source(citation, citation.quote, look),
            )
            for citation in answer.citations
        )
        parts += [_heading("sources", look), _rows(rows, apart=not brief), Text()]
    if answer.nearest:
        rows = (
            (Text(f"[{rank}]", look.heading), _source(passage, excerpt(passage.text), look))
            for rank, passage in enumerate(answer.nearest, start=1)
        )
        parts += [_heading("nearest", look), _rows(rows, apart=True), Text()]
    parts.append(_labelled("coverage", wording.coverage_of(answer.coverage), look))
    if answer.answer_id and not brief:
        parts.append(
            Text(t("presentation.labelled", label=_label("number"), text=one_line(answer.answer_id)), look.quiet)
        )
    return _between_banners(parts, wording.marking_of_answer(answer), look)


def passages_view(passages: Sequence[Passage], coverage: Coverage | None, theme: str = "standard") -> RenderableType:
    """Return search results as a renderable; `theme` is one of `THEMES`."""
    look = THEMES[theme]
    rows = (
        (Text(f"{rank}.", look.heading), _source(passage, excerpt(passage.text), look))
        for rank, passage in enumerate(passages, start=1)
    )
    parts: list[RenderableType] = [
        _rows(rows, apart=True) if passages else Text(t("presentation.no_passage"), look.refused),
        Text(),
    ]
    if coverage is not None:
        parts.append(_labelled("coverage", wording.coverage_of(coverage), look))
    return _between_banners(parts, wording.marking_of_passages(passages), look)


def _between_banners(parts: Iterable[RenderableType], marking: str | None, look: Look) -> RenderableType:
    if marking is None:
        return Group(*parts)
    banner = Align.center(Text(f" {marking} ", look.banner, justify="center"))
    return Group(banner, Text(), *parts, Text(), banner)


def _run(run: ToolRun, look: Look) -> Text:
    title = Text(one_line(run.title), look.heading)
    return Text("\n").join([title, *(Text(line) for line in wording.run_lines(run))])


def _badge(status: Status, look: Look) -> Text:
    return Text(f"{_SYMBOLS[status]} {wording.badge(status)}", look.of(status))


def _claim(claim: Claim, look: Look) -> Text:
    text = Text(f"{one_line(claim.text)} ")
    text.append(wording.references(claim), look.heading)
    for reason in claim.reasons:
        text.append("\n")
        text.append(t("presentation.labelled", label=_label("reason"), text=one_line(reason)), look.quiet)
    return text


def _source(source: Citation | Passage, quote: str, look: Look) -> Text:
    lines = [
        Text(wording.title_of(source), look.heading),
        Text(wording.details_of(source)),
        *(_labelled("context", line, look) for line in wording.context_lines(source)),
        Text(wording.quoted(quote), "italic" if look.quiet else ""),
        *(Text(note, look.partial) for note in wording.notes_of(source)),
    ]
    return Text("\n").join(lines)


def _named(source: Citation, look: Look) -> Text:
    facts = [wording.place_of(source), source.date, source.marking]
    details = ", ".join(one_line(fact) for fact in facts if fact)
    notes = (Text(note, look.partial) for note in wording.notes_of(source))
    named = Text.assemble(wording.title_of(source), (f"  {details}", look.quiet))
    return Text("\n").join([named, *notes])


def _rows(rows: Iterable[tuple[Text, Text]], *, apart: bool = False) -> RenderableType:
    """Return two columns: a mark that keeps its width, and text that wraps beside it."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    for number, (mark, text) in enumerate(rows):
        if apart and number:
            grid.add_row()
        grid.add_row(mark, text)
    return Padding(grid, (0, 0, 0, 1))


def _heading(label: str, look: Look) -> Text:
    return Text(_label(label), look.heading)


def _labelled(label: str, text: str, look: Look) -> Text:
    return Text.assemble((t("presentation.labelled", label=_label(label), text=""), look.quiet), text)


def _label(label: str) -> str:
    return t(f"presentation.label.{label}")
