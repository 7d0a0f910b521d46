"""Typed settings: flag, environment, project file, user file, default, in this order; unknown keys are refused.

This imports pydantic: a command that needs no setting does not import it.
"""

from copilot.settings.describe import describe, describe_section, expectation, toml_value
from copilot.settings.loading import LoadedSettings, load_settings
from copilot.settings.models import Settings, fields, sections
from copilot.settings.sources import OTHER_VARIABLES, Origin, OriginKind, variable_of

__all__ = [
    "OTHER_VARIABLES",
    "LoadedSettings",
    "Origin",
    "OriginKind",
    "Settings",
    "describe",
    "describe_section",
    "expectation",
    "fields",
    "load_settings",
    "sections",
    "toml_value",
    "variable_of",
]
