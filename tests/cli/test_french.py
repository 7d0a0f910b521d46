"""What a French user reads at a shell: no English in errors and help, no word broken at 80 columns, nothing absurd."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from copilot.cli import printing
from copilot.cli.app import app
from copilot.i18n import catalog, set_language
from copilot.presentation.wording import warning_of
from copilot.records import Claim, Status, Warning_
from tests.cli.conftest import Copilot


@pytest.fixture
def french(english: None) -> Iterator[None]:
    set_language("fr")
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("docs x y", "Ces mots sont de trop : x y."),
        ("grep", "Il manque MOTIF."),
        ("sync --collection", "--collection veut une valeur à sa suite."),
        ("docs --json=3", "--json ne prend pas de valeur."),
        ("ask q --passages 0", "La valeur de --passages ne convient pas : c'est un nombre à partir de 1."),
        ("ask q --passages 99", "La valeur de --passages ne convient pas : c'est un nombre d'au plus 50."),
        ("ask q --passages x", "La valeur de --passages ne convient pas : c'est un nombre entier."),
        ("search q -n 1.5", "La valeur de --limit ne convient pas : c'est un nombre entier."),
        ("ask q --lang de", "La valeur de --lang ne convient pas : elle se choisit parmi fr, en."),
        ("restore absent x", "(aucun fichier ni dossier de ce nom)"),
        ("eval answers .", "Le jeu d'essai ne peut pas être lu : . (c'est un dossier)."),
        ("audit verify --folder absent", "absent ne peut pas être lu (aucun dossier de ce nom)."),
        ("ask q --json --markdown", "--json et --markdown se contredisent."),
        ("ask q --jsonl --markdown", "--jsonl et --markdown se contredisent."),
        ("ask q --yes-read-only --deny", "--yes-read-only et --deny se contredisent."),
        ("tool run x.y --yes-read-only --deny", "--yes-read-only et --deny se contredisent."),
        ("show a --page 1 --versions", "--page et --versions se contredisent."),
        ("init x --default", "--default et DOSSIER se contredisent."),
        ("quarantine a --list --release", "--list et --release se contredisent."),
        ("audit verify --folder a --workspace b", "--folder et --workspace se contredisent."),
        ("plugin trust x --yes --forget", "--yes et --forget se contredisent."),
    ],
)
def test_a_wrong_line_is_told_in_french(copilot: Copilot, here: Path, french: None, line: str, told: str) -> None:
    outcome = copilot(*line.split())
    assert outcome.code == 2
    assert told in outcome.err
    assert outcome.out == ""


def test_every_parameter_has_a_name_in_both_languages() -> None:
    named = {key.removeprefix("name.") for key in catalog("parser") if key.startswith("name.")}
    used: set[str] = set()

    def walk(command: object) -> None:
        for parameter in command.params:  # type: ignore[attr-defined]
            if parameter.name not in ("lang", "help") and not getattr(parameter, "is_flag", False):
                used.add(parameter.name)
        if isinstance(command, TyperGroup):
            for inner in command.commands.values():
                walk(inner)

    walk(get_command(app))
    assert used == named


def test_help_in_a_pipe_is_whole_and_french(copilot: Copilot, french: None) -> None:
    told = copilot("--help").out
    assert "COMMANDE [ARGS]" in told
    assert "Options :" in told
    assert "..." not in told.replace("[ARGS]...", "")
    told = copilot("ask", "--help").out
    for english in ("<str>", "<int range>", "list[str]", "<bool>"):
        assert english not in told


def test_a_new_passphrase_that_nobody_types_says_where_it_may_stand(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPILOT_PASSPHRASE_FILE", raising=False)
    outcome = copilot("init", "--encrypt", str(tmp_path / "new"), stdin="secret\n")
    assert outcome.code == 2
    assert "COPILOT_PASSPHRASE_FILE=FILE" in outcome.err
    assert not (tmp_path / "new").exists()


def test_what_a_dry_run_passes_over_is_told_in_words(
    copilot: Copilot, tmp_path: Path, french: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "link.txt").symlink_to("elsewhere")
    assert "link.txt (lien, non suivi)" in copilot("sync", "docs", "--dry-run").out
    [row] = json.loads(copilot("sync", "docs", "--dry-run", "--json").out)["plan"]
    assert row["path"].endswith("link.txt")
    assert row["reason"] == "link"


def test_a_tool_that_refuses_is_no_interruption_in_the_log(copilot: Copilot, here: Path) -> None:
    outcome = copilot("tool", "run", "supply.days_of_supply", "stock=3 L", "per_day=0")
    assert outcome.code == 2
    kinds = [entry["kind"] for entry in json.loads(copilot("audit", "show", "--json", "--last", "4").out)["entries"]]
    assert kinds == ["question", "tool_proposed", "tool_approved", "tool_failed"]


def test_a_file_that_is_missing_is_looked_for_in_each_folder_once(copilot: Copilot, here: Path) -> None:
    told = copilot("tool", "run", "schedule.critical_path", "tasks=absent.csv").err
    assert told.count(str(here)) == 1


def test_answers_are_listed_by_their_badge(copilot: Copilot, here: Path, french: None) -> None:
    copilot("ask", "Combien de litres de gazole détient le dépôt de Cholet ?")
    assert "\tÉTAYÉE\t" in copilot("answers").out


def test_a_caution_says_plainly_where_the_answer_rests_on_one_document(french: None) -> None:
    caution = Warning_("single_source", (1,))
    one = Claim("Un.", Status.SUPPORTED, (1,))
    other = Claim("Deux.", Status.SUPPORTED, (2, 3))
    assert warning_of(caution, (one, one)) == "La réponse ne repose que sur un document, [1]."
    assert warning_of(caution, (one, other)).startswith("Ce que [1] est seul à étayer")


# --- 80 columns -------------------------------------------------------------------------------------------------------


class Screen:
    """Stands for a terminal of 80 columns."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None: ...


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return Screen()


PATH = "documents/05_transport/une_note_dont_le_nom_est_vraiment_tres_long/note_affretement_transroute.docx"
TITLE = "Note d'affrètement de la société Transroute Valmire pour le dépôt : réapprovisionnement inter-régional"


def test_a_table_breaks_no_word_and_shortens_paths(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", screen)
    printing.table(["Document", "Titre"], [[PATH, TITLE]], paths=(0,))
    lines = screen.text.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert "documents" in lines[1]
    assert "…" in lines[1]
    assert "transroute.docx" in lines[1]
    words = set(screen.text.split())
    assert set(TITLE.split()) <= words
    assert not any(line.strip().startswith(":") for line in lines)


def test_a_table_that_is_too_wide_becomes_lines_of_whole_words(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", screen)
    headers = ["Document", "État", "Date", "Langue", "Mention", "Pages", "Titre"]
    printing.table(
        headers,
        [["folder/some_document.txt", "ok", "2026-10-07", "fr", "DIFFUSION RESTREINTE", "1", TITLE]] * 2,
        paths=(0,),
    )
    lines = screen.text.splitlines()
    assert lines.count("folder/some_document.txt") == 2
    assert all(len(line) <= 80 for line in lines)
    assert set(TITLE.split()) <= set(screen.text.split())


def test_a_pipe_gets_the_whole_text(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(["Document", "Titre"], [[PATH, TITLE]], paths=(0,))
    printing.say(TITLE * 3)
    assert capsys.readouterr().out == f"{PATH}\t{TITLE}\n{TITLE * 3}\n"
