"""The command-line parser's own words ("Commands", "Show this message and exit.") in the user's language.

Typer asks `gettext.gettext` for them, by the English text, and binds that function when it is imported: this must be
installed before.
"""

from __future__ import annotations

import gettext

from copilot.i18n import catalog, current_language


def install() -> None:
    """Answer gettext from our catalogue; a message that it lacks stays as it is."""
    words = {entry["en"]: entry for entry in catalog("parser").values()}

    def translate(message: str) -> str:
        entry = words.get(message)
        return entry[current_language()] if entry else message

    gettext.gettext = translate
