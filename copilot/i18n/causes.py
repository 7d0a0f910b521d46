"""Why something failed, in the user's language: what the system and the standard library say of it is English."""

from __future__ import annotations

import errno
import json
import re
import tomllib
import zipfile

from copilot.i18n import catalog, current_language, t

_PLACE = re.compile(r"\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
# An object as Python shows it says nothing but where in memory it lay.
_OBJECT = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")
_LONGEST = 200


def cause_of(error: BaseException) -> str:
    """Return the cause as the middle of a sentence, without the path: whoever tells of it has named the file.

    Of what the catalogue has no words for, the kind is told: a library's own words are English, and may hold addresses.
    """
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "").lower()
        if f"os.{name}" in catalog("errors"):
            return t(f"errors.os.{name}")
        return error.strerror or str(error) or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return t("errors.no_text", encoding=error.encoding.upper())
    if isinstance(error, json.JSONDecodeError):
        return t("errors.no_json", line=error.lineno, column=error.colno)
    if isinstance(error, zipfile.BadZipFile):
        return t("errors.no_zip")
    if isinstance(error, tomllib.TOMLDecodeError):
        place = _PLACE.search(str(error))
        if place is None or place["line"] is None:
            return with_words(t("errors.no_toml_end"), _PLACE.sub("", str(error)))
        told = t("errors.no_toml", line=place["line"], column=place["column"])
        return with_words(told, _PLACE.sub("", str(error)))
    # Python's own, and that of the module regex, which takes its place here.
    if type(error).__name__ == "error" and hasattr(error, "pos") and hasattr(error, "msg"):
        return with_words(t("errors.no_pattern", position=1 + (error.pos or 0)), error.msg)
    if isinstance(error, KeyError | IndexError):
        return t("errors.no_part", name=" ".join(map(str, error.args)))
    # SQLite's and SQLCipher's: SQLITE_IOERR_READ is a kind of SQLITE_IOERR.
    name = "_".join(getattr(error, "sqlite_errorname", "").lower().split("_")[1:2])
    if f"sqlite.{name}" in catalog("errors"):
        return t(f"errors.sqlite.{name}")
    if type(error) is ValueError and str(error):
        return str(error)
    return kind_of(error)


def with_words(told: str, words: str) -> str:
    """Add the words of a library, which are English, where the user reads English."""
    return told if current_language() == "fr" else f"{told}: {words.strip()}"


def kind_of(error: BaseException) -> str:
    """Return the kind of a library's error, and its words where the user reads English."""
    kind = type(error).__name__
    words = " ".join(_OBJECT.sub("", str(error)).split())[:_LONGEST]
    return with_words(kind, words) if words else kind
