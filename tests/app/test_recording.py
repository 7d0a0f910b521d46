"""What a question, a sync and the rest leave in the log, whichever face they came through."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot.app.approval import ApproveAll, Approver, Decision, DenyAll, Remembering, Verdict
from copilot.app.backup import backup, restore
from copilot.app.engine import Assistants, ask, search
from copilot.app.export import answer_to_copy
from copilot.app.forgetting import forget
from copilot.app.indexes import rebuild
from copilot.app.lookup import find_document
from copilot.app.quarantine import quarantine, release
from copilot.app.recording import (
    RecordedApprovals,
    Shown,
    delete_conversation,
    record_count,
    record_matches,
    record_show,
)
from copilot.app.replay import replay
from copilot.app.scans import count, grep
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.app.tool_runs import run_tool
from copilot.app.tooling import Tooling
from copilot.app.trail import Trail, trail_of
from copilot.audit.anchor import Anchor, FileKeeper
from copilot.audit.log import AuditLog
from copilot.audit.verification import verify_log
from copilot.errors import CancelledError, StoreError
from copilot.planning.reading import LexicalBlankReader
from copilot.ports import Cancellation, ModelProgress
from copilot.records import (
    BlankReading,
    Origin,
    OriginKind,
    Parameter,
    ParameterKind,
    Passage,
    Plan,
    PlannedArgument,
    PlannedCall,
    Tool,
    ToolCall,
    ToolProgress,
    ToolResult,
    ToolRun,
    Value,
)
from copilot.retrieval.retriever import EVERYTHING
from copilot.settings import Settings
from copilot.store.truth import Truth
from copilot.workspace import find_workspace
from tests.makers import SETTINGS, new_session, run_sync

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"
TEXT = "Le dépôt de Cholet détient 38 000 litres de gazole.\n"


def kinds(session: Session) -> list[str]:
    return [entry.kind for entry in session.trail.log.entries()]


def last(session: Session, kind: str) -> dict[str, Any]:
    found = [dict(entry.data) for entry in session.trail.log.entries() if entry.kind == kind]
    assert found, kinds(session)
    return found[-1]


def with_audit(**audit: object) -> Settings:
    return Settings.model_validate({**SETTINGS.model_dump(), "audit": audit})


@pytest.fixture
def synced(session: Session, docs: Path) -> Session:
    (docs / "stocks.txt").write_text(TEXT)
    run_sync(session, docs)
    return session


def test_a_sync_and_a_question_are_recorded(synced: Session) -> None:
    answer = list(ask(synced, QUESTION, language="fr"))[-1].answer  # type: ignore[union-attr]
    assert kinds(synced) == [
        "key",
        "settings",
        "sync_started",
        "sync",
        "question",
        "plan",
        "passages",
        "answer",
    ]
    assert last(synced, "sync")["new"] == 1
    assert last(synced, "question")["text"] == QUESTION
    told = last(synced, "answer")
    assert (told["question"], told["answer_id"], told["status"]) == (5, answer.answer_id, "supported")
    assert told["hashes"] == answer.hashes
    assert told["citations"][0]["sha256"] == answer.citations[0].sha256
    assert last(synced, "passages")["passages"][0]["sha256"] == answer.citations[0].sha256
    log = synced.trail.log
    synced.close()
    found = verify_log(log)
    assert (found.problem, found.signed) == (None, found.entries)


def test_a_search_a_deletion_and_a_rebuild_are_recorded(synced: Session, docs: Path) -> None:
    search(synced, "gazole", limit=3)
    assert last(synced, "search")["text"] == "gazole"
    assert len(last(synced, "search")["passages"]) == 1
    forget(synced, [find_document(synced.truth, "stocks.txt")])
    assert last(synced, "forget")["documents"]["number"] == 1
    assert last(synced, "forget")["documents"]["names"][0].endswith("stocks.txt")
    list(rebuild(synced))
    assert kinds(synced)[-1] == "reindex"
    (docs / "stocks.txt").unlink()
    (docs / "other.txt").write_text("Autre texte.")
    run_sync(synced, docs)
    assert last(synced, "sync_started")["new"] == 1


def test_what_is_counted_matched_and_shown_is_recorded(synced: Session) -> None:
    record_count(synced, "gazole", count(synced.truth, "gazole", EVERYTHING))
    told = last(synced, "count")
    assert (told["text"], told["documents"], told["pages"], told["occurrences"]) == ("gazole", 1, 1, 1)
    found = grep(synced.truth, "l", EVERYTHING)
    with closing(record_matches(synced, "l", found, ignore_case=True, fixed=False)) as matches:
        assert "grep" not in kinds(synced), "nothing was read yet"
        next(matches)
        assert last(synced, "grep") == {"text": "l", "ignore_case": True, "fixed": False}
    number = kinds(synced).index("grep") + 1
    assert last(synced, "grep_done") == {"grep": number, "matches": 1, "documents": 1, "whole": False}
    whole = list(record_matches(synced, "l", grep(synced.truth, "l", EVERYTHING), ignore_case=False, fixed=False))
    told = last(synced, "grep_done")
    assert (told["matches"], told["documents"], told["whole"]) == (len(whole), 1, True)
    row = find_document(synced.truth, "stocks.txt")
    record_show(synced, row, row.current_version, [1])
    told = last(synced, "show")
    assert told["path"].endswith("stocks.txt")
    assert (told["document"], told["pages"], told["first"], told["last"]) == (row.document_id, 1, 1, 1)


def test_a_conversation_is_deleted_once_that_is_recorded(synced: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = synced.truth.conversations
    turn = kept.begin(None, None, QUESTION)

    def full(*_: object) -> None:
        raise StoreError("The audit log could not be written.")

    with monkeypatch.context() as patched:
        patched.setattr(synced.trail, "record", full)
        with pytest.raises(StoreError):
            delete_conversation(synced, turn.conversation_id)
    assert len(kept.turns(turn.conversation_id)) == 1
    delete_conversation(synced, turn.conversation_id)
    assert kept.turns(turn.conversation_id) == []
    assert last(synced, "conversation_deleted") == {"conversation": turn.conversation_id, "turns": 1}


def test_a_dry_run_leaves_no_trace(synced: Session, docs: Path) -> None:
    before = kinds(synced)
    list(sync(synced, roots_of(synced, [docs], None), dry_run=True))
    assert kinds(synced) == before


def test_an_end_before_the_answer_is_recorded(synced: Session) -> None:
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(ask(synced, QUESTION, language="fr", cancel=cancel))
    assert last(synced, "ended") == {"question": 5, "how": "cancelled", "error": "CancelledError"}
    events = iter(ask(synced, QUESTION, language="fr"))
    next(events)
    events.close()
    assert last(synced, "ended")["error"] == "GeneratorExit"


# --- tools ------------------------------------------------------------------------------------------------------------

TOOL = Tool(
    "supply.days",
    "supply",
    "Jours",
    "",
    (
        Parameter("stock", ParameterKind.NUMBER, "stock", "", "L"),
        Parameter("rate", ParameterKind.NUMBER, "rate", "", "L/day", required=False, default=3800),
    ),
    bundled=True,
    plugin_sha256="ab" * 32,
)


STOCK = PlannedArgument("stock", 38000, "L")
BLANK = PlannedArgument("stock", unit="L", blank="gazole du dépôt de Cholet")


class OneTool:
    """A planner, a catalogue and a runner of the one tool, called with the one argument."""

    def __init__(self, argument: PlannedArgument = STOCK) -> None:
        self.argument = argument

    def tools(self) -> Sequence[Tool]:
        return [TOOL]

    def find(self, name: str) -> Tool:
        assert name == TOOL.name
        return TOOL

    def plan(
        self,
        question: str,
        tools: Sequence[Tool],
        language: str,
        cancel: object = None,
        earlier: Sequence[str] = (),
    ) -> Iterator[Plan]:
        yield Plan((question,), (PlannedCall(TOOL.name, (self.argument,)),))

    def run(self, call: ToolCall, cancel: object = None) -> Iterator[ToolProgress | ToolRun]:
        result = ToolResult((Value("days", float("inf"), "day"),))
        yield ToolRun(call.number, call.tool, TOOL.title, call.arguments, result, TOOL.plugin_sha256, 0.1)


@pytest.mark.parametrize("approved", [True, False])
def test_plans_approvals_and_runs_are_recorded(synced: Session, approved: bool) -> None:
    one = OneTool()
    tooling = Tooling(one, one, ApproveAll() if approved else DenyAll())
    list(ask(synced, QUESTION, language="fr", assistants=Assistants(planner=one, tooling=tooling)))
    assert last(synced, "plan")["calls"][0]["tool"] == TOOL.name
    assert last(synced, "tool_proposed")["plugin_sha256"] == TOOL.plugin_sha256
    told = last(synced, "tool_ran" if approved else "tool_denied")
    assert told["question"] == 5
    assert [(one["name"], one["value"], one["origin"]["kind"]) for one in told["arguments"]] == [
        ("stock", 38000, "question"),
        ("rate", 3800, "default"),
    ]
    assert told.get("reason") == (None if approved else "flag")
    assert ("tool_ran" in kinds(synced)) is approved
    assert ("tool_approved" in kinds(synced)) is approved


class Editing:
    """A person who changes a value and approves."""

    def decide(self, call: ToolCall, tool: Tool) -> Decision:
        typed = replace(call.arguments[0], value=40000, origin=Origin(OriginKind.USER))
        return Decision(Verdict.APPROVED, replace(call, arguments=(typed, *call.arguments[1:])))


def decided(session: Session, approver: Approver) -> dict[str, Any]:
    one = OneTool()
    tooling = Tooling(one, one, approver)
    list(ask(session, QUESTION, language="fr", assistants=Assistants(planner=one, tooling=tooling)))
    assert kinds(session)[-4:] == ["tool_proposed", "tool_approved", "tool_ran", "answer"]
    return last(session, "tool_approved")


def test_an_approval_names_whose_word_it_is_and_what_was_edited(synced: Session) -> None:
    memory = RecordedApprovals(synced)
    told = decided(synced, Editing())
    assert (told["by"], told["edited"], told["question"]) == ("person", ["stock"], 5)
    assert (told["arguments"][0]["value"], told["arguments"][0]["origin"]["kind"]) == (40000, "user")
    assert told["plugin_sha256"] == TOOL.plugin_sha256
    told = decided(synced, ApproveAll())
    assert (told["by"], told["edited"]) == ("option", [])
    memory.remember(TOOL.name, TOOL.plugin_sha256, allowed=True)
    assert decided(synced, Remembering(DenyAll(), memory))["by"] == "standing"
    one = OneTool()
    call = PlannedCall(TOOL.name, (PlannedArgument("stock", 38000, "L"),))
    list(run_tool(synced, call, Tooling(one, one, DenyAll()), language="fr"))
    told = last(synced, "tool_approved")
    assert (told["by"], told["edited"]) == ("form", [])


class Deadly(OneTool):
    """A tool whose run ends the whole process."""

    def run(self, call: ToolCall, cancel: object = None) -> Iterator[ToolProgress | ToolRun]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield from super().run(call, cancel)


def ask_deadly(root: str) -> None:
    """Ask with a tool that ends this process."""
    one = Deadly()
    with Session(find_workspace(Path(root)), SETTINGS) as session:
        tooling = Tooling(one, one, ApproveAll())
        list(ask(session, QUESTION, language="fr", assistants=Assistants(planner=one, tooling=tooling)))


def test_an_approval_is_recorded_before_the_run(synced: Session) -> None:
    code = f"from tests.app.test_recording import ask_deadly; ask_deadly({str(synced.workspace.root)!r})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert kinds(synced)[-2:] == ["tool_proposed", "tool_approved"]
    assert last(synced, "tool_approved")["by"] == "option"


class FirstThenLog:
    """Reads a value as the rules do; keeps what the log told when it was given the passages."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.told: dict[str, Any] = {}
        self.given: list[int] = []

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,
    ) -> Iterator[BlankReading | ModelProgress]:
        self.told = last(self._session, "passages")
        self.given = [passage.chunk_id for passage in passages]
        yield from LexicalBlankReader().read_blank(blank, unit, passages, language, cancel)


