"""The benchmark of diagnosis runs on data of any name, and its own optimum is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.bench.diagnosis_alarms import measure_alarms
from api.bench.diagnosis_checks import draw_problem, follow_next_check, inspect_in_random_order
from api.bench.diagnosis_fmea import measure_fmea
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
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(BadInput, match="no column for the cause"):
        measure_fmea(report, path, quick=True, seeds=(0,))
