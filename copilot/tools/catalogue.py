"""The plugins that were found with what became of them, and the tools of those that may run.

A plugin that did not come with the program is not even loaded before its hash is trusted. One that is broken is listed
with its problems and takes nothing else down.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from copilot.errors import UsageError
from copilot.i18n import current_language, t
from copilot.language.words import fold
from copilot.records import Parameter, Tool
from copilot.resources import user_cache_folder, user_data_folder
from copilot.tools.described import Described, Description, describe, kept_description
from copilot.tools.manifest import MANIFEST, Manifest, ParameterWords, Problem, ToolWords, is_plugin_name, read_manifest
from copilot.tools.places import Origin, Place, PluginFiles, UnreadablePluginError, find_places, read_files
from copilot.tools.trust import Trust, TrustFile

_NOTHING = PluginFiles({}, "")


class State(StrEnum):
    """Whether a plugin's tools may run, and if not, why."""

    READY = "ready"
    DISABLED = "disabled"
    UNTRUSTED = "untrusted"
    CHANGED = "changed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as it stands: `tools` where its code was described, `problems` where it is broken."""

    place: Place
    state: State
    manifest: Manifest
    files: PluginFiles
    tools: tuple[Tool, ...] = ()
    problems: tuple[Problem, ...] = ()
    aliases: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def title(self) -> str:
        return self.manifest.title.in_language(current_language(), self.name)


class PluginCatalogue:
    """All plugins, looked at when first asked for; make a new one to look again."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        *,
        places: Sequence[Place] | None = None,
    ) -> None:
        self._places = places
        self._environment = environment
        self.trust_file = TrustFile(user_data_folder(environment))
        self._cache = user_cache_folder(environment) / "plugins"

    @cached_property
    def plugins(self) -> tuple[Plugin, ...]:
        """Every plugin that was found, by name, the bundled ones first."""
        places = find_places(self._environment) if self._places is None else self._places
        trust = self.trust_file.read()
        found = [self._examine(place, trust, places) for place in places]
        waiting = [index for index, plugin in enumerate(found) if plugin.state is State.READY]
        kept = {index: kept_description(found[index].files, self._cache) for index in waiting}
        known = {index: description for index, description in kept.items() if description is not None}
        asked = [index for index in waiting if index not in known]
        known |= zip(asked, self._ask([found[index] for index in asked]), strict=True)
        for index, description in known.items():
            found[index] = _with(found[index], description)
        return tuple(found)

    def _ask(self, plugins: Sequence[Plugin]) -> list[Description]:
        """Ask the code of several plugins for their descriptions, each in a process of its own, a few at once."""
        if not plugins:
            return []
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as several:
            return list(several.map(self._describe, plugins))

    def _describe(self, plugin: Plugin) -> Description:
        is_bundled = plugin.place.origin is Origin.BUNDLED
        return describe(plugin.name, plugin.files, self._cache, demand_walls=not is_bundled)

    def tools(self) -> Sequence[Tool]:
        """Return the tools that may be called."""
        return self._tools

    @cached_property
    def _tools(self) -> tuple[Tool, ...]:
        return tuple(tool for plugin in self.plugins if plugin.state is State.READY for tool in plugin.tools)

    def find(self, name: str) -> Tool:
        """Return a tool by ``plugin.function``, or by its function where only one is so called.

        Raises:
            UsageError: there is none; it names the nearest, or says why the plugin does not run.
        """
        tools = self.tools()
        found = [tool for tool in tools if tool.name == name] or [
            tool for tool in tools if tool.name.partition(".")[2] == name
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(t("tools.catalogue.several", name=name, names=", ".join(tool.name for tool in found)))
        plugin = next((one for one in self.plugins if one.name == name.partition(".")[0]), None)
        if plugin is not None and plugin.state is not State.READY:
            raise UsageError(
                t("tools.catalogue.not_ready", name=plugin.name, state=t(f"tools.state.{plugin.state}")),
                t(f"tools.state_next.{plugin.state}", name=plugin.name),
            )
        near = get_close_matches(name, [tool.name for tool in tools], n=3, cutoff=0.5)
        near = near or [tool.name for tool in tools if name.rpartition(".")[2] in tool.name][:3]
        raise UsageError(
            t("tools.catalogue.unknown", name=name) + (t("tools.catalogue.near", near=", ".join(near)) if near else ""),
            t("tools.catalogue.list"),
        )

    def find_plugin(self, name: str) -> Plugin:
        """Return a plugin by its name.

        Raises:
            UsageError: there is none so named.
        """
        found = next((plugin for plugin in self.plugins if plugin.name == name), None)
        if found is None:
            near = ", ".join(get_close_matches(name, [plugin.name for plugin in self.plugins], n=1))
            raise UsageError(
                t("tools.catalogue.no_plugin", name=name) + (t("tools.catalogue.near", near=near) if near else ""),
                t("tools.catalogue.list_plugins"),
            )
        return found

    def plugin_of(self, tool: Tool) -> Plugin:
        """Return the plugin that a tool of this catalogue belongs to."""
        return next(
            plugin
            for plugin in self.plugins
            if plugin.state is State.READY and tool.name in {one.name for one in plugin.tools}
        )

    # --- looking at one -----------------------------------------------------------------------------------------------

    def _examine(self, place: Place, trust: Trust, places: Sequence[Place]) -> Plugin:
        """Read a plugin's files and say what may become of it, without running any of its code."""
        plugin = read_plugin(place)
        first = next(one for one in places if one.name == place.name)
        if first is not place:
            problem = Problem(
                str(place.folder), None, t("tools.plugin.name_taken", name=place.name, folder=first.folder)
            )
            return replace(plugin, state=State.BROKEN, problems=(problem,))
        if plugin.state is State.BROKEN:
            return plugin
        if place.origin is not Origin.BUNDLED and trust.trusted.get(place.name) != plugin.files.sha256:
            return replace(plugin, state=State.CHANGED if place.name in trust.trusted else State.UNTRUSTED)
        return replace(plugin, state=State.DISABLED) if place.name in trust.disabled else plugin

    def with_description(self, plugin: Plugin) -> Plugin:
        """Return a plugin with its tools, asking its code for them; broken, where something is wrong with it."""
        return _with(plugin, self._describe(plugin))


