"""Workspaces with documents, and a way to live in one as a user does: keys in, what stands on the screen out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from copilot.app.approval import Approver
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.i18n import set_language
from copilot.settings import LoadedSettings, Settings
from copilot.tui import work
from copilot.tui.app import CopilotApp
from copilot.tui.screens.workbench import Workbench
from copilot.workspace import Workspace
from tests.makers import SETTINGS, new_session, run_sync, store

PATIENCE_SECONDS = 45.0
STEP_SECONDS = 0.02
Live = Callable[["User"], Awaitable[None]]

STOCKS = """État des stocks du 12 mars 2026

DIFFUSION RESTREINTE

Le dépôt de Cholet détient 38 000 litres de gazole.
Le dépôt d'Angers détient 7 500 litres d'essence.
"""
MOVE = "Le convoi de 62 véhicules part de Cholet à 06 h 30 pour Angers. Sa vitesse moyenne est de 40 km/h.\n"


class User:
    """Presses keys and reads the screen."""

    def __init__(self, app: CopilotApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def bench(self) -> Workbench:
        return self.app.bench

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type into what has the focus, a key a character."""
        await self.pilot.press(*("space" if letter == " " else letter for letter in text))
        await self.pilot.pause()

    async def ask(self, question: str) -> None:
        """Put a question and wait until it is over."""
        turns = len(self.bench.dialogue.turns)
        self.bench.prompt.put(question)
        await self.press("enter")
        await self.until(lambda: len(self.bench.dialogue.turns) > turns and self.bench.question_cancel is None)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds."""
        for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
            if holds():
                await self.pilot.pause()
                return
            await self.pilot.pause(STEP_SECONDS)
        raise AssertionError(f"never came to hold; on the screen:\n{self.screen()}")

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.screen())

    def screen(self) -> str:
        """What stands on the screen, line by line."""
        return "\n".join(strip.text.rstrip() for strip in self.strips())

    def strips(self) -> list[Strip]:
        return self.app.screen._compositor.render_strips()


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    set_language("fr")
    yield
    set_language("en")


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, models or colours of whoever runs the tests."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)


def synced_workspace(folder: Path, documents: Mapping[str, bytes]) -> Path:
    """Return a workspace in `folder` whose documents, by name, were read."""
    root = folder / "travail"
    docs = root / "docs"
    docs.mkdir(parents=True)
    for name, content in documents.items():
        (docs / name).write_bytes(content)
    with new_session(root) as session:
        run_sync(session, docs)
    return root


def own_copy(workspace: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "travail"
    shutil.copytree(workspace, copy)
    return copy


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synced workspace to be copied."""
    documents = {"stocks.txt": STOCKS.encode(), "marche.txt": MOVE.encode(), "casse.pdf": b"%PDF-1.4 nothing"}
    return synced_workspace(tmp_path_factory.mktemp("tui"), documents)


@pytest.fixture
def root(synced: Path, tmp_path: Path) -> Path:
    """A workspace of this test's own, with two documents that were read and one that was not."""
    return own_copy(synced, tmp_path)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A workspace without a document."""
    folder = tmp_path / "vide"
    with new_session(folder):
        pass
    return folder


@contextmanager
def unwritable_log(root: Path) -> Iterator[None]:
    """Have a workspace's log in nobody's reach: a file lies in its folder's place."""
    audit = Workspace(root).audit
    away = audit.with_name("audit-away")
    audit.rename(away)
    audit.write_text("in the way")
    yield
    audit.unlink()
    away.rename(audit)


def contradict(root: Path) -> None:
    """Store a document with another stock than the one that was read."""
    text = "Le dépôt de Cholet a 5 000 litres de gazole, selon le relevé du soir. Le stock a baissé."
    with new_session(root) as session:
        store(session.truth, "docs/relevé.txt", text, title="Relevé\u202e")


def no_tools(session: Session, approver: Approver) -> Tooling | None:
    return None


def live(
    root: Path,
    journey: Live,
    *,
    size: tuple[int, int] = (120, 40),
    settings: Settings = SETTINGS,
    tools: work.OpenTooling = no_tools,
) -> None:
    """Open the program on a workspace and live through a journey."""

    async def run() -> None:
        loaded = LoadedSettings(settings, {})
        app = CopilotApp(Workspace(root), loaded, tools)
        async with app.run_test(size=size, notifications=True) as pilot:
            user = User(app, pilot)
            await user.until(lambda: bool(user.bench.counts))
            await journey(user)

    asyncio.run(run())
