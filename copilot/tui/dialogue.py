"""What the conversation pane shows: turns, the branch that is followed, the question that is on its way."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot.app.conversations import answer_of
from copilot.records import Answer
from copilot.store.conversations import TurnRow, branch, siblings


@dataclass
class Live:
    """A question on its way: claims so far and what is being done, both in words."""

    turn_id: int
    doing: str
    claims: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn as it is shown: the `at`-th of `count` versions."""

    turn: TurnRow
    answer: Answer | None
    at: int
    count: int


class Dialogue:
    """One conversation with its branches; knows nothing of widgets."""

    def __init__(self) -> None:
        self.conversation_id: str | None = None
        self.turns: list[TurnRow] = []
        self.leaf: int | None = None
        self.edited: TurnRow | None = None
        self.live: Live | None = None

    def clear(self, conversation_id: str | None = None) -> None:
        self.conversation_id, self.turns, self.leaf, self.edited = conversation_id, [], None, None

    def load(self, conversation_id: str | None, turns: list[TurnRow]) -> None:
        """Take a conversation as the truth has it; the branch that was followed stays where it still exists."""
        known = {turn.turn_id for turn in turns}
        if conversation_id != self.conversation_id or self.leaf not in known:
            self.leaf = turns[-1].turn_id if turns else None
        self.conversation_id, self.turns = conversation_id, turns

    def begin(self, turn: TurnRow, doing: str) -> None:
        if turn.conversation_id != self.conversation_id:
            self.clear(turn.conversation_id)
        self.turns = [*self.turns, turn]
        self.leaf, self.edited = turn.turn_id, None
        self.live = Live(turn.turn_id, doing)

    @property
    def parent_of_next(self) -> int | None:
        """The turn that the next question follows: of an edited one, that which it followed itself."""
        return self.leaf if self.edited is None else self.edited.parent_id

    def path(self) -> list[TurnRow]:
        return branch(self.turns, self.leaf)

    def shown(self) -> list[ShownTurn]:
        found = []
        for turn in self.path():
            versions = [other.turn_id for other in siblings(self.turns, turn)]
            found.append(ShownTurn(turn, answer_of(turn), 1 + versions.index(turn.turn_id), len(versions)))
        return found

    def answers(self) -> list[Answer]:
        return [shown.answer for shown in self.shown() if shown.answer is not None]

    def next_version(self) -> bool:
        """Follow the next version of the latest question that has several; False where none has."""
        for turn in reversed(self.path()):
            versions = [other.turn_id for other in siblings(self.turns, turn)]
            if len(versions) > 1:
                following = versions[(versions.index(turn.turn_id) + 1) % len(versions)]
                # From there on to the newest turn below it.
                while below := [one.turn_id for one in self.turns if one.parent_id == following]:
                    following = below[-1]
                self.leaf = following
                return True
        return False
