"""All that a plugin may import: one decorator, the units and bounds of its parameters, the shapes of its results.

    from typing import Annotated
    from copilot.plugin_api import Gt, Result, ToolError, Unit, Value, tool

    @tool
    def days_of_supply(
        stock: Annotated[float, Unit("L"), Gt(0)],
        per_day: Annotated[float, Unit("L/day"), Gt(0)],
    ) -> Result:
        \"\"\"Say how long a stock lasts at a constant rate.

        Args:
            stock: What is there now.
            per_day: What is used each day.
        \"\"\"
        return Result(values=(Value("days", stock / per_day, "day"),))

Importing this costs milliseconds: a plugin imports its solver inside the tool that needs it.
"""

from annotated_types import Ge, Gt, Interval, Le, Len, Lt

from copilot.plugin_api.decorator import TOOL_MARK, tool
from copilot.plugin_api.errors import MissingLibraryError, ToolError, need
from copilot.plugin_api.inputs import Columns, DataTable, InputFile, Unit, parse_number
from copilot.plugin_api.running import report_progress, say, use_language, use_progress, written
from copilot.records.results import (
    Bar,
    Column,
    Figure,
    FigureKind,
    Line,
    ResultTable,
    Scalar,
    Solver,
    SolverStatus,
    Value,
)
from copilot.records.results import ToolResult as Result

__all__ = [
    "TOOL_MARK",
    "Bar",
    "Column",
    "Columns",
    "DataTable",
    "Figure",
    "FigureKind",
    "Ge",
    "Gt",
    "InputFile",
    "Interval",
    "Le",
    "Len",
    "Line",
    "Lt",
    "MissingLibraryError",
    "Result",
    "ResultTable",
    "Scalar",
    "Solver",
    "SolverStatus",
    "ToolError",
    "Unit",
    "Value",
    "need",
    "parse_number",
    "report_progress",
    "say",
    "tool",
    "use_language",
    "use_progress",
    "written",
]
