"""Causal graphs and recorded runs from tables; bad rows are named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kg.diagnosis.exchange import read_causal_graph, read_changes
from kg.model import BadInput
from tests.shared_data import shared

_NODES = "id,label,type,io,datatype,comment\n1,Pump,Variable,input,bool,runs\n2,A1,Alarm,,bool,\n"
_EDGES = "source_id,target_id,source_label,target_label,comment\n1,2,Pump,A1,stops\n"


def _write(folder: Path, nodes: str, edges: str) -> tuple[Path, Path]:
    (folder / "nodes.csv").write_text(nodes, "utf-8")
    (folder / "edges.csv").write_text(edges, "utf-8")
    return folder / "nodes.csv", folder / "edges.csv"


def test_a_graph_is_read(tmp_path: Path) -> None:
    graph = read_causal_graph(*_write(tmp_path, _NODES, _EDGES))
    assert graph.nodes["A1"].is_alarm
    assert not graph.nodes["Pump"].is_command
    assert graph.paths_to("A1") == {"Pump": ("Pump", "A1")}


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        ("id,name\n1,Pump\n", _EDGES, "no column 'label'"),
        (_NODES + "3,Pump,Variable,,bool,\n", _EDGES, "nodes.csv, row 4: the node 'Pump'"),
        (_NODES, _EDGES + "1,9,Pump,Fan,\n", "edges.csv, row 3: there is no node 'Fan'"),
        (_NODES, "", "empty"),
    ],
)
def test_bad_tables_are_one_sentence(tmp_path: Path, nodes: str, edges: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_causal_graph(*_write(tmp_path, nodes, edges))


def test_runs_are_sorted_and_bad_times_named(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("time_s,node,value,type\n2.5,A,True,x\n0.0,A,False,x\n", "utf-8")
    assert [c.at for c in read_changes(path)] == [0.0, 2.5]
    path.write_text("time_s,node,value\nsoon,A,True\n", "utf-8")
    with pytest.raises(BadInput, match="row 2: 'soon' is not a time"):
        read_changes(path)


def test_the_graph_of_a_real_lathe_is_read() -> None:
    folder = shared("diagnosis/causrca") / "expert_graph"
    graph = read_causal_graph(folder / "all_nodes.csv", folder / "all_edges.csv")
    assert len(graph.nodes) == 92
    with (folder / "all_edges.csv").open(encoding="utf-8", newline="") as file:
        told = {(r["source_label"], r["target_label"]) for r in csv.DictReader(file)}
    assert set(graph.edges) == told
