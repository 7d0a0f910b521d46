"""What changes the user's own configuration, ends a workspace, or is refused by the walls: it stands in a log."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from copilot.audit.anchor import Anchor
from copilot.cli.main import _tell_missing
from copilot.sandbox.standing import note_missing_walls
from tests.cli.conftest import Copilot

PASSPHRASE = "une phrase assez longue"


def entries(copilot: Copilot, kind: str, *where: str) -> list[dict[str, Any]]:
    shown = copilot("audit", "show", "--json", "--kind", kind, *where)
    assert shown.code == 0, shown.err
    return [entry["data"] for entry in json.loads(shown.out)["entries"]]


def own_log() -> Path:
    from copilot.resources import user_data_folder

    return user_data_folder() / "audit"


@pytest.fixture
def plugin(copilot: Copilot) -> str:
    assert copilot("plugin", "new", "convoy").code == 0
    return "convoy"


def test_what_may_run_is_recorded_without_a_workspace(
    copilot: Copilot, plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in (["disable", plugin], ["enable", plugin], ["trust", plugin, "--yes"], ["trust", plugin, "--forget"]):
        assert copilot("plugin", *line).code == 0
    told = entries(copilot, "plugin", "--user")
    assert [(one["what"], one["name"]) for one in told] == [
        ("disabled", plugin),
        ("enabled", plugin),
        ("trusted", plugin),
        ("forgotten", plugin),
    ]
    assert {len(one["sha256"]) for one in told} == {64}
    # A person who does not agree has decided nothing.
    assert copilot("plugin", "trust", plugin).code == 6
    assert len(entries(copilot, "plugin", "--user")) == len(told)
    assert "plugin decided on" in copilot("audit", "show", "--user").out
    assert (own_log() / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_recorded_is_not_done(copilot: Copilot, plugin: str) -> None:
    own_log().write_text("in the way")
    assert copilot("plugin", "trust", plugin, "--yes").code == 1
    state = {one["name"]: one["state"] for one in json.loads(copilot("plugin", "list", "--json").out)["plugins"]}
    assert state[plugin] == "untrusted"


def test_a_tool_that_runs_without_a_workspace_is_recorded(
    copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = copilot("tool", "run", "geo.distance", "start=48.85 2.35", "end=45.76 4.83")
    assert ran.code == 0, ran.err
    [told] = entries(copilot, "tool_ran", "--user")
    assert (told["tool"], [one["name"] for one in told["arguments"]][:2]) == ("geo.distance", ["start", "end"])


def test_models_are_recorded(copilot: Copilot, spm_model: str) -> None:
    assert copilot("model", "add", spm_model, "--name", "one").code == 0
    assert copilot("model", "use", spm_model).code == 0
    assert copilot("model", "remove", spm_model).code == 0
    told = entries(copilot, "model", "--user")
    assert [(one["what"], one["name"]) for one in told] == [("added", "one"), ("used", "one"), ("removed", "one")]
    # By its file as by its name.
    assert json.loads(copilot("model", "list", "--json").out)["models"] == []
    assert copilot("model", "use", "none").code == 5
    assert len(entries(copilot, "model", "--user")) == len(told)


def test_the_users_log_is_verified_and_exported(copilot: Copilot, plugin: str, tmp_path: Path) -> None:
    assert copilot("plugin", "disable", plugin).code == 0
    assert "Whole: " in copilot("audit", "verify", "--user").out
    assert copilot("audit", "export", "--user", str(tmp_path / "out")).code == 0
    assert copilot("audit", "verify", "--folder", str(tmp_path / "out")).code == 0
    assert entries(copilot, "export", "--user")
    assert copilot("audit", "verify", "--user", "-w", str(tmp_path)).code == 2
    kept = tmp_path / "kept"
    shutil.copytree(own_log(), kept)
    shutil.rmtree(own_log())
    found = copilot("audit", "verify", "--user")
    assert (found.code, "the log is gone" in found.out) == (1, True)
    assert copilot("plugin", "enable", plugin).code == 0
    assert "another log" in copilot("audit", "verify", "--user").out


def test_no_workspace_switches_the_users_log_off(
    copilot: Copilot, plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert copilot("init").code == 0
    (tmp_path / "copilot.toml").write_text("[audit]\nenabled = false\n")
    assert copilot("plugin", "disable", plugin).code == 0
    assert len(entries(copilot, "plugin", "--user")) == 1


# --- encrypted workspaces ---------------------------------------------------------------------------------------------


@pytest.fixture
def secret(copilot: Copilot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("sqlcipher3")
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "new").write_text(f"{PASSPHRASE} encore")
    monkeypatch.setenv("COPILOT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("COPILOT_NEW_PASSPHRASE_FILE", str(tmp_path / "new"))
    root = tmp_path / "operation-secrete"
    assert copilot("init", str(root), "--encrypt").code == 0
    return root


def test_wipe_is_recorded_where_it_lasts_and_names_nothing(copilot: Copilot, secret: Path) -> None:
    [line] = (secret / ".copilot" / "audit" / "checkpoints.jsonl").read_text().splitlines()
    assert copilot("wipe", "-w", str(secret)).code == 6
    assert not own_log().exists()
    assert copilot("wipe", "--yes", "-w", str(secret)).code == 0
    [told] = entries(copilot, "wipe", "--user")
    assert (told["log"], told["entries"]) == (json.loads(line)["log"], json.loads(line)["sequence"])
    assert b"secrete" not in b"".join(path.read_bytes() for path in own_log().iterdir())
    assert copilot("audit", "verify", "--user").code == 0


def test_what_an_encrypted_workspace_may_not_set_is_recorded_without_its_name(copilot: Copilot, secret: Path) -> None:
    (secret / "copilot.toml").write_text('[enclave]\nurl = "http://192.0.2.1/v1"\n')
    assert copilot("docs", "-w", str(secret)).code == 2
    [told] = entries(copilot, "forbidden_setting", "--user")
    assert (told["setting"], set(told["file"])) == ("enclave.url", {"hmac"})


def test_a_key_is_destroyed_though_it_cannot_be_recorded(copilot: Copilot, secret: Path) -> None:
    own_log().parent.mkdir(parents=True, exist_ok=True)
    own_log().write_text("in the way")
    done = copilot("wipe", "--yes", "-w", str(secret))
    assert (done.code, "could not be recorded" in done.err) == (0, True)
    assert "destroyed" in (secret / ".copilot" / "key.json").read_text()


def test_a_new_passphrase_moves_the_anchor(
    copilot: Copilot, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copilot("rekey", "-w", str(secret)).code == 0
    monkeypatch.setenv("COPILOT_PASSPHRASE_FILE", str(tmp_path / "new"))
    # The entry of the new passphrase, cut off with all that vouches for it: only the anchor knows.
    audit = secret / ".copilot" / "audit"
    lines = (audit / "audit.jsonl").read_bytes().splitlines(keepends=True)
    signed = (audit / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)
    (audit / "audit.jsonl").write_bytes(b"".join(lines[:-1]))
    (audit / "checkpoints.jsonl").write_bytes(b"".join(signed[:-1]))
    last = json.loads(signed[-2])
    (audit / "head.json").write_text(json.dumps({"hash": last["hash"], "sequence": last["sequence"]}))
    found = copilot("audit", "verify", "-w", str(secret))
    assert (found.code, "the log ends before it" in found.out) == (1, True), found.out


def test_an_export_moves_the_anchor(copilot: Copilot, tmp_path: Path) -> None:
    root = tmp_path / "ws"
    assert copilot("init", str(root)).code == 0
    assert copilot("audit", "export", str(tmp_path / "out"), "-w", str(root)).code == 0
    with closing(sqlite3.connect(root / ".copilot" / "truth.db")) as database:
        [(text,)] = database.execute("SELECT value FROM meta WHERE key = 'audit_anchor'")
    anchor = Anchor.read(text)
    exported = json.loads((tmp_path / "out" / "checkpoint.json").read_text())
    assert anchor is not None
    assert (anchor.sequence, anchor.hash) == (exported["sequence"], exported["hash"])


# --- what the walls refuse, and which are missing ---------------------------------------------------------------------


def test_a_workspace_that_names_a_server_is_recorded(copilot: Copilot, tmp_path: Path) -> None:
    root = tmp_path / "ws"
    assert copilot("init", str(root)).code == 0
    (root / "copilot.toml").write_text('[enclave]\nhosts = ["192.0.2.1"]\n')
    assert copilot("docs", "-w", str(root)).code == 2
    [told] = entries(copilot, "forbidden_setting", "--user")
    assert told == {"setting": "enclave.hosts", "file": str(root / "copilot.toml")}


def test_a_host_that_the_user_does_not_name_is_recorded(
    copilot: Copilot, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(entries(copilot, "enclave_refused"))
    monkeypatch.setenv("COPILOT_ENCLAVE__URL", "http://192.0.2.1:9/v1")
    monkeypatch.setenv("COPILOT_ENCLAVE__MODEL", "site")
    monkeypatch.setenv("COPILOT_ENCLAVE__HOSTS", "elsewhere")
    assert copilot("ask", "Combien de gazole ?").code == 6
    told = entries(copilot, "enclave_refused")
    assert told[before:] == [{"host": "192.0.2.1", "hosts": ["elsewhere"]}]


@pytest.fixture
def no_landlock() -> Iterator[None]:
    yield
    note_missing_walls(())


@pytest.mark.usefixtures("no_landlock")
def test_missing_walls_are_recorded_once_until_they_are_back(copilot: Copilot, tmp_path: Path) -> None:
    root = str(tmp_path / "ws")
    assert copilot("init", root).code == 0
    _tell_missing(["landlock"])
    _tell_missing(["landlock"])
    assert entries(copilot, "walls", "--user") == [{"missing": ["landlock"]}]
    for _ in range(2):
        assert copilot("reindex", "-w", root).code == 0
    assert entries(copilot, "walls", "-w", root) == [{"missing": ["landlock"]}]
    note_missing_walls(())
    assert copilot("reindex", "-w", root).code == 0
    assert entries(copilot, "walls", "-w", root) == [{"missing": ["landlock"]}, {"missing": []}]
