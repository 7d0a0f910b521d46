"""`copilot quarantine` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Copilot

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


def test_a_document_goes_into_quarantine_and_comes_back(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bad.txt").write_text("Le dépôt de Cholet détient 99 000 litres de gazole.\n")
    (tmp_path / "docs" / "good.txt").write_text("Le convoi part de Cholet à 06:30.\n")
    copilot("init")
    copilot("sync", "docs")
    assert copilot("ask", QUESTION).code == 0
    done = copilot("quarantine", "bad.txt", "--reason", "forged")
    assert done.code == 0, done.err
    assert "In quarantine: docs/bad.txt" in done.out
    assert QUESTION in done.out
    assert copilot("ask", QUESTION).code == 3
    assert "99 000" not in copilot("search", "gazole").out
    assert copilot("count", "gazole").code == 3
    assert copilot("show", "bad.txt").code == 2
    assert "in quarantine" in copilot("docs").out
    [listed] = json.loads(copilot("quarantine", "--list", "--json").out)["documents"]
    assert (listed["path"], listed["reason"]) == ("docs/bad.txt", "forged")
    assert "In quarantine, not counted above: 1" in copilot("sync", "docs").err
    findings = json.loads(copilot("doctor", "--json").out)["findings"]
    assert [one["detail"] for one in findings if one["check"] == "quarantine"] == [
        "In quarantine, and in no search: 1 documents."
    ]
    assert copilot("quarantine", "good.txt", "--release").code == 2
    assert copilot("quarantine", "bad.txt", "--release").code == 0
    assert copilot("ask", QUESTION).code == 0
    for line in (["quarantine"], ["quarantine", "--list", "bad.txt"], ["quarantine", "none.txt"]):
        assert copilot(*line).code == 2
