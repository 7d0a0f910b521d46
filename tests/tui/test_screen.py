"""Keys, palette, looks and sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.settings import Settings
from copilot.tui.commands import COMMANDS, bindings, keys_of, problems_with
from copilot.tui.dialogs.keys import Keys
from copilot.tui.themes import BY_SETTING, CONTRAST, DARK, MONO
from tests.tui.conftest import User, live

SIZES = [(80, 24), (109, 30), (110, 30), (160, 45), (250, 60)]


def settings_with(**interface: object) -> Settings:
    told = {"embedding": {"model": "hash"}, "documents": {"ocr": False}, "interface": interface}
    return Settings.model_validate(told)


@pytest.mark.parametrize("size", SIZES)
def test_every_pane_is_reached_by_keys_at_every_size(root: Path, size: tuple[int, int]) -> None:
    async def journey(user: User) -> None:
        for key, expected in {
            "f3": "La page d'une source citée",
            "f4": "stocks.txt",
            "f5": "Aucune conversation",
            "f6": "Aucun outil",
            "f7": "Ce que le modèle a reçu",
            "f8": "synchronisation",
        }.items():
            await user.press(key)
            await user.sees(expected)
        await user.press("escape")
        assert user.bench.prompt.has_focus
        await user.sees("2 documents sont prêts")
        lines = user.screen().splitlines()
        assert len(lines) == size[1]
        assert "hors réseau" in lines[-2] or "NON SCELLÉ" in lines[-2]
        assert "f1" in lines[-1]

    live(root, journey, size=size)


def test_the_screen_follows_a_change_of_size(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("f4")
        await user.sees("stocks.txt")
        await user.pilot.resize_terminal(80, 24)
        await user.sees("stocks.txt")
        assert "documents sont prêts" not in user.screen()
        await user.pilot.resize_terminal(200, 50)
        await user.sees("documents sont prêts")
        assert "stocks.txt" in user.screen()

    live(root, journey, size=(160, 45))


def test_question_mark_and_f1_show_every_command_with_its_key(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("question_mark")
        await user.until(lambda: isinstance(user.app.screen, Keys))
        screen = user.screen()
        for command in COMMANDS:
            assert f"/{command.action}" in screen, command.action
        await user.press("escape")
        await user.type("vraiment ")
        await user.press("question_mark")
        assert user.bench.prompt.text == "vraiment ?"
        await user.press("f1")
        await user.until(lambda: isinstance(user.app.screen, Keys))

    live(root, journey, size=(120, 60))


def test_the_palette_offers_every_command_and_runs_one(root: Path) -> None:
    async def journey(user: User) -> None:
        offered = {command.help for command in user.app.get_system_commands(user.bench)}
        assert offered == {f"/{command.action}" for command in COMMANDS}
        await user.press("ctrl+p")
        await user.sees("Chercher une commande")
        await user.type("journal")
        await user.sees("/log")
        await user.press("enter")
        await user.press("enter")
        await user.sees("synchronisation")

    live(root, journey)


def test_commands_are_typed_too(root: Path) -> None:
    async def journey(user: User) -> None:
        for typed, expected in {"/library": "stocks.txt", "/tools": "Aucun outil", "/nonsense": "/nonsense"}.items():
            user.bench.prompt.focus()
            user.bench.prompt.put(typed)
            await user.press("enter")
            await user.sees(expected)

    live(root, journey)


def test_keys_are_remapped_and_conflicts_told(root: Path) -> None:
    assert problems_with(()) == []
    keys = ("library=f12", "sources=f12", "nonsense=f11", "tools=", "new=ctrl+p")
    problems = problems_with(keys)
    assert len(problems) == 4
    for expected in ("f12", "nonsense=f11", "tools=", "ctrl+p"):
        assert any(expected in problem for problem in problems), expected
    assert keys_of(keys)["tools"] == "f6"

    async def journey(user: User) -> None:
        await user.sees("nonsense=f11")
        assert any("sources, add_model" in told for told in user.bench.told)
        await user.press("f11")
        await user.press("f9")
        await user.sees("stocks.txt")

    live(root, journey, settings=settings_with(keys=["library=f9", "add_model=f12", "sources=f12", "nonsense=f11"]))


def test_every_command_has_a_key_of_its_own_and_words() -> None:
    assert len({command.key for command in COMMANDS}) == len(COMMANDS)
    for binding in bindings(()):
        assert binding.description


@pytest.mark.parametrize("screen", list(BY_SETTING))
def test_every_look_shows_an_answer(root: Path, screen: str) -> None:
    async def journey(user: User) -> None:
        assert user.app.theme == BY_SETTING[screen]
        await user.ask("Combien de litres de gazole détient le dépôt de Cholet ?")
        await user.sees("ÉTAYÉE")

    live(root, journey, settings=settings_with(screen=screen))


def test_looks_are_changed_live(root: Path) -> None:
    async def journey(user: User) -> None:
        seen = [user.app.theme]
        for _ in range(4):
            await user.press("ctrl+t")
            seen.append(user.app.theme)
        assert set(seen) == set(BY_SETTING.values())
        assert seen[0] == seen[-1] == DARK

    live(root, journey)


def test_no_color_has_no_colour(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def journey(user: User) -> None:
        assert user.app.theme == MONO
        await user.ask("Combien de litres de gazole détient le dépôt de Cholet ?")
        await user.sees("ÉTAYÉE")
        for strip in user.strips():
            for segment in strip:
                for colour in (segment.style and segment.style.color, segment.style and segment.style.bgcolor):
                    triplet = colour.triplet if colour else None
                    assert triplet is None or triplet.red == triplet.green == triplet.blue

    live(root, journey)


def test_the_contrast_is_high_where_it_is_asked_for(root: Path) -> None:
    async def journey(user: User) -> None:
        theme = user.app.get_theme(CONTRAST)
        assert theme is not None
        assert (theme.background, theme.foreground) == ("#000000", "#ffffff")

    live(root, journey, settings=settings_with(screen="contrast"))


def test_the_history_of_questions_comes_back_by_up(root: Path) -> None:
    async def journey(user: User) -> None:
        for question in ("/tools", "/library"):
            user.bench.prompt.focus()
            user.bench.prompt.put(question)
            await user.press("enter")
            await user.press("f2")
        await user.press("up")
        assert user.bench.prompt.text == "/library"
        await user.press("up")
        assert user.bench.prompt.text == "/tools"
        await user.press("down", "down")
        assert user.bench.prompt.text == ""
        await user.type("une")
        await user.press("ctrl+j")
        await user.type("deux")
        assert user.bench.prompt.text == "une\ndeux"

    live(root, journey)


def test_the_seal_stands_on_the_status_line_however_long_the_workspace_is_named(root: Path) -> None:
    long_root = root.rename(root.with_name("dossier-" * 12))

    async def journey(user: User) -> None:
        await user.sees("modèle : aucun")
        await user.until(lambda: user.screen().splitlines()[-2].endswith(("scellé", "SCELLÉ du réseau")))

    live(long_root, journey, size=(80, 24))
