"""What lies on the disk: for the owner alone, and of an encrypted workspace nothing that can be read."""

from __future__ import annotations

import base64
import errno
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from copilot.app.configuration import wipe
from copilot.errors import StoreError
from copilot.inference.synthetic import write_scripted
from copilot.resources import user_data_folder
from copilot.store import vault
from copilot.store.scratch import open_scratch, sweep_scratch
from copilot.store.vault import create_vault, open_vault
from copilot.workspace import Workspace
from tests.app.commands import environment, run_for, run_lines
from tests.cli.test_process import COPILOT
from tests.makers import eml_bytes, zip_bytes
from tests.models import SPM, vocabulary_of

# What makes the encrypted workspace runs twenty commands, and whichever test comes first waits for it.
pytestmark = pytest.mark.timeout(600)
_SECONDS = 250.0

PASSPHRASE, NEW_PASSPHRASE = "cheval agrafe pile correct", "une autre phrase secrète"
# No two runs at once have the same words: /dev/shm is everybody's.
_RUN = "".join(chr(ord("a") + int(digit)) for digit in str(os.getpid()))
# Words that occur nowhere else: in documents, their names, members, attachments, searches and reasons, tasks, folders.
CANARIES = tuple(
    f"{word[:5]}{_RUN}{word[5:]}"
    for word in (
        "Zibelmoutarde",
        "Quarzofanion",
        "Pelluchonia",
        "Vrombicelle",
        "Tartiglane",
        "Frimoulinade",
        "Gloupistrelle",
    )
)
SENTENCES = ("38 000 litres", "Une pièce")
QUESTION = f"Combien de litres détient le dépôt de {CANARIES[0]} ?"


def write_documents(folder: Path) -> Path:
    docs = folder / "docs" / CANARIES[6]
    docs.mkdir(parents=True)
    (folder / "plan.csv").write_text(f"task,duration,predecessors\n{CANARIES[5]},4,\nB,2,{CANARIES[5]}\n")
    (docs / f"{CANARIES[1]}.txt").write_text(f"Le dépôt de {CANARIES[0]} détient 38 000 litres.\n")
    (docs / "lot.zip").write_bytes(zip_bytes(a__txt=f"Une pièce sur {CANARIES[2]}.".encode()))
    (docs / "mail.eml").write_bytes(eml_bytes("Envoi", "Voir la pièce.", note__txt=f"Sur {CANARIES[3]}.".encode()))
    return folder / "docs"


def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    docs = write_documents(tmp_path)
    root = tmp_path / "ws"
    for done in run_lines(
        ["init", root],
        ["sync", docs, "-w", root],
        ["ask", QUESTION, "-w", root],
        ["backup", tmp_path / "b.zip", "-w", root],
        ["audit", "export", tmp_path / "log", "-w", root],
        ["restore", tmp_path / "b.zip", tmp_path / "again"],
        folder=tmp_path,
    ):
        assert done.code == 0, done.err
    made = [root / "copilot.toml", tmp_path / "b.zip"]
    for folder in (root / ".copilot", tmp_path / "log", tmp_path / "again" / ".copilot"):
        made += [folder, *folder.rglob("*")]
    assert len(made) > 40
    for path in made:
        assert path.stat().st_mode & 0o077 == 0, (path, stat.filemode(path.stat().st_mode))
    # What is looked for in an encrypted workspace is found in one that is not.
    assert {word for word, _ in readable(root)} >= {*CANARIES[:4], CANARIES[6], *SENTENCES}
    assert CANARIES[6] in {word for word, name in readable(tmp_path) if name.startswith("again")}


# --- an encrypted workspace ------------------------------------------------------------------------------------------


