"""Putting together the parts that help with a question: the model, as writer, planner and reader of blanks."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from copilot.app.engine import Assistants
from copilot.app.models import load_language_model, sampling_of
from copilot.app.session import Session
from copilot.errors import DeniedError
from copilot.generation.cited import CitedSettings, ModelGenerator
from copilot.planning.planner import ModelPlanner
from copilot.ports import LanguageModel
from copilot.workspace import Workspace


def open_model(session: Session, name: str | None = None) -> LanguageModel | None:
    """Return the session's language model, or None where answers are extractive; it is closed with the session.

    Raises:
        ModelError: it is unknown, gone, changed, or does not fit this machine's memory.
        DeniedError: it is a server whose host the user's settings do not name; the refusal is recorded.
    """
    if session.language_model is None:
        try:
            session.language_model = load_language_model(session.settings, _states_of(session.workspace), name)
        except DeniedError:
            trail, enclave = session.trail, session.settings.enclave
            hosts = [trail.text(host) for host in enclave.hosts]
            trail.record("enclave_refused", {"host": trail.text(urlsplit(enclave.url).hostname), "hosts": hosts})
            raise
    return session.language_model


def _states_of(workspace: Workspace) -> Path | None:
    """Return where the model keeps what it has read; nowhere where that must not be on a disk."""
    if not workspace.is_encrypted:
        return workspace.model_states
    workspace.drop_model_states()
    return None


def assistants_of(session: Session, model: LanguageModel | None) -> Assistants:
    """Return what helps with a question: with a model its writer and planner, without one nothing."""
    if model is None:
        return Assistants()
    sampling = sampling_of(session.settings)
    chosen = CitedSettings(session.settings.model.answer_tokens, session.settings.answer.max_claims, sampling)
    return Assistants(generator=ModelGenerator(model, chosen), planner=ModelPlanner(model, sampling))
