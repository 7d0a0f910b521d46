"""`copilot tool` and `copilot plugin` as a user types them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.cli.main import run
from copilot.i18n import set_language
from tests.cli.conftest import Copilot
from tests.makers import new_session, run_sync

TASKS = "task;duration;predecessors\nA;3;\nB;4,5;A\nC;2;A\nD;1;B,C\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a workspace, with a plan in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "plan.csv").write_text(TASKS, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_the_tools_are_listed(copilot: Copilot, work: Path) -> None:
    lines = dict(line.split("\t", 1) for line in copilot("tool", "list").out.splitlines())
    assert lines["schedule.critical_path"].startswith("Critical path\t")
    tools = json.loads(copilot("tool", "list", "--json").out)["tools"]
    assert [tool["name"] for tool in tools] == list(lines)
    set_language("fr")
    assert "schedule.critical_path\tChemin critique\t" in copilot("tool", "list").out


def test_the_list_loads_nothing_heavy(work: Path) -> None:
    code = """
import contextlib, io, sys
from copilot.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    run(["tool", "list"])
    loaded = set(sys.modules)
print(*sorted({name.partition(".")[0] for name in loaded}))
"""
    list_once = [sys.executable, "-c", code]
    subprocess.run(list_once, check=True, capture_output=True)
    done = subprocess.run(list_once, check=True, capture_output=True, text=True)
    heavy = {"pint", "numpy", "duckdb", "ortools", "scipy", "pandas", "sqlite3", "rich", "chromadb", "Stemmer"}
    assert not heavy & set(done.stdout.split())


def test_a_tool_is_explained(copilot: Copilot, work: Path) -> None:
    set_language("fr")
    told = copilot("tool", "show", "simulate.queue").out
    assert "File d'attente (simulate.queue)" in told
    assert "service_time: Temps de service (nombre, > 0 hour, obligatoire)" in told
    assert "copilot tool run simulate.queue arrival_rate='… 1/hour' service_time='… hour'" in told
    shown = json.loads(copilot("tool", "show", "queue", "--json").out)
    assert shown["name"] == "simulate.queue"
    assert next(one for one in shown["parameters"] if one["name"] == "servers")["minimum"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ["tasks=plan.csv", "time_unit=hour"],
        ["--tasks", "plan.csv", "--time-unit", "hour"],
        ["--tasks=plan.csv", "--arg", "time_unit=hour"],
        ["time_unit=hour", "--json", "tasks=plan.csv#A1:C5"],
    ],
)
def test_a_tool_runs(copilot: Copilot, work: Path, words: list[str]) -> None:
    told = copilot("tool", "run", "schedule.critical_path", *words, "--json")
    ran = json.loads(told.out)
    assert (told.code, told.err) == (0, "")
    values = {value["name"]: (value["value"], value["unit"]) for value in ran["result"]["values"]}
    assert values["duration"] == (8.5, "hour")
    origins = {argument["name"]: argument["origin"] for argument in ran["arguments"]}
    assert origins == {"tasks": "user", "time_unit": "user"}
    assert ran["result"]["figure"]["kind"] == "gantt"


def test_a_run_in_words(copilot: Copilot, work: Path) -> None:
    set_language("fr")
    told = copilot("tool", "run", "schedule.critical_path", "tasks=plan.csv").out
    for words in ("Durée", "8,5", "A → B → D", "tasks = plan.csv (saisi par vous)", "hypothèse :", "█"):
        assert words in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (["schedule.critical_path"], 2, "“schedule.critical_path” needs: tasks"),
        (["schedule.critical_path", "tasks=none.csv"], 2, "there is no file “none.csv”"),
        (["schedule.critical_path", "task=plan.csv"], 2, "no parameter “task”; nearest: tasks"),
        (["schedule.critical_path", "plan.csv"], 2, "“plan.csv” is no argument"),
        (["schedule.critical_path", "--tasks"], 2, "--tasks is missing"),
        (["schedule.critical", "tasks=plan.csv"], 2, "Nearest: schedule.critical_path"),
        (["decide.ahp", "comparisons=plan.csv"], 2, "lacks the columns: criterion"),
        (["simulate.queue", "arrival_rate=1 per h", "service_time=3 L"], 2, "does not convert to: hour"),
        (["simulate.queue", "arrival_rate=1/h", "service_time=3 h"], 1, "simulate.queue"),
    ],
)
def test_a_call_that_cannot_be(copilot: Copilot, work: Path, line: list[str], code: int, told: str) -> None:
    outcome = copilot("tool", "run", *line)
    assert outcome.code == code, outcome.err
    assert outcome.out == ""
    assert told in outcome.err


# --- from documents ---------------------------------------------------------------------------------------------------


@pytest.fixture
def garage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose documents say how long a service takes."""
    docs = tmp_path / "garage" / "docs"
    docs.mkdir(parents=True)
    (docs / "garage.txt").write_text(
        "Atelier de Cholet.\n\nLe temps de service au guichet est de 10 heures par véhicule.\n", encoding="utf-8"
    )
    with new_session(docs.parent) as session:
        run_sync(session, docs)
    monkeypatch.chdir(docs.parent)
    return docs.parent


FROM_DOCUMENTS = ["tool", "run", "simulate.queue", "arrival_rate=0,2 par heure", "servers=3", "--customers", "1000",
                  "--from-documents", "service_time=temps de service au guichet", "--json"]  # fmt: skip


