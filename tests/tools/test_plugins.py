"""Plugins from their files to their runs: found, described, trusted, refused, run."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from copilot.errors import CancelledError, StoreError, ToolFailedError, UsageError
from copilot.i18n import set_language
from copilot.plugin_api import SolverStatus
from copilot.ports import Cancellation
from copilot.records import ParameterKind, ToolProgress, ToolRun
from copilot.tools import described
from copilot.tools.catalogue import Plugin, PluginCatalogue, State
from copilot.tools.manifest import is_plugin_name
from copilot.tools.places import Origin, Place
from copilot.tools.runner import WalledToolRunner
from copilot.tools.template import write_template
from copilot.tools.trust import TrustFile
from tests.tools.conftest import MANIFEST, TOOL, Maker, call_of, run, trusted

ADD = '''
from copilot.plugin_api import tool

@tool
def add(first: float, second: float = 2.0) -> dict[str, float]:
    """Add two numbers.

    Args:
        first: The first.
        second: The second.
    """
    return {"sum": first + second}
'''
EVERYTHING = '''
"""All that a tool may take."""
from __future__ import annotations

import datetime
from typing import Annotated, Literal

from copilot.plugin_api import *

Kind = Literal["diesel", "petrol"]

@tool
def everything(
    number: Annotated[float, Unit("L/day"), Gt(0), Le(10)],
    count: Annotated[int, Interval(ge=1, lt=5)],
    table: Annotated[DataTable, Columns("task", "duration")],
    file: InputFile,
    even: bool = False,
    text: Annotated[str, Len(1, 3)] = "ab",
    kind: Kind = "diesel",
    day: datetime.date | None = None,
    moment: datetime.datetime | None = None,
    lengths: Annotated[list[float], Unit("m"), Ge(0)] | None = None,
    names: tuple[str, ...] = (),
) -> Result:
    """Take everything.

    In two paragraphs.

    Args:
        number: A number,
            over two lines.
        count (int): A count.
        table: A table.
        file: A file.
        even: Yes or no.
        text: Some text.
        kind: A kind.
        day: A day.
        moment: A moment.
        lengths: Lengths.
        names: Names.

    Returns:
        What it took.
    """
    return Result(values=(
        Value("number", number, "L/day"),
        Value("types", " ".join(type(x).__name__ for x in (count, even, day, moment, lengths, names))),
        Value("rows", len(table)), Value("first", table.texts("task")[0]),
        Value("file", open(file.path).read()), Value("text", text), Value("kind", kind),
        Value("lengths", sum(lengths or [])),
    ), assumptions=(say("english", "français"),))
'''


def only(catalogue: PluginCatalogue) -> Plugin:
    [plugin] = catalogue.plugins
    return plugin


# --- describing -------------------------------------------------------------------------------------------------------


def test_what_a_tool_takes_is_derived(plugin: Maker) -> None:
    found = only(trusted(plugin(EVERYTHING, "everything")))
    assert found.problems == ()
    [tool] = found.tools
    assert (tool.name, tool.title, tool.help) == (
        "trial.everything", "Tool everything", "Take everything. In two paragraphs."
    )  # fmt: skip
    number, count, table, file, even, text, kind, day, moment, lengths, names = tool.parameters
    assert (number.kind, number.unit, number.required) == (ParameterKind.NUMBER, "L/day", True)
    assert (number.minimum, number.above_minimum, number.maximum, number.below_maximum) == (0, True, 10, False)
    assert number.help == "A number, over two lines."
    assert (count.kind, count.minimum, count.maximum, count.below_maximum) == (ParameterKind.INTEGER, 1, 5, True)
    assert (table.kind, table.columns) == (ParameterKind.TABLE, ("task", "duration"))
    assert file.kind is ParameterKind.FILE
    assert (even.kind, even.required, even.default) == (ParameterKind.BOOLEAN, False, False)
    assert (text.default, kind.kind, kind.choices) == ("ab", ParameterKind.CHOICE, ("diesel", "petrol"))
    assert (day.kind, day.required, day.default, moment.kind) == (ParameterKind.DATE, False, None, ParameterKind.DATE)
    assert (lengths.kind, lengths.unit, lengths.minimum) == (ParameterKind.NUMBERS, "m", 0)
    assert names.kind is ParameterKind.TEXTS


def test_everything_arrives_as_annotated(plugin: Maker, tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("task;duration\nA;3\nB;4\n")
    (tmp_path / "note.txt").write_text("noted")
    catalogue = trusted(plugin(EVERYTHING, "everything"))
    ran = run(
        catalogue, "trial.everything", base=tmp_path, number="2 m3/year", count="2", table="plan.csv", file="note.txt",
        even="yes", text="abc", kind="petrol", day="14/10/2026", moment="2026-10-14T06:30", lengths="1 km; 2",
        names="a;b",
    )  # fmt: skip
    values = {value.name: value.value for value in ran.result.values}
    assert values["number"] == pytest.approx(2000 / 365.25, rel=1e-4)
    assert values == {
        "number": values["number"], "types": "int bool date datetime list tuple", "rows": 2, "first": "A",
        "file": "noted", "text": "abc", "kind": "petrol", "lengths": 1002,
    }  # fmt: skip
    assert ran.result.assumptions == ("english",)
    assert ran.plugin_sha256 == only(catalogue).files.sha256
    with pytest.raises(ToolFailedError, match="from 1 to 3 entries or characters"):
        run(
            catalogue,
            "trial.everything",
            base=tmp_path,
            number=1,
            count=1,
            table="plan.csv",
            file="note.txt",
            text="abcd",
        )
    (tmp_path / "plan.csv").write_text("task;length\nA;3\n")
    with pytest.raises(ToolFailedError, match=r"lacks the columns: duration\. Its header row has: task, length"):
        run(catalogue, "trial.everything", base=tmp_path, number=1, count=1, table="plan.csv", file="note.txt")


def test_words_of_the_manifest_in_either_language(plugin: Maker, tmp_path: Path) -> None:
    words = """
