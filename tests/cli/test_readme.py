"""The README: its commands run on the shipped documents and print what it shows; its table is the exit codes."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from copilot import errors
from copilot.errors import CopilotError, ExitCode
from copilot.i18n import catalog
from copilot.resources import demo_folder
from tests.cli.conftest import Copilot

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# What the row of an error's exit code says of it.
SAID = {
    "CopilotError": "failure",
    "UsageError": "the command line",
    "SettingsError": "a settings file",
    "ForbiddenSettingError": "a settings file",
    "WorkspaceError": "not unlocked",
    "IndexMissingError": "nothing indexed",
    "ModelError": "a language model",
    "EmbedderError": "an embedding model",
    "DeniedError": "denied",
    "CancelledError": "cancelled",
    "ToolFailedError": "a tool that failed",
    "StoreError": "a store that could not be written",
    "ParseError": "could not be parsed",
}


def lines_of(heading: str) -> list[str]:
    """Return the lines of the code blocks of a section, without their comments."""
    section = README.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [re.split(r"\s+#\s", line)[0] for block in blocks for line in block.splitlines()]


def run_line(copilot: Copilot, line: str) -> tuple[int, str]:
    piped, _, command = line.rpartition(" | ")
    outcome = copilot(*shlex.split(command)[1:], stdin=shlex.split(piped)[1] if piped else "")
    return outcome.code, outcome.out + outcome.err


@pytest.fixture
def dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dossier"
    shutil.copytree(demo_folder() / "corpus", folder)
    monkeypatch.chdir(folder)
    return folder


def test_the_commands_run_and_print_what_is_shown(copilot: Copilot, dossier: Path) -> None:
    assert "copilot/resources/demo/corpus" in README
    lines = [line for line in lines_of("## Use it") if "copilot " in line and not line.startswith(("cp ", "."))]
    assert len(lines) > 8
    printed = []
    for line in lines:
        code, text = run_line(copilot, line)
        # Whatever this machine lacks, `doctor` says.
        assert code == 0 or line == "copilot doctor", (line, text)
        printed.append(text)
    shown = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    for line in shown[1].splitlines():
        assert line in printed[2].splitlines(), printed[2]
    tools = lines_of("### Tools")
    for line in tools:
        if line.startswith(("copilot tool list", "copilot tool show", "copilot tool run")):
            code, text = run_line(copilot, line)
            assert code == 0, (line, text)
    for line in lines_of("### Keeping it safe"):
        if line.startswith(("copilot quarantine", "copilot audit")):
            code, text = run_line(copilot, line)
            assert code == 0, (line, text)


def test_the_table_of_exit_codes_is_the_program_s() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    assert {int(code) for code in rows} == {int(code) for code in ExitCode}
    kinds = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CopilotError)
    }
    assert set(kinds) == set(SAID)
    for name, kind in kinds.items():
        assert SAID[name] in rows[str(int(kind.exit_code))], name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_help_tells_every_exit_code(language: str) -> None:
    told = catalog("cli")["help"][language].rpartition("odes")[2]
    assert {int(number) for number in re.findall(r"\d+", told)} == {int(code) for code in ExitCode}
