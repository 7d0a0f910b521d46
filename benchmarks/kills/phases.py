"""What is killed: syncs, deletions, new embeddings, conversations; each a run of rounds in a workspace of its own."""

from __future__ import annotations

import random
import re
import signal
import traceback
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kills.documents import write_file
from benchmarks.kills.killing import Command, Ended, Moment, adopt_orphans, run_and_kill
from benchmarks.kills.looking import LONGEST_SECONDS, Ground, Tally, all_done, look

_EVERY = 10
_EARLIEST_SECONDS = 0.05
_AFTER_CHANGE_SECONDS = 0.05
_EMBEDDERS = ("hash", "minilm")
_ANSWER_NUMBER = re.compile(r"Answer number: ([0-9a-f]{32})\n")


class Phase(ABC):
    """One kind of command; `next_command` may change the files, which are there to be synced."""

    # Sentences of a file besides its first.
    more = 0

    def __init__(self, ground: Ground, files: int) -> None:
        self.ground = ground
        self.files = files
        self._number = files
        ground.documents.mkdir(parents=True)
        for number in range(files):
            write_file(ground.documents, number, 0, self.more)
        ground.make()

    @abstractmethod
    def next_command(self, kill: int) -> Command:
        """Return what is to be killed."""

    def last_command(self) -> Command:
        """Return what is let finish now and then, and brings everything in order."""
        return self.sync()

    def sync(self) -> Command:
        ground = self.ground
        # A sync brings forgotten documents back whose files are there.
        ground.forgotten.clear()
        return Command(("sync", str(ground.documents), "--workspace", str(ground.workspace)), dict(ground.settings))

    def learn(self, ended: Ended) -> None:
        """Take in what the command said before its end: an answer whose number was printed must be kept."""
        self.ground.answers.update(dict.fromkeys(_ANSWER_NUMBER.findall(ended.told), ""))

    def kind_of(self, command: Command) -> tuple[str, ...]:
        """Return what commands have in common that take the same time."""
        return command.arguments[0], self.ground.settings["COPILOT_EMBEDDING__MODEL"]

    def has_ended_well(self, command: Command, ended: Ended) -> bool:  # noqa: ARG002
        return ended.code == 0 and all_done(self.ground)

    def add_files(self, number: int, revision: int) -> None:
        for _ in range(number):
            write_file(self.ground.documents, self._number, revision)
            self._number += 1

    def change_files(self, number: int, revision: int) -> None:
        for path in self.ground.dice.sample(self.ground.paths(), number):
            write_file(self.ground.documents, int(path.stem[4:]), revision)

    def remove_files(self, number: int) -> None:
        for path in self.ground.dice.sample(self.ground.paths(), number):
            path.unlink()


