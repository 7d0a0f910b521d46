"""The options that commands share. Their help is looked up when this is imported, after the language is chosen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from copilot.i18n import t


class Language(StrEnum):
    """The languages of the interface and of answers."""

    FR = "fr"
    EN = "en"


WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help=t("cli.opt.workspace"), show_default=False)
]
LangOption = Annotated[Language | None, typer.Option("--lang", help=t("cli.opt.lang"), show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help=t("cli.opt.json"))]
YesReadOnlyOption = Annotated[bool, typer.Option("--yes-read-only", help=t("cli.opt.yes_read_only"))]
DenyOption = Annotated[bool, typer.Option("--deny", help=t("cli.opt.deny"))]
CollectionOption = Annotated[
    list[str] | None, typer.Option("--collection", "-c", help=t("cli.opt.collection"), show_default=False)
]
PathOption = Annotated[list[str] | None, typer.Option("--path", "-p", help=t("cli.opt.path"), show_default=False)]
SinceOption = Annotated[str | None, typer.Option("--since", help=t("cli.opt.since"), show_default=False)]
UntilOption = Annotated[str | None, typer.Option("--until", help=t("cli.opt.until"), show_default=False)]
LanguageFilterOption = Annotated[
    list[str] | None, typer.Option("--language", "-l", help=t("cli.opt.language"), show_default=False)
]
MarkingOption = Annotated[
    list[str] | None, typer.Option("--marking", "-m", help=t("cli.opt.marking"), show_default=False)
]
