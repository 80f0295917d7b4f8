"""A module's name is its plug-in's name, and a wrong name or a missing package is one clear sentence."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import datatools.checks
from datatools import plugins
from datatools.errors import MissingExtraError, UsageError


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the checks be the modules of an empty folder; give it."""
    monkeypatch.setattr(datatools.checks, "__path__", [str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("datatools.checks."):
            del sys.modules[name]


@pytest.mark.parametrize("family_name", plugins.FAMILIES)
def test_every_family_has_plug_ins_that_build_something(family_name: str) -> None:
    """Helpers whose names start with an underscore are none."""
    found = plugins.names(family_name)
    assert found == sorted(found)
    assert found
    assert not any(name.startswith("_") for name in found)


def test_a_new_file_is_a_plug_in(family: Path) -> None:
    """Nothing else is edited."""
    (family / "brightness.py").write_text("def build(limit=1):\n    return ('brightness', limit)\n")
    (family / "_helper.py").write_text("")
    assert plugins.names("checks") == ["brightness"]
    assert plugins.build("checks", "brightness") == ("brightness", 1)
    assert plugins.build("checks", "brightness", {"limit": 2}) == ("brightness", 2)


def test_an_unknown_family_names_the_known_ones() -> None:
    """A family is a package of datatools."""
    with pytest.raises(UsageError, match=r"among readers, teachers.*got 'reader'"):
        plugins.names("reader")


def test_an_unknown_plug_in_names_the_known_ones(family: Path) -> None:
    """So that a misspelling is seen."""
    (family / "brightness.py").write_text("")
    with pytest.raises(UsageError, match="expected one of the checks brightness; got 'britness'"):
        plugins.build("checks", "britness")


def test_an_unknown_option_is_refused(family: Path) -> None:
    """With the plug-in's own words about it."""
    (family / "brightness.py").write_text("def build(limit=1):\n    return limit\n")
    with pytest.raises(UsageError, match=r"checks 'brightness' does not take \{'limits': 2\}"):
        plugins.build("checks", "brightness", {"limits": 2})


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("segmentation_models_pytorch", r"pip install 'portrait-datatools\[smp\]'"),
        ("nowhere_to_be_found", "pip install nowhere_to_be_found"),
    ],
)
def test_a_missing_package_names_the_command(
    family: Path, monkeypatch: pytest.MonkeyPatch, package: str, command: str
) -> None:
    """That of its extra, where it belongs to one."""
    monkeypatch.setitem(sys.modules, package, None)
    (family / "heavy.py").write_text(f"import {package}.part\n")
    with pytest.raises(MissingExtraError, match=f"the package {package}, .*run `{command}`"):
        plugins.build("checks", "heavy")


def test_a_packages_file_is_found_without_importing_it() -> None:
    """Some packages cannot be imported but carry what we need."""
    before = set(sys.modules)
    assert plugins.package_file("pytest", "py.typed").is_file()
    assert set(sys.modules) == before


@pytest.mark.parametrize("package", ["nowhere-to-be-found", "pytest"])
def test_a_missing_file_of_a_package_names_the_command(package: str) -> None:
    """Whether the package is missing or the file in it."""
    with pytest.raises(
        MissingExtraError, match=f"weights.dat of the package {package}.*pip install {package}"
    ):
        plugins.package_file(package, "weights.dat")
