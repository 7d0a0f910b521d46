"""Runs an approved call: arguments checked here, the tool itself in a confined child, its result checked again here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from copilot.errors import CancelledError, ToolFailedError
from copilot.i18n import current_language, t
from copilot.ports import Cancellation
from copilot.records import Tool, ToolCall, ToolProgress, ToolResult, ToolRun
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.single import End, Ending, run_confined
from copilot.sandbox.told import loads
from copilot.tools.arguments import Checked, check_arguments
from copilot.tools.catalogue import Plugin, PluginCatalogue
from copilot.tools.child import RunJob, perform
from copilot.tools.results import LARGEST_RESULT, BadResultError, decode_result

_MEGABYTE = 2**20
# In bytes; what the child writes itself is a tenth of that.
_LONGEST_PROGRESS, _LONGEST_REFUSAL = 8 * 1024, 64 * 1024
_REASONS = frozenset({"library", "refused", "arguments", "output", "plugin"})


class WalledToolRunner:
    """Runs tools of one catalogue; a relative path of an argument is looked for in `bases`, in their order."""

    def __init__(self, catalogue: PluginCatalogue, bases: Sequence[Path]) -> None:
        self.catalogue = catalogue
        self._bases = tuple(bases)

    def check(self, call: ToolCall) -> Checked:
        """Return the arguments as the tool would get them; ToolFailedError where one cannot be taken."""
        return check_arguments(call, self.catalogue.find(call.tool), self._bases)

    def run(self, call: ToolCall, cancel: Cancellation | None = None) -> Iterator[ToolProgress | ToolRun]:
        """Check and convert the arguments, run; yield progress and, last, the run.

        Raises:
            ToolFailedError: an argument is wrong, the tool refused, or its process was ended; it says which.
            CancelledError: `cancel` was asked for.
        """
        tool = self.catalogue.find(call.tool)
        plugin = self.catalogue.plugin_of(tool)
        checked = check_arguments(call, tool, self._bases)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="copilot-tool-") as folder:
            conversation = _start(tool, plugin, checked, Path(folder), cancel)
            while True:
                try:
                    yield _progress(next(conversation))
                except StopIteration as stopped:
                    ending: Ending = stopped.value
                    break
        result = _result_of(ending, tool, plugin)
        if not ending.walled:
            result = replace(result, warnings=(*result.warnings, t("tools.run.without_walls")))
        yield ToolRun(
            number=call.number,
            tool=tool.name,
            title=tool.title,
            arguments=checked.arguments,
            result=result,
            plugin_sha256=plugin.files.sha256,
            seconds=round(time.monotonic() - started, 3),
        )


def _start(tool: Tool, plugin: Plugin, checked: Checked, folder: Path, cancel: Cancellation | None) -> Iterator[bytes]:
    """Start the child on the exact bytes that were hashed; of the disk it sees these, its files and an empty folder."""
    code, work = folder / "plugin", folder / "work"
    code.mkdir()
    work.mkdir()
    plugin.files.write_to(code)
    function = tool.name.partition(".")[2]
    rights = plugin.manifest.rights
    job = RunJob(plugin.name, str(code), current_language(), function, checked.plain, plugin.aliases.get(function, {}))
    return run_confined(
        perform,
        job,
        confinement=Confinement((str(code), *rights.read, *checked.files), str(work)),
        memory_bytes=rights.memory_mb * _MEGABYTE,
        seconds=rights.seconds,
        largest_answer=LARGEST_RESULT + 1024,
        demand_walls=not tool.bundled,
        cancel=cancel,
    )


def _progress(payload: bytes) -> ToolProgress:
    """Read word of progress from the child; what cannot be read is no progress."""
    try:
        share, note = loads(payload, _LONGEST_PROGRESS)
        return ToolProgress(min(1.0, max(0.0, float(share))), str(note)[:200])
    except (ValueError, TypeError):
        return ToolProgress(0.0)


def _result_of(ending: Ending, tool: Tool, plugin: Plugin) -> ToolResult:
    rights = plugin.manifest.rights
    if ending.end is End.CANCELLED:
        raise CancelledError(t("tools.run.cancelled", tool=tool.name))
    if ending.end is End.DONE and ending.payload[:1] == b"R":
        try:
            return decode_result(ending.payload[1:])
        except BadResultError as error:
            raise _failed(tool, "output", str(error)) from error
    if ending.end is End.DONE:
        raise _refusal(ending.payload[1:], tool)
    told = {
        End.TIME: t("tools.run.time", tool=tool.name, seconds=rights.seconds),
        End.MEMORY: t("tools.run.memory", tool=tool.name, megabytes=rights.memory_mb),
        End.OUTPUT: t("tools.run.output", tool=tool.name),
        End.UNWALLED: t("tools.run.unwalled", tool=tool.name),
    }
    if ending.end in told:
        reason = "denied" if ending.end is End.UNWALLED else ending.end.value
        raise ToolFailedError(told[ending.end], t(f"tools.run.{ending.end}_next"), reason=reason)
    raise ToolFailedError(
        t("tools.run.crashed", tool=tool.name, detail=ending.detail), t("tools.run.crashed_next"), reason="crashed"
    )


def _refusal(payload: bytes, tool: Tool) -> ToolFailedError:
    """Return the error that a child told of; its words are outside text."""
    try:
        told = loads(payload, _LONGEST_REFUSAL)
        reason, message = str(told["reason"]), str(told["message"])
        library, extra = str(told.get("library", "")), str(told.get("extra", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return _failed(tool, "output", t("tools.result.unreadable"))
    if reason == "library":
        return ToolFailedError(
            t("tools.run.library", tool=tool.name, library=library),
            t("tools.run.library_next", command=f"pip install 'analyst-copilot[{extra}]'"),
            reason="library",
        )
    return _failed(tool, reason if reason in _REASONS else "plugin", message)


def _failed(tool: Tool, reason: str, message: str) -> ToolFailedError:
    key = {"refused": "tools.run.refused", "arguments": "tools.run.arguments", "output": "tools.run.bad_output"}
    may_change = reason in ("refused", "arguments")
    next_step = t("tools.run.arguments_next", tool=tool.name) if may_change else t("tools.run.plugin_next")
    told = t(key.get(reason, "tools.run.plugin"), tool=tool.name, detail=message)
    return ToolFailedError(told, next_step, reason=reason)
