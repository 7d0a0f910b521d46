"""Every command of the interface by its action: one list for keys, palette, help and ``/`` commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding

from copilot.i18n import t


@dataclass(frozen=True, slots=True)
class TuiCommand:
    """`action` is also the word after ``/``; `key` what it is bound to unless the settings say otherwise."""

    action: str
    key: str
    shown: bool = False

    @property
    def words(self) -> str:
        return t(f"tui.command.{self.action}")


COMMANDS = (
    TuiCommand("help", "f1", shown=True),
    TuiCommand("conversation", "f2"),
    TuiCommand("sources", "f3", shown=True),
    TuiCommand("library", "f4", shown=True),
    TuiCommand("history", "f5", shown=True),
    TuiCommand("log", "f6"),
    TuiCommand("cancel", "escape", shown=True),
    TuiCommand("new", "ctrl+n", shown=True),
    TuiCommand("next_citation", "ctrl+right"),
    TuiCommand("previous_citation", "ctrl+left"),
    TuiCommand("edit", "ctrl+e"),
    TuiCommand("next_branch", "ctrl+b"),
    TuiCommand("copy", "ctrl+y"),
    TuiCommand("export", "ctrl+x"),
    TuiCommand("sync", "ctrl+s", shown=True),
    TuiCommand("add_folder", "ctrl+o"),
    TuiCommand("demo", "ctrl+d"),
    TuiCommand("retry", "ctrl+r"),
    TuiCommand("open", "ctrl+g"),
    TuiCommand("language", "ctrl+l"),
    TuiCommand("theme", "ctrl+t"),
    TuiCommand("quit", "ctrl+q", shown=True),
)


def bindings(keys: tuple[str, ...]) -> Iterator[Binding]:
    """Yield the bindings, with those of the settings (``action=key``) in place of ours."""
    chosen = {name.strip(): key.strip() for name, _, key in (one.partition("=") for one in keys)}
    for command in COMMANDS:
        key = chosen.get(command.action) or command.key
        yield Binding(key, command.action, command.words, show=command.shown, priority=command.key != "escape")


def problems_with(keys: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the keys of the settings: no such action, no key, two actions on one key."""
    known = {command.action: command.key for command in COMMANDS}
    found: list[str] = []
    for one in keys:
        name, _, key = (part.strip() for part in one.partition("="))
        if name not in known or not key:
            found.append(t("tui.bad_key", text=one))
        else:
            known[name] = key
    by_key: dict[str, list[str]] = {}
    for name, key in known.items():
        by_key.setdefault(key, []).append(name)
    found += [t("tui.key_twice", key=key, names=", ".join(names)) for key, names in by_key.items() if len(names) > 1]
    return found
