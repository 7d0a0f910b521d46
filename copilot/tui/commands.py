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
    TuiCommand("tools", "f6", shown=True),
    TuiCommand("context", "f7"),
    TuiCommand("log", "f8"),
    TuiCommand("cancel", "escape"),
    TuiCommand("new", "ctrl+n"),
    TuiCommand("next_citation", "ctrl+right"),
    TuiCommand("previous_citation", "ctrl+left"),
    TuiCommand("edit", "ctrl+e"),
    TuiCommand("next_branch", "ctrl+b"),
    TuiCommand("copy", "ctrl+y"),
    TuiCommand("export", "ctrl+x"),
    TuiCommand("sync", "ctrl+s"),
    TuiCommand("retry", "ctrl+r"),
    TuiCommand("add_folder", "ctrl+o"),
    TuiCommand("add_model", "f9"),
    TuiCommand("demo", "ctrl+d"),
    TuiCommand("open", "ctrl+g"),
    TuiCommand("picture", "f10"),
    TuiCommand("language", "ctrl+l"),
    TuiCommand("theme", "ctrl+t"),
    TuiCommand("quit", "ctrl+q", shown=True),
)
_NAMED = ("escape", "left", "right")
# Not ours to give away: the palette, and what every editor of text needs.
_TAKEN = {"ctrl+p": "palette", "enter": "enter", "tab": "tab"}


def keys_of(keys: tuple[str, ...]) -> dict[str, str]:
    """Return the key of each action; `keys` are the settings' own, as ``action=key``."""
    found = {command.action: command.key for command in COMMANDS}
    for one in keys:
        name, _, key = (part.strip() for part in one.partition("="))
        if name in found and key:
            found[name] = key
    return found


def bindings(keys: tuple[str, ...]) -> Iterator[Binding]:
    """Yield the bindings in the user's language. Escape is last in line: what has the focus may want it first."""
    chosen = keys_of(keys)
    for command in COMMANDS:
        key = chosen[command.action]
        yield Binding(key, command.action, command.words, show=command.shown, priority=key != "escape")


def problems_with(keys: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the keys of the settings: no such action, no key, two actions on one key."""
    known = {command.action for command in COMMANDS}
    found: list[str] = []
    for one in keys:
        name, _, key = (part.strip() for part in one.partition("="))
        if name not in known or not key:
            found.append(t("tui.bad_key", text=one))
    by_key: dict[str, list[str]] = {key: [name] for key, name in _TAKEN.items()}
    for name, key in keys_of(keys).items():
        by_key.setdefault(key, []).append(name)
    found += [t("tui.key_twice", key=key, names=", ".join(names)) for key, names in by_key.items() if len(names) > 1]
    return found


def shown_key(key: str) -> str:
    """Return a key as keyboards of the user's language name it: ``Ctrl+N``, ``Échap``."""
    return "+".join(t(f"tui.key.{part}") if part in _NAMED else part.capitalize() for part in key.split("+"))