@pytest.mark.parametrize("by_form", [False, True])
def test_all_passages_that_a_blank_is_read_in_are_recorded_first(synced: Session, docs: Path, by_form: bool) -> None:
    (docs / "autres.txt").write_text("Le dépôt de Niort est fermé. On n'y trouve pas de gazole.\n")
    run_sync(synced, docs)
    one, reader = OneTool(BLANK), FirstThenLog(synced)
    tooling = Tooling(one, one, ApproveAll(), reader)
    if by_form:
        call = PlannedCall(TOOL.name, (BLANK,))
        list(run_tool(synced, call, tooling, language="fr"))
    else:
        list(ask(synced, QUESTION, language="fr", assistants=Assistants(planner=one, tooling=tooling)))
    told = reader.told
    assert {key: told[key] for key in ("call", "tool", "argument")} == {
        "call": 1,
        "tool": TOOL.name,
        "argument": "stock",
    }
    assert [one["chunk"] for one in told["passages"]] == reader.given
    assert {Path(one["path"]).name for one in told["passages"]} == {"stocks.txt", "autres.txt"}
    won = last(synced, "blank")["reading"]["passage"]
    assert won in told["passages"], "in the same shape"
    assert kinds(synced)[-5 if not by_form else -4 :][:3] == ["blank", "tool_proposed", "tool_approved"]
    assert synced.trail.verify().problem is None


