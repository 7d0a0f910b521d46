"""What was wrong with a command line, in the user's language: the parser's own words are English."""

from __future__ import annotations

import re

from typer._click import exceptions
from typer.core import TyperArgument, TyperOption

from copilot.i18n import t

UsageProblem = exceptions.UsageError
NoArguments = exceptions.NoArgsIsHelpError

# What the parser says in English alone, by what it can be told from.
_EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", re.DOTALL)
_PERHAPS = re.compile(r"(?P<said>.*)\. Did you mean (?P<near>.*)\?", re.DOTALL)
_NO_VALUE = re.compile(r".* requires an argument\.", re.DOTALL)
_USELESS_VALUE = re.compile(r".* does not take a value\.", re.DOTALL)
# The kinds of pydantic's errors, by which it says what a value should have been.
_KINDS = {
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
    "int_parsing": "whole",
    "int_from_float": "whole",
    "int_parsing_size": "whole",
}


def explain(problem: exceptions.UsageError) -> str:
    """Return one sentence that names the word or option that cannot be meant, with the nearest match if any."""
    if isinstance(problem, exceptions.NoSuchOption):
        near = ", ".join(problem.possibilities or ())
        return t("cli.no_such_option", name=problem.option_name) + (t("cli.perhaps", near=near) if near else "")
    if isinstance(problem, exceptions.MissingParameter):
        return t("cli.missing_parameter", name=_name(problem))
    if isinstance(problem, exceptions.BadParameter) and problem.param is not None:
        return t("cli.bad_parameter", name=_name(problem), detail=_expected(problem))
    if isinstance(problem, exceptions.BadOptionUsage):
        if _NO_VALUE.fullmatch(problem.message):
            return t("cli.no_value", name=problem.option_name)
        if _USELESS_VALUE.fullmatch(problem.message):
            return t("cli.useless_value", name=problem.option_name)
        return t("cli.bad_option", name=problem.option_name, detail=problem.message)
    if extra := _EXTRA.fullmatch(problem.message):
        return t("cli.extra_words", words=extra["words"])
    if perhaps := _PERHAPS.fullmatch(problem.message):
        return f"{perhaps['said']}.{t('cli.perhaps', near=perhaps['near'].replace(chr(39), ''))}"
    return problem.message


def _expected(problem: exceptions.BadParameter) -> str:
    """Return what a value should have been."""
    parameter = problem.param
    if isinstance(parameter, TyperArgument | TyperOption) and parameter.type_descriptor.is_choice:
        choices = ", ".join(str(getattr(one, "value", one)) for one in parameter.type_descriptor.choices or ())
        return t("cli.expected.choice", choices=choices)
    for error in getattr(problem.__cause__, "errors", list)():
        if kind := _KINDS.get(error["type"]):
            limits = error.get("ctx", {})
            return t(f"cli.expected.{kind}", limit=limits.get("ge", limits.get("le")))
    return problem.message


def _name(problem: exceptions.BadParameter) -> str:
    """Return what the user calls the parameter: its longest option, or the name that help gives its place."""
    if problem.param is None:
        return "?"
    if isinstance(problem.param, TyperArgument):
        return problem.param.display_name_raw
    return max((*problem.param.opts, problem.param.name or ""), key=len)
