"""Every setting is explained in both languages, and the template is made of these explanations."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.i18n import LANGUAGES, catalog, set_language, t
from copilot.settings import (
    OTHER_VARIABLES,
    OriginKind,
    describe,
    describe_section,
    expectation,
    fields,
    load_settings,
    sections,
)
from copilot.settings.template import settings_template
from copilot.workspace import Workspace


@pytest.fixture(autouse=True, params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


def test_every_setting_section_variable_and_origin_is_explained() -> None:
    for section in sections():
        assert describe_section(section)
    for section, name, field in fields():
        assert describe(f"{section}.{name}").endswith(".")
        assert expectation(field)
    for variable in OTHER_VARIABLES:
        assert t(f"settings.variable.{variable}")
    for kind in OriginKind:
        assert t(f"settings.origin.{kind}", place="x")


def test_nothing_is_explained_that_does_not_exist() -> None:
    explained = {key.removeprefix("fields.") for key in catalog("settings") if key.startswith("fields.")}
    assert explained == {f"{section}.{name}" for section, name, _ in fields()}


@pytest.mark.parametrize("area", ["settings", "presentation"])
def test_both_languages_have_the_same_blanks(area: str) -> None:
    for key, texts in catalog(area).items():
        assert set(texts) == set(LANGUAGES), key
        assert len({tuple(sorted(set(re.findall(r"{\w*}", text)))) for text in texts.values()}) == 1, key


def test_template_sets_nothing(tmp_path: Path) -> None:
    assert not any(tomllib.loads(settings_template()).values())


def test_template_uncommented_gives_the_defaults_and_examples(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# ", "", settings_template())
    (tmp_path / "copilot.toml").write_text(text, encoding="utf-8")
    loaded = load_settings(Workspace(tmp_path), {}, {"HOME": str(tmp_path)})
    default = load_settings(None, {}, {"HOME": str(tmp_path)})
    for (key, value, origin), (_, expected, _) in zip(loaded.rows(), default.rows(), strict=True):
        assert value is not None, key
        assert expected in (value, None), key
        assert origin.kind is (
            OriginKind.DEFAULT if key.startswith(("enclave.", "model.loras", "audit.enabled")) else OriginKind.PROJECT
        )
