"""The bill of materials (CycloneDX 1.6, JSON): ``python -m tests.architecture.sbom FILE``.

Every package that set-up pins, with the hashes that set-up checks and its licence, and every plugin that comes with the
program, file by file. The same sources give the same bytes: it bears no time and no serial number. It is not written
where a licence was not seen.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.spdx import fixup_id, is_expression

from copilot.resources import plugins_folder
from copilot.tools.catalogue import read_plugin
from copilot.tools.places import place_of
from tests.architecture.licences import Licensed, pinned
from tests.architecture.pins import ROOT


def sbom(root: Path = ROOT) -> dict[str, Any]:
    """Return the bill; ValueError that names the packages whose licence was not seen."""
    found = pinned(root)
    unseen = [f"{one.pin.name} {one.pin.version}" for one in found if not one.licence]
    if unseen:
        raise ValueError(f"no licence was seen of: {', '.join(unseen)}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": _licences(project["license"]),
            }
        },
        "components": [*map(_package, found), *_plugins(project)],
    }


def _package(one: Licensed) -> dict[str, Any]:
    purl = f"pkg:pypi/{one.pin.name}@{one.pin.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": one.pin.name,
        "version": one.pin.version,
        "purl": purl,
        "scope": "required" if one.shipped else "excluded",
        # One a file of this version: which of them is installed depends on the system.
        "hashes": [{"alg": "SHA-256", "content": sha256} for sha256 in one.pin.hashes],
        "licenses": _licences(one.licence or ""),
        "properties": [{"name": "analyst-copilot:pinned-in", "value": file} for file in one.pin.files],
    }


def _plugins(project: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for folder in sorted(path.parent for path in plugins_folder().glob("*/plugin.toml")):
        plugin = read_plugin(place_of(folder))
        yield {
            "type": "application",
            "bom-ref": f"plugin:{plugin.name}",
            "name": plugin.name,
            "version": plugin.manifest.version or project["version"],
            "scope": "required",
            "licenses": _licences(project["license"]),
            # What `copilot plugin list --json` shows and every entry of the log names.
            "properties": [{"name": "analyst-copilot:plugin-sha256", "value": plugin.files.sha256}],
            "components": [
                {
                    "type": "file",
                    "bom-ref": f"plugin:{plugin.name}/{name}",
                    "name": name,
                    "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}],
                }
                for name, data in sorted(plugin.files.contents.items())
            ],
        }


def _licences(told: str) -> list[dict[str, Any]]:
    """Return a licence in the standard's three manners: one of SPDX's, an expression of them, or just a name."""
    if known := fixup_id(told):
        return [{"license": {"id": known}}]
    return [{"expression": told}] if is_expression(told) else [{"license": {"name": told}}]


def main(target: Path) -> int:
    try:
        made = sbom()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    target.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    plugins = sum(one["type"] == "application" for one in made["components"])
    print(f"{target}: {len(made['components']) - plugins} packages, {plugins} plugins")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
