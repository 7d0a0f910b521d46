"""Units as people write them, in either language."""

from __future__ import annotations

import pytest

from copilot.i18n import set_language
from copilot.presentation.wording import with_unit


@pytest.mark.parametrize(
    ("value", "unit", "french", "english"),
    [
        (8.5, "day", "8,5 jours", "8.5 days"),
        (1.5, "day", "1,5 jour", "1.5 days"),
        (1, "day", "1 jour", "1 day"),
        (3800, "L/day", "3\u202f800 L/jour", "3,800 L/day"),
        (4.384, "hour", "4,384 h", "4.384 h"),
        (0.2, "1/hour", "0,2 par heure", "0.2 per hour"),
        (62, "vehicle", "62 véhicules", "62 vehicles"),
        (3, "L/vehicle/day", "3 L/véhicule/jour", "3 L/vehicle/day"),
        (12, "km/h", "12 km/h", "12 km/h"),
        (3, "parsec", "3 parsec", "3 parsec"),
        ("A", None, "A", "A"),
    ],
)
def test_units(value: float | str, unit: str | None, french: str, english: str) -> None:
    for language, written in (("fr", french), ("en", english)):
        set_language(language)
        assert with_unit(value, unit) == written
    set_language("en")
