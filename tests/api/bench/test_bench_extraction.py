"""The extraction benchmark names every figure, and says why one is not measured."""

from __future__ import annotations

import json
from pathlib import Path

from api.bench import extraction
from api.bench.day_one import measure_day_ones
from api.bench.figures import BenchReport


def quiet(message: str) -> None:
    del message


def test_every_figure_is_there_with_a_reason_where_the_corpora_are_not(tmp_path: Path) -> None:
    for quick in (False, True):
        report = extraction.run(quick=quick, say=quiet, data=tmp_path)
        names = [figure.name for figure in report.figures]
        assert len(names) == len(set(names))
        for told in ("day one", "MaintIE", "mwo2kg", "BDCI", "MaintNorm", "failure mode"):
            assert any(told in name for name in names)
        assert {f"reading, {tier} tier" for tier in ("fast", "accurate")} <= set(names)
        assert all(figure.value is None and figure.reason for figure in report.figures)
        aimed = [f for f in report.figures if f.unit in ("F1", "%")]
        assert all(f.floor is not None and f.aim is not None for f in aimed)
        assert json.loads(json.dumps(report.to_dict()))["bench"] == "extraction"


def test_day_one_is_measured_on_labelled_texts(tmp_path: Path) -> None:
    folder = tmp_path / "mwo2kg"
    folder.mkdir()
    (folder / "conll_dev.txt").write_text(
        "hydraulic B-Item\npump I-Item\nleaking B-Observation\n\nnothing O\nhere O\n", "utf-8"
    )
    report = BenchReport("extraction", True)
    measure_day_ones(report, tmp_path, quiet)
    found = {figure.name: figure for figure in report.figures}
    assert found["mwo2kg, day one, precision"].value == 1.0
    assert found["mwo2kg, day one, recall"].value == 1.0
    assert found["MaintIE, day one, precision"].value is None
