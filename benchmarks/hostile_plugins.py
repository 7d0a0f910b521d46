"""Every attack of the hostile plugin, run as any trusted plugin is run, and what came of it.

python -m benchmarks.hostile_plugins
"""

from __future__ import annotations

import ast
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import copilot
from benchmarks.report import Report, Table
from copilot.errors import ToolFailedError
from copilot.presentation.as_json import dumps, run_to_json
from copilot.presentation.wording import run_lines
from copilot.records import Argument, Origin, OriginKind, ToolCall, ToolRun
from copilot.sanitise import one_line, visible
from copilot.tools.catalogue import PluginCatalogue, State
from copilot.tools.places import Origin as Brought
from copilot.tools.places import Place
from copilot.tools.runner import WalledToolRunner

HOSTILE = Path(__file__).parent / "hostile"
PLANTED = (
    Path("/tmp/copilot-hostile-planted"),
    Path("/dev/shm/copilot-hostile-planted"),
    Path(copilot.__file__).with_name("planted.py"),
    Path(os.__file__).with_name("planted.py"),
)
# Calls by number are those of x86-64; elsewhere the same numbers are other calls.
_RAW = {"open a socket by a raw call", "make such a pair by a raw call",
        "set up io_uring", "clone by a raw call", "clone3 by a raw call",
        "signal by pidfd", "a file in memory", "shared memory of System V", "the kernel's keyring",
        "another namespace", "another root"}  # fmt: skip

# Those that do no harm where they succeed, so that they can be tried without walls too.
HARMLESS = frozenset({
    "read a file", "read it by a raw call", "read it through a link", "read it through a hard link",
    "read it from the root", "list its folder", "read the environment", "read the parent's environment",
    "read the parent's files", "overwrite a file", "plant a file beside it", "delete it", "rename it", "truncate it",
    "open it to all", "change its time", "make a folder beside it", "open sockets of every family",
    "open a socket by a raw call", "make a pair of datagram sockets", "make such a pair by a raw call",
    "fork", "run a shell", "spawn", "signal the parent", "signal everything",
    "a file in memory", "shared memory of System V", "outlive the parent",
})  # fmt: skip

_BESIDE = "beside"
# What the code of a plugin sends in the place of its description, by an expression of Python.
DESCRIPTIONS = {
    "a deep description": "b'D' + b'[' * 100_000 + b']' * 100_000",
    "a deep list of tools": """b'D{"tools":' + b'[' * 900 + b']' * 900 + b',"problems":[]}'""",
    "a deep default": "tool(b'[' * 900 + b']' * 900)",
    "a default of 400 digits": "tool(b'1' + b'0' * 400)",
    "a default of 5,000 digits": "tool(b'1' + b'0' * 5_000)",
    "a default that is no number": "tool(b'NaN')",
    "an infinite default": "tool(b'-1e999')",
    "half a surrogate pair in a default": r"""tool(b'"\\ud800"')""",
    "half a surrogate pair in a problem": r"""b'D{"tools":[],"problems":[{"file":"\\udc9b","line":1,"message":""}]}'""",
    "a key twice in a description": """b'D{"tools":[],"problems":[],"tools":[]}'""",
    "bytes that are no text": r"b'D\xff\xfe\x00'",
    "no answer of any kind": "b''",
    "a frame of an unknown kind": "b'?'",
}
_DESCRIBING = """
import os, time
from copilot.sandbox import worker

def tool(default):
    rest = b'"label":"","help":"","unit":null,"required":false,"minimum":null,"maximum":null,"above_minimum":false,'
    rest += b'"below_maximum":false,"choices":[],"columns":[],"choice_labels":[]'
    parameter = b'{"name":"x","kind":"number","default":' + default + b',' + rest + b'}'
    return b'D{"tools":[{"name":"f","summary":"","parameters":[' + parameter + b']}],"problems":[]}'

payload = %s
frame = (len(payload) + 1).to_bytes(8, "big") + b"R" + payload
while frame:
    frame = frame[os.write(worker._answers.fileno(), frame):]
time.sleep(60)
"""
_MANIFEST = """
[plugin]
name = "beside"
title.fr = "À côté"
title.en = "Beside"
help.fr = "Se décrit lui-même."
help.en = "Describes itself."
[tools.f]
title.fr = "f"
title.en = "f"
"""


