"""A wheel holds all that the checkout runs on: terms, templates, mappings, pages."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "data", "extraction", "kg", "ontology")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in a wheel that was just built, without the network."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    answer = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as file:
        return frozenset(file.namelist())


def test_wheel_has_every_file_of_the_packages(names: frozenset[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *PACKAGES],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("this is no checkout")
    wanted = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    assert len(wanted) > 300
    assert sorted(wanted - names) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "ontology/**/*.ttl",
        "ontology/**/*.j2",
        "api/http/examples.json",
        "data/mappings/*.yaml",
        "data/library/*.csv",
        "data/lexicon/*.csv",
        "data/aliases/*.csv",
        "*/py.typed",
    ],
)
def test_wheel_has_what_programs_read(names: frozenset[str], pattern: str) -> None:
    wanted = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern)}
    wanted = {name for name in wanted if name.partition("/")[0] in PACKAGES}
    assert wanted
    assert sorted(wanted - names) == []


def test_wheel_has_nothing_else(names: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in names if name.endswith((".pyc", ".db", ".log"))]


def test_wheel_says_how_to_start(names: frozenset[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
