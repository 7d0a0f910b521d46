"""Which value holds, who gave it, and how a bad one is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.errors import ExitCode, SettingsError
from copilot.i18n import set_language
from copilot.settings import OTHER_VARIABLES, LoadedSettings, fields, load_settings, variable_of
from copilot.workspace import Workspace


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


class Place:
    """A user's settings file and a workspace's, and nothing else of this machine."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"XDG_CONFIG_HOME": str(folder / "config")}
        self.user_file = folder / "config" / "analyst-copilot" / "config.toml"
        self.user_file.parent.mkdir(parents=True)
        self.workspace = Workspace(folder / "work")
        self.workspace.root.mkdir()

    def load(self, variables: dict[str, str] | None = None, flags: dict[str, object] | None = None) -> LoadedSettings:
        return load_settings(self.workspace, flags, {**self.environment, **(variables or {})})

    def refused(self, variables: dict[str, str] | None = None, flags: dict[str, object] | None = None) -> SettingsError:
        with pytest.raises(SettingsError) as caught:
            self.load(variables, flags)
        assert caught.value.exit_code is ExitCode.USAGE
        assert caught.value.next_step
        return caught.value


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_without_any_source_everything_is_default(place: Place) -> None:
    loaded = place.load()
    assert {str(origin) for _, _, origin in loaded.rows()} == {"default"}
    assert loaded.settings.enclave.hosts == ()
    assert loaded.settings.interface.language == "auto"


def test_each_source_gives_way_to_the_next(place: Place) -> None:
    seen = []
    place.user_file.write_text("[answer]\nmax_claims = 5\n")
    seen.append(place.load())
    place.workspace.settings_file.write_text("[answer]\nmax_claims = 6\n")
    seen.append(place.load())
    seen.append(place.load({"COPILOT_ANSWER__MAX_CLAIMS": "7"}))
    seen.append(
        place.load({"COPILOT_ANSWER__MAX_CLAIMS": "7"}, flags={"answer.max_claims": 8, "answer.threshold": None})
    )
    assert [(one.settings.answer.max_claims, one.origin("answer.max_claims")) for one in seen] == [
        (5, str(place.user_file)),
        (6, str(place.workspace.settings_file)),
        (7, "env COPILOT_ANSWER__MAX_CLAIMS"),
        (8, "flag"),
    ]
    assert seen[-1].origin("answer.threshold") == "default"


def test_sources_join_within_a_section(place: Place) -> None:
    place.user_file.write_text("[documents]\nocr = false\n")
    place.workspace.settings_file.write_text("[documents]\nocr_languages = ['deu']\nparser_seconds = 5\n")
    documents = place.load({"COPILOT_DOCUMENTS__WORKERS": "3"}).settings.documents
    assert (documents.ocr, documents.ocr_languages, documents.parser_seconds, documents.workers) == (
        False,
        ("deu",),
        5,
        3,
    )


def test_lists_and_switches_of_the_environment(place: Place) -> None:
    settings = place.load({"COPILOT_DOCUMENTS__OCR": "false", "COPILOT_ENCLAVE__HOSTS": "one.site, two.site,"}).settings
    assert settings.documents.ocr is False
    assert settings.enclave.hosts == ("one.site", "two.site")


def test_short_language_variable_gives_way_to_the_full_one(place: Place) -> None:
    assert place.load({"COPILOT_LANG": "fr"}).origin("interface.language") == "env COPILOT_LANG"
    both = place.load({"COPILOT_LANG": "fr", "COPILOT_INTERFACE__LANGUAGE": "en"})
    assert (both.settings.interface.language, both.origin("interface.language")) == (
        "en",
        "env COPILOT_INTERFACE__LANGUAGE",
    )


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[answer]\nmax_claim = 3", "answer.max_claim", "answer.max_claims"),
        ("[retrieval]\nthreshold = 0.3", "retrieval.threshold", "answer.threshold"),
        ("[anwser]\nmax_claims = 3", "anwser.max_claims", "answer.max_claims"),
        ("language = 'fr'", "language", "interface.language"),
    ],
)
def test_unknown_key_names_file_key_and_nearest(place: Place, text: str, key: str, nearest: str) -> None:
    place.workspace.settings_file.write_text(text)
    error = place.refused()
    assert str(place.workspace.settings_file) in error.message
    assert f"“{key}”" in error.message
    assert nearest in error.next_step