def _with(plugin: Plugin, description: Description) -> Plugin:
    problems = (*description.problems, *_mismatches(plugin, description))
    if problems:
        return replace(plugin, state=State.BROKEN, problems=problems)
    tools = tuple(_tool(plugin, one) for one in description.tools)
    return replace(plugin, tools=tools, aliases=_aliases(plugin.manifest))


def read_plugin(place: Place) -> Plugin:
    """Return a plugin with its files and manifest read, and nothing run: ready or broken."""
    if not is_plugin_name(place.name):
        problem = Problem(str(place.folder), None, t("tools.plugin.bad_name", name=place.name))
        return Plugin(place, State.BROKEN, Manifest(place.name), _NOTHING, problems=(problem,))
    try:
        files = read_files(place)
    except UnreadablePluginError as error:
        problem = Problem(str(place.folder), None, str(error))
        return Plugin(place, State.BROKEN, Manifest(place.name), _NOTHING, problems=(problem,))
    main = f"{place.name}.py"
    missing = [name for name in (main, MANIFEST) if name not in files.contents]
    if missing:
        problems = tuple(Problem(str(place.folder), None, t("tools.plugin.no_file", name=name)) for name in missing)
        return Plugin(place, State.BROKEN, Manifest(place.name), files, problems=problems)
    manifest, wrong = read_manifest(files.contents[MANIFEST], place.name)
    return Plugin(place, State.BROKEN if wrong else State.READY, manifest, files, problems=tuple(wrong))


def _mismatches(plugin: Plugin, description: Description) -> list[Problem]:
    """Return where the manifest speaks of what the code does not have, and the tools it does not name."""
    from copilot.tools.manifest import line_of_key

    lines = plugin.files.contents[MANIFEST].decode("utf-8", "replace").splitlines()
    described = {one.name: one for one in description.tools}
    problems: list[Problem] = []

    def unknown(key: str, name: str, known: Sequence[str]) -> None:
        near = ", ".join(get_close_matches(name, known, n=1) or known)
        message = t("tools.manifest.not_in_code", key=key, near=near or "-")
        problems.append(Problem(MANIFEST, line_of_key(lines, key), message))

    if description.problems:
        return problems
    for name, words in plugin.manifest.tools.items():
        if name not in described:
            unknown(f"tools.{name}", name, list(described))
            continue
        parameters = {one.name: one for one in described[name].parameters}
        for key, said in words.parameters.items():
            where = f"tools.{name}.parameters.{key}"
            if key not in parameters:
                unknown(where, key, list(parameters))
                continue
            for kind, known in (("choices", parameters[key].choices), ("columns", parameters[key].columns)):
                for value in getattr(said, kind):
                    if value not in known:
                        unknown(f"{where}.{kind}.{value}", value, known)
    problems += [
        Problem(MANIFEST, None, t("tools.manifest.unnamed", tool=name))
        for name in described
        if name not in plugin.manifest.tools
    ]
    return problems


def _tool(plugin: Plugin, described: Described) -> Tool:
    language = current_language()
    words = plugin.manifest.tools.get(described.name, ToolWords())
    return Tool(
        name=f"{plugin.name}.{described.name}",
        plugin=plugin.name,
        title=words.title.in_language(language, described.name.replace("_", " ")),
        help=words.help.in_language(language, described.summary),
        parameters=tuple(
            _parameter(one, words.parameters.get(one.name, ParameterWords()), language) for one in described.parameters
        ),
        bundled=plugin.place.origin is Origin.BUNDLED,
        plugin_sha256=plugin.files.sha256,
        plugin_title=plugin.title,
        triggers=words.triggers,
    )


def _parameter(described: Parameter, words: ParameterWords, language: str) -> Parameter:
    # The docstring is English: where the manifest has only French, English readers get the docstring.
    text = words.help.fr if language == "fr" else words.help.en
    return replace(
        described,
        label=words.label.in_language(language, described.name.replace("_", " ")),
        help=text or described.help,
        choice_labels=tuple(
            words.choices[choice].in_language(language, choice) if choice in words.choices else choice
            for choice in described.choices
        ),
    )


def _aliases(manifest: Manifest) -> dict[str, dict[str, dict[str, str]]]:
    """Return, by tool and parameter, the folded words of a header that stand for a column."""
    return {
        tool: {
            name: {fold(word): column for column, said in one.columns.items() for word in (said.fr, said.en) if word}
            for name, one in words.parameters.items()
        }
        for tool, words in manifest.tools.items()
    }
