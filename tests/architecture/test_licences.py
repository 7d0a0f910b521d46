"""Nothing copyleft is shipped, and the check that says so can fail."""

from __future__ import annotations

import pytest

from tests.architecture.licences import EXCEPTIONS, installed, is_fit


def test_no_installed_package_is_copyleft() -> None:
    found = installed()
    assert len(found) > 100
    # Not among the pinned packages: what somebody installed beside them is not shipped.
    assert [package.name for package in found if package.shipped and not package.is_fit] == []


def test_no_exception_is_shipped() -> None:
    assert [package.name for package in installed() if package.shipped and package.name in EXCEPTIONS] == []


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
        ("", False),
    ],
)
def test_which_licences_are_fit(licence: str, fit: bool) -> None:
    assert is_fit(licence) is fit
