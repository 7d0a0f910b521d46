"""The settings file that a new workspace starts with: every setting explained, none set."""

from __future__ import annotations

import textwrap

from copilot.i18n import t
from copilot.settings.describe import describe, describe_section, expectation, toml_value
from copilot.settings.models import NOT_FOR_PROJECTS, sections

_WIDTH = 100


def settings_template() -> str:
    """Return a commented ``copilot.toml`` in the user's language; with its settings uncommented it is valid TOML."""
    lines = [*_comment(t("settings.template.head"), "## ")]
    for section, model in sections().items():
        if section in NOT_FOR_PROJECTS:
            continue
        lines += ["", *_comment(describe_section(section), "## "), f"[{section}]"]
        for name, field in model.model_fields.items():
            if f"{section}.{name}" in NOT_FOR_PROJECTS:
                continue
            words = f"{describe(f'{section}.{name}')} {t('settings.template.expects', expected=expectation(field))}"
            value = field.default if field.default is not None else (field.examples or [""])[0]
            lines += [*_comment(words, "## "), f"# {name} = {toml_value(value)}"]
    return "\n".join(lines) + "\n"


def _comment(text: str, start: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)
