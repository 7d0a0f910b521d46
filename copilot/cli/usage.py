"""What was wrong with a command line, in the user's language: the parser's own words are English."""

from __future__ import annotations

from typer._click import exceptions

from copilot.i18n import t

UsageProblem = exceptions.UsageError
NoArguments = exceptions.NoArgsIsHelpError


def explain(problem: exceptions.UsageError) -> str:
    """Return one sentence that names the word or option that cannot be meant, with the nearest match if any."""
    if isinstance(problem, exceptions.NoSuchOption):
        near = ", ".join(problem.possibilities or ())
        return t("cli.no_such_option", name=problem.option_name) + (t("cli.perhaps", near=near) if near else "")
    if isinstance(problem, exceptions.MissingParameter):
        return t("cli.missing_parameter", name=_name(problem))
    if isinstance(problem, exceptions.BadParameter) and problem.param is not None:
        return t("cli.bad_parameter", name=_name(problem), detail=problem.message)
    if isinstance(problem, exceptions.BadOptionUsage):
        return t("cli.bad_option", name=problem.option_name, detail=problem.message)
    return t("cli.bad_usage", detail=problem.format_message())


def _name(problem: exceptions.BadParameter) -> str:
    """Return what the user calls the parameter: its longest option, or its place's name."""
    if problem.param is None:
        return "?"
    return max((*problem.param.opts, problem.param.name or ""), key=len)
