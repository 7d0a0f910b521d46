"""The phrases that all faces share: badges, places, counts, warnings. What they return is ready for any terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from copilot.i18n import current_language, is_singular, t, whole_number
from copilot.language.marking import highest_marking
from copilot.presentation.units import unit_in_words
from copilot.records import (
    Answer,
    Argument,
    Citation,
    Claim,
    Coverage,
    Origin,
    Passage,
    Scalar,
    Solver,
    Status,
    ToolRun,
    Warning_,
)
from copilot.sanitise import one_line

EXTRACTIVE = "extractive"
# Numbers from here up are shown whole.
_EXACT_FROM = 100_000
_SHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_SLIDES = frozenset({".pptx", ".pptm", ".ppt", ".odp"})
_WARNINGS = frozenset(
    {
        "unanswered",
        "disagreement",
        "single_source",
        "superseded",
        "instruction_like",
        "stale_index",
        "no_model",
        "not_kept",
    }
)

# Of those, what stands beside the claim itself.
_CAUTIONS = frozenset({"disagreement", "single_source", "superseded"})


def counted(noun: str, number: int, **values: str) -> str:
    """Return the catalogue's phrase for `number` of a noun."""
    form = "one" if is_singular(number, current_language()) else "many"
    return t(f"presentation.{noun}.{form}", lang=None, number=whole_number(number), **values)


def listed(parts: Sequence[str]) -> str:
    """Return parts joined as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return t("presentation.list.and", first=", ".join(parts[:-1]), last=parts[-1])


def badge(status: Status) -> str:
    """Return the word of a status; it says by itself what a colour may underline."""
    return t(f"presentation.status.{status}")


def quoted(text: str) -> str:
    """Return text on one line between the quotation marks of the user's language."""
    return t("presentation.quote", text=one_line(text))


def references(claim: Claim) -> str:
    """Return the marks of what a claim cites, and in a word what is to be said of it: ``[1] [T1] (disputed)``."""
    marks = [*(f"[{number}]" for number in claim.citations), *(f"[T{number}]" for number in claim.tools)]
    cautions = [t(f"presentation.caution.{kind}") for kind in claim.cautions if kind in _CAUTIONS]
    return " ".join([*marks, f"({', '.join(cautions)})"] if cautions else marks)


def number_written(value: Scalar) -> str:
    """Return a value of a tool as the user's language writes it, with six digits that count."""
    if isinstance(value, bool) or value is None:
        return t(f"presentation.tool.{'none' if value is None else 'yes' if value else 'no'}")
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, int):
        return whole_number(value)
    written = f"{value:,.0f}" if abs(value) >= _EXACT_FROM else f"{value:,.6g}"
    return written.replace(",", "\u202f").replace(".", ",") if current_language() == "fr" else written


def with_unit(value: Scalar, unit: str | None) -> str:
    if not unit:
        return number_written(value)
    single = isinstance(value, int | float) and is_singular(value, current_language())
    return f"{number_written(value)} {one_line(unit_in_words(unit, many=not single))}"


def run_lines(run: ToolRun) -> list[str]:
    """Return what a tool found and from what, a line each: values, then arguments with their origins."""
    result = run.result
    lines = [f"{one_line(value.label or value.name)} : {with_unit(value.value, value.unit)}" for value in result.values]
    if result.solver is not None:
        lines.append(solver_of(result.solver))
    for argument in run.arguments:
        lines.append(t("presentation.tool.argument", text=argument_of(argument)))
        lines += caution_lines(argument.origin)
    lines += [t("presentation.tool.assumption", text=one_line(text)) for text in result.assumptions]
    lines += [t("presentation.tool.warning", text=one_line(text)) for text in result.warnings]
    return lines


def argument_of(argument: Argument) -> str:
    """Return an argument with its value and where that comes from."""
    values = argument.value if isinstance(argument.value, tuple) else (argument.value,)
    written = ", ".join(with_unit(value, argument.unit) for value in values)
    return f"{one_line(argument.name)} = {written} ({origin_of(argument.origin)})"


def origin_of(origin: Origin) -> str:
    """Return where a value comes from; of a document, the quote and the page."""
    if origin.passage is None:
        return t(f"presentation.origin.{origin.kind}")
    where = f"{title_of(origin.passage)}, {t('presentation.place.page', number=str(origin.page))}"
    return t("presentation.origin.document", where=where, quote=quoted(origin.quote))


def caution_lines(origin: Origin) -> list[str]:
    """Return what to know of a value from a document, on one line at most: what took its place, what contradicts it."""
    parts = []
    if origin.passage is not None and origin.passage.superseded_by:
        path = one_line(origin.passage.superseded_by)
        parts.append(t("presentation.origin_caution.superseded", path=path))
    for rival in origin.rivals:
        facts = (title_of(rival.passage), place_of(rival.passage), rival.passage.date, rival.passage.marking)
        where = ", ".join(one_line(fact) for fact in facts if fact)
        figure = one_line(rival.figures[1])
        parts.append(t("presentation.origin_caution.disputed", where=where, figure=figure))
    apart = t("presentation.list.apart")
    return [t("presentation.origin_caution.line", text=apart.join(parts))] if parts else []


def solver_of(solver: Solver) -> str:
    """Return how a solver ended, with its bound and gap where it has them."""
    text = t("presentation.tool.solver", name=one_line(solver.name), status=t(f"presentation.solver.{solver.status}"))
    if solver.bound is not None:
        text += t("presentation.tool.bound", bound=number_written(solver.bound))
    if solver.gap is not None:
        text += t("presentation.tool.gap", gap=number_written(round(solver.gap * 100, 2)))
    return text