@pytest.mark.parametrize(
    ("text", "key", "value", "expected"),
    [
        ("[answer]\nmax_claims = '3'", "answer.max_claims", '"3"', "a whole number from 1 to 20"),
        ("[answer]\nmax_claims = 300", "answer.max_claims", "300", "a whole number from 1 to 20"),
        ("[answer]\nmax_claims = true", "answer.max_claims", "true", "a whole number from 1 to 20"),
        ("[answer]\nthreshold = 1.5", "answer.threshold", "1.5", "a number from 0 to 1"),
        ("[answer]\nthreshold = nan", "answer.threshold", "NaN", "a number from 0 to 1"),
        ("[documents]\nocr = 'no'", "documents.ocr", '"no"', "true or false"),
        ("[documents]\nocr_languages = 'fra'", "documents.ocr_languages", '"fra"', "a list of texts"),
        ("[model]\nname = 2026-01-01", "model.name", "2026-01-01", "text"),
        ("[interface]\nlanguage = 'de'", "interface.language", '"de"', 'one of "auto", "fr", "en"'),
    ],
)
def test_bad_value_names_file_key_value_and_what_is_expected(
    place: Place, text: str, key: str, value: str, expected: str
) -> None:
    place.user_file.write_text(text)
    error = place.refused()
    assert error.message == f"{place.user_file}: the setting “{key}” cannot be {value}."
    assert error.next_step == f"Expected: {expected}."


def test_bad_variable_and_flag_say_where_they_come_from(place: Place) -> None:
    assert (
        "environment variable COPILOT_DOCUMENTS__WORKERS"
        in place.refused({"COPILOT_DOCUMENTS__WORKERS": "many"}).message
    )
    assert "command line" in place.refused(flags={"retrieval.limit": 0}).message
    assert "retrieval.limit" in place.refused(flags={"retrieval.limits": 3}).next_step


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("COPILOT_ANSWER__MAXCLAIMS", "COPILOT_ANSWER__MAX_CLAIMS"),
        ("COPILOT_INTERFACE_LANGUAGE", "COPILOT_INTERFACE__LANGUAGE"),
        ("COPILOT_WORKSPCE", "COPILOT_WORKSPACE"),
    ],
)
def test_misspelt_variable_is_refused_with_the_nearest(place: Place, variable: str, nearest: str) -> None:
    error = place.refused({variable: "x"})
    assert variable in error.message
    assert nearest in error.next_step


def test_variables_of_other_programs_are_let_be(place: Place) -> None:
    place.load(
        {
            "COPILOT_MODEL": "x",
            "COPILOT_HOME": "y",
            "COPILOT_GITHUB_TOKEN": "z",
            "COPILOT_ALLOW_ALL": "1",
            "UNRELATED": "w",
        }
    )
    place.load(dict.fromkeys(set(OTHER_VARIABLES) - {"COPILOT_LANG"}, "somewhere"))


def test_a_workspace_cannot_open_the_network(place: Place) -> None:
    place.workspace.settings_file.write_text("[enclave]\nhosts = ['elsewhere.site']\n")
    error = place.refused()
    assert str(place.workspace.settings_file) in error.message
    assert str(place.user_file) in error.next_step
    place.workspace.settings_file.unlink()
    place.user_file.write_text("[enclave]\nhosts = ['here.site']\n")
    assert place.load().settings.enclave.hosts == ("here.site",)


def test_a_workspace_cannot_put_weights_into_a_model(place: Place) -> None:
    place.workspace.settings_file.write_text("[model]\nloras = ['theirs.gguf']\n")
    assert "model.loras" in place.refused().message
    place.workspace.settings_file.write_text("[model]\ncontext = 2048\n")
    place.user_file.write_text("[model]\nloras = ['mine.gguf']\n")
    assert place.load().settings.model.loras == ("mine.gguf",)


@pytest.mark.parametrize("content", [b"[answer\n", b"\xff\xfe[answer]", b"[answer]\nmax_claims = 1\nmax_claims = 2\n"])
def test_a_file_that_is_no_toml_is_named(place: Place, content: bytes) -> None:
    place.user_file.write_bytes(content)
    assert str(place.user_file) in place.refused().message


def test_a_file_that_cannot_be_read_is_named(place: Place) -> None:
    place.user_file.mkdir()
    assert str(place.user_file) in place.refused().message


def test_every_setting_can_be_given_by_its_variable(place: Place) -> None:
    for section, name, _ in fields():
        value = getattr(getattr(place.load().settings, section), name)
        text = ",".join(value) if isinstance(value, tuple) else str(0.5 if value is None else value)
        variable = variable_of(section, name)
        assert place.load({variable: text}).origin(f"{section}.{name}") == f"env {variable}"
