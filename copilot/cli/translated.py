"""Commands whose last English words, those that the parser does not ask gettext for, are in the user's language."""

from __future__ import annotations

from collections.abc import Iterable

from typer._click import Context, HelpFormatter, Parameter
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from copilot.i18n import t

# Longer than any help: what a command does is told whole, and wrapped.
_WHOLE = 10_000


class _Formatter(HelpFormatter):
    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{t('parser.heading', heading=heading)}\n")


class _Context(Context):
    formatter_class = _Formatter


def _translate_help(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = t("parser.help")
    return option


def _named(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Give each parameter the name that help and errors call it by, in place of its type's and its variable's."""
    named = [*parameters]
    for parameter in named:
        if isinstance(parameter, TyperArgument):
            parameter.metavar = t(f"parser.name.{parameter.name}")
            setattr(parameter, "display_type_rich", lambda ctx: None)  # noqa: ARG005, B010 - no type beside a name
        elif isinstance(parameter, TyperOption) and not parameter.type_descriptor.is_choice:
            parameter.metavar = "" if parameter.is_flag else t(f"parser.name.{parameter.name}")
    return named


class Command(TyperCommand):
    """A command."""

    context_class = _Context

    def get_params(self, ctx: Context) -> list[Parameter]:
        return _named(super().get_params(ctx))

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _translate_help(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = _WHOLE) -> str:  # noqa: ARG002
        return super().get_short_help_str(_WHOLE)

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=t("parser.usage"))


class Group(TyperGroup):
    """A command that holds others."""

    context_class = _Context

    def get_params(self, ctx: Context) -> list[Parameter]:
        return _named(super().get_params(ctx))

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _translate_help(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = _WHOLE) -> str:  # noqa: ARG002
        return super().get_short_help_str(_WHOLE)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        self.subcommand_metavar = t("parser.subcommand")
        return super().collect_usage_pieces(ctx)

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=t("parser.usage"))