[tools.everything.parameters]
number = { label.fr = "Débit", label.en = "Flow", help.fr = "Un débit." }
kind = { choices.diesel.fr = "gazole" }
table = { columns.task.fr = "tâche", columns.duration.fr = "durée" }
"""
    place = plugin(EVERYTHING, manifest=MANIFEST.format(name="trial", tools=TOOL.format(tool="everything") + words))
    trusted(place)
    (tmp_path / "plan.csv").write_text("Tâche;Durée\nA;3\n", encoding="utf-8")
    (tmp_path / "note.txt").write_text("noted")
    told = {}
    for language in ("fr", "en"):
        set_language(language)
        catalogue = PluginCatalogue(places=[place])
        [tool] = catalogue.tools()
        number, kind = tool.parameter("number"), tool.parameter("kind")
        assert number is not None
        assert kind is not None
        ran = run(
            catalogue, "everything", base=tmp_path, number=1, count=1, table="plan.csv", file="note.txt", kind="gazole"
        )  # fmt: skip
        told[language] = (tool.title, number.label, number.help, kind.choice_labels, ran.result.assumptions)
        if language == "fr":
            break
    assert told["fr"] == ("Outil everything", "Débit", "Un débit.", ("gazole", "petrol"), ("français",))


@pytest.mark.parametrize(
    ("code", "line", "told"),
    [
        ("def f(:\n", 1, "SyntaxError"),
        ("import nothing_of_that_name\n", 1, "ModuleNotFoundError"),
        ("\n1 / 0\n", 2, "ZeroDivisionError"),
        ("raise SystemExit\n", 1, "SystemExit"),
        ("x = 1\n", None, "No function bears @tool"),
        (ADD.replace('"""Add two numbers.\n\n    Args:', '"""\n    Args:'), 4, "has no docstring"),
        (ADD.replace("        second: The second.\n", ""), 5, "The parameter “second” of “add” has no line"),
        (ADD.replace("second: float = 2.0", "second"), 5, "has no type"),
        (ADD.replace("second: float = 2.0", "*second: float"), 5, "has no type, or is a * parameter"),
        (ADD.replace("second: float = 2.0", "second: dict[str, float]"), 5, "cannot be of type dict"),
        (ADD.replace("second: float = 2.0", "second: float | str"), 5, "cannot be of type"),
        (ADD.replace("second: float = 2.0", "second: 'Missing'"), 4, "annotations cannot be read"),
        (
            ADD.replace("        second: The", "        secnd: The"),
            4,
            "“secnd”, which is no parameter; there is: second",
        ),
        (ADD.replace("second: float", 'second: Annotated[float, Unit("bidule")]'), 5, "the unit “bidule” is not known"),
        (ADD.replace("second: float", "second: Annotated[float, Ge(3)]"), 5, "the default 2.0 is outside"),
        (ADD.replace("= 2.0", "= float('nan')"), 5, "the default nan is outside"),
        (ADD.replace("= 2.0", "= 1e999"), 5, "the default inf is outside"),
        (ADD.replace("second: float", "second: Annotated[str, Ge(3)]"), 5, "says nothing about"),
    ],
)
def test_a_fault_is_refused_with_its_line(plugin: Maker, code: str, line: int | None, told: str) -> None:
    if "Annotated" in code:
        code = code.replace("import tool", "import tool, Ge, Unit; from typing import Annotated")
    found = only(trusted(plugin(code, "add")))
    assert found.state is State.BROKEN
    problem = next(problem for problem in found.problems if told in problem.message)
    assert problem.file == "trial.py"
    assert problem.line == line, problem


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("[tools.add]", "[tools.ad]", 11, "“tools.ad” names nothing in the code; there is: add"),
        ("[tools.add]", "[tools.add.parameters]\nfrist = {}\n[tools.add]", 12, "there is: first"),
        ("[tools.add]", "[tools.add.parameters]\nfirst = { choices.a.fr = 'x' }\n[tools.add]", 12, "choices.a"),
    ],
)
def test_a_manifest_that_speaks_of_something_else(plugin: Maker, old: str, new: str, line: int, told: str) -> None:
    manifest = MANIFEST.format(name="trial", tools=TOOL.format(tool="add")).replace(old, new).lstrip()
    found = only(trusted(plugin(ADD, manifest=manifest)))
    assert found.state is State.BROKEN
    assert any(told in problem.message and problem.line == line for problem in found.problems), found.problems


def test_a_tool_without_a_title_is_refused(plugin: Maker) -> None:
    found = only(trusted(plugin(ADD)))
    assert "The tool “add” has no [tools.add]" in found.problems[0].message


def test_a_description_is_fetched_once(plugin: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    catalogue = trusted(plugin(ADD, "add"))
    first = catalogue.tools()
    assert len(first) == 1

    def never(name: str, files: object, *, demand_walls: bool = False) -> bytes:
        raise AssertionError(name)

    monkeypatch.setattr(described, "_ask_child", never)
    again = PluginCatalogue(places=[catalogue.plugins[0].place])
    assert again.tools() == first
    # A cache that holds something else is not believed.
    [kept] = (tmp_path / "cache" / "analyst-copilot" / "plugins").iterdir()
    for garbage in (b"", b"{}", b"[]", kept.read_bytes().replace(b'"number"', b'"nombre"')):
        kept.write_bytes(garbage)
        with pytest.raises(AssertionError, match="trial"):
            PluginCatalogue(places=[catalogue.plugins[0].place]).tools()


# --- finding and trusting ---------------------------------------------------------------------------------------------


def test_a_plugin_of_the_user_runs_once_trusted_and_again_after_a_change(plugin: Maker, tmp_path: Path) -> None:
    mark = tmp_path / "loaded"
    place = plugin(f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n{ADD}", "add")
    plugin(ADD, "add")
    catalogue = PluginCatalogue()
    found = catalogue.find_plugin("trial")
    assert (found.state, found.tools, found.place.folder) == (State.UNTRUSTED, (), place.folder)
    with pytest.raises(UsageError, match="does not run: not trusted yet") as error:
        catalogue.find("trial.add")
    assert error.value.next_step == "Look at its files, then: copilot plugin trust trial"
    catalogue.trust_file.trust("trial", found.files.sha256)
    assert run(PluginCatalogue(), "trial.add", first=1).result.values[0].value == 3
    (place.folder / "trial.py").write_text(ADD.replace("first + second", "0.0"), encoding="utf-8")
    assert PluginCatalogue().find_plugin("trial").state is State.CHANGED
    # What was looked at before the change still is what runs.
    assert run(trusted(plugin(ADD, "add")), "trial.add", first=1).result.values[0].value == 3


@pytest.mark.parametrize("name", ["helper.py", "data.csv", "deep/part.py", "plugin.toml"])
def test_any_file_of_a_plugin_counts(plugin: Maker, name: str) -> None:
    place = plugin(ADD, "add")
    (place.folder / "deep").mkdir()
    (place.folder / name).write_text((place.folder / "plugin.toml").read_text())
    assert only(trusted(place)).state is State.READY
    with (place.folder / name).open("a") as file:
        file.write("\n# changed\n")
    assert only(PluginCatalogue(places=[place])).state is State.CHANGED


def test_compiled_code_is_neither_counted_nor_run(plugin: Maker) -> None:
    place = plugin("from trial_part import add\n", "add")
    (place.folder / "trial_part.py").write_text(ADD)
    catalogue = trusted(place)
    (place.folder / "__pycache__").mkdir()
    (place.folder / "__pycache__" / "trial_part.cpython-311.pyc").write_bytes(b"planted")
    assert only(PluginCatalogue(places=[place])).state is State.READY
    assert run(catalogue, "trial.add", first=1).result.values[0].value == 3


def test_plugins_are_switched_off_and_on(plugin: Maker) -> None:
    catalogue = trusted(plugin(ADD, "add"))
    catalogue.trust_file.switch("trial", on=False)
    off = PluginCatalogue()
    assert off.find_plugin("trial").state is State.DISABLED
    assert "trial.add" not in {tool.name for tool in off.tools()}
    catalogue.trust_file.switch("trial", on=True)
    assert "trial.add" in {tool.name for tool in PluginCatalogue().tools()}
    catalogue.trust_file.forget("trial")
    assert PluginCatalogue().find_plugin("trial").state is State.UNTRUSTED


def test_trust_is_for_its_owner_and_never_guessed(tmp_path: Path) -> None:
    file = TrustFile(tmp_path / "new")
    file.trust("trial", "ab" * 32)
    assert file.path.stat().st_mode & 0o777 == 0o600
    for damaged in ("", "[]", '{"trusted": {}}', '{"trusted": {"a": 1}, "disabled": []}'):
        file.path.write_text(damaged)
        with pytest.raises(StoreError, match="damaged"):
            file.read()


def test_a_broken_plugin_takes_nothing_else_down(plugin: Maker, plugins: Path) -> None:
    plugin(ADD, "add", name="good")
    plugin("raise RuntimeError('no')", "add", name="bad")
    plugin("import os; os.abort()", "add", name="crashing")
    plugin("while True: ...", "add", name="decide")  # the name of a bundled one
    (plugins / "empty").mkdir()
    (plugins / "Not-A-Name").mkdir()
    (plugins / "linked").mkdir()
    (plugins / "linked" / "linked.py").symlink_to("/etc/passwd")
    before = PluginCatalogue()
    for one in before.plugins:
        if one.place.origin is Origin.USER:
            before.trust_file.trust(one.name, one.files.sha256)
    found = {(one.name, one.place.origin): one for one in PluginCatalogue().plugins}
    assert found["good", Origin.USER].state is State.READY
    assert found["decide", Origin.BUNDLED].state is State.READY
    told = {
        "bad": "RuntimeError: no",
        "crashing": "Its process died while loading (SIGABRT)",
        "decide": "There is already a plugin “decide”",
        "empty": "The file “empty.py” is missing",
        "Not-A-Name": "cannot name a plugin",
        "linked": "is a link or a special file",
    }
    for name, words in told.items():
        broken = found[name, Origin.USER]
        assert broken.state is State.BROKEN
        assert words in str(broken.problems[0]), name


def test_plugins_are_not_looked_for_where_one_works(
    plugin: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = plugin(ADD, "add")
    here = tmp_path / "here"
    (here / "plugins").mkdir(parents=True)
    place.folder.rename(here / "plugins" / "trial")
    (here / ".copilot" / "plugins").mkdir(parents=True)
    monkeypatch.chdir(here)
    assert "trial" not in {one.name for one in PluginCatalogue().plugins}


def test_a_plugin_of_a_package_is_found_without_importing_it(
    plugin: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plugin(ADD, "add", name="convoy_tools").folder
    site = tmp_path / "site"
    site.mkdir()
    package = folder.rename(site / "convoy_tools")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    information = site / "convoy_tools-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: convoy-tools\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[copilot.plugins]\nconvoy_tools = convoy_tools\ngone = nowhere.at_all\n"
    )
    monkeypatch.syspath_prepend(str(site))
    found = {one.name: one for one in PluginCatalogue().plugins if one.place.origin is Origin.PACKAGE}
    assert found["convoy_tools"].state is State.UNTRUSTED
    assert found["convoy_tools"].place.folder == package
    assert found["gone"].state is State.BROKEN
    assert "convoy_tools" not in sys.modules


def test_names_that_are_not_quite_right(plugin: Maker) -> None:
    catalogue = trusted(plugin(ADD, "add"), plugin(ADD, "add", name="other"))
    assert catalogue.find("trial.add").plugin == "trial"
    with pytest.raises(UsageError, match=r"Several tools are called “add”: trial\.add, other\.add"):
        catalogue.find("add")
    with pytest.raises(UsageError, match=r"no tool “trial\.ad”\. Nearest: trial\.add"):
        catalogue.find("trial.ad")
    with pytest.raises(UsageError, match=r"no plugin “trail”\. Nearest: trial"):
        catalogue.find_plugin("trail")


# --- running ----------------------------------------------------------------------------------------------------------


def body(lines: str) -> str:
    return ADD.replace('    return {"sum": first + second}', lines)


def test_the_same_inputs_give_the_same_result(plugin: Maker) -> None:
    luck = body("    import random\n    return {'luck': random.random(), 'order': hash('x' * int(first))}")
    catalogue = trusted(plugin(luck, "add"))
    assert run(catalogue, "add", first=3).result == run(catalogue, "add", first=3).result


def test_progress_comes_before_the_result(plugin: Maker) -> None:
    code = body(
        "    from copilot.plugin_api import report_progress\n    import time\n"
        "    for part in range(5):\n        report_progress(part / 4, f'part {part}')\n        time.sleep(0.11)\n"
        "    return {'x': 1}"
    )
    runner = WalledToolRunner(trusted(plugin(code, "add")), [])
    events = list(runner.run(call_of("trial.add", first=1)))
    assert isinstance(events[-1], ToolRun)
    shares = [event.share for event in events if isinstance(event, ToolProgress)]
    assert shares == sorted(shares)
    assert ToolProgress(1.0, "part 4") in events


@pytest.mark.parametrize(
    ("lines", "reason", "told"),
    [
        (
            "    from copilot.plugin_api import ToolError\n    raise ToolError('Too far.')",
            "refused",
            "“trial.add”: Too far.",
        ),
        ("    return 1 / 0", "plugin", "ZeroDivisionError: division by zero (trial.py:12)"),
        (
            "    from copilot.plugin_api import need\n    need('no_such_library', 'plan')",
            "library",
            "needs the library",
        ),
        ("    return {'sum': float('nan')}", "output", "result: sum.value is not a finite number"),
        ("    return None", "output", "A tool returns a Result"),
        ("    import os; os.kill(os.getpid(), 11)", "crashed", "SIGSEGV"),
    ],
)
def test_how_a_tool_fails_is_told(plugin: Maker, lines: str, reason: str, told: str) -> None:
    with pytest.raises(ToolFailedError) as failed:
        run(trusted(plugin(body(lines), "add")), "add", first=1)
    assert failed.value.reason == reason
    assert told in failed.value.message
    if reason == "library":
        assert failed.value.next_step == "Install it: pip install 'analyst-copilot[plan]'"


def test_a_running_tool_is_stopped_and_its_process_gone(plugin: Maker) -> None:
    code = body(
        "    import time\n    from copilot.plugin_api import report_progress\n"
        "    report_progress(0.5)\n    time.sleep(60)"
    )
    runner = WalledToolRunner(trusted(plugin(code, "add")), [])
    cancel = Cancellation()
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = children.read_text()  # another test's helpers, such as Python's resource tracker, live on
    events = runner.run(call_of("trial.add", first=1), cancel)
    assert isinstance(next(events), ToolProgress)
    assert children.read_text() != before
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(CancelledError):
        list(events)
    assert children.read_text() == before


def test_a_tool_sees_what_it_was_granted_and_writes_where_it_may(plugin: Maker, tmp_path: Path) -> None:
    granted, other = tmp_path / "maps", tmp_path / "other"
    for folder in (granted, other):
        folder.mkdir()
        (folder / "x.txt").write_text(folder.name)
    code = body(
        "    import os, pathlib, tempfile\n"
        f"    seen = pathlib.Path({str(granted / 'x.txt')!r}).read_text()\n"
        "    with tempfile.NamedTemporaryFile('w+') as file:\n        file.write('x')\n"
        "    own = (pathlib.Path(__file__).parent / 'data.csv').read_text()\n"
        "    try:\n"
        f"        seen += pathlib.Path({str(other / 'x.txt')!r}).read_text()\n"
        "    except (PermissionError, FileNotFoundError):\n        seen += ' only'\n"
        "    return {'seen': seen, 'own': own, 'home': os.environ['HOME'] == os.getcwd() == tempfile.gettempdir()}"
    )
    manifest = MANIFEST.format(name="trial", tools=TOOL.format(tool="add")).replace(
        "seconds = 20", f"seconds = 20\nread = [{json.dumps(str(granted))}]"
    )
    place = plugin(code, manifest=manifest)
    (place.folder / "data.csv").write_text("mine")
    values = run(trusted(place), "add", first=1).result.values
    assert [value.value for value in values] == ["maps only", "mine", True]


def test_without_walls_only_bundled_tools_run_and_say_so(
    plugin: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copilot.sandbox.single._walls_stand", lambda _: False)
    with pytest.raises(ToolFailedError, match="was not run: this system cannot wall it off") as refused:
        run(trusted(plugin(ADD, "add")), "add", first=1)
    assert refused.value.reason == "denied"
    (tmp_path / "tasks.csv").write_text("task;duration;predecessors\nA;3;\n")
    ran = run(PluginCatalogue(), "schedule.critical_path", base=tmp_path, tasks="tasks.csv")
    assert "ran with limits only" in ran.result.warnings[-1]


def test_a_bundled_solver_runs_behind_the_walls(tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").write_text("task;duration;predecessors;crew\nA;3;;2\nB;4;A;2\nC;2;A;2\nD;1;B,C;1\n")
    (tmp_path / "crew.csv").write_text("resource;capacity\ncrew;3\n")
    ran = run(PluginCatalogue(), "schedule.resource_schedule", base=tmp_path, tasks="tasks.csv", resources="crew.csv")
    assert ran.result.solver is not None
    assert (ran.result.solver.status, ran.result.solver.objective) == (SolverStatus.OPTIMAL, 10)
    assert ran.result == run(
        PluginCatalogue(), "schedule.resource_schedule", base=tmp_path, tasks="tasks.csv", resources="crew.csv"
    ).result  # fmt: skip


def test_every_bundled_plugin_is_whole() -> None:
    bundled = [one for one in PluginCatalogue().plugins if one.place.origin is Origin.BUNDLED]
    assert len(bundled) >= 5
    for plugin_ in bundled:
        assert plugin_.problems == ()
        assert is_plugin_name(plugin_.name)
        for tool in plugin_.tools:
            words = plugin_.manifest.tools[tool.name.partition(".")[2]]
            assert words.help.fr, tool.name
            assert words.triggers, tool.name
            for parameter in tool.parameters:
                said = words.parameters[parameter.name]
                assert said.label.fr, (tool.name, parameter.name)
                assert said.help.fr, (tool.name, parameter.name)


def test_the_template_is_fine(plugins: Path) -> None:
    write_template(plugins / "convoy", "convoy")
    catalogue = trusted(Place("convoy", plugins / "convoy", Origin.USER))
    assert only(catalogue).problems == ()
    assert run(catalogue, "convoy.road_fuel", distance="150 km").result.values[0].value == pytest.approx(60)
    with pytest.raises(UsageError, match="cannot be written"):
        write_template(plugins / "convoy", "convoy")
