"""Figures in characters: what is longer is drawn longer, nothing is wider than it may be, nothing acts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.presentation.figures import figure_lines
from copilot.records import Bar, Figure, FigureKind, Line
from copilot.sanitise import visible


def test_a_gantt_chart_places_bars_in_time_and_marks_the_critical_ones() -> None:
    bars = (Bar("Pose", 0, 4, critical=True), Bar("Essai", 4, 8), Bar("Levé", 2, 4, lane="Équipe 2"))
    lines = figure_lines(Figure(FigureKind.GANTT, "Chantier", bars=bars, x_unit="h"), 60)
    assert lines[0] == "Chantier"
    pose, team, trial = lines[1:4]
    assert pose.strip().startswith("Pose")
    assert "█" in pose
    assert "▒" in trial
    assert team.strip().startswith("Équipe 2: Levé")
    # Half of the time is half of the width, give or take a cell.
    assert abs(pose.count("█") - trial.count("▒")) <= 1
    assert abs(2 * team.count("▒") - pose.count("█")) <= 2
    assert trial.index("▒") >= pose.rindex("█")
    assert lines[-1].split() == ["0", "8", "h"]


def test_a_histogram_is_as_long_as_its_counts() -> None:
    figure = Figure(FigureKind.HISTOGRAM, "", lines=(Line("n", (0, 1, 2), (10, 5, 0)),))
    first, second, third = figure_lines(figure, 50)
    assert first.count("█") == 2 * second.count("█") > 0
    assert third.count("█") == 0
    assert third.endswith("0")


def test_a_rising_line_rises() -> None:
    figure = Figure(FigureKind.SERIES, "Stock", lines=(Line("L", (0, 1, 2), (0, 5, 10)),), x_unit="day", y_unit="L")
    lines = figure_lines(figure, 40, 8)
    plot = [line.partition("│")[2] for line in lines if "│" in line]
    assert len(plot) == 8
    starts = [len(row) - len(row.lstrip()) for row in plot if row.strip()]
    assert starts == sorted(starts, reverse=True)
    assert lines[1].startswith("10 L")
    assert lines[-1].split() == ["0", "2", "days"]


def test_a_map_marks_its_points_and_names_its_lines() -> None:
    legs = Line("Itinéraire", (2.0, 3.0), (48.0, 49.0)), Line("Dépôts", (2.5,), (48.2,))
    lines = figure_lines(Figure(FigureKind.MAP, "", lines=legs), 40, 10)
    text = "\n".join(lines)
    assert "• Itinéraire" in text
    assert "+ Dépôts" in text
    assert sum(line.partition("│")[2].count("+") for line in lines if "│" in line) == 1


@pytest.mark.parametrize("kind", list(FigureKind))
def test_nothing_to_draw_draws_nothing(kind: FigureKind) -> None:
    assert figure_lines(Figure(kind, "")) == []
    assert figure_lines(Figure(kind, "Titre")) == ["Titre"]
    broken = Figure(kind, "", lines=(Line("a", (math.nan, math.inf), (1.0, 2.0)),))
    if kind is not FigureKind.HISTOGRAM:
        assert figure_lines(broken) == []


numbers = st.floats(-1e9, 1e9)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20)


@given(points, st.text(max_size=40), st.integers(30, 200), st.integers(3, 30))
def test_any_points_fit(drawn: list[tuple[float, float]], label: str, width: int, height: int) -> None:
    line = Line(label, tuple(x for x, _ in drawn), tuple(y for _, y in drawn))
    for kind in (FigureKind.SERIES, FigureKind.MAP):
        for text in figure_lines(Figure(kind, label, lines=(line,), x_unit=label), width, height):
            assert visible(text) == text


@given(st.lists(st.tuples(numbers, st.floats(0, 1e6)), min_size=1, max_size=12), st.text(max_size=60))
def test_any_bars_fit(drawn: list[tuple[float, float]], label: str) -> None:
    bars = tuple(Bar(label, start, start + length, lane=label) for start, length in drawn)
    for text in figure_lines(Figure(FigureKind.GANTT, "", bars=bars), 72)[: len(bars)]:
        assert len(text) <= 72
        assert visible(text) == text
