"""The tools that a question seems to want, without a model: by their trigger words, with a command ready to run.

Quantities of the question go to the parameters of their dimension; a quantity that could go to two is left out, and
what is left open is read from the documents or is for the user to fill in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from copilot.language.quantities import Kind, find_quantities
from copilot.language.words import content_stems, fold
from copilot.records import Parameter, ParameterKind, Tool
from copilot.tools.arguments import split_number
from copilot.tools.units import measures_same

# A whole trigger counts for its words. One word alone is not enough: words shared with the title and the help, or a
# quantity that the tool can take, must go with it.
_SHARED, _STANDING, _TAKEN = 0.2, 0.5, 0.5
_LEAST = 1.4
_MEASURED = (ParameterKind.NUMBER, ParameterKind.INTEGER)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tool that may help, and the command that runs it; `open` names what the user still has to give."""

    tool: Tool
    command: str
    open: tuple[str, ...]


def suggest_tools(question: str, tools: Sequence[Tool], language: str, most: int = 3) -> list[Suggestion]:
    """Return at most `most` tools whose triggers the question bears, the likeliest first."""
    stems = set(content_stems(question, language))
    folded = f" {fold(question)} "
    scored = [(_score(tool, question, stems, folded, language), tool) for tool in tools]
    likely = sorted((pair for pair in scored if pair[0] >= _LEAST), key=lambda pair: (-pair[0], pair[1].name))
    return [_suggestion(tool, question, language) for _, tool in likely[:most]]


def _score(tool: Tool, question: str, stems: set[str], folded: str, language: str) -> float:
    best = 0.0
    for trigger in tool.triggers:
        wanted = set(content_stems(trigger, language))
        if wanted and wanted <= stems:
            # Words that stand together, as in the trigger, say more than the same words apart.
            together = len(wanted) > 1 and fold(trigger) in folded
            best = max(best, len(wanted) + (_STANDING if together else 0.0))
    if not best:
        return 0.0
    shared = stems & set(content_stems(f"{tool.title} {tool.help}", language))
    return best + _SHARED * len(shared) + _TAKEN * len(_from_question(tool, question, language))


def _suggestion(tool: Tool, question: str, language: str) -> Suggestion:
    given = _from_question(tool, question, language)
    words = ["copilot", "tool", "run", tool.name]
    left: list[str] = []
    for parameter in tool.parameters:
        if parameter.name in given:
            words.append(f"{parameter.name}={quote(given[parameter.name])}")
        elif parameter.required and parameter.kind in _MEASURED and parameter.unit:
            words += ["--from-documents", parameter.name]
        elif parameter.required:
            words.append(f"{parameter.name}=…")
            left.append(parameter.name)
    return Suggestion(tool, " ".join(words), tuple(left))


def _from_question(tool: Tool, question: str, language: str) -> dict[str, str]:
    """Return, by parameter, the quantity of the question that only this parameter can take."""
    given: dict[str, str] = {}
    written = [
        quantity.text
        for quantity in find_quantities(question, language)
        if quantity.kind is Kind.NUMBER and quantity.unit
    ]
    measured = [parameter for parameter in tool.parameters if parameter.kind in _MEASURED and parameter.unit]
    for text in written:
        takers = [parameter for parameter in measured if _fits(text, parameter)]
        wanting = [parameter for parameter in takers if parameter.required] or takers
        rivals = [other for other in written if other != text and any(_fits(other, taker) for taker in wanting)]
        if len(wanting) == 1 and not rivals:
            given[wanting[0].name] = text
    return given


def _fits(text: str, parameter: Parameter) -> bool:
    try:
        _, unit = split_number(text)
    except ValueError:
        return False
    return bool(unit) and measures_same(unit, parameter.unit)