def place_of(source: Citation | Passage) -> str:
    """Return where in its document a source stands: ``p. 3``, ``sheet Stocks, A4:F4``, ``slide 2 “Title”``."""
    first = source.page if isinstance(source, Citation) else source.page_first
    last = first if isinstance(source, Citation) else source.page_last
    label = one_line(source.page_label) if source.page_label else ""
    suffix = PurePosixPath(source.path).suffix.lower()
    if label and (source.cells or suffix in _SHEETS):
        place = t("presentation.place.sheet", label=label)
    elif suffix in _SLIDES:
        place = t("presentation.place.slide", number=_range(first, last))
    elif source.cells:
        return t("presentation.place.cells", cells=one_line(source.cells))
    else:
        place = t("presentation.place.page", number=_range(first, last))
    if source.cells:
        return f"{place}, {one_line(source.cells)}"
    if label and suffix not in _SHEETS:
        return f"{place} {quoted(label)}"
    return place


def details_of(source: Citation | Passage) -> str:
    """Return one line on a source: path (where its title is not the path already), place, date, marking."""
    path = source.path if one_line(source.title) else None
    parts = [path, place_of(source), source.date, source.marking]
    return ", ".join(one_line(part) for part in parts if part)


def title_of(source: Citation | Passage) -> str:
    """Return the title of a source, or its path where it has none."""
    return one_line(source.title) or one_line(source.path)


def context_lines(source: Citation | Passage) -> list[str]:
    """Return what stands around a source (headings, a table's header row), a line each."""
    return [line for raw in source.context.splitlines() if (line := one_line(raw))]


def notes_of(source: Citation | Passage) -> list[str]:
    """Return what a reader of a source should know: where else it stands, what took its place."""
    notes = []
    if source.also_in:
        notes.append(t("presentation.also_in", paths=", ".join(one_line(path) for path in source.also_in)))
    if source.superseded_by:
        notes.append(t("presentation.superseded_by", path=one_line(source.superseded_by)))
    return notes


def coverage_of(coverage: Coverage) -> str:
    """Return what was read and what was not, as one line."""
    read = counted("documents", coverage.documents_read, total=whole_number(coverage.documents))
    parts = [counted("passages_read", coverage.passages_read, documents=read)]
    if coverage.documents_searched < coverage.documents:
        parts.append(counted("searched", coverage.documents_searched))
    gaps = {"failed": coverage.failed, "unread_pages": coverage.unread_pages, "not_embedded": coverage.not_embedded}
    parts += [counted(noun, number) for noun, number in gaps.items() if number]
    if coverage.search_mode in ("lexical", "dense"):
        parts.append(t(f"presentation.mode.{coverage.search_mode}"))
    return t("presentation.list.apart").join(parts)


def written_by(answer: Answer) -> str:
    """Return who wrote the answer: a model by its name, or nobody but the documents.

    Where no claim was made there is nothing that was quoted or checked, so only who was asked is said.
    """
    form = "answer" if answer.claims else "no_claim"
    if answer.generator == EXTRACTIVE:
        return t(f"presentation.extractive.{form}")
    return t(f"presentation.model.{form}", name=one_line(answer.generator))


def warning_of(warning: Warning_, claims: Sequence[Claim] = ()) -> str:
    """Return a warning as a sentence; one of an unknown kind by its kind and datum.

    Where all of an answer's `claims` rest on its one source, the answer does, and that is said plainly.
    """
    sources = listed([f"[{number}]" for number in warning.citations])
    detail = one_line(warning.detail)
    if warning.kind not in _WARNINGS:
        return " ".join(part for part in (one_line(warning.kind), sources, detail) if part)
    if warning.tools:
        tools = listed([f"[T{number}]" for number in warning.tools])
        return t(f"presentation.warning.{warning.kind}.tool", tools=tools, sources=sources, detail=detail)
    form = "one" if len(warning.citations) == 1 else "many" if warning.citations else "none"
    if warning.kind == "single_source" and form == "one" and _all_cite(claims, warning.citations[0]):
        form = "all"
    return t(f"presentation.warning.{warning.kind}.{form}", sources=sources, detail=detail)


def _all_cite(claims: Sequence[Claim], number: int) -> bool:
    """Say whether every claim cites this source and nothing else, no tool either."""
    return bool(claims) and all(set(claim.citations) == {number} and not claim.tools for claim in claims)


def marking_of_answer(answer: Answer) -> str | None:
    """Return the highest marking among all that is shown: citations, and the passages offered instead of an answer."""
    cited = [citation.marking for citation in answer.citations]
    offered = [passage.marking for passage in answer.nearest]
    origins = (argument.origin for run in answer.runs for argument in run.arguments)
    filled = [passage.marking for origin in origins for passage in origin.passages]
    return _clean(highest_marking([answer.marking, *cited, *offered, *filled]))


def marking_of_passages(passages: Iterable[Passage]) -> str | None:
    """Return the highest marking among the passages."""
    return _clean(highest_marking(passage.marking for passage in passages))


def _clean(marking: str | None) -> str | None:
    return one_line(marking) if marking else None


def _range(first: int, last: int) -> str:
    return str(first) if last <= first else f"{first}-{last}"
