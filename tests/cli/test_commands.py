"""Every command as a user types it: output, messages, exit codes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from copilot.cli.main import choose_language, run
from copilot.errors import ExitCode
from copilot.i18n import set_language
from copilot.resources import answer_schema_file
from tests.cli.conftest import Copilot

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"
UNANSWERABLE = "Quelle est la recette du cassoulet toulousain ?"


def valid(printed: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(printed)
    jsonschema.validate(value, json.loads(answer_schema_file().read_text(encoding="utf-8")))
    return value


def test_the_exit_codes_are_promised() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "SUPPORTED": 0,
        "FAILURE": 1,
        "USAGE": 2,
        "UNSUPPORTED": 3,
        "INDEX": 4,
        "MODEL": 5,
        "DENIED": 6,
        "INTERRUPTED": 130,
    }


# --- exit codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["ask", QUESTION], 0),
        (["ask", UNANSWERABLE], 3),
        (["search", "gazole"], 0),
        (["search", "gazole", "--collection", "absente"], 3),
        (["count", "gazole"], 0),
        (["count", "cassoulet"], 3),
        (["count", "…"], 2),
        (["grep", r"\d{4} litres"], 3),
        (["grep", r"\d{3} litres"], 0),
        (["grep", "("], 2),
        (["docs"], 0),
        (["show", "stocks.txt"], 0),
        (["show", "none.txt"], 2),
        (["show", "stocks.txt", "--page", "9"], 2),
        (["show", "stocks.txt", "--page", "0"], 2),
        (["search", "gazole", "--since", "mars"], 2),
        (["search", "gazole", "--bad"], 2),
        (["nothing"], 2),
        (["search"], 2),
        (["sync", "absent"], 2),
        (["ask", QUESTION, "--model", "none.gguf"], 5),
        (["docs", "--workspace", "/proc"], 4),
        (["paths"], 0),
        (["config"], 0),
        (["--version"], 0),
        (["--help"], 0),
    ],
)
def test_exit_codes(copilot: Copilot, here: Path, line: list[str], code: int) -> None:
    outcome = copilot(*line)
    assert outcome.code == code, outcome.err
    if code in (2, 4, 5):
        assert outcome.out == ""
        assert outcome.err.startswith("copilot: ")
        assert "Traceback" not in outcome.err
    else:
        assert "copilot: " not in outcome.err


def test_nothing_indexed_and_no_workspace(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = copilot("ask", QUESTION)
    assert (outcome.code, outcome.out) == (4, "")
    assert "copilot init" in outcome.err
    assert copilot("init").code == 0
    assert copilot("init").code == 0
    for line in (["ask", QUESTION], ["search", "gazole"], ["count", "gazole"], ["grep", "gazole"]):
        outcome = copilot(*line)
        assert outcome.code == 4
        assert "copilot sync" in outcome.err
    assert copilot("sync").code == 2


def test_a_missing_model_is_code_5(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", str(tmp_path / "none.gguf"))
    copilot("init")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("texte")
    outcome = copilot("sync", "docs")
    assert outcome.code == 5, outcome.err
    assert "none.gguf" in outcome.err


def test_a_bad_setting_is_code_2_and_names_its_file(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    (tmp_path / "copilot.toml").write_text("[answer]\nmax_claim = 2\n")
    outcome = copilot("docs")
    assert outcome.code == 2
    assert "copilot.toml" in outcome.err
    assert "max_claims" in outcome.err


def test_a_damaged_database_is_told(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    for path in (tmp_path / ".copilot").glob("truth.db*"):
        path.write_bytes(b"not a database" * 1000)
    outcome = copilot("docs")
    assert outcome.code == 1
    assert "truth.db" in outcome.err
    assert "copilot sync" in outcome.err


def test_a_database_without_its_tables_is_told_without_a_trace(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    with sqlite3.connect(tmp_path / ".copilot" / "truth.db") as database:
        database.execute("DROP TABLE documents")
    database.close()
    outcome = copilot("docs")
    assert outcome.code == 1
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert "copilot restore" in outcome.err


# --- what is printed --------------------------------------------------------------------------------------------------


def test_answers_and_passages_keep_the_promised_shape(copilot: Copilot, here: Path) -> None:
    answer = valid(copilot("ask", QUESTION, "--json").out)
    assert answer["status"] == "supported"
    [citation, *_] = answer["citations"]
    assert "38 000 litres" in citation["quote"]
    page = json.loads(copilot("show", citation["path"], "--json").out)["pages"][0]
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]
    refusal = valid(copilot("ask", UNANSWERABLE, "--json").out)
    assert (refusal["status"], refusal["citations"]) == ("refused", [])
    assert refusal["refusal"]
    found = valid(copilot("search", "convoy vehicles", "--json").out)
    assert found["passages"][0]["path"] == "docs/move.txt"
    assert found["coverage"]["failed"] == 1


def test_events_one_a_line(copilot: Copilot, here: Path) -> None:
    lines = [json.loads(line) for line in copilot("ask", QUESTION, "--jsonl").out.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds[:2] == ["planned", "retrieved"]
    assert kinds[-1] == "verified"
    assert set(kinds[2:-1]) == {"drafted"}
    valid(json.dumps(lines[-1]["answer"]))


def test_the_question_may_come_through_a_pipe(copilot: Copilot, here: Path) -> None:
    for words in ([], ["-"]):
        answer = valid(copilot("ask", *words, "--json", stdin=f"{QUESTION}\n").out)
        assert answer["question"] == QUESTION
    both = valid(copilot("ask", "Combien", "?", "--json", stdin="de gazole").out)
    assert both["question"] == "Combien ?\n\nde gazole"
    outcome = copilot("ask", stdin="  \n")
    assert outcome.code == 2
    assert "There is no question." in outcome.err


def test_documents_and_failures(copilot: Copilot, here: Path) -> None:
    listed = {row["path"]: row for row in json.loads(copilot("docs", "--json").out)["documents"]}
    assert set(listed) == {"docs/bad.pdf", "docs/move.txt", "docs/stocks.txt"}
    assert listed["docs/stocks.txt"]["language"] == "fr"
    [line] = copilot("docs", "--failed").out.splitlines()
    assert line.split("\t")[:2] == ["docs/bad.pdf", "damaged"]
    set_language("fr")
    [line] = copilot("docs", "--failed").out.splitlines()
    assert line.split("\t")[1] == "endommagé"


def test_counts_and_matches(copilot: Copilot, here: Path) -> None:
    counted = json.loads(copilot("count", "dépôts", "--json").out)
    assert counted["occurrences"] == {"dépôts": 2}
    assert (counted["documents_scanned"], counted["pages"]) == (2, 1)
    matches = [json.loads(line) for line in copilot("grep", "CHOLET", "-i", "--json").out.splitlines()]
    assert [match["text"] for match in matches] == ["Cholet", "Cholet"]
    assert (
        copilot("grep", "06:30").out
        == "docs/move.txt:1:1: The convoy of 62 vehicles leaves Cholet at 06:30 for Angers.\n"
    )


def test_sync_show_versions_forget(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    path = tmp_path / "docs" / "a.txt"
    path.parent.mkdir()
    path.write_text("Première version du texte.")
    planned = json.loads(copilot("sync", "docs", "--dry-run", "--json").out)
    assert planned["plan"] == [{"action": "new", "path": "docs/a.txt"}]
    assert copilot("docs").out == ""
    report = json.loads(copilot("sync", "docs", "--json").out)
    assert (report["new"], report["documents"], report["embedded"]) == (1, 1, 1)
    path.write_text("Deuxième version du texte, plus longue.")
    assert copilot("sync").code == 0
    assert [line.split("\t")[0] for line in copilot("show", "a.txt", "--versions").out.splitlines()] == ["2", "1"]
    assert copilot("show", "a.txt").out == "Deuxième version du texte, plus longue.\n"
    told = json.loads(copilot("audit", "show", "--json", "--kind", "show").out)["entries"]
    assert [(one["data"]["what"], one["data"].get("pages")) for one in told] == [("versions", None), ("text", 1)]
    assert copilot("grep", "Première").code == 3
    assert copilot("grep", "Première", "--all-versions").code == 0
    assert copilot("reindex").code == 0
    assert copilot("search", "deuxième").code == 0
    assert copilot("forget", "docs").code == 0
    assert copilot("docs").out == ""
    assert copilot("search", "deuxième").code == 4
    assert path.exists()


def test_vectors_may_wait(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    (tmp_path / "a.txt").write_text("Le gazole est livré.")
    assert copilot("sync", "a.txt", "--no-embed").code == 0
    coverage = valid(copilot("search", "gazole", "--json").out)["coverage"]
    assert (coverage["search_mode"], coverage["not_embedded"]) == ("lexical", 1)
    copilot("sync")
    coverage = valid(copilot("search", "gazole", "--json").out)["coverage"]
    assert (coverage["search_mode"], coverage["not_embedded"]) == ("fused", 0)


# --- both languages ---------------------------------------------------------------------------------------------------


def test_messages_are_in_the_chosen_language(copilot: Copilot, here: Path) -> None:
    set_language("fr")
    outcome = copilot("search", "gazole", "--colection", "x")
    assert outcome.err.startswith("copilot: Il n'y a pas d'option --colection. Peut-être : --collection")
    assert "Voyez `copilot --help`" in outcome.err
    assert copilot("ask").err.startswith("copilot: Il n'y a pas de question.")
    assert "étayé" in copilot("ask", QUESTION).out.lower()
    set_language("en")
    outcome = copilot("search", "gazole", "--colection", "x")
    assert outcome.err.startswith("copilot: There is no option --colection. Perhaps: --collection")


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["--lang", "fr", "docs"], {"LANG": "en_GB.UTF-8"}, "fr"),
        (["docs", "--lang=fr"], {"COPILOT_LANG": "en"}, "fr"),
        (["docs", "--lang", "de"], {"LANG": "fr_FR.UTF-8"}, "fr"),
        (["grep", "--", "--lang", "fr"], {"LANG": "C"}, "en"),
        (["docs"], {"COPILOT_LANG": "fr", "LANG": "C"}, "fr"),
        (["docs"], {"LANG": "fr_CA.UTF-8"}, "fr"),
        (["docs"], {"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"),
        (["docs"], {}, "en"),
    ],
)
def test_the_language_is_chosen_nearest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], environment: dict[str, str], language: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert choose_language(arguments, {"HOME": str(tmp_path), **environment}) == language


# --- hostile text -----------------------------------------------------------------------------------------------------

HOSTILE = "\x1b]52;c;AAAA\x07\x1b[2J\u202egazole\u2066\u200b\U000e0041"
RAW = set("\x1b\x07\u202e\u2066\u200b\U000e0041")


def test_nothing_that_acts_on_a_terminal_is_printed_raw(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copilot("init")
    name = f"a{HOSTILE}.txt"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / name).write_text(
        f"# {HOSTILE}\n\nLe dépôt {HOSTILE} détient 38 000 litres de gazole.\n", encoding="utf-8"
    )
    (tmp_path / "docs" / f"b{HOSTILE}.pdf").write_bytes(b"%PDF-1.4 bad")
    lines: list[list[str]] = [
        ["sync", "docs", "--dry-run"], ["sync", "docs", "--dry-run", "--json"], ["sync", "docs"], ["docs"],
        ["docs", "--failed"], ["docs", "--json"], ["search", "gazole"], ["search", "gazole", "--json"],
        ["ask", "Combien de litres de gazole ?"], ["ask", "Combien de litres de gazole ?", "--json"],
        ["ask", "Combien de litres de gazole ?", "--jsonl"], ["ask", "Combien de litres de gazole ?", "--markdown"],
        ["ask", HOSTILE], ["search", HOSTILE], ["count", HOSTILE], ["count", "gazole"], ["grep", "gazole"],
        ["grep", "gazole", "--json"], ["grep", f"({HOSTILE}"], ["show", f"docs/{name}"],
        ["show", f"docs/{name}", "--json"], ["show", HOSTILE], [HOSTILE], ["docs", f"--{HOSTILE}"],
        ["docs", "--workspace", HOSTILE], ["sync", HOSTILE], ["search", "x", "--since", HOSTILE],
        ["docs", "--lang", HOSTILE], ["config"], ["paths"], ["forget", f"docs/{name}"],
    ]  # fmt: skip
    for line in lines:
        outcome = copilot(*line)
        assert not RAW & set(outcome.out), line
        assert not RAW & set(outcome.err), line
        assert "A fault of the program" not in outcome.err, line


def test_the_name_alone_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["eval"]):
        assert run(arguments) == ExitCode.USAGE
        told = capsys.readouterr().out
        assert "<U+" not in told
        assert len(told.splitlines()) > 8
