"""What happens during a question or a sync, in words."""

from __future__ import annotations

from copilot.app.events import (
    AskEvent,
    BlankRead,
    Embedding,
    FileRead,
    Indexing,
    ModelReading,
    ModelWriting,
    Planned,
    Retrieved,
    Scanning,
    SyncEvent,
    SyncReport,
    ToolAdvanced,
    ToolDenied,
    ToolFailed,
    ToolProposed,
    ToolRan,
    WaitingForSync,
)
from copilot.i18n import t
from copilot.presentation import wording
from copilot.sanitise import one_line

_BAR = 24


def bar(share: float) -> str:
    """Return a share of 1 as a bar in characters."""
    filled = round(max(0.0, min(1.0, share)) * _BAR)
    return "█" * filled + "░" * (_BAR - filled)


def of_question(event: AskEvent) -> str:
    """Return what is going on after this event; empty where the event changes nothing of that."""
    if isinstance(event, Planned) and event.calls:
        return t("tui.planned", tools=", ".join(one_line(call.tool) for call in event.calls))
    if isinstance(event, Retrieved):
        return t("tui.retrieved", coverage=wording.coverage_of(event.coverage))
    if isinstance(event, ModelReading):
        return _reading(event)
    if isinstance(event, ModelWriting):
        return t("tui.writing")
    return _of_tool(event)


def _reading(event: ModelReading) -> str:
    progress = event.progress
    left = "" if progress.seconds_left is None else t("cli.ask.left", seconds=f"{progress.seconds_left:.0f}")
    words = t(f"cli.ask.reading.{event.phase}", done=progress.done, total=progress.total)
    return f"{bar(progress.done / max(1, progress.total))} {words}{left}"


def _of_tool(event: AskEvent) -> str:
    if isinstance(event, BlankRead):
        return t("tui.blank", name=one_line(event.argument))
    if isinstance(event, ToolProposed):
        return t("tui.proposed", title=one_line(event.tool.title or event.tool.name))
    if isinstance(event, ToolAdvanced):
        return f"{bar(event.progress.share)} {one_line(event.progress.note)}".rstrip()
    if isinstance(event, ToolRan):
        return t("tui.ran", title=one_line(event.run.title))
    if isinstance(event, ToolDenied):
        return t("tui.denied", tool=one_line(event.call.tool))
    if isinstance(event, ToolFailed):
        return one_line(event.message)
    return ""


def of_sync(event: SyncEvent) -> str:
    """Return what a sync is doing; empty where the event changes nothing of that."""
    if isinstance(event, WaitingForSync):
        return t("tui.sync.waiting", pid=event.holder)
    if isinstance(event, Scanning):
        return t("tui.sync.scanning", files=event.files)
    if isinstance(event, FileRead):
        words = t("tui.sync.read", done=event.done, total=event.total, name=one_line(event.name))
        return f"{bar(event.done / max(1, event.total))} {words}"
    if isinstance(event, Embedding):
        words = t("tui.sync.embedding", done=event.done, total=event.total)
        return f"{bar(event.done / max(1, event.total))} {words}"
    if isinstance(event, Indexing):
        return t("tui.sync.indexing")
    if isinstance(event, SyncReport):
        failed = t("tui.sync.done.failed", failed=len(event.failed)) if event.failed else ""
        return t("tui.sync.done", new=event.new, changed=event.changed) + failed
    return ""
