"""The folders that ship with the program, in a checkout and in an installation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from copilot.errors import CopilotError
from copilot.resources import answer_schema_file, embedders_folder, plugins_folder, prompts_folder


def test_in_an_installation_the_bundled_copy_counts(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "copilot"
    (package / "_bundled" / "prompts").mkdir(parents=True)
    (tmp_path / "site-packages" / "prompts").mkdir()
    assert prompts_folder(package) == package / "_bundled" / "prompts"


def test_in_a_checkout_the_folder_beside_the_package_counts(tmp_path: Path) -> None:
    (tmp_path / "copilot").mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert plugins_folder(tmp_path / "copilot") == tmp_path / "plugins"


def test_somebody_elses_folder_in_site_packages_does_not(tmp_path: Path) -> None:
    (tmp_path / "copilot").mkdir()
    (tmp_path / "plugins").mkdir()
    with pytest.raises(CopilotError) as caught:
        plugins_folder(tmp_path / "copilot")
    assert str(tmp_path / "copilot") in caught.value.message


def test_embedders_are_where_the_environment_says_or_in_the_installation() -> None:
    assert embedders_folder({"COPILOT_EMBEDDERS": "/opt/models"}) == Path("/opt/models")
    assert embedders_folder({}).is_relative_to(sys.prefix)


def test_the_schema_ships() -> None:
    assert answer_schema_file().is_file()