# --- settings ---------------------------------------------------------------------------------------------------------


SECRET = {
    "audit": {"text": "hashes"},
    "answer": {"threshold": 0.3421},
    "model": {"name": "modele-maison", "loras": ["/secret/adaptateur.gguf"], "seed": 918273},
    "enclave": {
        "hosts": ["10.77.0.9"],
        "url": "http://10.77.0.9:8080/v1",
        "model": "modele-du-site",
        "key_file": "/secret/cle",
    },
}
MARKED = f"DIFFUSION RESTREINTE\n\n{TEXT}"


def test_with_hashes_only_no_text_reaches_the_log(tmp_path: Path, docs: Path) -> None:
    (docs / "stocks.txt").write_text(MARKED)
    settings = Settings.model_validate({**SETTINGS.model_dump(), **SECRET})
    one = OneTool(BLANK)
    with new_session(tmp_path / "hashed", settings) as session:
        run_sync(session, docs)
        assistants = Assistants(planner=one, tooling=Tooling(one, one, Editing(), LexicalBlankReader()))
        answer = list(ask(session, QUESTION, language="fr", assistants=assistants))[-1].answer  # type: ignore[union-attr]
        assert answer.marking == "DIFFUSION RESTREINTE"
        assert last(session, "passages")["argument"] == "stock"
        assert last(session, "blank")["reading"] is not None
        assert "Cholet" in answer_to_copy(answer, session.trail)
        assert last(session, "export") == {"what": "clipboard", "answers": [answer.answer_id]}
        search(session, "gazole", limit=3)
        record_count(session, "gazole", count(session.truth, "gazole", EVERYTHING))
        found = grep(session.truth, "litres", EVERYTHING)
        list(record_matches(session, "litres", found, ignore_case=False, fixed=True))
        row = find_document(session.truth, "stocks.txt")
        for shown in (Shown.TEXT, Shown.PICTURE):
            record_show(session, answer.citations[0], row.current_version, [1], shown)
        record_show(session, row, shown=Shown.VERSIONS)
        assert replay(session, answer.answer_id).same
        quarantine(session, [row], "Chiffre douteux")
        release(session, [row])
        forget(session, [row])
        read = session.truth.passages(list(answer.passages_read))
        values = ["modele-maison", "/secret/adaptateur.gguf", "918273", "0.3421", "10.77.0.9", "modele-du-site"]
        values += ["/secret/cle", "http://10.77.0.9:8080/v1", '["10.77.0.9"]', '["/secret/adaptateur.gguf"]']
        words = ["gazole", "litres", "stocks.txt", "Cholet", "38 000", "38000", "40000", "RESTREINTE", "L/day", '"L"']
        whole = [QUESTION, TEXT, MARKED, MARKED.strip(), "L", "DIFFUSION RESTREINTE", "Chiffre douteux"]
        whole += [json.dumps(value) for value in values]
        raw = b"".join(path.read_bytes() for path in session.workspace.audit.iterdir()).decode()
        # Figures stand in random hashes by chance.
        said = re.sub(r"[0-9a-f]{32,}", "", raw)
        for text in (*values, *words):
            assert text not in said
            assert json.dumps(text)[1:-1] not in said
        for text in (*values, *words, *whole, *(passage.text for passage in read)):
            assert hashlib.sha256(text.encode()).hexdigest() not in raw
        assert row.sha256 not in raw
        assert not any(value in raw for value in answer.hashes.values() if len(value) == 64)
        kept = last(session, "question")["text"]
        assert kept == {"hmac": session.trail.log.keys().text_hash(QUESTION), "characters": len(QUESTION)}
        assert last(session, "settings")["changed"]["audit.text"] == {"from": None, "to": "hashes"}
        assert verify_log(session.trail.log).problem is None
        entries = len(kinds(session))
        workspace = session.workspace
    with Session(workspace, settings) as session:
        session.trail.record("search", {})
        assert len(kinds(session)) == entries + 1, "the same settings are no change"
    changed = Settings.model_validate({**settings.model_dump(), "answer": {"threshold": 0.5}})
    with Session(workspace, changed) as session:
        session.trail.record("search", {})
        assert list(last(session, "settings")["changed"]) == ["answer.threshold"]
    full = Settings.model_validate({**changed.model_dump(), "audit": {"text": "full"}})
    with Session(workspace, full) as session:
        session.trail.record("search", {})
        assert last(session, "settings")["changed"] == {"audit.text": {"from": "hashes", "to": "full"}}
    # Another workspace's key gives another hash: nobody finds a short text by trying.
    with new_session(tmp_path / "other", with_audit(text="hashes")) as session:
        assert session.trail.text(QUESTION) != kept


