"""Where the files are that the program needs beside its code, and where the user's own folders are.

In a checkout ``prompts/`` and ``plugins/`` stand beside the package; a wheel carries them inside it (``_bundled``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from copilot.errors import CopilotError
from copilot.i18n import t

_RESOURCES = Path(__file__).parent
_PACKAGE = _RESOURCES.parent
_NAME = "analyst-copilot"
EMBEDDERS_VARIABLE = "COPILOT_EMBEDDERS"


def prompts_folder(package: Path = _PACKAGE) -> Path:
    """Return the folder of the prompts that came with the program."""
    return _shipped(package, "prompts")


def plugins_folder(package: Path = _PACKAGE) -> Path:
    """Return the folder of the plugins that came with the program."""
    return _shipped(package, "plugins")


def demo_folder() -> Path:
    """Return the folder of the documents and questions of the demonstration."""
    return _RESOURCES / "demo"


def plugin_template_folder() -> Path:
    """Return the folder of the plugin that `copilot plugin new` starts from."""
    return _RESOURCES / "plugin_template"


def answer_schema_file() -> Path:
    """Return the JSON Schema of ``copilot ask --json`` and ``copilot search --json``."""
    return _RESOURCES / "answer.schema.json"


def embedders_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the embedding models: ``COPILOT_EMBEDDERS``, else the installation's own."""
    if chosen := environment.get(EMBEDDERS_VARIABLE):
        return Path(chosen).expanduser()
    return Path(sys.prefix) / "share" / _NAME / "embedders"


def user_settings_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file of the user's own settings, whether or not it exists."""
    return _xdg_folder(environment, "XDG_CONFIG_HOME", ".config") / _NAME / "config.toml"


def user_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the user's own data, whether or not it exists."""
    return _xdg_folder(environment, "XDG_DATA_HOME", ".local/share") / _NAME


def user_cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what can be worked out again, whether or not it exists."""
    return _xdg_folder(environment, "XDG_CACHE_HOME", ".cache") / _NAME


def user_plugins_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the user's own plugins, whether or not it exists."""
    return user_data_folder(environment) / "plugins"


def _shipped(package: Path, name: str) -> Path:
    """Find a folder that ships with the program.

    The wheel's copy comes first, and a folder beside the package counts in a checkout only: in site-packages a folder
    of this name would be somebody else's.
    """
    bundled = package / "_bundled" / name
    if bundled.is_dir():
        return bundled
    beside = package.parent / name
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise CopilotError(t("settings.message.not_shipped", path=bundled), t("settings.message.reinstall"))


def _xdg_folder(environment: Mapping[str, str], variable: str, under_home: str) -> Path:
    """Read an XDG base folder; the specification says to pass over one that is not absolute."""
    chosen = environment.get(variable, "")
    if Path(chosen).is_absolute():
        return Path(chosen)
    home = environment.get("HOME", "")
    return (Path(home) if Path(home).is_absolute() else _home()) / under_home


def _home() -> Path:
    """Return the home that the system knows: what the environment says of it would lie in the current folder."""
    try:
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        return Path.home()
