"""SECURITY.md: each of its figures stands in the result it names, each command, file and test it names exists.

A figure of a row that names benchmarks must be found in their JSON: as a value, in a note, as a number of rows, or as a
sum whose parts stand beside it, as in ``95 (47 + 48)``. With decimals it may be a value that was rounded.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from copilot.cli.app import app
from tests.architecture.pins import ROOT

PAGE = ROOT / "SECURITY.md"
RESULTS = ROOT / "benchmarks" / "results"
_FIGURE = re.compile(r"(?<![\w.,-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w]|[.,]\d)")
_SUM = re.compile(rf"({_FIGURE.pattern}) \(({_FIGURE.pattern}(?: \+ {_FIGURE.pattern})+)\)")
_TESTS = re.compile(r"(\d[\d,]*) tests?\b")
_LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_BENCHMARK = re.compile(r"python -m benchmarks\.(\w+)")
_MEASURED = re.compile(r"(`python -m benchmarks\.[^`]*`)")


@dataclass(frozen=True)
class Row:
    """What is promised, the commands that show it, and the figure."""

    promise: str
    shown_by: str
    figure: str

    @property
    def benchmarks(self) -> list[str]:
        return _BENCHMARK.findall(self.shown_by)

    @property
    def test_paths(self) -> list[str]:
        return [
            path for code in _CODE.findall(self.shown_by) if code.startswith("pytest ") for path in code.split()[1:]
        ]


def rows_of(page: str) -> list[Row]:
    """Return the rows of the table; a paragraph that names a benchmark is read as one, too."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 4 and "---" not in line]
    beside = (_MEASURED.split(paragraph, 1) for paragraph in page.split("\n\n") if not paragraph.startswith("|"))
    return [
        *(Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines[1:]),
        *(Row(*parts) for parts in beside if len(parts) > 1),
    ]


ROWS = rows_of(PAGE.read_text(encoding="utf-8"))
MEASURED = [row for row in ROWS if row.benchmarks]


def number(figure: str) -> Decimal:
    return Decimal(figure.replace(",", ""))


def numbers_of(result: Any) -> set[Decimal]:
    """Return every number that a result tells, in its notes and titles too, and how many rows there are of a kind."""
    rows = [row for table in result["tables"] for row in table["rows"]]
    cells = Counter((column, str(value)) for row in rows for column, value in row.items())
    told = [result["notes"], *(table["title"] for table in result["tables"]), *(text for _, text in cells)]
    return {
        *(number(figure) for text in told for figure in _FIGURE.findall(text)),
        *(Decimal(times) for times in cells.values()),
        *(Decimal(len(table["rows"])) for table in result["tables"]),
    }


def known_to(row: Row) -> set[Decimal]:
    found = (json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in row.benchmarks)
    return set().union(*(numbers_of(result) for result in found))


def figures_of(cell: str) -> tuple[list[str], list[str]]:
    """Return the figures of a cell that a result must hold, and the sums beside which their parts stand."""
    text = _TESTS.sub(" ", _CODE.sub(" ", _LINK.sub(" ", cell)))
    sums = []
    for total, parts in _SUM.findall(text):
        if number(total) == sum(map(number, parts.split(" + "))):
            sums.append(total)
            text = text.replace(f"{total} ({parts})", f"({parts})")
    return _FIGURE.findall(text), sums


def unfounded(cell: str, known: Iterable[Decimal]) -> list[str]:
    """Return the figures of a cell that no number accounts for."""
    known = set(known)
    missing = []
    for figure in figures_of(cell)[0]:
        exact = number(figure)
        places = Decimal(1).scaleb(int(exact.as_tuple().exponent))
        rounded = places < 1 and any(round(one / places) * places == exact for one in known)
        if exact not in known and not rounded:
            missing.append(figure)
    return missing


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: "+".join(row.benchmarks))
def test_each_figure_stands_in_the_result_that_the_row_names(row: Row) -> None:
    assert figures_of(row.figure)[0], "a row that names a benchmark tells its figures"
    assert unfounded(row.figure, known_to(row)) == []


