"""Textbook cases as tables, each with where it was published."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.references.bundled import table
from copilot.plugin_api import DataTable, Scalar, need

# Reliable Construction Co., Hillier and Lieberman, Introduction to Operations Research, 7th edition, chapter 10:
# length 44 weeks; PERT mean 44, variance 9, and .84 for 47 weeks.
_AFTER = "B:A C:B D:C E:C F:E G:D H:E;G I:C J:F;I K:J L:J M:H N:K,L"
AFTER = {pair[0]: pair[2:] for pair in _AFTER.split()}
WEEKS = dict(zip("ABCDEFGHIJKLMN", (2, 4, 10, 6, 4, 5, 7, 9, 7, 8, 4, 5, 2, 6), strict=True))
ESTIMATES = {
    "A": (1, 2, 3), "B": (2, 3.5, 8), "C": (6, 9, 18), "D": (4, 5.5, 10), "E": (1, 4.5, 5), "F": (4, 4, 10),
    "G": (5, 6.5, 11), "H": (5, 8, 17), "I": (3, 7.5, 9), "J": (3, 9, 9), "K": (4, 4, 4), "L": (1, 5.5, 7),
    "M": (1, 2, 3), "N": (5, 5.5, 9),
}  # fmt: skip
RELIABLE = table("task duration predecessors", *((k, v, AFTER.get(k, "-")) for k, v in WEEKS.items()))
THREE = "task optimistic likely pessimistic predecessors"
RELIABLE_RISK = table(THREE, *((k, *v, AFTER.get(k)) for k, v in ESTIMATES.items()))

# NIST/SEMATECH e-Handbook of Statistical Methods, 8.4.1.3: 20 units on test, 10 of them removed at 500 hours.
NIST = table(
    "time failed",
    *((hours, 1) for hours in (54, 187, 216, 240, 244, 335, 361, 373, 375, 386)),
    *((500, 0) for _ in range(10)),
)
# Freireich et al. (1963), Blood 21: weeks of remission in leukaemia, as used by Gehan (1965); a + is censored.
DRUG = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
# The flow of the Nile at Aswan, 1871 to 1970 (Cobb, 1978), in 10^8 cubic metres.
NILE = """
1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250 1260
1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845
864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890
744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740
"""


def remissions() -> DataTable:
    lines = [(int(one.rstrip("+")), 0 if "+" in one else 1, "6-MP") for one in DRUG.split()]
    lines += [(int(one), 1, "placebo") for one in PLACEBO.split()]
    return table("time failed group", *lines)


def nile() -> DataTable:
    return table("time value", *((str(1871 + i), int(one)) for i, one in enumerate(NILE.split())))


def rossi() -> DataTable:
    path = Path(str(need("lifelines", "maintenance").__file__)).parent / "datasets" / "rossi.csv"
    with path.open(encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    names = {"week": "time", "arrest": "failed"}
    return DataTable(tuple(names.get(one, one) for one in header), tuple(tuple(line) for line in lines))


# Hwang and Yoon, Multiple Attribute Decision Making (1981), the four aircraft: TOPSIS .643, .268, .613, .312.
AIRCRAFT = table(
    "option speed range payload cost reliability handling",
    ("A1", 2.0, 1500, 20000, 5.5, 5, 9),
    ("A2", 2.5, 2700, 18000, 6.5, 3, 5),
    ("A3", 1.8, 2000, 21000, 4.5, 7, 7),
    ("A4", 2.2, 1800, 20000, 5.0, 5, 5),
)
WEIGHTS = {"speed": 0.2, "range": 0.1, "payload": 0.1, "cost": 0.1, "reliability": 0.2, "handling": 0.3}
# Saaty, How to make a decision: the analytic hierarchy process (1990), buying a house.
HOUSE = """
size 1 5 3 7 6 6 1/3 1/4
transport 1/5 1 1/3 5 3 3 1/5 1/7
place 1/3 3 1 6 3 4 6 1/5
age 1/7 1/5 1/6 1 1/3 1/4 1/7 1/8
yard 1/6 1/3 1/3 3 1 1/2 1/5 1/6
modern 1/6 1/3 1/4 4 2 1 1/5 1/6
condition 3 5 1/6 7 5 5 1 1/2
financing 4 7 5 8 6 6 2 1
"""


def criteria(weights: dict[str, float]) -> DataTable:
    lines: list[tuple[Scalar, ...]] = [
        (name, weight, "min" if name == "cost" else "max") for name, weight in weights.items()
    ]
    return table("criterion weight better", *lines)


def house() -> DataTable:
    lines = [line.split() for line in HOUSE.strip().splitlines()]
    return table("criterion " + " ".join(line[0] for line in lines), *(tuple(line) for line in lines))


def p_and_t() -> tuple[DataTable, DataTable]:
    """P & T Company, Hillier and Lieberman, Introduction to Operations Research, chapter 8: least cost 152,535."""
    costs = table(
        "destination demand Bellingham Eugene Albert_Lea",
        ("Sacramento", 80, 464, 352, 995),
        ("Salt Lake City", 65, 513, 416, 682),
        ("Rapid City", 70, 654, 690, 388),
        ("Albuquerque", 85, 867, 791, 685),
    )
    return costs, table("origin supply", ("Bellingham", 75), ("Eugene", 125), ("Albert_Lea", 100))


# OR-Tools' guide to minimum cost flows: 150.
ARCS = [
    (0, 1, 15, 4), (0, 2, 8, 4), (1, 2, 20, 2), (1, 3, 4, 2), (1, 4, 10, 6), (2, 3, 15, 1), (2, 4, 4, 3),
    (3, 4, 20, 2), (4, 2, 5, 3),
]  # fmt: skip
SUPPLIES = (20, 0, 0, -5, -15)
