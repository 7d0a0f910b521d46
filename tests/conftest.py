"""What several areas of the tests share, made once a session: model files, and a cache of plugins' descriptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.sandbox.limits import forbid_telemetry

# The tests have no seal of their own.
forbid_telemetry()


@pytest.fixture(scope="session")
def spm_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny model with random weights and the real vocabulary of Mistral 7B v0.3."""
    from copilot.inference.synthetic import write_random
    from tests.models import SPM, vocabulary_of

    return str(write_random(tmp_path_factory.mktemp("spm") / "tiny-spm.gguf", vocabulary_of(SPM)))


@pytest.fixture(scope="session")
def tekken_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights and the beginning of the Tekken vocabulary."""
    from copilot.inference.synthetic import write_random
    from tests.models import TEKKEN, vocabulary_of

    return write_random(tmp_path_factory.mktemp("tekken") / "tiny-tekken.gguf", vocabulary_of(TEKKEN))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What can be worked out again is worked out once for all tests: the descriptions of plugins."""
    return tmp_path_factory.mktemp("cache")
