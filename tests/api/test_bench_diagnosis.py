"""The benchmark of diagnosis runs on data of any name, and its own optimum is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api.bench.diagnosis import run
from api.bench.diagnosis_alarms import measure_alarms
from api.bench.diagnosis_checks import draw_problem, follow_next_check, inspect_in_random_order
from api.bench.diagnosis_fmea import fmea_network, measure_fmea
from api.bench.diagnosis_networks import measure_network
from api.bench.figures import BenchReport
from api.bench.optimal import best_cost, cost_of
from kg.diagnosis.exchange import write_bif
from kg.model import BadInput
from tests.kg.diagnosis.inference.networks import random_network


def test_a_network_of_other_names_and_sizes_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "other.bif"
    path.write_text(write_bif(random_network(11, 9, zeros=True, noisy=0.0)), "utf-8")
    report = BenchReport("diagnosis", quick=True)
    measure_network(report, path, None, None, quick=True, seeds=(0, 1, 2))
    figures = {f.name: f for f in report.figures}
    assert figures["other: posterior against pyAgrum, largest difference"].value < 1e-6  # type: ignore[operator]
    control = figures["other: ranking log-loss above the exact oracle"].control
    assert control is not None
    assert set(control) == {"popularity", "empty graph", "random", "symptom count"}


def test_no_policy_is_cheaper_than_the_optimum() -> None:
    for seed in range(3):
        problem = draw_problem(seed, size=3)
        best = best_cost(problem)
        assert cost_of(problem, follow_next_check(problem, trouble=["f3"])) >= best - 1e-9
        assert cost_of(problem, inspect_in_random_order(problem, seed)) >= best - 1e-9


def test_recorded_alarms_of_another_machine_are_measured(tmp_path: Path) -> None:
    group = tmp_path / "runs" / "exp_press"
    run = group / "exp_1" / "run_1"
    run.mkdir(parents=True)
    (group / "press_nodes.csv").write_text(
        "id,label,type,io,datatype\n1,Oil,Variable,input,bool\n2,A,Alarm,,bool\n", "utf-8"
    )
    (group / "press_edges.csv").write_text("source_label,target_label\nOil,A\n", "utf-8")
    (group / "exp_1" / "exp_1_description.json").write_text(
        json.dumps({"manipulatedVars": ["Oil"]}), "utf-8"
    )
    (run / "data.csv").write_text(
        "time_s,node,value\n0,Oil,True\n0,A,False\n5,Oil,False\n9,A,True\n", "utf-8"
    )
    report = BenchReport("diagnosis", quick=True)
    measure_alarms(report, tmp_path, seeds=(0,))
    assert report.figures[0].name == "press: precision at 1"
    assert report.figures[0].value == 1.0
    (group / "exp_1" / "exp_1_description.json").write_text("{}", "utf-8")
    with pytest.raises(BadInput, match="does not say which variables"):
        measure_alarms(report, tmp_path, seeds=(0,))


def test_an_fmea_of_another_plant_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(
        "Item,Failure mode,Effects,Cause of failure,Occurrence\n"
        'Pump,leaks,"oil on floor, low pressure",worn seal,3\n'
        "Pump,stops,no pressure,motor burnt,1\n"
        ",,low pressure,filter blocked,5\n",
        "utf-8",
    )
    report = BenchReport("diagnosis", quick=True)
    measure_fmea(report, path, quick=True, seeds=(0, 1, 2))
    loss = report.figures[0]
    assert loss.control is not None
    assert loss.value is not None
    assert loss.value <= loss.control["random"]


_SHEET = [
    ["部件", "失效模式", "失效影响", "失效原因", "频度"],
    ["泵", "泄漏", "地面有油", "密封磨损", 3],
    ["泵", "停转", "无压力", "电机烧毁", 1],
    [None, None, "无压力", "滤芯堵塞", 5],
]


def test_an_fmea_is_read_as_loading_reads_it(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in _SHEET:
        sheet.append(row)
    book.save(tmp_path / "泵.xlsx")
    network, causes, effects = fmea_network(tmp_path / "泵.xlsx")
    assert sorted(causes) == ["泵: 停转 ← 滤芯堵塞", "泵: 停转 ← 电机烧毁", "泵: 泄漏 ← 密封磨损"]
    assert set(network["effect: 无压力"].parents) == set(causes[1:])
    assert len(effects) == 4  # two modes, two effects
    text = "\n".join(",".join("" if c is None else str(c) for c in row) for row in _SHEET)
    (tmp_path / "pump.csv").write_text(text, "gb18030")
    other, names, _ = fmea_network(tmp_path / "pump.csv")
    assert names == causes
    assert [other.table(n)[1] for n in names] == [network.table(n)[1] for n in names]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a,b\n1,2\n", "sheet.csv is no FMEA: a sheet needs columns"),
        ("Failure mode,Cause,Occurrence\nleaks,worn seal,\n", "no row with a failure cause and"),
    ],
)
def test_a_file_that_is_no_fmea_is_refused(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=match):
        measure_fmea(BenchReport("diagnosis", quick=True), path, quick=True, seeds=(0,))


@pytest.mark.parametrize("what", ["network", "causrca", "fmea"])
def test_what_is_named_is_checked_before_anything_is_measured(tmp_path: Path, what: str) -> None:
    said: list[str] = []
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", "utf-8")
    named: dict[str, Any] = {
        "network": {"network": [wrong]}, "causrca": {"causrca": tmp_path}, "fmea": {"fmea": wrong}
    }[what]  # fmt: skip
    with pytest.raises(BadInput):
        run(quick=True, say=said.append, **named)
    assert said == []