class Syncs(Phase):
    """Half of the files have changed, two are new and two are gone since the round before."""

    def next_command(self, kill: int) -> Command:
        if kill > 1:
            self.change_files(self.files // 2, kill)
            self.remove_files(2)
            self.add_files(2, kill)
        return self.sync()


class Deletions(Phase):
    """By turns `forget` of documents, and a sync after files were removed."""

    def next_command(self, kill: int) -> Command:
        ground = self.ground
        if kill % _EVERY == 1:
            self.add_files(self.files - len(ground.paths()), kill)
            look_after(self, self.sync())
        if ground.dice.random() < 0.5:
            self.remove_files(2)
            return self.sync()
        whole = sorted(path for path in ground.known if "!" not in path)
        chosen = ground.dice.sample(whole, 3)
        ground.forgotten.update(chosen)
        return Command(("forget", *chosen, "--workspace", str(ground.workspace)), dict(ground.settings))


class Embeddings(Phase):
    """By chance a sync with the embedder that is not in service, or `reindex` with either.

    The files are longer and their passages shorter, so that the vectors are written in several batches.
    """

    more = 16

    def next_command(self, kill: int) -> Command:
        ground = self.ground
        if kill == 1:
            ground.settings["COPILOT_CHUNKING__MAX_TOKENS"] = "32"
            look_after(self, self.sync())
        other = _EMBEDDERS[ground.embedder == _EMBEDDERS[0]]
        if ground.dice.random() < 0.5:
            ground.settings["COPILOT_EMBEDDING__MODEL"] = other
            return self.sync()
        ground.settings["COPILOT_EMBEDDING__MODEL"] = ground.dice.choice(_EMBEDDERS)
        return Command(("reindex", "--workspace", str(ground.workspace)), dict(ground.settings))

    def kind_of(self, command: Command) -> tuple[str, ...]:
        same = self.ground.settings["COPILOT_EMBEDDING__MODEL"] == self.ground.embedder
        return *super().kind_of(command), str(same)


class Conversations(Phase):
    """Three questions to `copilot --linear`, which keeps the conversation."""

    def next_command(self, kill: int) -> Command:
        if kill == 1:
            look_after(self, self.sync())
        marks = self.ground.dice.sample(sorted(self.ground.marks.values()), 3)
        piped = "".join(f"What does {mark} say of the convoy?\n" for mark in marks)
        return Command(("--linear",), {**self.ground.settings, "COPILOT_WORKSPACE": str(self.ground.workspace)}, piped)

    def last_command(self) -> Command:
        return self.next_command(0)

    def has_ended_well(self, command: Command, ended: Ended) -> bool:
        if command.arguments[0] == "sync":
            return super().has_ended_well(command, ended)
        return ended.code == 0 and len(_ANSWER_NUMBER.findall(ended.told)) == 3


_ENCRYPTED = ", encrypted"
PHASES: dict[str, type[Phase]] = {
    "sync": Syncs,
    f"sync{_ENCRYPTED}": Syncs,
    "delete": Deletions,
    "re-embed": Embeddings,
    "ask": Conversations,
    f"ask{_ENCRYPTED}": Conversations,
}


def look_after(phase: Phase, command: Command) -> Ended:
    """Let a command finish, look, and tally whether it did all."""
    ended = measure(phase, command)
    phase.ground.tally.let_finish += 1
    if not phase.has_ended_well(command, ended):
        phase.ground.tally.wrong_ends += 1
        print(f"wrong end of {command.arguments}: {ended}", flush=True)
    return ended


def run_phase(name: str, folder: Path, kills: int, files: int, seed: int) -> tuple[Tally, float]:
    """Run the rounds of one phase; return what they showed, and the longest that a whole command takes, in seconds.

    A round that cannot be looked at is told of and counted, and the next one goes on.
    """
    adopt_orphans()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: None)
    ground = Ground(folder / name, random.Random(f"{seed} {name}"), name.endswith(_ENCRYPTED))
    phase = PHASES[name](ground, files)
    tally = ground.tally
    whole: dict[tuple[str, ...], Whole] = {}
    for kill in range(1, kills + 1):
        if (folder / "stop").exists():
            break
        problems = _problems(tally)
        told = ""
        try:
            told = _round(phase, kill, whole)
        except Exception:  # noqa: BLE001 - whatever it was, the other rounds are worth having
            tally.not_judged += 1
            told = traceback.format_exc()
        if _problems(tally) != problems:
            print(f"{name} {kill}: {tally}\n{told[-2_000:]}", flush=True)
        if kill % _EVERY == 0 or kill == kills:
            print(f"{name} {kill} of {kills}", flush=True)
    return tally, max((one.seconds for one in whole.values()), default=0.0)


def _round(phase: Phase, kill: int, whole: dict[tuple[str, ...], Whole]) -> str:
    """Kill one command, look, let one finish where it is time; return when the kill came and the last that was said."""
    ground, tally = phase.ground, phase.ground.tally
    command = phase.next_command(kill)
    # Each kind of command has its own length, learnt from one that is let finish.
    while (kind := phase.kind_of(command)) not in whole:
        ended = measure(phase, command)
        whole[kind] = Whole(ended.seconds, ended.changes)
        command = phase.next_command(kill)
    moment = whole[kind].draw(ground.dice)
    before = ground.written()
    ended = run_and_kill(command, moment, ground.written, LONGEST_SECONDS)
    tally.kills += 1
    tally.kills_too_late += ended.code is not None
    if ended.code is not None:
        whole[kind].learn(ended)
    phase.learn(ended)
    changed, half = look(ground, before)
    tally.kills_amid += (changed or half) and ended.code is None
    tally.kills_amid_index += half and ended.code is None
    if kill % _EVERY == 0:
        look_after(phase, phase.last_command())
    return f"{moment} into {command.arguments}: {ended.told[-500:]}"


@dataclass(slots=True)
class Whole:
    """How long a whole command takes, and how often the files of the workspace are seen to change in it."""

    seconds: float
    changes: int

    def draw(self, dice: random.Random) -> Moment:
        """Draw a moment: half of all anywhere in the command, the others soon after one of its changes."""
        if dice.random() < 0.5 or not self.changes:
            return Moment(dice.uniform(_EARLIEST_SECONDS, self.seconds))
        return Moment(dice.uniform(0.0, _AFTER_CHANGE_SECONDS), dice.randint(1, self.changes))

    def learn(self, ended: Ended) -> None:
        """Take in a command that had ended before its moment."""
        self.seconds = (self.seconds + ended.seconds) / 2
        if ended.changes:
            self.changes = (self.changes + ended.changes) // 2


def measure(phase: Phase, command: Command) -> Ended:
    """Let a command finish, look, and return how it ended."""
    ended = run_and_kill(command, None, phase.ground.written, LONGEST_SECONDS)
    phase.learn(ended)
    look(phase.ground)
    return ended


def _problems(tally: Tally) -> tuple[int, ...]:
    return (
        tally.lost, tally.came_back, tally.half_there, tally.vectors_lost, tally.answers_lost, tally.entries_lost,
        tally.damaged, tally.logs_broken, tally.searches_failed, tally.left_behind, tally.readable, tally.not_judged,
    )  # fmt: skip
