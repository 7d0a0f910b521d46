"""What a running tool may ask of the program around it: the user's language, and to be shown at work."""

from __future__ import annotations

from collections.abc import Callable

_language = "en"
_progress: Callable[[float, str], None] | None = None


def say(en: str, fr: str) -> str:
    """Return the text in the user's language: every word that a tool shows exists in both."""
    return fr if _language == "fr" else en


def written(value: float, spec: str = "g") -> str:
    """Return a number as the user's language writes it within a sentence: ``0,25`` and ``95 %`` in French."""
    text = format(value, spec)
    if _language != "fr":
        return text
    return text.replace(",", "\u202f").replace(".", ",").replace("%", "\u202f%")


def report_progress(share: float, note: str = "") -> None:
    """Tell how far the work is, 0 to 1; cheap, and may be called as often as convenient."""
    if _progress is not None:
        _progress(min(1.0, max(0.0, share)), note)


def use_language(language: str) -> None:
    """Choose the language of `say`: for the runner, and for tests of plugins."""
    global _language
    _language = language


def use_progress(told: Callable[[float, str], None] | None) -> None:
    """Choose who is told of progress: for the runner."""
    global _progress
    _progress = told