def variants_of(word: str) -> Iterator[bytes]:
    """Yield a word as files may hold it: as it is or as an index cuts it, as text, as digits and in base64."""
    # What is cut of a sentence may be anybody's words.
    stem = word if " " in word else word[:-4]
    for text in dict.fromkeys((word, word.lower(), word.upper(), stem.lower())):
        raw = text.encode()
        yield from (raw, text.encode("utf-16-le"), text.encode("utf-16-be"), raw.hex().encode())
        yield json.dumps(text)[1:-1].encode()
        for before in range(3):
            # Of base64, what does not hang on the letters around the word.
            coded = base64.b64encode(bytes(before) + raw)
            yield coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


FORMS = {word: frozenset(variants_of(word)) for word in (*CANARIES, *SENTENCES, PASSPHRASE, NEW_PASSPHRASE)}


def contents(folder: Path) -> dict[str, bytes]:
    """Return all that lies in a folder by name, members of archives besides; what goes meanwhile is passed over."""
    found: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        try:
            found[name] = path.read_bytes() if path.is_file() else b""
        except OSError:
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}!{one}": archive.read(one) for one in archive.namelist()}
    return found


def readable(folder: Path) -> set[tuple[str, str]]:
    """Return each word that can be read in a folder, with the file whose name or content holds it."""
    return {
        (word, name)
        for name, data in contents(folder).items()
        for word, forms in FORMS.items()
        if any(form in data or form in os.fsencode(name) for form in forms)
    }


class Own:
    """All that is the user's, in one folder: home, settings, data, caches, temporary files, workspaces.

    Documents and passphrases lie beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.beside = folder
        self.all = folder / "own"
        self.root = self.all / "ws"
        self.told = ""
        self.commands = 0
        self.files = 0
        names = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
        self.variables = {name: str(self.all / name.lower()) for name in (*names, "XDG_RUNTIME_DIR")}
        for made in self.variables.values():
            Path(made).mkdir(mode=0o700, parents=True)
        self.variables |= {
            "COPILOT_PASSPHRASE_FILE": str(folder / "pass"),
            "COPILOT_NEW_PASSPHRASE_FILE": str(folder / "new"),
            "COPILOT_LANG": "en",
        }
        (folder / "pass").write_text(PASSPHRASE + "\n")
        (folder / "new").write_text(NEW_PASSPHRASE + "\n")

    def start(self, *words: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COPILOT, *map(str, words)],
            env=environment(self.all, **self.variables),
            cwd=self.all,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=allow_core_dumps,
        )

    def run(self, *lines: Sequence[object]) -> list[str]:
        """Run commands one after the other, all of which must succeed, look at the disk and return what they said."""
        done = run_for(_SECONDS, lines, self.all, (), self.variables)
        assert [one.code for one in done] == [0] * len(lines), [one.err for one in done]
        self.told += "".join(one.out for one in done)
        self.commands += len(lines)
        self.look(lines)
        return [one.out for one in done]

    def look(self, after: object) -> None:
        """Look for every word in all that is on the disk now."""
        assert readable(self.all) == set(), after
        self.files = len(contents(self.all))

    def kill(self, *words: object) -> Path:
        """Start a command, kill it as soon as its folder in memory holds something derived, and return that folder."""
        process = self.start(*words, "-w", self.root)
        until = time.monotonic() + _SECONDS
        folder: Path | None = None
        try:
            while folder is None or not is_filling(folder):
                assert process.poll() is None, f"{words[0]} had ended before it was killed"
                assert time.monotonic() < until
                folder = folder or scratch_of(process.pid)
                time.sleep(0.002)
            assert core_limit_of(process.pid) <= 1
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        self.look(("a kill of", *words))
        return folder


def scratch_of(pid: int) -> Path | None:
    """Return a process's folder in memory: it holds the lock in it."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            opened = descriptor.readlink()
            if opened.name == ".lock" and opened.parent.name.startswith("copilot-scratch-"):
                return opened.parent
    return None


