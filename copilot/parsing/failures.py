"""The parse errors that several formats share, worded once."""

from __future__ import annotations

from copilot.errors import ParseError
from copilot.i18n import t
from copilot.i18n.causes import cause_of


def empty(name: str) -> ParseError:
    return ParseError(t("parsing.empty", name=name), t("parsing.empty_next"), reason="empty")


def no_text(name: str) -> ParseError:
    return ParseError(t("parsing.no_text", name=name), t("parsing.no_text_next"), reason="empty")


def encrypted(name: str) -> ParseError:
    return ParseError(t("parsing.encrypted", name=name), t("parsing.encrypted_next"), reason="encrypted")


def unsupported(name: str, detail: str) -> ParseError:
    message = t("parsing.unsupported", name=name, detail=detail)
    return ParseError(message, t("parsing.unsupported_next"), reason="unsupported")


def damaged(name: str, cause: BaseException | str) -> ParseError:
    """Return the error for a file that its library refuses."""
    detail = cause if isinstance(cause, str) else cause_of(cause)
    return ParseError(t("parsing.damaged", name=name, detail=detail), t("parsing.damaged_next"), reason="damaged")


def too_large(name: str, limit_key: str, actual: int, limit: int) -> ParseError:
    """Return the error for a limit; `limit_key` is the last part of ``parsing.limit.*``."""
    message = t("parsing.too_large", name=name, what=t(f"parsing.limit.{limit_key}"), actual=actual, limit=limit)
    return ParseError(message, t("parsing.too_large_next"), reason="too_large")
