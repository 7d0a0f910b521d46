"""What the code of a plugin says of its tools, fetched once from behind the walls and kept by the plugin's hash."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from copilot import __version__
from copilot.durable import replace_durably
from copilot.i18n import current_language, t
from copilot.records import Parameter, ParameterKind
from copilot.sandbox.told import loads
from copilot.tools.manifest import Problem
from copilot.tools.places import PluginFiles

_LARGEST = 4 * 2**20
_MOST_TOOLS, _MOST_PARAMETERS = 200, 100
_SECONDS, _MEMORY_MB = 30, 1_536


@dataclass(frozen=True, slots=True)
class Described:
    """A tool as its code describes it: English summary and, in `parameters`, English help without labels."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All tools of a plugin, and what is wrong with its code."""

    tools: tuple[Described, ...] = ()
    problems: tuple[Problem, ...] = ()


def describe(name: str, files: PluginFiles, cache_folder: Path, *, demand_walls: bool = True) -> Description:
    """Return the description of a plugin, from the cache where it stands there.

    To be asked its code runs; with `demand_walls`, not where a wall cannot be put up.
    """
    known = kept_description(files, cache_folder)
    if known is not None:
        return known
    payload = _ask_child(name, files, demand_walls=demand_walls)
    if isinstance(payload, Problem):
        return Description(problems=(payload,))
    try:
        description = _decode(payload)
    except (ValueError, KeyError, TypeError):
        return Description(problems=(Problem(f"{name}.py", None, t("tools.result.unreadable")),))
    with suppress(OSError):
        _keep(_kept(files, cache_folder), payload)
    return description


def kept_description(files: PluginFiles, cache_folder: Path) -> Description | None:
    """Return the description of a plugin as far as it is known already."""
    try:
        return _decode(_kept(files, cache_folder).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None


@cache
def _key_of_code() -> bytes:
    """Hash what derives a description, so that another release describes anew."""
    digest = hashlib.sha256(__version__.encode())
    for module in ("signature.py", "child.py", "units.py", "described.py", "../sandbox/told.py"):
        digest.update((Path(__file__).parent / module).read_bytes())
    return digest.digest()


def _kept(files: PluginFiles, cache_folder: Path) -> Path:
    key = hashlib.sha256(_key_of_code() + f"{files.sha256} {current_language()}".encode()).hexdigest()
    return cache_folder / f"{key}.json"


def _keep(file: Path, payload: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(file, payload)


def _ask_child(name: str, files: PluginFiles, *, demand_walls: bool) -> bytes | Problem:
    from copilot.sandbox.confinement import Confinement
    from copilot.sandbox.single import End, ending_of, run_confined
    from copilot.tools.child import DescribeJob, perform

    with tempfile.TemporaryDirectory(prefix="copilot-plugin-") as folder:
        code, work = Path(folder, "plugin"), Path(folder, "work")
        work.mkdir()
        code.mkdir()
        files.write_to(code)
        conversation = run_confined(
            perform,
            DescribeJob(name, str(code), current_language()),
            confinement=Confinement((str(code),), str(work)),
            memory_bytes=_MEMORY_MB * 2**20,
            seconds=_SECONDS,
            largest_answer=_LARGEST,
            demand_walls=demand_walls,
        )
        ending = ending_of(conversation)
    if ending.end is End.DONE and ending.payload[:1] == b"D":
        return bytes(ending.payload[1:])
    detail = ending.detail or ending.payload[1:].decode("utf-8", "replace")[:300]
    return Problem(f"{name}.py", None, t(f"tools.describe.{ending.end}", detail=detail))


def _decode(payload: bytes) -> Description:
    """Read what the child told.

    Raises:
        ValueError: it is not a description.
    """
    told = loads(payload, _LARGEST)
    if not isinstance(told, dict) or set(told) != {"tools", "problems"}:
        raise ValueError("not a description")
    return Description(
        tuple(_tool(one) for one in _list(told["tools"], _MOST_TOOLS)),
        tuple(_problem(one) for one in _list(told["problems"], 10 * _MOST_PARAMETERS)),
    )


def _tool(told: Any) -> Described:
    name, summary = _text(told["name"]), _text(told["summary"])
    if not name.isidentifier():
        raise ValueError(name)
    return Described(name, summary, tuple(_parameter(one) for one in _list(told["parameters"], _MOST_PARAMETERS)))


_TYPES: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str) and value.isidentifier(),
    "kind": lambda value: value in set(ParameterKind),
    "label": lambda value: isinstance(value, str),
    "help": lambda value: isinstance(value, str),
    "unit": lambda value: value is None or isinstance(value, str),
    "required": lambda value: isinstance(value, bool),
    "default": lambda value: value is None or isinstance(value, str | int | float | bool),
    "minimum": lambda value: value is None or isinstance(value, float),
    "maximum": lambda value: value is None or isinstance(value, float),
    "above_minimum": lambda value: isinstance(value, bool),
    "below_maximum": lambda value: isinstance(value, bool),
    "choices": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "columns": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "choice_labels": lambda value: value == [],
}


def _parameter(told: Any) -> Parameter:
    if not isinstance(told, dict) or set(told) != {one.name for one in fields(Parameter)}:
        raise ValueError("not a parameter")
    for key, value in told.items():
        if not _TYPES[key](value):
            raise ValueError(f"{key}: {value!r}"[:200])
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    plain["kind"] = ParameterKind(told["kind"])
    return Parameter(**plain)


def _problem(told: Any) -> Problem:
    line = told["line"]
    if line is not None and not isinstance(line, int):
        raise ValueError("not a line")
    return Problem(_text(told["file"]), line, _text(told["message"]))


def _list(told: Any, most: int) -> list[Any]:
    if not isinstance(told, list) or len(told) > most:
        raise ValueError("not a list, or too long")
    return told


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise ValueError("not a text")  # noqa: TRY004 - whatever is wrong with the payload is one thing
    return told
