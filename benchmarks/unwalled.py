"""The program with fewer walls, to measure what they cost; nothing of the program itself can switch them off.

`LEVEL COMMAND...`, where the level is ``all``, ``two`` (no bubblewrap) or ``none`` (no seccomp, no Landlock either):
what stays is that others' files, code and models are met in processes of their own, with limits on memory and time.
"""

from __future__ import annotations

import sys

LEVELS = ("all", "two", "none")
_CALL = "from benchmarks.unwalled import take_down; take_down({level!r}); from {{module}}"


def take_down(level: str) -> None:
    """Replace the walls that `level` leaves out, here and in every process of ours that is started from here."""
    if level == "all":
        return
    if level == "none":
        from copilot.sandbox import confinement, landlock, seal

        # Before the modules below are imported, which take these by name.
        seal.seal_network = lambda: seal.SealState.SEALED
        landlock.restrict_network = lambda ports=(): True  # noqa: ARG005
        confinement.confine = lambda walls: True  # noqa: ARG005
    from copilot.sandbox import interpreter

    interpreter.behind_namespaces = lambda command, walls: None  # type: ignore[attr-defined]  # noqa: ARG005
    # Its children are new interpreters.
    interpreter._BOOT = interpreter._BOOT.replace("from {module}", _CALL.format(level=level))


def main() -> None:
    level, *arguments = sys.argv[1:]
    take_down(level)
    # Imported once the walls are replaced, for it takes them by name.
    from copilot.cli.main import main as run

    run(arguments)


if __name__ == "__main__":
    main()
