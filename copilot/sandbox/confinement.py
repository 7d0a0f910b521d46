"""The closest walls there are, for code that others wrote: one folder to write in, a few to read, no other process.

A process that confines itself so sees Python, the program's own modules, the paths it was granted, and a private folder
that is its home, its temporary and its current folder at once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import copilot
from copilot.sandbox.alone import stay_alone
from copilot.sandbox.landlock import landlock_version, restrict_files
from copilot.sandbox.seal import SealState
from copilot.sandbox.seccomp import takes_filters

# Shared libraries and what they look up: the loader's cache, time zones, the number and kind of processors, and the
# limits of the group that the process runs in (DuckDB aborts where it sees that file and cannot read it).
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime",
           "/dev/zero", "/dev/urandom", "/dev/random", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
           "/proc/self/cgroup", "/sys/fs/cgroup", "/proc/sys/vm/overcommit_memory",
           "/sys/kernel/mm/transparent_hugepage")  # fmt: skip
# The loaders of glibc and musl.
_LOADERS = ("/lib*/ld-linux*.so*", "/lib/*/ld-linux*.so*", "/lib/ld-musl-*.so*")
_LIBRARY_FOLDERS = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a confined process may read besides Python itself, and the private folder that it may write in.

    `programs` are files that it may execute; without any it starts no process at all.
    """

    readable: tuple[str, ...]
    folder: str
    programs: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """Return the variables by which the private folder becomes its home, and by which runs are alike."""
        return {
            "HOME": self.folder,
            "TMPDIR": self.folder,
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def confine(walls: Confinement) -> bool:
    """Put up the walls around this process for good; returns whether all of them stand."""
    return all(_put_up(walls))


def confine_as_far_as_offered(walls: Confinement, seal: SealState) -> bool:
    """Put up the walls as `confine`; returns whether each stands that this system offers, the `seal` among them.

    Where it is False nothing may be served: a wall fell that could stand.
    """
    stands_alone, files_are_restricted = _put_up(walls)
    filters_stand = seal is SealState.SEALED and stands_alone
    return (filters_stand or not takes_filters()) and (files_are_restricted or not landlock_version())


def _put_up(walls: Confinement) -> tuple[bool, bool]:
    """Return whether other processes are out of reach, and files."""
    stands_alone = stay_alone(with_programs=bool(walls.programs))
    return stands_alone, restrict_files(visible_paths(walls), [walls.folder, "/dev/null"], walls.programs)


def visible_paths(walls: Confinement) -> list[str]:
    """Return all that a process behind `walls` may read besides its own folder and what it may execute."""
    return [*_python_paths(), *_SYSTEM, *walls.readable]


def program_with_loader(program: str) -> tuple[str, ...]:
    """Return what must be executable for `program` to start: itself, and what loads its shared libraries."""
    loaders = [path for pattern in _LOADERS for path in glob(pattern)]  # noqa: PTH207 - two folders deep, from the root
    return tuple(dict.fromkeys(os.path.realpath(path) for path in (program, *loaders)))


def _python_paths() -> list[str]:
    """Return where Python, its libraries and this program's modules lie; never the folder it was started in."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix} - {"/"}
    libraries = [
        path
        for path in sys.path
        if Path(path).name in _LIBRARY_FOLDERS or Path(path) == Path(os.__file__).parent or path.endswith(".zip")
    ]
    return [*sorted(prefixes), *libraries, str(Path(copilot.__file__).parent)]