def test_two_that_begin_at_once_record_a_change_once(synced: Session) -> None:
    synced.trail.record("search", {})
    before = kinds(synced).count("settings")
    changed = Settings.model_validate({**SETTINGS.model_dump(), "answer": {"threshold": 0.9}})
    trails = [Trail(AuditLog(synced.workspace.audit), changed) for _ in range(8)]
    with ThreadPoolExecutor(len(trails)) as pool:
        list(pool.map(lambda trail: trail.record("search", {}), trails))
    assert kinds(synced).count("settings") == before + 1
    assert verify_log(synced.trail.log).problem is None
    assert list(synced.workspace.audit.glob("*.new")) == []


def test_the_anchor_of_a_file_never_goes_back(tmp_path: Path) -> None:
    def move_to(number: int) -> None:
        later = Anchor("log", number, "hash")
        FileKeeper(tmp_path / "anchor.json").move(
            lambda present: later if present is None or present.may_move_to(later) else None
        )

    numbers = [*range(1, 60), *range(40, 1, -1)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(move_to, numbers))
    assert FileKeeper(tmp_path / "anchor.json").read() == Anchor("log", 59, "hash")
    assert list(tmp_path.glob("*.new")) == []


def test_switching_the_log_off_is_the_last_thing_recorded(synced: Session, docs: Path) -> None:
    workspace = synced.workspace
    synced.close()
    with Session(workspace, with_audit(enabled=False)) as session:
        list(ask(session, QUESTION, language="fr"))
        list(ask(session, QUESTION, language="fr"))
        assert kinds(session)[-1] == "settings"
        assert last(session, "settings")["changed"] == {"audit.enabled": {"from": True, "to": False}}
    with Session(workspace, SETTINGS) as session:
        list(ask(session, QUESTION, language="fr"))
        assert kinds(session)[-5:] == ["settings", "question", "plan", "passages", "answer"]


