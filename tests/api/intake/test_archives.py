"""ZIP archives: what is unpacked, and what is refused before or while it is."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from api.intake.archives import unpack
from extraction.files import Limits
from extraction.tables.side_tables import Shelf
from extraction.tables.specification import TableSpec
from kg.model import UnreadableFile


def _pack(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "unpacked"
    made.mkdir()
    return made


def test_archives_files_come_out_in_order(tmp_path: Path, folder: Path) -> None:
    archive = _pack(tmp_path / "a.zip", {"b/two.csv": b"2", "a/one.csv": b"1", "a/": b""})
    found = unpack(archive, folder)
    assert [f.name for f in found] == ["a/one.csv", "b/two.csv"]
    assert [f.path.read_bytes() for f in found] == [b"1", b"2"]
    assert all(f.path.parent.parent == folder for f in found)


def test_archives_names_are_kept_as_far_as_they_are_harmless(tmp_path: Path, folder: Path) -> None:
    names = [
        "故障代码 2.csv",
        "a/x;rm -rf $HOME|.csv",
        "a/X_rm -rf _HOME_.csv",
        "a/x_rm -rf _HOME_.csv",
    ]
    names += ["b/" + "长" * 300 + ".csv", "b/...csv"]
    archive = _pack(tmp_path / "a.zip", {name: name.encode() for name in names})
    paths = {f.name: f.path for f in unpack(archive, folder)}
    assert paths["故障代码 2.csv"].name == "故障代码 2.csv"
    assert all(path.suffix == ".csv" or name == "b/...csv" for name, path in paths.items())
    assert {path.read_bytes().decode() for path in paths.values()} == set(paths)
    assert all(
        len(path.name.encode()) < 256 and path.parent.parent == folder for path in paths.values()
    )
    assert len({str(path).casefold() for path in paths.values()}) == len(paths)


def test_archives_files_look_values_up_in_each_other(tmp_path: Path, folder: Path) -> None:
    codes = b"code,description\nLK,leaking\n"
    files = {"history/orders.csv": b"order,code\n1,LK\n", "master data/Failure_Codes.csv": codes}
    found = {f.name: f.path for f in unpack(_pack(tmp_path / "a.zip", files), folder)}
    spec = TableSpec(file=["failure_codes*"])
    table = Shelf().load("codes", spec, found["history/orders.csv"])
    assert table is not None
    assert table.rows == [["LK", "leaking"]]


def test_archives_clutter_of_systems_is_left_out(tmp_path: Path, folder: Path) -> None:
    names = ["__MACOSX/._a.csv", ".DS_Store", "x/.hidden.csv", "~$a.xlsx", "Thumbs.db", "a.csv"]
    archive = _pack(tmp_path / "a.zip", dict.fromkeys(names, b"1"))
    assert [f.name for f in unpack(archive, folder)] == ["a.csv"]


def test_archives_chinese_names_of_old_windows_are_read(tmp_path: Path, folder: Path) -> None:
    archive = _pack(tmp_path / "a.zip", {"XXXX.csv": b"1"})
    raw = archive.read_bytes().replace(b"XXXX", "工单".encode("gb18030"))
    archive.write_bytes(raw)
    assert [f.name for f in unpack(archive, folder)] == ["工单.csv"]


@pytest.mark.parametrize(
    "name", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_archives_path_that_climbs_out_is_refused(tmp_path: Path, folder: Path, name: str) -> None:
    archive = _pack(tmp_path / "a.zip", {"good.csv": b"1", name: b"evil"})
    with pytest.raises(UnreadableFile, match="outside of itself"):
        unpack(archive, folder)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.rglob("evil.csv"))


def test_archives_link_is_refused(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "a.zip"
    link = zipfile.ZipInfo("passwd.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableFile, match="link"):
        unpack(archive, folder)


def test_archives_bomb_is_refused_by_what_it_declares(tmp_path: Path, folder: Path) -> None:
    archive = _pack(tmp_path / "a.zip", {"bomb.csv": b"0" * 5_000_000})
    with pytest.raises(UnreadableFile, match="far more"):
        unpack(archive, folder)
    assert list(folder.iterdir()) == []


def test_archives_bomb_is_refused_although_it_lies_about_its_size(
    tmp_path: Path, folder: Path
) -> None:
    archive = _pack(tmp_path / "a.zip", {"bomb.csv": b"0" * 5_000_000})
    raw = archive.read_bytes()
    lie = raw.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 1_000))
    assert lie != raw
    archive.write_bytes(lie)
    with pytest.raises(UnreadableFile):
        unpack(archive, folder)
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 3_000_000


def test_archives_too_many_or_too_large_files_are_refused(tmp_path: Path, folder: Path) -> None:
    archive = _pack(tmp_path / "a.zip", {f"{n}.csv": b"12345" for n in range(5)})
    with pytest.raises(UnreadableFile, match="5 files, more than 4"):
        unpack(archive, folder, Limits(archive_parts=4))
    with pytest.raises(UnreadableFile, match="more than 24 bytes"):
        unpack(archive, folder, Limits(unpacked_bytes=24))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"a,b\n1,2\n"])
def test_archives_damaged_one_is_refused(tmp_path: Path, folder: Path, content: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"a\.zip"):
        unpack(archive, folder)


def test_archives_truncated_or_flipped_one_is_refused(tmp_path: Path, folder: Path) -> None:
    good = _pack(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 40}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(good[: len(good) // 2])
    flipped = bytearray(good)
    flipped[60] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(bytes(flipped))
    for name in ("cut.zip", "flipped.zip", "absent.zip"):
        with pytest.raises(UnreadableFile):
            unpack(tmp_path / name, folder)
        shutil.rmtree(folder)
        folder.mkdir()


def test_archives_password_is_said(tmp_path: Path, folder: Path) -> None:
    archive = _pack(tmp_path / "a.zip", {"a.csv": b"1"})
    raw = bytearray(archive.read_bytes())
    raw[6] |= 1  # local header
    central = raw.index(b"PK\x01\x02")
    raw[central + 8] |= 1
    archive.write_bytes(bytes(raw))
    with pytest.raises(UnreadableFile, match="password"):
        unpack(archive, folder)
