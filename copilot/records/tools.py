"""What a tool is to those who call it: its parameters with units and bounds, its words in the user's language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copilot.records.results import Scalar


class ParameterKind(StrEnum):
    """What a parameter takes. A table or a file is given as a handle, never as its contents."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    NUMBERS = "numbers"
    TEXTS = "texts"
    TABLE = "table"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool. A bound is exclusive where its flag says so; `columns` are what a table must have.

    `choice_labels` are what people call the `choices`, in their order.
    """

    name: str
    kind: ParameterKind
    label: str
    help: str
    unit: str | None = None
    required: bool = True
    default: Scalar = None
    minimum: float | None = None
    maximum: float | None = None
    above_minimum: bool = False
    below_maximum: bool = False
    choices: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    choice_labels: tuple[str, ...] = ()

    def allows(self, value: float) -> bool:
        """Say whether a number, in the parameter's unit, is within its bounds."""
        least, most = self.minimum, self.maximum
        if least is not None and (value < least or (self.above_minimum and value == least)):
            return False
        return most is None or not (value > most or (self.below_maximum and value == most))


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of a plugin; `name` is ``plugin.function`` and unique in a catalogue.

    `triggers` are words of a question that bring it to mind, in any language.
    """

    name: str
    plugin: str
    title: str
    help: str
    parameters: tuple[Parameter, ...]
    bundled: bool
    plugin_sha256: str
    plugin_title: str = ""
    triggers: tuple[str, ...] = ()

    def parameter(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)
