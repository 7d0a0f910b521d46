"""What runs behind the walls: a plugin is loaded, described or called, and every outcome is written as plain data."""

from __future__ import annotations

import datetime
import importlib.util
import random
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from copilot.i18n import set_language, t
from copilot.plugin_api import (
    TOOL_MARK,
    InputFile,
    MissingLibraryError,
    ToolError,
    report_progress,
    use_language,
    use_progress,
)
from copilot.records import ParameterKind
from copilot.sandbox.told import dumps
from copilot.sandbox.worker import tell_progress
from copilot.tools.manifest import Problem
from copilot.tools.results import LARGEST_RESULT, BadResultError, encode_result
from copilot.tools.signature import Signature, Taken, read_signature
from copilot.tools.tables import Handle, TableError, read_table

# Word of progress goes out at most so often; a tool may report as often as convenient.
_PROGRESS_SECONDS = 0.1
_LONGEST_MESSAGE, _LONGEST_NOTE = 2_000, 200


@dataclass(frozen=True, slots=True)
class DescribeJob:
    """Load the plugin `name` from `folder` and say what its tools take."""

    name: str
    folder: str
    language: str


@dataclass(frozen=True, slots=True)
class RunJob:
    """Call `function` of the plugin with plain `arguments`, checked already; tables and files are handles.

    `aliases` are, by parameter, the other names under which columns of its table go, folded.
    """

    name: str
    folder: str
    language: str
    function: str
    arguments: Mapping[str, Any]
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def perform(job: DescribeJob | RunJob) -> bytes:
    """Do the job; the answer is ``D`` or ``R`` and what was found, or ``E`` and why not."""
    set_language(job.language)
    use_language(job.language)
    try:
        if isinstance(job, DescribeJob):
            return b"D" + _describe(job)
        answer = b"R" + _call(job)
    except MissingLibraryError as error:
        return _refusal("library", str(error), library=error.library, extra=error.extra)
    except ToolError as error:
        return _refusal("refused", str(error))
    except (TableError, _ArgumentError) as error:
        return _refusal("arguments", str(error))
    except BadResultError as error:
        return _refusal("output", str(error))
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises is an answer
        return _refusal("plugin", _told(error, job.folder))
    if len(answer) > LARGEST_RESULT:
        return _refusal("output", t("tools.result.large", megabytes=LARGEST_RESULT // 2**20))
    return answer


class _ArgumentError(Exception):
    """An argument that only the tool's own code could judge."""


def _refusal(reason: str, message: str, **more: str) -> bytes:
    return b"E" + dumps({"reason": reason, "message": message[:_LONGEST_MESSAGE], **more})


def _told(error: BaseException, folder: str) -> str:
    """Name an error by its kind, its words and the line of the plugin that it came from."""
    file, line = _place_of(error, folder)
    return f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE] + (f" ({file}:{line})" if file else "")


def _place_of(error: BaseException, folder: str) -> tuple[str, int | None]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(folder) in Path(frame.filename).parents]
    return (Path(own[-1].filename).name, own[-1].lineno) if own else ("", None)


def _load(name: str, folder: str) -> ModuleType:
    """Import the plugin's main module; its other modules are found by name after everything else."""
    sys.path.append(folder)
    file = Path(folder, f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _tools_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, TOOL_MARK, False) is True and not name.startswith("_")
    }


def _describe(job: DescribeJob) -> bytes:
    file = f"{job.name}.py"
    problems: list[Problem] = []
    signatures: list[Signature] = []
    try:
        tools = _tools_of(_load(job.name, job.folder))
    except SyntaxError as error:
        problems.append(Problem(Path(error.filename or file).name, error.lineno, f"SyntaxError: {error.msg}"))
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing a plugin runs its code
        where, line = _place_of(error, job.folder)
        problems.append(Problem(where or file, line, f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]))
    else:
        for name, function in tools.items():
            source = Path(function.__code__.co_filename).name if hasattr(function, "__code__") else file
            found = read_signature(function, source)
            found.name = name
            signatures.append(found)
            problems += found.problems
        if not tools:
            problems.append(Problem(file, None, t("tools.plugin.no_tools")))
    told = {
        "tools": [
            {"name": one.name, "summary": one.summary, "parameters": [asdict(taken.parameter) for taken in one.taken]}
            for one in signatures
        ],
        "problems": [asdict(problem) for problem in problems],
    }
    return dumps(told)


def _call(job: RunJob) -> bytes:
    function = _tools_of(_load(job.name, job.folder))[job.function]
    signature = read_signature(function, f"{job.name}.py")
    taken = {one.parameter.name: one for one in signature.taken}
    arguments = {name: _made(taken[name], value, job.aliases.get(name, {})) for name, value in job.arguments.items()}
    _same_luck_each_time()
    use_progress(_Progress())
    report_progress(0.0)
    result = function(**arguments)
    use_progress(None)
    return encode_result(result)


def _same_luck_each_time() -> None:
    """Start what draws from the shared generators alike in every run; a tool's own generator is its own affair."""
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)


class _Progress:
    """Sends word of progress, the first and the last at once, those between at most ten a second."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, share: float, note: str) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS or share >= 1:
            self._last = now
            tell_progress(dumps([float(share), str(note)[:_LONGEST_NOTE]]))


def _made(taken: Taken, value: Any, aliases: Mapping[str, str]) -> object:
    """Return the Python value that the function's annotation asks for."""
    parameter = taken.parameter
    if parameter.kind is ParameterKind.TABLE:
        return read_table(Handle(**value), parameter.columns, aliases)
    if parameter.kind is ParameterKind.FILE:
        return InputFile(str(value))
    if parameter.kind is ParameterKind.DATE:
        moment = datetime.datetime.fromisoformat(value)
        return moment if taken.type is datetime.datetime else moment.date()
    if taken.container is not None:
        value = taken.container(taken.type(one) if callable(taken.type) else one for one in value)
    if taken.container is not None or parameter.kind is ParameterKind.TEXT:
        if len(value) < taken.shortest or (taken.longest is not None and len(value) > taken.longest):
            most = "…" if taken.longest is None else taken.longest
            raise _ArgumentError(t("tools.argument.length", name=parameter.name, least=taken.shortest, most=most))
    elif parameter.kind is ParameterKind.NUMBER:
        return float(value)
    return value