def attacks() -> list[str]:
    """Return the names of all attacks that mean something on this machine, without importing the plugin."""
    tree = ast.parse((HOSTILE / "hostile.py").read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "ATTACKS"
    )
    assert isinstance(table, ast.Dict)
    names = [str(key.value) for key in table.keys if isinstance(key, ast.Constant)]
    return [name for name in names if os.uname().machine == "x86_64" or name not in _RAW]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attack came to: `broken` names what it got or changed, `ended` how its run ended."""

    attack: str
    ended: str
    broken: tuple[str, ...]


class Laboratory:
    """A file worth stealing, and the hostile plugin, trusted as its victim would have trusted it."""

    def __init__(self, folder: Path) -> None:
        self.token = f"canary-{secrets.token_hex(8)}"
        self.home = folder / "home"
        self.home.mkdir()
        self.canary = self.home / "secret.txt"
        self.canary.write_text(self.token)
        environment = {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        place = Place("hostile", HOSTILE, Brought.USER)
        self._environment, self._folder, self._place = environment, folder, place
        self._trust(place)
        self.catalogue = PluginCatalogue(environment, places=[place])
        self.runner = WalledToolRunner(self.catalogue, [folder])

    def run(self, attack: str) -> Outcome:
        """Run one attack and look at all that it must not have touched."""
        before = self._state()
        user = Origin(OriginKind.USER)
        arguments = tuple(
            Argument(name, value, None, user) for name, value in (("kind", attack), ("target", str(self.canary)))
        )
        given_back, ended = "", "a result"
        try:
            for event in self.runner.run(ToolCall(1, "hostile.attack", arguments)):
                if isinstance(event, ToolRun):
                    given_back = _shown(event)
                else:
                    given_back += one_line(event.note)
        except ToolFailedError as error:
            given_back = visible(str(error))
            ended = f"refused: {error.reason}"
        broken = [name for name, value in self._state().items() if value != before[name]]
        # The attack's own arguments come back with its result: the file's name is no secret, what it holds is.
        if self.token in given_back or "GOT" in given_back:
            broken.append(f"it got {given_back[:80]}")
        if any(not character.isprintable() and character not in "\n\u202f" for character in given_back):
            broken.append("control characters reach the terminal")
        return Outcome(attack, ended, tuple(broken))

    def describe(self, name: str) -> Outcome:
        """Look at all plugins where one describes itself as no honest one does; the others must be as they were."""
        beside = self._folder / _BESIDE
        beside.mkdir(exist_ok=True)
        (beside / f"{_BESIDE}.py").write_text(_DESCRIBING % DESCRIPTIONS[name], encoding="utf-8")
        (beside / "plugin.toml").write_text(_MANIFEST, encoding="utf-8")
        place = Place(_BESIDE, beside, Brought.USER)
        self._trust(place)
        catalogue = PluginCatalogue(self._environment, places=[place, self._place])
        try:
            states = {plugin.name: plugin.state for plugin in catalogue.plugins}
            shown = " ".join(str(one) for plugin in catalogue.plugins for one in plugin.problems)
            names = [tool.name for tool in catalogue.tools()]
        except Exception as error:  # noqa: BLE001 - that is what the plugin is after
            return Outcome(name, "an exception", (f"{type(error).__name__} ends every command",))
        broken = []
        if states != {_BESIDE: State.BROKEN, "hostile": State.READY} or names != ["hostile.attack"]:
            broken.append(f"{states}, {names}")
        if any(not character.isprintable() for character in visible(shown)):
            broken.append("control characters reach the terminal")
        return Outcome(name, "a plugin shown as broken", tuple(broken))

    def _trust(self, place: Place) -> None:
        untrusted = PluginCatalogue(self._environment, places=[place])
        untrusted.trust_file.trust(place.name, untrusted.find_plugin(place.name).files.sha256)

    def _state(self) -> Mapping[str, object]:
        status = self.canary.stat() if self.canary.exists() else None
        return {
            "the file": self.canary.read_text() if status else None,
            "its status": status and (status.st_mode, status.st_uid, status.st_nlink, status.st_mtime_ns),
            "its marks": os.listxattr(self.canary) if status else None,
            "its folder": sorted(path.name for path in self.home.iterdir()),
            "the plugin": (HOSTILE / "hostile.py").read_bytes(),
            "planted files": [path.exists() for path in PLANTED],
            "processes": _children(),
            "limits": resource.getrlimit(resource.RLIMIT_NOFILE),
            "priority": os.getpriority(os.PRIO_PROCESS, 0),
        }


def _shown(run: ToolRun) -> str:
    """Return a run as every face would show it."""
    result = run.result
    parts = [*run_lines(run), dumps(run_to_json(run))]
    if result.figure is not None:
        from copilot.presentation.figures import figure_lines

        parts += figure_lines(result.figure)
    return "\n".join(parts).replace(run.tool, "")


def _children() -> list[str]:
    found: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        # A thread may end between the two looks.
        with suppress(OSError):
            found += (task / "children").read_text().split()
    return found


@contextmanager
def laboratory() -> Iterator[Laboratory]:
    """Make a laboratory in a temporary folder; a secret stands in the environment as long as it is open."""
    with tempfile.TemporaryDirectory() as folder:
        made = Laboratory(Path(folder))
        os.environ["HOSTILE_SECRET"] = made.token
        try:
            yield made
        finally:
            del os.environ["HOSTILE_SECRET"]


def works_without_walls(attack: str, folder: Path) -> bool:
    """Say whether an attack succeeds where nothing holds it back: else its failure behind the walls says little.

    Only for `HARMLESS` ones; run in a process of its own, against a file in `folder`.
    """
    target = folder / "victim.txt"
    target.write_text("victim")
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "import hostile\n"
        "from copilot.plugin_api import Result\n"
        "print(hostile.ATTACKS[sys.argv[3]](sys.argv[4]).values[0].value)"
    )
    root = str(Path(copilot.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code, root, str(HOSTILE), attack, str(target)],
        cwd=folder,
        env={**os.environ, "HOSTILE_SECRET": "canary"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.startswith("GOT")


def main() -> None:
    rows: list[tuple[object, ...]] = []
    through = real = 0
    with laboratory() as made:
        for attack in attacks():
            outcome = made.run(attack)
            through += bool(outcome.broken)
            control = "-"
            if attack in HARMLESS:
                with tempfile.TemporaryDirectory() as folder:
                    control = "succeeds" if works_without_walls(attack, Path(folder)) else "fails"
                real += control == "succeeds"
            rows.append((attack, control, outcome.ended, "; ".join(outcome.broken) or "nothing"))
        for name in DESCRIPTIONS:
            outcome = made.describe(name)
            through += bool(outcome.broken)
            rows.append((name, "-", outcome.ended, "; ".join(outcome.broken) or "nothing"))
    count = (len(rows), len(rows) - through, through, f"{real} of {len(HARMLESS)}")
    counted = Table("Count", ("attacks", "held", "through", "tried without walls and succeeding"), [count])
    table = Table("Attacks", ("attack", "without walls", "its run ended with", "got through"), rows)
    notes = """
- The plugin is trusted and asks for 512 MB and 1 s; it runs as the user who runs the copilot (here root).
- An attack has got through when it hands back a secret, when anything outside its own folder has changed, when a
  process is left behind, when a control character reaches what a terminal or a JSON reader is shown, or when the
  program around it fails in any other way than by refusing its result.
- “a plugin shown as broken”: what its code sent in the place of its description was refused, and the tools of another
  plugin were listed as before.
- “a result” means that the tool ended by itself and reported that it got nothing.
- Not held: a plugin can see whether a path exists and how large it is; Landlock does not hide that.
"""
    Report("hostile_plugins", "Hostile plugins", [counted, table], notes).write()


if __name__ == "__main__":
    main()
