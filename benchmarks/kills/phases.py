"""What is killed: syncs, deletions, new embeddings, conversations; each a run of rounds in a workspace of its own."""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from pathlib import Path

from benchmarks.kills.documents import write_file
from benchmarks.kills.killing import Command, Ended, adopt_orphans, run_and_kill
from benchmarks.kills.looking import Ground, Tally, all_done, look
from benchmarks.processes import copilot

_EVERY = 10
_EARLIEST_SECONDS = 0.05
_EMBEDDERS = ("hash", "minilm")
_ANSWER_NUMBER = re.compile(r"Answer number: ([0-9a-f]{32})\n")


class Phase(ABC):
    """One kind of command; `prepare` and `next_command` may change the files, which are there to be synced."""

    def __init__(self, ground: Ground, files: int) -> None:
        self.ground = ground
        self.files = files
        self._number = files
        ground.documents.mkdir(parents=True)
        for number in range(files):
            write_file(ground.documents, number, 0)
        copilot(["init", ground.workspace])

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
    """By chance a sync with the other embedder, or with the one in service, or `reindex`."""

    def next_command(self, kill: int) -> Command:
        ground = self.ground
        if kill == 1:
            look_after(self, self.sync())
        ground.settings["COPILOT_EMBEDDING__MODEL"] = ground.dice.choice(_EMBEDDERS)
        if ground.dice.random() < 0.5:
            return self.sync()
        return Command(("reindex", "--workspace", str(ground.workspace)), dict(ground.settings))


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


PHASES: dict[str, type[Phase]] = {
    "sync": Syncs,
    "delete": Deletions,
    "re-embed": Embeddings,
    "ask": Conversations,
}


def look_after(phase: Phase, command: Command) -> None:
    """Let a command finish, look, and tally whether it did all."""
    ended = run_and_kill(command, None)
    phase.learn(ended)
    look(phase.ground)
    phase.ground.tally.let_finish += 1
    if not phase.has_ended_well(command, ended):
        phase.ground.tally.wrong_ends += 1
        print(f"wrong end of {command.arguments}: {ended}", flush=True)


def run_phase(name: str, folder: Path, kills: int, files: int, seed: int) -> tuple[Tally, float]:
    """Run the rounds of one phase; return what they showed, and the longest that a whole command takes, in seconds."""
    adopt_orphans()
    ground = Ground(folder / name, random.Random(f"{seed} {name}"))
    phase = PHASES[name](ground, files)
    tally = ground.tally
    seconds: dict[tuple[str, str], float] = {}
    for kill in range(1, kills + 1):
        command = phase.next_command(kill)
        # Each kind of command has its own length, learnt from one that is let finish.
        while (kind := (command.arguments[0], ground.settings["COPILOT_EMBEDDING__MODEL"])) not in seconds:
            seconds[kind] = measure(phase, command)
            command = phase.next_command(kill)
        moment = ground.dice.uniform(_EARLIEST_SECONDS, seconds[kind])
        ended = run_and_kill(command, moment)
        if ended.code is not None:
            seconds[kind] = (seconds[kind] + ended.seconds) / 2
        phase.learn(ended)
        problems = _problems(tally)
        changed = look(ground)
        tally.kills += 1
        tally.kills_too_late += ended.code is not None
        tally.kills_amid += changed and ended.code is None
        if _problems(tally) != problems:
            print(f"{name} {kill}, {moment:.3f} s into {command.arguments}: {tally}\n{ended.told[-500:]}", flush=True)
        if kill % _EVERY == 0:
            look_after(phase, phase.last_command())
            print(f"{name} {kill} of {kills}", flush=True)
    return tally, max(seconds.values())


def measure(phase: Phase, command: Command) -> float:
    """Let a command finish and return how long it took."""
    ended = run_and_kill(command, None)
    phase.learn(ended)
    look(phase.ground)
    return ended.seconds


def _problems(tally: Tally) -> tuple[int, ...]:
    return (
        tally.lost, tally.came_back, tally.half_there, tally.vectors_lost, tally.answers_lost, tally.entries_lost,
        tally.damaged, tally.logs_broken, tally.searches_failed, tally.left_behind,
    )  # fmt: skip
