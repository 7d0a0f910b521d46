"""What was wrong with a command line, in the user's language: the parser's own words are English."""

from __future__ import annotations

from typer._click import exceptions

from copilot.i18n import t

UsageProblem = exceptions.UsageError


def explain(problem: exceptions.UsageError) -> str:
    """Return one sentence that names the word or option that cannot be meant, with the nearest match if there is one."""
    if isinstance(problem, exceptions.NoSuchOption):
        near = ", ".join(problem.possibilities or ())
        return t("cli.no_such_option", name=problem.option_name) + (t("cli.perhaps", near=near) if near else "")
    if isinstance(problem, exceptions.MissingParameter):
        name = problem.param.human_readable_name if problem.param is not None else "?"
        return t("cli.missing_parameter", name=name)
    if isinstance(problem, exceptions.BadParameter) and problem.param is not None:
        return t("cli.bad_parameter", name=problem.param.human_readable_name, detail=problem.message)
    if isinstance(problem, exceptions.BadOptionUsage):
        return t("cli.bad_option", name=problem.option_name, detail=problem.message)
    return t("cli.bad_usage", detail=problem.format_message())
