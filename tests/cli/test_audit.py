"""`copilot audit`: what it prints, and its exit codes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from copilot.audit.entries import NOTHING_BEFORE, canonical, make_entry, read_entry
from copilot.i18n import set_language
from copilot.resources import user_settings_file
from tests.cli.conftest import Copilot

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


@pytest.fixture
def used(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which a sync ran and a question was asked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "stocks.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    assert copilot("init").code == 0
    assert copilot("sync", "docs").code == 0
    assert copilot("ask", QUESTION).code == 0
    return tmp_path


def test_what_was_done_is_shown_and_filtered(copilot: Copilot, used: Path) -> None:
    shown = copilot("audit", "show")
    assert shown.code == 0
    for words in ("workspace made", "sync done", "passages read", "answer", QUESTION):
        assert words in shown.out
    entries = json.loads(copilot("audit", "show", "--json", "--kind", "question").out)["entries"]
    assert [entry["data"]["text"] for entry in entries] == [QUESTION]
    assert json.loads(copilot("audit", "show", "--json", "--since", "2999").out)["entries"] == []
    assert len(json.loads(copilot("audit", "show", "--json", "--last", "2").out)["entries"]) == 2
    assert copilot("audit", "show", "--kind", "nothing").code == 2
    assert copilot("audit", "show", "--since", "hier").code == 2


def test_what_is_read_out_is_recorded_in_both_languages(copilot: Copilot, used: Path) -> None:
    number = json.loads(copilot("answers", "--json").out)["answers"][0]["answer_id"]
    for line in (["count", "gazole"], ["grep", "litres"], ["show", "stocks.txt"], ["replay", number]):
        assert copilot(*line).code == 0
    kinds = [entry["kind"] for entry in json.loads(copilot("audit", "show", "--json", "--last", "6").out)["entries"]]
    assert kinds == ["count", "grep", "grep_done", "show", "replay", "replayed"]
    english = copilot("audit", "show", "--last", "6").out
    for words in ("count", "pattern searched", "pattern search over", "pages shown", "answer written again"):
        assert words in english
    set_language("fr")
    try:
        french = copilot("audit", "show", "--last", "6").out
    finally:
        set_language("en")
    for words in ("décompte", "motif cherché", "recherche de motif finie", "pages affichées", "réponse réécrite"):
        assert words in french


def test_verification_names_the_first_bad_entry(copilot: Copilot, used: Path) -> None:
    assert copilot("audit", "verify").code == 0
    assert "Whole: " in copilot("audit", "verify").out
    log = used / ".copilot" / "audit" / "audit.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    number = next(index for index, line in enumerate(lines) if b'"kind":"question"' in line)
    log.write_bytes(b"".join([*lines[:number], *lines[number + 1 :]]))
    found = copilot("audit", "verify")
    assert (found.code, f"entry {number + 1}:" in found.out) == (1, True)
    assert json.loads(copilot("audit", "verify", "--json").out)["problem"]["sequence"] == number + 1
    assert copilot("doctor").code == 1
    assert "NOT WHOLE" in copilot("doctor").out


def cut(audit: Path, entries: int) -> None:
    """Cut log, head and checkpoints together, as if the later entries had never been."""
    log, checkpoints = audit / "audit.jsonl", audit / "checkpoints.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)[:entries]
    log.write_bytes(b"".join(lines))
    last = json.loads(lines[-1])
    (audit / "head.json").write_bytes(canonical({"sequence": last["seq"], "hash": last["hash"]}))
    kept = [
        line
        for line in checkpoints.read_bytes().splitlines(keepends=True)
        if json.loads(line)["sequence"] <= last["seq"]
    ]
    checkpoints.write_bytes(b"".join(kept))


def forge(audit: Path) -> None:
    """Change what was asked, compute chain and head anew, and remove the signatures: no key is needed for that."""
    log = audit / "audit.jsonl"
    before, lines = NOTHING_BEFORE, []
    for line in log.read_bytes().splitlines():
        old = read_entry(line)
        data = {**old.data, "text": "Rien."} if old.kind == "question" else old.data
        entry = make_entry(old.sequence, old.time, old.kind, data, before)
        before = entry.hash
        lines.append(entry.line() + b"\n")
    log.write_bytes(b"".join(lines))
    (audit / "head.json").write_bytes(canonical({"sequence": len(lines), "hash": before}))
    (audit / "checkpoints.jsonl").unlink()


ATTACKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "the whole folder": (shutil.rmtree, "the log is gone"),
    "the checkpoints": (lambda audit: (audit / "checkpoints.jsonl").unlink(), "the signed checkpoint over entry"),
    "a forged chain": (forge, "remembers another entry"),
    "all cut together": (lambda audit: cut(audit, 5), "the log ends before it"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_log_that_agrees_with_itself_is_held_against_the_database(copilot: Copilot, used: Path, attack: str) -> None:
    do, told = ATTACKS[attack]
    assert copilot("audit", "verify").code == 0
    do(used / ".copilot" / "audit")
    found = copilot("audit", "verify")
    assert (found.code, told in found.out) == (1, True), found.out
    assert copilot("doctor").code == 1
    # What is added later does not make it good.
    assert copilot("ask", QUESTION).code == 0
    found = copilot("audit", "verify")
    assert (found.code, "NOT WHOLE" in found.out) == (1, True), found.out


def test_answers_without_any_log_are_named(copilot: Copilot, used: Path) -> None:
    shutil.rmtree(used / ".copilot" / "audit")
    with closing(sqlite3.connect(used / ".copilot" / "truth.db")) as database, database:
        database.execute("DELETE FROM meta WHERE key = 'audit_anchor'")
    assert "the log is gone" in copilot("audit", "verify").out


def test_a_workspace_without_an_anchor_gets_one(copilot: Copilot, used: Path) -> None:
    with closing(sqlite3.connect(used / ".copilot" / "truth.db")) as database, database:
        database.execute("DELETE FROM meta WHERE key = 'audit_anchor'")
    assert copilot("audit", "verify").code == 0
    assert copilot("ask", QUESTION).code == 0
    assert copilot("audit", "verify").code == 0
    (used / ".copilot" / "audit" / "checkpoints.jsonl").unlink()
    assert copilot("audit", "verify").code == 1


def test_a_database_that_cannot_be_compared_with_is_named(copilot: Copilot, used: Path) -> None:
    (used / ".copilot" / "truth.db").write_bytes(b"no database " * 400)
    found = copilot("audit", "verify")
    assert (found.code, "Whole: " in found.out) == (1, True)
    assert "could not be compared" in found.err
    assert "truth.db" in found.err


def test_an_export_is_checked_anywhere_and_its_checkpoint_against_the_workspace(
    copilot: Copilot, used: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert copilot("audit", "export", str(out)).code == 0
    assert copilot("audit", "export", str(out)).code == 2
    told = json.loads((out / "audit.jsonl").read_bytes().splitlines()[-1])
    assert (told["kind"], told["data"]) == ("export", {"what": "audit", "path": str(out)})
    assert "in clear" not in copilot("audit", "export", str(tmp_path / "again")).err
    assert copilot("audit", "verify", "--folder", str(out), "--checkpoint", str(out / "checkpoint.json")).code == 0
    assert copilot("ask", QUESTION).code == 0
    held = copilot("audit", "verify", "--checkpoint", str(out / "checkpoint.json"))
    assert (held.code, "holds" in held.out) == (0, True)
    (used / ".copilot" / "audit").rename(tmp_path / "old")
    assert copilot("ask", QUESTION).code == 0
    for _ in range(2):
        # However much the new log goes on, the old one is missed.
        assert copilot("ask", QUESTION).code == 0
        assert "another log" in copilot("audit", "verify").out
    assert copilot("audit", "verify", "--checkpoint", str(out / "checkpoint.json")).code == 1
    assert copilot("audit", "verify", "--checkpoint", str(out / "public.key")).code == 2


def test_outside_text_cannot_act_on_the_terminal(copilot: Copilot, used: Path) -> None:
    copilot("ask", "Combien de gazole \x1b]52;c;YQ==\x07\u202e ?")
    for line in (["audit", "show"], ["audit", "show", "--json"]):
        printed = copilot(*line).out
        assert "\x1b" not in printed
        assert "\u202e" not in printed


def test_a_log_that_is_off_is_said(copilot: Copilot, used: Path) -> None:
    (used / "copilot.toml").write_text("[audit]\nenabled = false\n")
    assert copilot("ask", QUESTION).code == 2
    shown = json.loads(copilot("audit", "show", "--user", "--json", "--kind", "forbidden_setting").out)["entries"]
    assert shown[-1]["data"]["setting"] == "audit.enabled"
    (used / "copilot.toml").write_text("")
    own = user_settings_file()
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("[audit]\nenabled = false\n")
    assert copilot("ask", QUESTION).code == 0
    assert "switched off" in copilot("audit", "show").err
    assert "switched off" in copilot("doctor").out
    last = json.loads(copilot("audit", "show", "--json").out)["entries"][-1]
    assert last["data"]["changed"]["audit.enabled"] == {"from": True, "to": False}


def test_the_clear_export_of_an_encrypted_log_is_said(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sqlcipher3")
    (tmp_path / "passphrase").write_text("une phrase assez longue")
    monkeypatch.setenv("COPILOT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    root = str(tmp_path / "ws")
    assert copilot("init", root, "--encrypt").code == 0
    assert copilot("audit", "verify", "-w", root).code == 0
    exported = copilot("audit", "export", str(tmp_path / "out"), "-w", root)
    assert (exported.code, "in clear" in exported.err) == (0, True)
    assert copilot("audit", "verify", "-w", root).code == 0
    shutil.rmtree(Path(root) / ".copilot" / "audit")
    assert "the log is gone" in copilot("audit", "verify", "-w", root).out
