"""`gemba sample` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli.running import WRONG_INPUT, run


def test_sample_plant_answers_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "plant"
    code = run(["sample", "plant", "--units", "50", "--seed", "9", "--out", str(folder), "--json"])
    assert code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["units"] == 50
    assert told["months"] == 1
    assert told["rows"] == sum(told["rows_by_file"].values())
    assert Path(told["truth"]).is_file()
    for name, rows in told["rows_by_file"].items():
        path = Path(told["files"]) / name
        assert path.is_file()
        if name.endswith(".jsonl"):
            assert len(path.read_text("utf-8").splitlines()) == rows
    assert "worn-seal" in told["planted_causes"]


def test_sample_plant_tells_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", "plant", "--units", "60", "--out", str(tmp_path / "p")]) == 0
    out = capsys.readouterr().out
    assert "60 units in 1 month on" in out
    assert f"gemba load {tmp_path / 'p' / 'files'}" in out


def test_sample_plant_refuses_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", "plant", "--units", "6", "--out", str(tmp_path / "p")]) == WRONG_INPUT
    error = capsys.readouterr().err
    assert error == "gemba: A plant makes 50 to 5,000,000 units, not 6.\n"


def test_sample_excavators_refuses_a_missing_wheel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere.whl"
    arguments = ["sample", "excavators", "--out", str(tmp_path / "out"), "--wheel", str(nowhere)]
    assert run(arguments) == WRONG_INPUT
    assert "There is no wheel" in capsys.readouterr().err