def allow_core_dumps() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def core_limit_of(pid: int) -> int:
    """Return how many bytes a core dump of a process may have; 1 also keeps Linux from piping it to a program."""
    [line] = [line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in line]
    soft = line.split()[4]
    return sys.maxsize if soft == "unlimited" else int(soft)


def is_filling(folder: Path) -> bool:
    """Say whether an index or an unpacked member lies in a process's folder in memory."""
    with suppress(FileNotFoundError):
        return any(
            path.is_file() and path.stat().st_size for kind in ("index", "spool") for path in (folder / kind).rglob("*")
        )
    return False


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Own:
    """An encrypted workspace in which everything was done once; what the commands said is in `told`."""
    own = Own(tmp_path_factory.mktemp("encrypted"))
    docs = write_documents(own.beside)
    ws = ("-w", own.root)
    own.run(["init", own.root, "--encrypt"], ["sync", docs, *ws], ["rekey", *ws])
    # From here on as cheap as Argon2id can be: the file of the key says what it costs.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "_COST", {"time": 1, "memory_kib": 64, "lanes": 1})
        vault.change_passphrase(own.root / ".copilot" / "key.json", NEW_PASSPHRASE, PASSPHRASE)
    *_, answers = own.run(
        ["ask", QUESTION, *ws],
        ["tool", "run", "schedule.critical_path", f"tasks={own.beside / 'plan.csv'}", *ws],
        ["search", CANARIES[4], *ws],
        ["grep", CANARIES[0], *ws],
        ["count", CANARIES[3], *ws],
        ["answers", "--json", *ws],
    )
    own.run(
        ["replay", json.loads(answers)["answers"][0]["answer_id"], *ws],
        ["docs", *ws],
        ["quarantine", "lot.zip", "--reason", CANARIES[4], *ws],
        ["sync", *ws],
        ["reindex", *ws],
        ["doctor", *ws],
    )
    own.run(
        ["backup", own.all / "b.zip", *ws],
        ["restore", own.all / "b.zip", own.all / "again"],
        ["ask", QUESTION, "-w", own.all / "again"],
        ["audit", "verify", "-w", own.all / "again"],
        ["audit", "show", *ws],
    )
    return own


def test_nothing_of_an_encrypted_workspace_can_be_read_on_the_disk(encrypted: Own) -> None:
    assert all(word in encrypted.told for word in CANARIES), "the canaries never went through"
    assert (encrypted.commands, len(FORMS)) == (20, 11)
    assert encrypted.files >= 60
    assert sum(map(len, FORMS.values())) == 256
    assert b"SQLite format 3" not in (encrypted.root / ".copilot" / "truth.db").read_bytes()


def test_what_is_killed_leaves_nothing_on_the_disk_and_the_next_start_clears_the_memory(encrypted: Own) -> None:
    docs = encrypted.beside / "docs"
    for number in range(40):
        (docs / f"{CANARIES[1]}{number:02}.txt").write_text(f"Le dépôt {number} de {CANARIES[0]} est vide.\n" * 20)
        (docs / f"z{number:02}.zip").write_bytes(zip_bytes(a__txt=f"Pièce {number} sur {CANARIES[2]}.".encode()))
    ws = ("-w", encrypted.root)
    counts = []
    for line in (["sync"], ["ask", QUESTION], ["reindex"]):
        left = encrypted.kill(*line)
        [listed] = encrypted.run(["docs", "--json", *ws])
        assert not left.exists(), line
        counts.append(len(json.loads(listed)["documents"]))
    _, listed, _ = encrypted.run(["sync", *ws], ["docs", "--json", *ws], ["audit", "verify", *ws])
    assert counts[0] < len(json.loads(listed)["documents"]), "the sync was killed in the middle of its work"
    assert counts == [counts[0]] * 3
    assert not [folder for folder in Path("/dev/shm").glob("copilot-scratch-*") if readable(folder)]