def test_a_figure_that_is_not_in_the_result_is_noticed() -> None:
    """Every figure from 10 up is falsified in turn; by chance a false one is another figure of the same result."""
    tried = noticed = 0
    for row in MEASURED:
        known = known_to(row)
        figures, sums = figures_of(row.figure)
        for figure in {one for one in (*figures, *sums) if number(one) >= 10}:
            for by in (7, 13):
                false = re.sub(
                    rf"(?<![\d.,]){re.escape(figure)}(?![\d])", f"{number(figure) + by:,}", row.figure, count=1
                )
                tried += 1
                noticed += bool(unfounded(false, known))
    assert tried >= 60
    assert noticed / tried > 0.85


def test_what_counts_as_a_figure() -> None:
    known = {Decimal(47), Decimal(48), Decimal("0.957"), Decimal(1082)}
    assert unfounded("95 (47 + 48) syncs, 0.96 times, 1,082 lines: [x](a/9.md), `sleep 5`, 12 tests", known) == []
    assert unfounded("95 syncs", known) == ["95"]
    assert unfounded("96 (47 + 48)", known) == ["96"]
    assert unfounded("90 (42 + 48)", known) == ["42"]
    assert unfounded("0.95 times, 1,083 and 108", known) == ["0.95", "1,083", "108"]


def test_each_row_has_its_number() -> None:
    assert len(ROWS) > 25
    assert [row.promise for row in ROWS if not re.search(r"\d", row.figure)] == []
    assert [
        row.promise for row in ROWS if row.test_paths and not row.benchmarks and not _TESTS.search(row.figure)
    ] == []


def test_the_tests_of_a_row_are_about_as_many_as_it_says(request: pytest.FixtureRequest) -> None:
    """Of the files that this run collected whole: no fewer than told, and no more than a quarter above."""
    option = request.config.option
    if option.keyword or option.markexpr or any("::" in given for given in request.config.args):
        pytest.skip("only a part of the tests was chosen")
    asked = [Path(given).resolve() for given in request.config.args]
    counts = Counter(item.path for item in request.session.items)
    for row in ROWS:
        paths = [ROOT / path for path in row.test_paths]
        if (
            paths
            and _TESTS.search(row.figure)
            and all(any(path.is_relative_to(one) for one in asked) for path in paths)
        ):
            [told] = [int(number(figure)) for figure in _TESTS.findall(row.figure)]
            found = sum(times for file, times in counts.items() if any(file.is_relative_to(path) for path in paths))
            assert told <= found <= told * 1.25, row.promise


# --- what it names ----------------------------------------------------------------------------------------------------


def codes() -> Iterator[str]:
    yield from _CODE.findall(" ".join(PAGE.read_text(encoding="utf-8").split()))


def test_what_a_command_needs_exists() -> None:
    for code in codes():
        if named := _BENCHMARK.match(code):
            modules = [ROOT / "benchmarks" / f"{named[1]}.py", ROOT / "benchmarks" / named[1] / "__main__.py"]
            assert any(module.exists() for module in modules), code
            assert (RESULTS / f"{named[1]}.json").exists(), code
        if code.startswith("pytest "):
            assert [path for path in code.split()[1:] if not (ROOT / path).exists()] == []
        if code.startswith("make "):
            assert re.search(rf"^{re.escape(code.split()[1])}:", (ROOT / "Makefile").read_text(), re.M), code
    for link in _LINK.findall(PAGE.read_text(encoding="utf-8")):
        assert (ROOT / link).exists(), link


def test_each_command_of_the_program_exists_with_its_options() -> None:
    named = [code.split()[1:] for code in codes() if code.startswith("copilot ")]
    assert len(named) > 10
    for words in named:
        assert missing_in(words) == [], words
    assert missing_in(["audit", "shew"]) == ["shew"]
    assert missing_in(["doctor", "--online"]) == ["--online"]


def missing_in(words: list[str]) -> list[str]:
    """Return the words that are no command, group of commands or option; what is in capitals stands for anything."""
    at: Any = get_command(app)
    missing = []
    for word in words:
        if word.startswith("--"):
            missing += [] if any(word in parameter.opts for parameter in at.params) else [word]
        elif not word.isupper():
            choices = [getattr(at, "commands", {}).get(one) for one in word.split("|")]
            missing += [] if all(choices) else [word]
            at = choices[0] or at
    return missing
