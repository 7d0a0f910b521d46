"""Hold each tool against published values and instances, and write how far apart they are."""

from __future__ import annotations

import argparse
import csv
from importlib import import_module
from pathlib import Path

from benchmarks.references.bundled import load, number
from benchmarks.references.psplib import read
from benchmarks.references.reference import Reference
from benchmarks.references.wear import histories
from benchmarks.report import RESULTS, ROOT, Report, Table

PLUGINS = ("decide", "maintenance", "schedule", "simulate", "supply")
NOTES = """
- Gap: distance from the published value, in percent of it. A published value is rounded as printed; ours is not.
- Of a drawn value, what counts is whether its interval holds the exact one.
- Schedules: CP-SAT with a fixed seed, searches that take turns and a deterministic limit: the same makespans again.
- Remaining life: the public C-MAPSS set is not at hand; the histories are drawn in its form from the law that
  `benchmarks/references/wear.py` states, so these errors say that the method tells its own error truly, not what it
  would be on the public set.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    instances = ROOT.parent / "shared" / "data" / "solvers" / "psplib_j30"
    parser.add_argument("--psplib", type=Path, default=instances, help="folder of .sm files with j30.optimum.csv")
    given = parser.parse_args()
    tables = [values_table(), life_table()]
    if given.psplib.is_dir():
        tables.append(schedule_table(given.psplib, (0.1, 1.0)))
    Report("tool_references", "Tools against published values", tables, NOTES).write(given.out)


def collect() -> list[Reference]:
    """Return the references of all plugins."""
    return [one for name in PLUGINS for one in import_module(f"benchmarks.references.{name}").references()]


def values_table() -> Table:
    table = Table("Published values", ("tool", "value", "source", "published", "ours", "gap %", "note"))
    for one in collect():
        ours = float(f"{one.ours:.6g}") if abs(one.ours) < 1e6 else round(one.ours, 3)
        published = float(f"{one.published:.6g}") if abs(one.published) < 1e6 else one.published
        table.rows.append((one.tool, one.quantity, one.source, published, ours, round(one.gap, 3), one.note))
    return table


def life_table() -> Table:
    """Compare the error that remaining_life tells with the one it makes on units drawn afterwards."""
    maintenance = load("maintenance")
    table = Table(
        "Remaining life: error told and error made, cycles",
        ("units to learn from", "told", "made on 1000 new units", "age alone", "intervals that held (wanted .80)"),
    )
    for units in (20, 50, 100):
        history, _ = histories(units, seed=units)
        fleet, left = histories(1000, seed=1000 + units, cut=True)
        result = maintenance.remaining_life(history, fleet)
        told = next(one for one in result.tables if one.name == "fleet").rows
        missed, held = 0.0, 0
        for unit, _, guess, low, high in told:
            true = min(left[str(unit)], 125)
            missed += (float(str(guess)) - true) ** 2
            held += float(str(low)) <= true <= float(str(high))
        made = (missed / len(told)) ** 0.5
        row = (units, number(result, "rmse"), made, number(result, "age_rmse"), held / len(told))
        table.rows.append((row[0], *(round(one, 2) for one in row[1:])))
    return table


def schedule_table(folder: Path, efforts: tuple[float, ...]) -> Table:
    """Schedule instances of PSPLIB j30 at fixed efforts."""
    schedule = load("schedule")
    optima = dict(csv.reader((folder / "j30.optimum.csv").read_text(encoding="utf-8").splitlines()))
    columns = [name for effort in efforts for name in (f"ours, effort {effort:g}", "bound", "gap to optimum %")]
    table = Table("PSPLIB j30: makespans at a fixed effort", ("instance", "optimum", *columns))
    for path in sorted(folder.glob("*.sm")):
        best, row = int(optima[path.name]), [path.stem, int(optima[path.name])]
        for effort in efforts:
            result = schedule.resource_schedule(*read(path.read_text(encoding="utf-8")), effort=effort)
            ours = number(result, "makespan")
            row += [int(ours), int(number(result, "lower_bound")), round(100 * (ours - best) / best, 2)]
        table.rows.append(tuple(row))
    return table


if __name__ == "__main__":
    main()
