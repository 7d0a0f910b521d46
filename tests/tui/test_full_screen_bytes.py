"""Every byte that the full screen sends in a workspace of hostile texts, counted by an oracle of its own.

`benchmarks/raw_bytes.py` does the same in the workspace of all commands.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.lines_on_pty import Line, run_on_pty
from tests.hostile_workspace import ALL, FACT, SHORT, Hostile, make_hostile
from tests.makers import document, facts, new_session, one_chunk_a_page
from tests.raw_bytes import PAYLOADS, as_file_name, leaks
from tests.tui.on_pty import PROGRAM, UNWALLED, WAY, Terminal, lead, own_removed


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """A user all of whose texts are hostile, with a plugin, a model that calls it, and a folder to sync."""
    made = make_hostile(tmp_path_factory.mktemp("hostile"), few_documents)
    # A name that can be typed.
    made.docs.rename(made.base / "classeur")
    prepared = [("plugin", "trust", "mal", "--yes"), ("model", "add", str(made.model), "--name", "script")]
    for sent in run_on_pty([Line(words, "pipe") for words in prepared], made.base, environment(made)):
        assert sent.code == 0, sent.pieces
    return made


def few_documents(root: Path) -> None:
    """Make a workspace in which every text of a document, and a question that failed, is hostile."""
    with new_session(root) as session:
        for number in range(4):
            short = " ".join(SHORT[number::4])
            parsed = document(f"{FACT} {short}\n{ALL}", short, title=short, marking=short, date="2026-03-12")
            parsed = replace(parsed, author=short, warnings=(short,))
            file = facts(f"docs/{as_file_name(short)}{number}.txt", short, collection=short)
            session.truth.documents.store_version(file, parsed, one_chunk_a_page(parsed, f"{short} > {ALL}"))
        turn = session.truth.conversations.begin(None, None, ALL)
        session.truth.conversations.finish(turn.turn_id, "failed", message=ALL)


def environment(made: Hostile) -> dict[str, str]:
    # The result of the plugin's tool is long, and passages are read beside it.
    return {**made.environment(), "COPILOT_WORKSPACE": str(made.root), "COPILOT_MODEL__CONTEXT": "32768"}


@pytest.mark.timeout(480)
def test_no_view_sends_a_byte_that_acts_or_hides(made: Hostile) -> None:
    shown = lead(Terminal(made.base, environment(made), PROGRAM), pasted=ALL)
    assert [view.leaks[:3] for view in shown if view.leaks] == []
    assert [view.view for view in shown] == ["start", *(step.view for step in WAY), "a paste", "end"]
    # What hides in the documents stands there in plain sight.
    assert b"<U+202E>" in b"".join(view.sent for view in shown)


@pytest.mark.timeout(480)
def test_without_the_wall_the_same_way_is_full_of_them(made: Hostile) -> None:
    shown = lead(Terminal(made.base, environment(made), UNWALLED), sees=False)
    leaking = {view.view for view in shown if view.leaks}
    # On a busy machine a view may be drawn when the next has begun.
    assert len(leaking - {"start", "end"}) >= 5


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_the_program_draws_excuses_no_payload(name: str) -> None:
    sent = PAYLOADS[name].encode("utf-8", "surrogatepass")
    assert leaks(own_removed(sent), terminal=True) or not leaks(sent, terminal=True)


def test_a_place_that_is_not_on_the_screen_is_not_the_programs() -> None:
    assert leaks(own_removed(b"\x1b[46;1Hx"), terminal=True)
    assert not leaks(own_removed(b"\x1b[45;160Hx\x1b[0m"), terminal=True)


@pytest.mark.parametrize("doing", ["nothing", "a sync, which tells much"])
def test_it_leaves_when_its_terminal_is_gone(made: Hostile, doing: str) -> None:
    # It leads a session of its own, to which no terminal sends a signal.
    terminal = Terminal(made.base, environment(made), PROGRAM)
    terminal.wait_for("scellé")
    if doing != "nothing":
        terminal.keys("\x1bOQ")
        terminal.keys("/sync classeur\r")
    terminal.hang_up(30)
