"""What a person, a question or a document gives, against what a tool takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.errors import ToolFailedError
from copilot.records import Argument, Origin, OriginKind, Parameter, ParameterKind, Tool, ToolCall
from copilot.tools.arguments import check_arguments, range_of, read_date
from tests.tools.conftest import call_of


def parameter(name: str, kind: ParameterKind = ParameterKind.NUMBER, **more: object) -> Parameter:
    return Parameter(name, kind, name.title(), "Help.", required=False, **more)  # type: ignore[arg-type]


def tool(*parameters: Parameter) -> Tool:
    return Tool("trial.act", "trial", "Act", "Acts.", parameters, bundled=False, plugin_sha256="00")


STOCK = parameter("stock", unit="L", minimum=0.0, above_minimum=True)
RATE = parameter("rate", unit="L/day")
SHARE = parameter("share", minimum=0.0, maximum=1.0, below_maximum=True)
COUNT = parameter("count", ParameterKind.INTEGER, minimum=1.0)
EVEN = parameter("even", ParameterKind.BOOLEAN)
KIND = parameter("kind", ParameterKind.CHOICE, choices=("diesel", "petrol"), choice_labels=("gazole", "essence"))
DAY = parameter("day", ParameterKind.DATE)
LENGTHS = parameter("lengths", ParameterKind.NUMBERS, unit="m")
NAMES = parameter("names", ParameterKind.TEXTS)
TABLE = parameter("table", ParameterKind.TABLE)
FILE = parameter("file", ParameterKind.FILE)
ALL = tool(STOCK, RATE, SHARE, COUNT, EVEN, KIND, DAY, LENGTHS, NAMES, TABLE, FILE)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("stock", "42000", 42000.0),
        ("stock", "42 000 L", 42000.0),
        ("stock", "42\u202f000,5 litres", 42000.5),
        ("stock", "42 m3", 42000.0),
        ("stock", "1e3 L", 1000.0),
        ("stock", 12, 12.0),
        ("rate", "3,8 m³/jour", 3800.0),
        ("rate", "−5 L/day", -5.0),
        ("share", "80 %", 0.8),
        ("count", "62 véhicules", 62),
        ("count", 3.0, 3),
        ("even", "oui", True),
        ("even", "No", False),
        ("kind", "Gazole", "diesel"),
        ("kind", "petrol", "petrol"),
        ("day", "14/10/2026", "2026-10-14"),
        ("day", "2026-10-14T06:30Z", "2026-10-14T06:30:00+00:00"),
        ("day", "14/10/2026 6h30", "2026-10-14T06:30:00"),
        ("lengths", "1,5; 2 km", (1.5, 2000.0)),
        ("lengths", "1 2 3", (1.0, 2.0, 3.0)),
        ("lengths", "1,2,3", (1.0, 2.0, 3.0)),
        ("lengths", "1,5 2,5", (1.5, 2.5)),
        ("lengths", (4, 5.5), (4.0, 5.5)),
        ("names", "a; b c ;", ("a", "b c")),
    ],
)
def test_values_that_are_taken(name: str, written: object, value: object) -> None:
    checked = check_arguments(call_of("trial.act", **{name: written}), ALL, [])  # type: ignore[arg-type]
    [found] = checked.arguments
    assert found.value == value
    assert type(found.value) is type(value)
    parameter_ = ALL.parameter(name)
    assert parameter_ is not None
    assert found.unit == parameter_.unit


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("stock", "0 L", "0 is out of range: > 0 L"),
        ("stock", "12 kg", "the unit “kg” does not convert to: L"),
        ("stock", "12 bidules", "the unit “bidules”"),
        ("stock", "much", "“much” is not a number"),
        ("stock", "1,234 L", "“1,234” can be read in two ways; write 1234"),
        ("stock", "nan", "“nan” is not a number"),
        ("stock", float("inf"), "is not a number"),
        ("stock", True, "is not a number"),
        ("share", "1", "1 is out of range: ≥ 0, < 1"),
        ("share", "3 L", "does not convert to: a number without a unit"),
        ("count", "2,5", "2.5 is not a whole number"),
        ("count", "0", "0 is out of range: ≥ 1"),
        ("even", "maybe", "neither yes nor no"),
        ("kind", "kerosene", "“kerosene” is not among: diesel, petrol"),
        ("day", "31/02/2026", "is not a date"),
        ("day", "tomorrow", "is not a date"),
        ("lengths", "1; x", "“x” is not a number"),
        ("stock", (1.0, 2.0), "one value is wanted"),
        ("table", "none.csv", "there is no file “none.csv”"),
        ("file", "none.bin", "there is no file “none.bin”"),
    ],
)
def test_values_that_are_refused(name: str, written: object, told: str) -> None:
    with pytest.raises(ToolFailedError) as refused:
        check_arguments(call_of("trial.act", **{name: written}), ALL, [Path.cwd()])  # type: ignore[arg-type]
    assert refused.value.reason == "arguments"
    assert f"“trial.act”, {name}: " in str(refused.value)
    assert told in str(refused.value)


def test_names_that_are_unknown_given_twice_or_missing() -> None:
    with pytest.raises(ToolFailedError, match="no parameter “stok”; nearest: stock"):
        check_arguments(call_of("trial.act", stok=1), ALL, [])
    twice = call_of("trial.act", stock=1)
    with pytest.raises(ToolFailedError, match="“stock” is given twice"):
        check_arguments(ToolCall(1, "trial.act", twice.arguments * 2), ALL, [])
    needed = Parameter("stock", ParameterKind.NUMBER, "Stock", "Help.")
    for empty in (call_of("trial.act"), call_of("trial.act", stock=""), call_of("trial.act", stock=None)):
        with pytest.raises(ToolFailedError, match="needs: stock"):
            check_arguments(empty, tool(needed), [])


def test_a_unit_beside_the_value_is_converted() -> None:
    argument = Argument("stock", 3.5, "m3", Origin(OriginKind.DOCUMENT, "3,5 m3"))
    [found] = check_arguments(ToolCall(1, "trial.act", (argument,)), ALL, []).arguments
    assert (found.value, found.unit, found.origin.quote) == (3500.0, "L", "3,5 m3")


@pytest.mark.parametrize("name", ["table", "file"])
def test_a_document_never_names_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("a;b\n1;2\n")
    from_document = Argument(name, "there.csv", None, Origin(OriginKind.DOCUMENT, "there.csv"))
    with pytest.raises(ToolFailedError, match="never by a document"):
        check_arguments(ToolCall(1, "trial.act", (from_document,)), ALL, [tmp_path])
    checked = check_arguments(call_of("trial.act", **{name: "there.csv"}), ALL, [tmp_path])
    assert checked.files == (str(tmp_path / "there.csv"),)


def test_handles_of_tables(tmp_path: Path) -> None:
    for name in ("plan.xlsx", "stock.csv", "odd#name.csv", "notes.pdf"):
        (tmp_path / name).write_text("x")
    workbook = str(tmp_path / "plan.xlsx")

    def handle(written: str) -> tuple[object, ...]:
        plain = check_arguments(call_of("trial.act", table=written), ALL, [tmp_path / "elsewhere", tmp_path]).plain
        return tuple(plain["table"][key] for key in ("path", "sheet", "cells"))

    assert handle("plan.xlsx") == (workbook, None, None)
    assert handle("plan.xlsx#Stocks!A1:F40") == (workbook, "Stocks", "A1:F40")
    assert handle("plan.xlsx#Stocks") == (workbook, "Stocks", None)
    assert handle("plan.xlsx#A1:F40") == (workbook, None, "A1:F40")
    assert handle("odd#name.csv") == (str(tmp_path / "odd#name.csv"), None, None)
    for wrong, told in (("plan.xlsx#S!A1", "not a range"), ("notes.pdf", "holds no table")):
        with pytest.raises(ToolFailedError, match=told):
            handle(wrong)


def test_ranges_in_words() -> None:
    assert range_of(STOCK) == "> 0 L"
    assert range_of(SHARE) == "≥ 0, < 1"
    assert range_of(parameter("x", minimum=0.0, maximum=100.0, unit="km")) == "0 … 100 km"
    assert range_of(DAY) == ""


def test_dates() -> None:
    assert read_date(" 1.2.2026 ") == "2026-02-01"
    with pytest.raises(ValueError, match="not a date"):
        read_date("2026-13-01")
