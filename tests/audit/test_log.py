"""The log: what honest crashes leave, what several processes write, and that nothing can be changed unseen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.audit.checkpoints import read_checkpoint
from copilot.audit.entries import canonical, make_entry, read_entry
from copilot.audit.export import export_log, read_checkpoint_file
from copilot.audit.log import CHECKPOINT_EVERY, AuditLog
from copilot.audit.verification import Fault, Verification, verify_log
from copilot.errors import StoreError, UsageError

ENTRIES = 7


def write(folder: Path, entries: int = ENTRIES, *, sign_at: int | None = None) -> AuditLog:
    """A log of a key and then questions; signed after `sign_at` of them, or at the end."""
    log = AuditLog(folder)
    for number in range(1, entries):
        log.append("question", {"text": f"Question {number} é", "nested": {"list": [1, 2.5, None, True]}})
        if number == sign_at:
            log.checkpoint()
    if sign_at is None:
        log.checkpoint()
    return log


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit") / "log"
    write(folder)
    return folder


def copy_of(whole: Path, to: Path) -> AuditLog:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(whole, to)
    return AuditLog(to)


def fault(log: AuditLog) -> Fault | None:
    problem = verify_log(log).problem
    return None if problem is None else problem.fault


# --- whole logs -------------------------------------------------------------------------------------------------------


def test_a_whole_log_is_found_whole(whole: Path) -> None:
    assert verify_log(AuditLog(whole)) == Verification(ENTRIES, 1, ENTRIES, (), unfinished=False, problem=None)
    entries = list(AuditLog(whole).entries())
    assert [entry.sequence for entry in entries] == list(range(1, ENTRIES + 1))
    assert entries[0].kind == "key"
    assert entries[3].data["text"] == "Question 3 é"


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    found = verify_log(AuditLog(tmp_path / "none"))
    assert (found.entries, found.problem) == (0, None)
    assert AuditLog(tmp_path / "none").checkpoint() is None


def test_files_are_the_owners_alone(whole: Path) -> None:
    assert whole.stat().st_mode & 0o777 == 0o700
    for path in whole.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_long_logs_are_signed_on_the_way(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    for number in range(CHECKPOINT_EVERY + 5):
        log.append("question", {"text": str(number)})
    found = verify_log(log)
    assert (found.problem, found.checkpoints, found.signed) == (None, 1, CHECKPOINT_EVERY)


def test_entries_longer_than_a_block_are_continued(tmp_path: Path) -> None:
    AuditLog(tmp_path).append("question", {"text": "x" * 300_000})
    AuditLog(tmp_path).append("question", {"text": "y"})
    assert verify_log(AuditLog(tmp_path)).entries == 3
    assert fault(AuditLog(tmp_path)) is None


def test_an_entry_has_one_spelling() -> None:
    entry = make_entry(1, "2026-03-01", "question", {"b": 1, "a": "é\ud800"}, "0" * 64)
    assert read_entry(entry.line()) == entry
    for other in (
        entry.line() + b" ",
        entry.line().replace(b":", b": ", 1),
        entry.line().replace(b"\\u00e9", "é".encode()),
    ):
        with pytest.raises(ValueError):
            read_entry(other)
    with pytest.raises(ValueError):
        canonical({"value": float("nan")})


# --- what somebody changed --------------------------------------------------------------------------------------------


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    log = copy_of(whole, tmp_path_factory.getbasetemp() / "changed")
    path = data.draw(st.sampled_from([log.files.log, log.files.head, log.files.checkpoints]))
    content = bytearray(path.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert fault(log) is not None


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_removed_moved_or_inserted_line_is_found(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    log = copy_of(whole, tmp_path_factory.getbasetemp() / "moved")
    lines = log.files.log.read_bytes().splitlines(keepends=True)
    before = list(lines)
    first = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["remove", "swap", "repeat", "invent"]))
    if how == "remove":
        del lines[first : first + data.draw(st.integers(1, 3))]
    elif how == "swap":
        second = data.draw(st.integers(0, len(lines) - 1))
        lines[first], lines[second] = lines[second], lines[first]
    elif how == "repeat":
        lines.insert(first, lines[data.draw(st.integers(0, len(lines) - 1))])
    else:
        previous = read_entry(lines[first].rstrip()).previous
        lines.insert(first, make_entry(first + 1, "2026-03-01", "question", {}, previous).line() + b"\n")
    log.files.log.write_bytes(b"".join(lines))
    assert (fault(log) is None) == (lines == before)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_truncation_is_found(whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    log = copy_of(whole, tmp_path_factory.getbasetemp() / "cut")
    size = log.files.log.stat().st_size
    left = data.draw(st.integers(0, size - 1))
    os.truncate(log.files.log, left)
    assert fault(log) is Fault.CUT
    if left < size - 1 and data.draw(st.booleans()):
        # Going on does not smooth it over, unless nothing but the last line's end was lost, which it puts back.
        log.append("question", {})
        assert fault(log) is not None


def test_a_rewritten_entry_with_its_chain_and_head_mended_is_found_by_the_checkpoint(
    whole: Path, tmp_path: Path
) -> None:
    log = copy_of(whole, tmp_path / "forged")
    forge(log)
    assert fault(log) is Fault.CHECKPOINT


def test_a_wholly_rewritten_log_is_found_by_a_checkpoint_kept_elsewhere(whole: Path, tmp_path: Path) -> None:
    log = copy_of(whole, tmp_path / "log")
    kept = export_log(log, tmp_path / "elsewhere")
    assert verify_log(log, [kept]).problem is None
    # With the key at hand, the forger signs anew: nothing here shows it.
    log.files.checkpoints.unlink()
    forge(log)
    AuditLog(log.files.folder).checkpoint()
    assert fault(log) is None
    problem = verify_log(log, [read_checkpoint_file(tmp_path / "elsewhere" / "checkpoint.json")]).problem
    assert problem is not None
    assert problem.fault is Fault.CHECKPOINT
    # Beginning anew with another key is found too.
    shutil.rmtree(log.files.folder)
    other = write(log.files.folder, 20)
    problem = verify_log(other, [kept]).problem
    assert problem is not None
    assert problem.fault is Fault.OTHER_LOG


def forge(log: AuditLog) -> None:
    """Change the fourth entry, chain all later ones anew and mend the head."""
    lines = [read_entry(line) for line in log.files.log.read_bytes().splitlines()]
    previous = lines[2].hash
    for index in range(3, len(lines)):
        old = lines[index]
        lines[index] = make_entry(old.sequence, old.time, old.kind, {"text": "forged"}, previous)
        previous = lines[index].hash
    log.files.log.write_bytes(b"".join(entry.line() + b"\n" for entry in lines))
    log.files.head.write_bytes(canonical({"sequence": len(lines), "hash": previous}))


def test_a_cut_that_mends_the_head_is_found_up_to_the_last_checkpoint(tmp_path: Path) -> None:
    log = write(tmp_path / "log", 9, sign_at=5)
    lines = log.files.log.read_bytes().splitlines(keepends=True)
    for kept, expected in ((5, Fault.CUT), (6, None)):
        log.files.log.write_bytes(b"".join(lines[:kept]))
        log.files.head.write_bytes(canonical({"sequence": kept, "hash": read_entry(lines[kept - 1].rstrip()).hash}))
        assert fault(log) is expected


def test_a_missing_log_head_or_key_is_noticed(whole: Path, tmp_path: Path) -> None:
    log = copy_of(whole, tmp_path / "a")
    log.files.log.unlink()
    assert fault(log) in (Fault.CUT, Fault.CHECKPOINT)
    log = copy_of(whole, tmp_path / "b")
    log.files.head.unlink()
    assert fault(log) is Fault.HEAD
    log = copy_of(whole, tmp_path / "c")
    log.files.key.unlink()
    AuditLog(tmp_path / "c").append("question", {})
    kinds = [entry.kind for entry in log.entries()]
    assert kinds[ENTRIES:] == ["key", "question"]
    assert fault(log) is None


# --- crashes and other processes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b"{", b'{"data":{"text":"Quest', b"\x00" * 40, b"half\xff"])
def test_a_torn_line_is_sealed_by_the_next_writer_and_shown(whole: Path, tmp_path: Path, torn: bytes) -> None:
    log = copy_of(whole, tmp_path / "log")
    with log.files.log.open("ab") as file:
        file.write(torn)
    found = verify_log(log)
    assert (found.problem, found.unfinished) == (None, True)
    log.append("question", {"text": "after"})
    found = verify_log(log)
    assert (found.problem, found.torn, found.entries) == (None, (ENTRIES + 1,), ENTRIES + 2)
    # A sealed line stays guarded.
    log.files.log.write_bytes(log.files.log.read_bytes().replace(torn + b"~\n", torn + b"x~\n"))
    assert fault(log) is Fault.CHANGED


def test_an_entry_that_lost_only_its_line_end_is_sealed_too(whole: Path, tmp_path: Path) -> None:
    log = copy_of(whole, tmp_path / "log")
    entry = make_entry(ENTRIES + 1, "2026-03-01", "question", {}, list(log.entries())[-1].hash)
    with log.files.log.open("ab") as file:
        file.write(entry.line())
    log.append("question", {})
    found = verify_log(log)
    assert (found.problem, found.torn, found.entries) == (None, (ENTRIES + 1,), ENTRIES + 2)


def test_a_torn_checkpoint_is_replaced_by_the_next(whole: Path, tmp_path: Path) -> None:
    log = copy_of(whole, tmp_path / "log")
    with log.files.checkpoints.open("ab") as file:
        file.write(b'{"format":1,"ha')
    assert fault(log) is None
    log.checkpoint()
    assert verify_log(log).checkpoints == 2


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from copilot.audit.log import AuditLog
log = AuditLog(Path(sys.argv[1]))
for number in range(40):
    log.append("question", {"who": sys.argv[2], "number": number})
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "log"), str(who)], stderr=subprocess.PIPE)
        for who in range(3)
    ]
    for writer in writers:
        _, told = writer.communicate(timeout=60)
        assert writer.returncode == 0, told.decode()
    log = AuditLog(tmp_path / "log")
    assert (verify_log(log).entries, fault(log)) == (121, None)
    for who in range(3):
        numbers = [entry.data["number"] for entry in log.entries() if entry.data.get("who") == str(who)]
        assert numbers == list(range(40))


def test_what_cannot_be_written_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        AuditLog(tmp_path / "file" / "log").append("question", {})


# --- taking it out ----------------------------------------------------------------------------------------------------


def test_an_export_is_verified_without_the_workspace(whole: Path, tmp_path: Path) -> None:
    log = copy_of(whole, tmp_path / "log")
    checkpoint = export_log(log, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "audit.jsonl",
        "checkpoint.json",
        "checkpoints.jsonl",
        "head.json",
        "public.key",
    ]
    exported = AuditLog(tmp_path / "out")
    assert verify_log(exported, [checkpoint]).problem is None
    assert (tmp_path / "out" / "public.key").read_text().strip() == checkpoint.public_key
    data = bytearray(exported.files.log.read_bytes())
    data[40] ^= 1
    exported.files.log.write_bytes(data)
    assert fault(exported) is not None
    with pytest.raises(UsageError):
        export_log(log, tmp_path / "out")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_changed_checkpoint_file_does_not_pass(whole: Path, data: st.DataObject) -> None:
    line = bytearray((whole / "checkpoints.jsonl").read_bytes().splitlines()[0])
    assert read_checkpoint(bytes(line)).sequence == ENTRIES
    line[data.draw(st.integers(0, len(line) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        read_checkpoint(bytes(line))
