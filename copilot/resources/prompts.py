"""The instructions that a model is given, one Markdown file a task and language, in ``prompts/``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from copilot.resources import prompts_folder


@dataclass(frozen=True, slots=True)
class Prompt:
    """Instructions and their hash, which stands in the record of every answer."""

    text: str
    sha256: str


def load_prompt(task: str, language: str) -> Prompt:
    """Return the instructions for ``answer``, ``blank``, ``plan`` or ``plugin``, in French or else in English."""
    file = prompts_folder() / f"{task}.{'fr' if language == 'fr' else 'en'}.md"
    text = file.read_text(encoding="utf-8").strip()
    return Prompt(text, hashlib.sha256(text.encode()).hexdigest())
