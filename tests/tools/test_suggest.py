"""Tools that a question seems to want, with a command that runs."""

from __future__ import annotations

import shlex

import pytest

from copilot.records import Parameter, ParameterKind, Tool
from copilot.tools.suggest import suggest_tools

NUMBER = ParameterKind.NUMBER
DAYS = Tool(
    "supply.days", "supply", "Jours d'approvisionnement", "Dit combien de temps tient un stock.",
    (
        Parameter("stock", NUMBER, "Stock", "Le stock.", unit="L"),
        Parameter("per_day", NUMBER, "Par jour", "La consommation.", unit="L/day"),
        Parameter("reserve", NUMBER, "Réserve", "La réserve.", unit="L", required=False),
    ),
    bundled=True, plugin_sha256="", triggers=("combien de jours", "stock", "days of supply"),
)  # fmt: skip
PATH = Tool(
    "schedule.critical_path", "schedule", "Chemin critique", "Donne la durée d'un plan.",
    (Parameter("tasks", ParameterKind.TABLE, "Tâches", "Les tâches."),),
    bundled=True, plugin_sha256="", triggers=("chemin critique", "critical path"),
)  # fmt: skip


def commands(question: str, language: str = "fr") -> list[list[str]]:
    return [shlex.split(one.command)[3:] for one in suggest_tools(question, [DAYS, PATH], language)]


def test_quantities_of_the_question_go_where_they_fit() -> None:
    question = "Combien de jours tient un stock de 42 000 L à 3 800 L/jour ?"
    assert commands(question) == [["supply.days", "stock=42 000 L", "per_day=3 800 L/jour"]]


def test_what_the_question_does_not_say_is_read_from_the_documents() -> None:
    assert commands("Combien de jours tient le stock à 3 m3 par jour ?") == [
        ["supply.days", "--from-documents", "stock", "per_day=3 m3 par jour"]
    ]


def test_a_quantity_that_could_go_to_two_goes_to_none() -> None:
    [command] = commands("Combien de jours tiennent un stock de 42 000 L et un de 7 000 L ?")
    assert command == ["supply.days", "--from-documents", "stock", "--from-documents", "per_day"]


def test_a_table_is_for_the_user_to_name() -> None:
    [suggestion] = suggest_tools("What is the critical path of this plan?", [DAYS, PATH], "en")
    assert (suggestion.tool.name, suggestion.open) == ("schedule.critical_path", ("tasks",))


@pytest.mark.parametrize(
    "question",
    ["Qui commande le dépôt de Cholet ?", "Où est le stock ?", "", "Le chemin est long et l'heure critique approche."],
)
def test_a_word_by_chance_is_not_enough(question: str) -> None:
    assert "supply.days" not in [command[0] for command in commands(question)]
