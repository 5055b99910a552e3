"""The benchmark of link completion on a tiny set of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.bench.completion import Once, area_under_curve, find_sets, run
from api.bench.completion_scale import synthetic_graph
from kg.completion import Degree, LinkGraph, queries_of
from kg.completion.graph import FloatArray, IntArray
from tests.contracts.link_model_contract import grandparents


def write_split(folder: Path, families: int, seed: int, name: str) -> None:
    folder.mkdir()
    split = grandparents(families, seed, name=name)
    graph = split.graph
    for part, triples in (
        ("train", graph.triples),
        ("valid", split.valid),
        ("test", split.test),
    ):
        lines = [
            f"{graph.entities[s]}\t{graph.relations[r]}\t{graph.entities[o]}\n"
            for s, r, o in triples.tolist()
        ]
        (folder / f"{part}.txt").write_text("".join(lines), encoding="utf-8")


def test_sets_are_found_with_their_inductive_partners(tmp_path: Path) -> None:
    for name in ("one", "one_ind", "two"):
        write_split(tmp_path / name, 2, 0, "p")
    assert [(s.name, s.inductive) for s in find_sets(tmp_path, None)] == [
        ("one", tmp_path / "one_ind"),
        ("two", None),
    ]
    assert [s.name for s in find_sets(tmp_path / "two", None)] == ["two"]


def test_an_inductive_run_reports_figures_with_controls(tmp_path: Path) -> None:
    pytest.importorskip("torch_geometric")
    write_split(tmp_path / "one", 8, 0, "p")
    write_split(tmp_path / "new", 4, 1, "n")
    report = run(quick=True, say=str, data=tmp_path / "one", inductive=tmp_path / "new").to_dict()
    figures = {figure["name"]: figure for figure in report["figures"]}
    mrr = figures["one, MRR"]
    assert 0 < mrr["value"] <= 1
    assert {"relation popularity", "degree"} <= set(mrr["control"])
    assert figures["one, training"]["value"] > 0
    assert "childOf" in report["notes"][0]


def test_a_model_is_asked_a_batch_of_one_graph_once() -> None:
    asked: list[int] = []

    class Counted(Degree):
        def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
            asked.append(len(queries))
            return super().score(graph, queries)

    split = grandparents(2, 0)
    queries, _ = queries_of(split.test, 2)
    model = Once(Counted())
    for _ in range(2):
        first, second = model.score(split.graph, queries), model.score(split.graph, queries[:1])
        np.testing.assert_array_equal(first, Degree().score(split.graph, queries))
        assert len(second) == 1
    assert asked == [len(queries), 1]
    more = split.known
    np.testing.assert_array_equal(model.score(more, queries), Degree().score(more, queries))
    model.fit(more, split.valid)
    model.score(more, queries)
    assert asked[2:] == [len(queries), len(queries)]


def test_the_area_under_the_curve_is_the_share_of_ordered_pairs() -> None:
    scores, wrong = np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, True, False, True])
    assert area_under_curve(scores, wrong) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_the_synthetic_graph_has_hubs_and_about_the_size_asked_for() -> None:
    graph = synthetic_graph(20_000)
    assert len(graph.triples) > 18_000
    assert graph.adjacency.degrees.max() > 50 * np.median(graph.adjacency.degrees)