def test_what_a_model_has_read_is_kept_nowhere(tmp_path: Path) -> None:
    """Its states hold documents and questions as tokens, which no search for words would find."""
    docs = write_documents(tmp_path)
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    model = write_scripted(tmp_path / "m.gguf", vocabulary_of(SPM), ['{"claims": []}'], context=4_096)
    settings = {"XDG_DATA_HOME": str(tmp_path / "data"), "COPILOT_MODEL__STATE_MB": "64"}
    key = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "pass"), **settings}
    for name, options in (("clear", []), ("encrypted", ["--encrypt"])):
        root = tmp_path / name
        asked = run_lines(
            ["init", root, *options],
            ["sync", docs, "-w", root],
            *([["model", "add", model, "--name", "tiny"]] if name == "clear" else []),
            ["ask", QUESTION * 12, "--model", "tiny", "-w", root],
            folder=tmp_path,
            **key,
        )
        assert [done.code for done in asked[:-1]] == [0] * (len(asked) - 1), [done.err for done in asked]
        assert "tiny" in asked[-1].out
    assert [*(tmp_path / "clear" / ".copilot" / "model").iterdir()], "a model keeps states where it may"
    assert not (tmp_path / "encrypted" / ".copilot" / "model").exists()
    [done] = run_lines(
        ["forget", docs / CANARIES[6] / "lot.zip", "-w", tmp_path / "clear"], folder=tmp_path, **settings
    )
    assert done.code == 0, done.err
    assert not [*(tmp_path / "clear" / ".copilot" / "model").iterdir()]


def test_indexes_and_unpacked_members_lie_in_memory_and_are_gone(encrypted: Own) -> None:
    state = encrypted.root / ".copilot"
    names = {path.relative_to(state).as_posix() for path in state.rglob("*")}
    assert not any(name.startswith(("index/", "spool")) for name in names)
    assert not [folder for folder in Path("/dev/shm").glob("copilot-scratch-*") if readable(folder)]


def test_without_the_passphrase_nothing_opens(encrypted: Own) -> None:
    root = encrypted.root
    asked, examined = run_lines(["ask", QUESTION, "-w", root], ["doctor", "-w", root], folder=encrypted.beside)
    assert (asked.code, asked.out) == (4, "")
    assert "without its passphrase" in examined.out
    (encrypted.beside / "wrong").write_text("not the passphrase\n")
    lines: list[list[object]] = [["ask", QUESTION], ["docs"], ["audit", "show"], ["audit", "verify"], ["rekey"]]
    wrong = {"COPILOT_PASSPHRASE_FILE": str(encrypted.beside / "wrong")}
    for done in run_lines(*([*line, "-w", root] for line in lines), folder=encrypted.beside, **wrong):
        assert (done.code, done.out) == (6, ""), done.err
        assert "passphrase" in done.err


def test_the_passphrase_can_be_changed_and_the_key_destroyed(encrypted: Own) -> None:
    root = encrypted.all / "again"
    folder = encrypted.beside
    new = {**encrypted.variables, "COPILOT_PASSPHRASE_FILE": str(folder / "new")}
    changed, listed = run_lines(["rekey", "-w", root], ["docs", "-w", root], folder=folder, **encrypted.variables)
    assert (changed.code, listed.code) == (0, 6), changed.err
    listed, asked, still, wiped, gone = run_lines(
        ["docs", "-w", root],
        ["wipe", "-w", root],
        ["docs", "-w", root],
        ["wipe", "--yes", "-w", root],
        ["docs", "-w", root],
        folder=folder,
        **new,
    )
    assert CANARIES[1] in listed.out
    assert asked.code != 0
    assert (still.code, wiped.code) == (0, 0)
    assert (gone.code, "destroyed" in gone.err) == (1, True)
    # The backup holds a copy of the key, as `wipe` says, under the passphrase of its time.
    _, told = encrypted.run(
        ["restore", encrypted.all / "b.zip", encrypted.all / "third"], ["audit", "show", "--user", "--json"]
    )
    assert "wipe" in told
    assert not [word for word in FORMS if word.casefold() in told.casefold()]


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An encrypted workspace of which only the key matters, and a user of its own; Argon2id costs nothing here."""
    monkeypatch.setattr(vault, "_COST", {"time": 1, "memory_kib": 64, "lanes": 1})
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    workspace = Workspace(tmp_path / "secret")
    workspace.audit.mkdir(parents=True)
    create_vault(workspace.key_file, PASSPHRASE)
    return workspace


def is_destroyed(workspace: Workspace) -> bool:
    with pytest.raises(StoreError, match="destroyed"):
        open_vault(workspace.key_file, PASSPHRASE)
    return True


def test_no_clear_index_of_a_killed_process_outlives_the_key(secret: Workspace) -> None:
    code = """
