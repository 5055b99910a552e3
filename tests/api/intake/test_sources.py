"""Which files are meant: keys that last, folders, archives, two files of one name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from api.intake.sources import gather, key_of, safe_name
from kg.model import BadInput


@pytest.fixture
def plant_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files in folders."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "a.csv",
        "exports/b.csv",
        "exports/2025/c.xlsx",
        "exports/.d.csv",
        "exports/e.exe",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    return tmp_path


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


def test_sources_keys_are_paths_from_here(plant_files: Path, workspace: Path) -> None:
    asked = [Path("a.csv"), Path("./exports/../a.csv"), plant_files / "a.csv"]
    assert {key_of(path) for path in asked} == {"a.csv"}
    assert [s.key for s in gather([Path("a.csv")], workspace)] == ["a.csv"]
    assert key_of(Path("/elsewhere/a.csv")) == "/elsewhere/a.csv"


def test_sources_folder_gives_its_readable_files(plant_files: Path, workspace: Path) -> None:
    found = gather([Path("exports")], workspace)
    assert [s.key for s in found] == ["exports/2025/c.xlsx", "exports/b.csv"]
    assert [s.shown for s in found] == ["exports/2025/c.xlsx", "exports/b.csv"]


def test_sources_link_out_of_a_folder_is_left_out(plant_files: Path, workspace: Path) -> None:
    secret = workspace / "secret.csv"
    secret.write_text("x", encoding="utf-8")
    (plant_files / "exports" / "link.csv").symlink_to(secret)
    assert "exports/link.csv" not in [s.key for s in gather([Path("exports")], workspace)]


def test_sources_archive_gives_its_tables(plant_files: Path, workspace: Path) -> None:
    with zipfile.ZipFile(plant_files / "all.zip", "w") as packed:
        packed.writestr("in/b.csv", "b")
        packed.writestr("read.me", "no table")
    (found,) = gather([Path("all.zip")], workspace)
    assert (found.key, found.shown) == ("all.zip/in/b.csv", "all.zip/in/b.csv")
    assert found.path.read_text(encoding="utf-8") == "b"


def test_sources_broken_archive_does_not_stop_the_others(
    plant_files: Path, workspace: Path
) -> None:
    (plant_files / "exports" / "a.zip").write_bytes(b"nothing")
    found = gather([Path("exports")], workspace)
    assert [s.key for s in found if s.trouble is None] == ["exports/2025/c.xlsx", "exports/b.csv"]
    (broken,) = [s for s in found if s.trouble is not None]
    assert broken.key == "exports/a.zip"


def test_sources_archive_without_tables_is_refused(plant_files: Path, workspace: Path) -> None:
    with zipfile.ZipFile(plant_files / "none.zip", "w") as packed:
        packed.writestr("read.me", "no table")
    (found,) = gather([Path("none.zip")], workspace)
    assert found.trouble is not None


def test_sources_key_of_ones_own(plant_files: Path, workspace: Path) -> None:
    assert [s.key for s in gather([Path("a.csv")], workspace, key="orders")] == ["orders"]
    assert [s.key for s in gather([Path("exports")], workspace, key="erp")] == [
        "erp/2025/c.xlsx",
        "erp/b.csv",
    ]
    both = gather([Path("a.csv"), Path("exports/b.csv")], workspace, key="erp")
    assert [s.key for s in both] == ["erp/a.csv", "erp/b.csv"]


def test_sources_two_files_of_one_key_are_refused(plant_files: Path, workspace: Path) -> None:
    other = plant_files / "other"
    other.mkdir()
    (other / "a.csv").write_text("y", encoding="utf-8")
    with pytest.raises(BadInput, match=r"would both be the document 'erp/a\.csv'"):
        gather([Path("a.csv"), Path("other/a.csv")], workspace, key="erp")


def test_sources_same_file_twice_is_refused(plant_files: Path, workspace: Path) -> None:
    with pytest.raises(BadInput, match="both"):
        gather([Path("a.csv"), Path("./a.csv")], workspace)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/a.csv", "a.csv"),
        ("C:\\exports\\a.csv", "a.csv"),
        ("工单.csv", "工单.csv"),
    ],
)
def test_sources_name_of_an_upload_is_never_a_path(given: str, name: str) -> None:
    assert safe_name(given) == name


@pytest.mark.parametrize("given", ["", "..", "/", "a/..", "a\n.csv", "a\0.csv", "x" * 300])
def test_sources_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(BadInput):
        safe_name(given)
