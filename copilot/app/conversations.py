"""Asking within a conversation: the question is kept first, then its answer, its failure or its cancellation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from pydantic import TypeAdapter

from copilot.app.engine import Assistants, ask
from copilot.app.events import AskEvent, Verified
from copilot.app.session import Session
from copilot.errors import CancelledError, CopilotError
from copilot.i18n import t
from copilot.ports import Cancellation
from copilot.records import Answer, Exchange, SearchFilter
from copilot.store.conversations import TurnRow, branch

_ANSWERS = TypeAdapter(Answer)


def answer_of(turn: TurnRow) -> Answer | None:
    """Return the whole answer of a turn, None where it has none."""
    return None if turn.record is None else _ANSWERS.validate_json(turn.record)


def _before(turns: list[TurnRow], turn: TurnRow) -> list[Exchange]:
    """Return what was said before a turn on its own branch; what was refused or stopped says nothing."""
    said: list[Exchange] = []
    for earlier in branch(turns, turn.parent_id) if turn.parent_id is not None else []:
        answer = answer_of(earlier)
        if answer is not None and answer.claims:
            said.append(Exchange(earlier.question, " ".join(claim.text for claim in answer.claims)))
    return said


def ask_in_conversation(
    session: Session,
    turn: TurnRow,
    *,
    language: str,
    chosen: SearchFilter,
    assistants: Assistants,
    cancel: Cancellation,
) -> Generator[AskEvent, None, None]:
    """Answer the question of a turn that was begun, and keep what became of it whatever that is.

    Raises:
        CopilotError: as `copilot.app.engine.ask`; the turn says so.
    """
    kept = session.truth.conversations
    history = _before(kept.turns(turn.conversation_id), turn)
    try:
        with closing(
            ask(
                session,
                turn.question,
                language=language,
                chosen=chosen,
                assistants=assistants,
                cancel=cancel,
                history=history,
            )
        ) as events:
            for event in events:
                if isinstance(event, Verified):
                    text = "\n".join(claim.text for claim in event.answer.claims)
                    record = _ANSWERS.dump_json(event.answer).decode()
                    kept.finish(turn.turn_id, "answered", record=record, text=text)
                yield event
    except CancelledError as error:
        kept.finish(turn.turn_id, "cancelled", message=str(error))
        raise
    except CopilotError as error:
        kept.finish(turn.turn_id, "failed", message=str(error))
        raise
    except Exception as error:
        kept.finish(turn.turn_id, "failed", message=t("ask.fault", detail=f"{type(error).__name__}: {error}"))
        raise
