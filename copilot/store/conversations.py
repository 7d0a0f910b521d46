"""Conversations and their turns in the truth: a question is kept before it is asked, its answer when it is whole."""

from __future__ import annotations

import re
import sqlite3
import uuid
from dataclasses import dataclass

from copilot.store.database import transaction
from copilot.store.documents import now_iso

_TITLE = 80
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation in a list."""

    conversation_id: str
    title: str
    updated_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One question with what became of it; `record` is the answer as JSON, `message` why there is none."""

    turn_id: int
    conversation_id: str
    parent_id: int | None
    asked_at: str
    question: str
    state: str
    message: str | None
    record: str | None


class Conversations:
    """The part of the truth that holds what was said; one connection, one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, conversation_id: str | None, parent_id: int | None, question: str) -> TurnRow:
        """Keep a question, in a new conversation where none is named; `parent_id` is the turn that it follows."""
        now = now_iso()
        with transaction(self._connection) as db:
            if conversation_id is None:
                conversation_id = uuid.uuid4().hex
                title = " ".join(question.split())[:_TITLE]
                db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (conversation_id, title, now, now))
            else:
                db.execute("UPDATE conversations SET updated_at = ? WHERE conversation_id = ?", (now, conversation_id))
            cursor = db.execute(
                """INSERT INTO turns (conversation_id, parent_id, asked_at, question, state)
                   VALUES (?, ?, ?, ?, 'asking')""",
                (conversation_id, parent_id, now, question),
            )
            turn_id = cursor.lastrowid
            db.execute("INSERT INTO turns_text (rowid, question, answer) VALUES (?, ?, '')", (turn_id, question))
        assert turn_id is not None
        return TurnRow(turn_id, conversation_id, parent_id, now, question, "asking", None, None)

    def finish(self, turn_id: int, state: str, *, record: str | None = None, text: str = "", message: str = "") -> None:
        """Keep what became of a question; `text` is what a search in conversations finds of the answer."""
        with transaction(self._connection) as db:
            db.execute(
                "UPDATE turns SET state = ?, record = ?, message = ? WHERE turn_id = ?",
                (state, record, message or None, turn_id),
            )
            db.execute("UPDATE turns_text SET answer = ? WHERE rowid = ?", (text, turn_id))

    def abandon_unfinished(self, message: str) -> int:
        """Mark what was being asked when the program ended; returns how many."""
        with transaction(self._connection) as db:
            cursor = db.execute("UPDATE turns SET state = 'failed', message = ? WHERE state = 'asking'", (message,))
            return cursor.rowcount

    def turns(self, conversation_id: str) -> list[TurnRow]:
        """Return all turns of a conversation, its branches too, in the order in which they were asked."""
        rows = self._connection.execute(
            "SELECT * FROM turns WHERE conversation_id = ? ORDER BY turn_id", (conversation_id,)
        )
        return [TurnRow(**dict(row)) for row in rows]

    def list(self, words: str = "", limit: int = 200) -> list[ConversationRow]:
        """Return conversations, the latest first; with `words`, those with a turn in which all of them begin a word."""
        found = _WORD.findall(words)
        where = ""
        values: tuple[str, ...] = ()
        if found:
            query = " ".join(f'"{word}"*' for word in found)
            where = """WHERE c.conversation_id IN (
                         SELECT t.conversation_id FROM turns t JOIN turns_text x ON x.rowid = t.turn_id
                         WHERE turns_text MATCH ?)"""
            values = (query,)
        rows = self._connection.execute(
            f"""SELECT c.conversation_id, c.title, c.updated_at, COUNT(t.turn_id) AS turns
                FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.conversation_id {where}
                GROUP BY c.conversation_id ORDER BY c.updated_at DESC, c.rowid DESC LIMIT ?""",
            (*values, limit),
        )
        return [ConversationRow(**dict(row)) for row in rows]

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with all its turns."""
        with transaction(self._connection) as db:
            db.execute(
                "DELETE FROM turns_text WHERE rowid IN (SELECT turn_id FROM turns WHERE conversation_id = ?)",
                (conversation_id,),
            )
            db.execute("DELETE FROM turns WHERE conversation_id = ?", (conversation_id,))
            db.execute("DELETE FROM conversations WHERE conversation_id = ?", (conversation_id,))


def branch(turns: list[TurnRow], leaf: int | None) -> list[TurnRow]:
    """Return the turns from the first to `leaf` (the latest where None), without those of other branches."""
    by_id = {turn.turn_id: turn for turn in turns}
    at = by_id.get(leaf) if leaf is not None else (turns[-1] if turns else None)
    found: list[TurnRow] = []
    while at is not None:
        found.append(at)
        at = by_id.get(at.parent_id) if at.parent_id is not None else None
    return found[::-1]


def siblings(turns: list[TurnRow], turn: TurnRow) -> list[TurnRow]:
    """Return the turns that follow the same one as `turn`, itself among them: its branches."""
    return [other for other in turns if other.parent_id == turn.parent_id]