def test_a_value_from_the_documents_shows_its_quote(copilot: Copilot, garage: Path) -> None:
    set_language("fr")
    told = copilot(*FROM_DOCUMENTS, "--yes-read-only")
    assert told.code == 0, told.err
    argument = next(one for one in json.loads(told.out)["arguments"] if one["name"] == "service_time")
    assert (argument["value"], argument["unit"], argument["origin"]) == (10, "hour", "document")
    assert (argument["path"], argument["page"]) == ("docs/garage.txt", 1)
    assert argument["quote"] == "Le temps de service au guichet est de 10 heures par véhicule."
    assert "service_time = 10 heures, d'après docs/garage.txt, p. 1 : «" in told.err
    assert "simulate.queue" in copilot("audit", "show").out


def test_a_value_from_the_documents_is_approved_by_somebody(copilot: Copilot, garage: Path) -> None:
    told = copilot(*FROM_DOCUMENTS)
    assert (told.code, told.out) == (6, "")
    assert "nobody at a terminal to approve it" in told.err
    assert "--yes-read-only" in told.err
    assert copilot(*FROM_DOCUMENTS, "--deny").code == 6
    assert copilot(*FROM_DOCUMENTS, "--deny", "--yes-read-only").code == 2


def test_what_the_documents_do_not_say_is_said(copilot: Copilot, garage: Path) -> None:
    line = [*FROM_DOCUMENTS[:4], "--from-documents", "service_time=durée de vie du pneu", "--yes-read-only"]
    told = copilot(*line)
    assert told.code == 6
    assert "service_time: the documents do not say" in told.err
    assert "nothing gives service_time" in told.err


# --- plugins ----------------------------------------------------------------------------------------------------------


def test_a_plugin_from_its_template_to_its_run(copilot: Copilot, work: Path) -> None:
    made = copilot("plugin", "new", "convoy")
    assert made.code == 0
    folder = Path(made.out.splitlines()[0]).parent
    assert "copilot plugin trust convoy" in made.err
    checked = copilot("plugin", "check", "convoy")
    assert (checked.code, "“convoy” is fine. Tools: convoy.road_fuel" in checked.out) == (0, True)
    assert copilot("plugin", "check", str(folder / "convoy.py")).code == 0
    assert "convoy\tnot trusted yet\tyou" in copilot("plugin", "list").out
    refused = copilot("tool", "run", "convoy.road_fuel", "distance=150 km")
    assert (refused.code, "not trusted yet" in refused.err) == (2, True)
    assert "convoy" in copilot("tool", "list").err
    nobody = copilot("plugin", "trust", "convoy")
    assert (nobody.code, "was not trusted" in nobody.err) == (6, True)
    assert "convoy.py" in nobody.err
    assert copilot("plugin", "trust", "convoy", "--yes").out == "“convoy” is now: ready\n"
    assert json.loads(copilot("tool", "run", "road_fuel", "distance=150 km", "--json").out)["result"]["values"][0][
        "value"
    ] == pytest.approx(60)
    assert copilot("plugin", "disable", "convoy").out == "“convoy” is now: switched off\n"
    assert "switched off" in copilot("tool", "run", "convoy.road_fuel", "distance=1").err
    assert copilot("plugin", "enable", "convoy").out == "“convoy” is now: ready\n"
    (folder / "convoy.py").write_text("raise RuntimeError('changed')\n", encoding="utf-8")
    assert "changed since it was trusted" in copilot("tool", "run", "convoy.road_fuel", "distance=1").err
    broken = copilot("plugin", "trust", "convoy", "--yes")
    assert (broken.code, "convoy.py:1: RuntimeError: changed" in broken.err) == (1, True)
    told = copilot("plugin", "check", str(folder), "--json")
    assert (told.code, json.loads(told.out)["problems"][0]["line"]) == (1, 1)
    assert copilot("tool", "list").code == 0
    assert copilot("plugin", "trust", "convoy", "--forget").out == "“convoy” is now: not trusted yet\n"


def test_a_plugin_trusted_at_a_terminal(copilot: Copilot, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copilot("plugin", "new", "convoy").code == 0

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for answer, code in (("n\n", 6), ("\n", 6), ("yes\n", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        monkeypatch.setattr("sys.stderr", Terminal())
        assert run(["plugin", "trust", "convoy"]) == code


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["new", "json"], "“json” cannot name a plugin"),
        (["new", "../up"], "cannot name a plugin"),
        (["check", "nothing"], "no plugin “nothing”"),
        (["check", "./nothing"], "There is no folder “./nothing”"),
        (["trust", "schedule"], "came with the program"),
        (["enable", "scedule"], "Nearest: schedule"),
    ],
)
def test_what_cannot_be_done_with_a_plugin(copilot: Copilot, work: Path, line: list[str], told: str) -> None:
    outcome = copilot("plugin", *line)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err


def test_a_template_never_overwrites(copilot: Copilot, work: Path) -> None:
    assert copilot("plugin", "new", "convoy", "--folder", ".").code == 0
    again = copilot("plugin", "new", "convoy", "--folder", ".")
    assert (again.code, "is there already" in again.err) == (2, True)


# --- suggestions ------------------------------------------------------------------------------------------------------


def test_without_a_model_tools_are_suggested(copilot: Copilot, here: Path) -> None:
    question = "Quel est le chemin critique du plan et la marge des tâches ?"
    told = copilot("ask", question)
    assert "copilot tool run schedule.critical_path tasks=…" in told.err
    suggested = json.loads(copilot("ask", question, "--json").out)["suggested_tools"]
    assert suggested[0]["tool"] == "schedule.critical_path"
    assert suggested[0]["open"] == ["tasks"]
    assert json.loads(copilot("ask", "Combien de litres de gazole à Cholet ?", "--json").out)["suggested_tools"] == []
