"""Commands whose last English words, those that the parser does not ask gettext for, are in the user's language."""

from __future__ import annotations

from typer._click import Context, HelpFormatter
from typer.core import TyperCommand, TyperGroup, TyperOption

from copilot.i18n import t


def _translate_help(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = t("parser.help")
    return option


class Command(TyperCommand):
    """A command."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _translate_help(super().get_help_option(ctx))

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=t("parser.usage"))


class Group(TyperGroup):
    """A command that holds others."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _translate_help(super().get_help_option(ctx))

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=t("parser.usage"))