import os, signal
from copilot.store.scratch import open_scratch, sweep_scratch
folder = open_scratch()
(folder / "index").mkdir()
(folder / "index" / "words").write_text("in clear")
print(folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    left = Path(done.stdout.strip())
    assert (left / "index" / "words").exists()
    mine = open_scratch()
    (left / "index").mkdir(parents=True, exist_ok=True)
    (left / ".lock").touch()
    assert wipe(secret) is None
    assert not left.exists()
    assert mine.exists(), "a folder that is in use was taken away"


def test_a_folder_in_memory_of_a_process_killed_before_it_held_its_lock_goes_in_time() -> None:
    young, old = (Path(tempfile.mkdtemp(prefix="copilot-scratch-", dir="/dev/shm")) for _ in range(2))
    os.utime(old, (time.time() - 120,) * 2)
    sweep_scratch()
    assert (young.exists(), old.exists()) == (True, False)
    young.rmdir()


@pytest.mark.parametrize("odd", ["audit", "audit/head.json", "audit/checkpoints.jsonl"])
def test_a_key_is_destroyed_whatever_became_of_the_workspaces_log(secret: Workspace, odd: str) -> None:
    place = secret.state / odd
    if odd == "audit":
        place.rmdir()
        place.write_text("a file where a folder should be")
    else:
        place.mkdir()
    assert wipe(secret) is None
    assert is_destroyed(secret)


@pytest.mark.parametrize("odd", ["audit", "audit/head.json", "audit/audit.jsonl", "audit/settings.json", "audit/key"])
def test_a_key_is_destroyed_whatever_became_of_the_users_log(secret: Workspace, odd: str) -> None:
    place = user_data_folder() / odd
    place.parent.mkdir(parents=True, exist_ok=True)
    if odd == "audit":
        place.write_text("a file where a folder should be")
    else:
        place.mkdir()
    assert wipe(secret) is not None
    assert is_destroyed(secret)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("step", ["copilot.audit.log.replace_durably", "copilot.audit.anchor.FileKeeper.move"])
def test_a_key_is_destroyed_where_the_disk_fails(
    secret: Workspace, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(step, fail)
    assert wipe(secret) is not None
    assert is_destroyed(secret)


def test_what_is_in_clear_is_not_encrypted_after_the_fact(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text(PASSPHRASE)
    (tmp_path / "short").write_text("short")
    root = tmp_path / "ws"
    key = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "pass")}
    lines: list[list[object]] = [
        ["init", root],
        ["init", root, "--encrypt"],
        ["rekey", "-w", root],
        ["wipe", "-w", root],
    ]
    assert [done.code for done in run_lines(*lines, folder=tmp_path, **key)] == [0, 2, 2, 2]
    short = {"COPILOT_PASSPHRASE_FILE": str(tmp_path / "short")}
    assert [done.code for done in run_lines(["init", tmp_path / "other", "--encrypt"], folder=tmp_path, **short)] == [2]
    assert not (tmp_path / "other" / ".copilot" / "key.json").exists()