def test_a_log_that_was_never_on_says_so(tmp_path: Path, docs: Path) -> None:
    (docs / "stocks.txt").write_text(TEXT)
    with new_session(tmp_path / "off", with_audit(enabled=False)) as session:
        run_sync(session, docs)
        assert kinds(session) == ["key", "settings"]
        assert last(session, "settings")["changed"]["audit.enabled"] == {"from": None, "to": False}


def test_a_standing_decision_is_recorded_before_it_is_kept(synced: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = RecordedApprovals(synced)
    memory.remember("supply.days", "aa", allowed=True)
    assert memory.remembered("supply.days", "aa") is True
    [told] = [dict(entry.data) for entry in synced.trail.log.entries() if entry.kind == "standing"]
    assert told == {"tool": "supply.days", "plugin_sha256": "aa", "allowed": True}

    def full(*_: object) -> None:
        raise StoreError("The audit log could not be written.")

    monkeypatch.setattr(synced.trail, "record", full)
    with pytest.raises(StoreError):
        memory.remember("supply.days", "bb", allowed=True)
    assert memory.remembered("supply.days", "bb") is None


def test_a_standing_decision_from_elsewhere_counts_as_none(synced: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = RecordedApprovals(synced)
    memory.remember("supply.days", "aa", allowed=False)
    connection = synced.truth._connection
    connection.execute("UPDATE approvals SET allowed = 1")
    assert memory.remembered("supply.days", "aa") is None, "turned into an approval by another hand"
    connection.execute("INSERT INTO approvals VALUES ('supply.days', 'bb', 1, '2026')")
    assert memory.remembered("supply.days", "bb") is None, "never sealed"
    memory.remember("supply.days", "cc", allowed=True)
    assert memory.remembered("supply.days", "cc") is True
    monkeypatch.setenv("XDG_DATA_HOME", str(synced.workspace.root / "another-user"))
    assert memory.remembered("supply.days", "cc") is None


def test_settings_are_recorded_when_they_change(synced: Session) -> None:
    changed = Settings.model_validate({**SETTINGS.model_dump(), "answer": {"threshold": 0.9}})
    trail = trail_of(synced.workspace, changed, synced.truth)
    trail.record("search", {})
    found = [dict(entry.data) for entry in trail.log.entries() if entry.kind == "settings"]
    assert len(found) == 2
    assert found[-1]["changed"] == {"answer.threshold": {"from": 0.35, "to": 0.9}}


def test_a_change_of_settings_that_could_not_be_recorded_is_recorded_with_the_next_thing(synced: Session) -> None:
    changed = Settings.model_validate({**SETTINGS.model_dump(), "answer": {"threshold": 0.9}})
    trail = trail_of(synced.workspace, changed, synced.truth)
    away = synced.workspace.audit.with_name("away")
    synced.workspace.audit.rename(away)
    synced.workspace.audit.write_text("in the way")
    with pytest.raises(StoreError):
        trail.record("search", {})
    synced.workspace.audit.unlink()
    away.rename(synced.workspace.audit)
    trail.record("search", {})
    assert kinds(synced)[-2:] == ["settings", "search"]


def test_nothing_is_shown_that_cannot_be_recorded(synced: Session) -> None:
    synced.trail.record("search", {})
    for path in synced.workspace.audit.iterdir():
        path.unlink()
    synced.workspace.audit.rmdir()
    synced.workspace.audit.write_text("in the way")
    seen: list[object] = []
    with pytest.raises(StoreError):
        seen.extend(ask(synced, QUESTION, language="fr"))
    assert seen == []
    synced.workspace.audit.unlink()


# --- what the database remembers of the log ---------------------------------------------------------------------------


def anchored(session: Session) -> int:
    anchor = Anchor.read(session.truth.get_meta("audit_anchor"))
    return 0 if anchor is None else anchor.sequence


def test_the_anchor_is_of_the_last_that_signed_and_never_goes_back(synced: Session) -> None:
    other = Session(synced.workspace, SETTINGS)
    search(synced, "gazole", limit=1)
    earlier = synced.trail.close()
    assert earlier is not None
    assert anchored(synced) == earlier.sequence
    search(other, "gazole", limit=1)
    later = other.trail.close()
    assert later is not None
    assert later.sequence > earlier.sequence
    synced.trail.log._move_anchor(earlier)
    assert anchored(synced) == later.sequence
    assert other.trail.verify().problem is None
    other.close()


def test_a_database_that_is_full_loses_neither_entry_nor_signature(
    synced: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The workspace's database could not be written (database or disk is full).")

    monkeypatch.setattr(Truth, "move_meta", full)
    search(synced, "gazole", limit=1)
    workspace = synced.workspace
    synced.close()
    monkeypatch.undo()
    with Session(workspace, SETTINGS) as again:
        assert anchored(again) == 0
        found = again.trail.verify()
        assert (found.problem, found.signed) == (None, found.entries)
        search(again, "gazole", limit=1)
        assert again.trail.close() is not None
        assert anchored(again) == found.entries + 1


def test_a_backup_is_verified_where_it_is_restored(synced: Session, tmp_path: Path) -> None:
    list(ask(synced, QUESTION, language="fr"))
    backup(synced, tmp_path / "b.zip")
    workspace, _ = restore(tmp_path / "b.zip", tmp_path / "copy")
    with Session(workspace, SETTINGS) as session:
        assert anchored(session) > 0
        assert session.trail.verify().problem is None
