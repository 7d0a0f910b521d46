"""Taking answers out: to a file, Markdown, JSON, DOCX or PDF by its ending, never over one that is there; or copied.

The log tells of it before the file is there: what left the workspace is known even where the writing failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.app.trail import Trail
from copilot.durable import create_durably
from copilot.errors import CopilotError, UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.presentation.as_json import SCHEMA_VERSION, answer_to_json, dumps
from copilot.presentation.documents import answers_to_docx, answers_to_pdf
from copilot.presentation.markdown import answer_to_markdown
from copilot.presentation.plain import render_answer
from copilot.records import Answer


def _markdown(answers: Sequence[Answer]) -> bytes:
    return "\n---\n\n".join(answer_to_markdown(answer) for answer in answers).encode()


def _json(answers: Sequence[Answer]) -> bytes:
    told = {"schema_version": SCHEMA_VERSION, "answers": [answer_to_json(answer) for answer in answers]}
    return (dumps(told, indent=2) + "\n").encode()


FORMATS: dict[str, Callable[[Sequence[Answer]], bytes]] = {
    ".md": _markdown,
    ".json": _json,
    ".docx": answers_to_docx,
    ".pdf": answers_to_pdf,
}


def export_answers(answers: Sequence[Answer], path: Path, trail: Trail) -> Path:
    """Record it, and write answers to `path` in the format of its ending, for its owner alone; returns the whole path.

    Raises:
        UsageError: there is no answer, no such format, or a file of this name.
        CopilotError: the log or the file cannot be written.
    """
    if not answers:
        raise UsageError(t("ask.nothing_to_export"))
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise UsageError(t("ask.export_format", name=path.name, formats=", ".join(FORMATS)))
    path = path.expanduser().absolute()
    if path.exists():
        raise UsageError(t("ask.export_exists", path=path))
    data = write(answers)
    told = {"what": "answers", "path": trail.text(str(path)), "answers": [answer.answer_id for answer in answers]}
    trail.record("export", told)
    try:
        create_durably(path, data)
    except FileExistsError as error:
        raise UsageError(t("ask.export_exists", path=path)) from error
    except OSError as error:
        raise CopilotError(t("ask.export_failed", path=path, error=cause_of(error)), t("store.check_disk")) from error
    return path


def answer_to_copy(answer: Answer, trail: Trail) -> str:
    """Record that an answer goes to the clipboard, and return it with its sources as it is put there.

    Raises:
        StoreError: the log cannot be written.
    """
    trail.record("export", {"what": "clipboard", "answers": [answer.answer_id]})
    return render_answer(answer)
