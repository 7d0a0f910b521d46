"""What a reader is shown of an answer, and which lines of it pass for the program's own or for the user's."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from copilot.presentation import documents, markdown, plain, terminal
from copilot.records import Answer

# So wide that no line is wrapped: where a line begins is then the program's doing, or the attack's.
_WIDTH = 4000
_BADGES = "NON ÉTAYÉE|ÉTAYÉE|PARTIELLE|SANS RÉPONSE|UNSUPPORTED|SUPPORTED|PARTIAL|NO ANSWER"
_OWN = re.compile(rf"(?:Question|Réponse|Answer|Utilisateur|User|copilot) ?[:>]|\[?(?:{_BADGES})\b|\[T?\d+\]")
# What the faces put before their own words: bold type and headings, a sign for the badge, one blank.
_BEFORE = re.compile(r"^(?: ?[✔~✘–] | (?! )|(?:# |## |- (?=\*\*))?\*{0,2})")


def imitations(answer: Answer) -> int:
    """Return how many lines of the faces look like the question, a badge, a source or a run and are none."""
    return sum(max(0, _own_looking(text) - written) for text, written in _faces(answer))


def _own_looking(text: str) -> int:
    return sum(bool(_OWN.match(_BEFORE.sub("", line, count=1))) for line in text.split("\n"))


def _faces(answer: Answer) -> Iterator[tuple[str, int]]:
    """Yield each face with the number of such lines that it writes itself; the linear mode says the plain one."""
    badges = len(answer.claims) + 1
    numbered = len(answer.runs) + len(answer.citations)
    # These two number the nearest passages of a refusal, too.
    opened = numbered + len(answer.nearest)
    yield plain.render_answer(answer), badges + opened + 1
    yield markdown.answer_to_markdown(answer), badges + numbered
    yield _on_terminal(answer), badges + opened + 1
    yield "\n".join(line.text for line in documents.lines_of(answer)), badges + numbered


def _on_terminal(answer: Answer) -> str:
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, width=_WIDTH, highlight=False, markup=False, emoji=False, color_system=None)
    terminal.render_answer(answer, console)
    return stream.getvalue()
