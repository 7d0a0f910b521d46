"""Where plugins are looked for, and the exact bytes of the one that was found.

Bundled, the user's folder, and the entry points of installed packages: never a folder of documents, never the current
one. Nothing of a plugin is imported here.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.machinery import PathFinder
from pathlib import Path

from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources import plugins_folder, user_plugins_folder

ENTRY_POINTS = "copilot.plugins"
_MOST_FILES, _MOST_BYTES = 500, 64 * 2**20


class Origin(StrEnum):
    """Who brought a plugin: the program, the user, or an installed package."""

    BUNDLED = "bundled"
    USER = "user"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Place:
    """A plugin as it was found: its name and its folder."""

    name: str
    folder: Path
    origin: Origin


class UnreadablePluginError(Exception):
    """The files of a plugin cannot be taken as they are; the message says why, in the user's language."""


@dataclass(frozen=True, slots=True)
class PluginFiles:
    """Every file of a plugin by its path within the folder, and the hash over all of them."""

    contents: Mapping[str, bytes] = field(repr=False)
    sha256: str

    def write_to(self, folder: Path) -> None:
        """Write exactly these bytes: what runs is what was hashed, whatever happens to the plugin's own folder."""
        for name, data in self.contents.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def find_places(environment: Mapping[str, str] = os.environ) -> list[Place]:
    """Return all plugins by name within each origin, the bundled ones first; a name may come twice."""
    return [
        *_in_folder(plugins_folder(), Origin.BUNDLED),
        *_in_folder(user_plugins_folder(environment), Origin.USER),
        *_of_packages(),
    ]


def place_of(folder: Path) -> Place:
    """Return a plugin that stands anywhere, as one that the user brought."""
    folder = folder.resolve()
    return Place(folder.name, folder, Origin.USER)


def read_files(place: Place) -> PluginFiles:
    """Read and hash all that belongs to a plugin; compiled code and hidden files do not.

    Raises:
        UnreadablePluginError: there is a link or a device among them, there are too many, or one cannot be read.
    """
    contents: dict[str, bytes] = {}
    total = 0
    try:
        for path in sorted(_files_under(place.folder)):
            data = path.read_bytes()
            contents[path.relative_to(place.folder).as_posix()] = data
            total += len(data)
            if len(contents) > _MOST_FILES or total > _MOST_BYTES:
                raise UnreadablePluginError(
                    t("tools.plugin.too_much", files=_MOST_FILES, megabytes=_MOST_BYTES // 2**20)
                )
    except OSError as error:
        raise UnreadablePluginError(
            t("tools.plugin.unreadable", path=error.filename or place.folder, detail=cause_of(error))
        ) from error
    digest = hashlib.sha256()
    for name, data in contents.items():
        encoded = name.encode("utf-8", "surrogateescape")
        digest.update(len(encoded).to_bytes(8, "big") + encoded + len(data).to_bytes(8, "big") + data)
    return PluginFiles(contents, digest.hexdigest())


def _files_under(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if entry.name.startswith(".") or entry.name == "__pycache__" or entry.name.endswith(".pyc"):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield from _files_under(Path(entry.path))
        elif stat.S_ISREG(mode):
            yield Path(entry.path)
        else:
            raise UnreadablePluginError(t("tools.plugin.not_regular", path=entry.path))


def _in_folder(folder: Path, origin: Origin) -> Iterator[Place]:
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.is_dir() and not entry.name.startswith((".", "_")):
                yield Place(entry.name, entry, origin)


def _of_packages() -> Iterator[Place]:
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=ENTRY_POINTS)):
        yield Place(point.name, _folder_of_module(point.module), Origin.PACKAGE)


def _folder_of_module(module: str) -> Path:
    """Return where a package's files lie, without importing it or a package above it; a path that is not, else."""
    within: list[str] | None = None
    for part in module.split("."):
        found = PathFinder.find_spec(part, within)
        if found is None or not found.submodule_search_locations:
            return Path(os.devnull, module)
        within = list(found.submodule_search_locations)
    return Path(within[0]) if within else Path(os.devnull, module)
