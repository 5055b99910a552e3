"""Left-out scores, calibration, thresholds and explanations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.completion.calibration import calibrate, calibration_error, threshold_for
from kg.completion.controls import RelationPopularity
from kg.completion.graph import build_graph, queries_of
from kg.completion.plausibility import add_noise, combine, end_probabilities, score_left_out
from kg.model.errors import BadInput


def test_a_triple_is_scored_by_models_of_the_other_folds() -> None:
    graph = build_graph([(f"a{i}", "r", f"b{i % 4}") for i in range(20)])
    seen: list[set[tuple[int, ...]]] = []

    class Spy(RelationPopularity):
        def fit(self, graph, valid, say=print):  # type: ignore[no-untyped-def]
            seen.append({tuple(t) for t in graph.triples.tolist()})

    found = score_left_out(graph, Spy, folds=4)
    assert np.isfinite(found).all()
    assert len(seen) == 4
    everything = {tuple(t) for t in graph.triples.tolist()}
    left_out = [everything - one for one in seen]
    assert sum(len(one) for one in left_out) == len(everything) == len(set.union(*left_out))


def test_other_known_ends_do_not_compete() -> None:
    graph = build_graph([("a", "r", "b"), ("a", "r", "c"), ("d", "r", "c")])
    query = np.array([[graph.entity_index["a"], 0]])
    scores = np.zeros((1, 4), dtype=np.float32)
    found = end_probabilities(scores, query, np.array([graph.entity_index["b"]]), graph)
    assert np.exp(found[0]) == pytest.approx(1 / 3)  # against a and d, not against c


def test_noise_is_wrong_and_marked() -> None:
    graph = build_graph([(f"a{i}", "r", f"b{i % 7}") for i in range(60)])
    noisy, wrong = add_noise(graph, 0.1, np.random.default_rng(0))
    truth = {tuple(t) for t in graph.triples.tolist()}
    assert wrong.sum() == 6
    assert all(
        (tuple(t) not in truth) == bool(w)
        for t, w in zip(noisy.triples.tolist(), wrong, strict=True)
    )


def test_combining_is_by_rank() -> None:
    one, two = np.array([0.0, 1.0, 5.0]), np.array([-100.0, -1.0, -50.0])
    np.testing.assert_allclose(combine([one, two]), [0, 0.75, 0.75])


@given(st.integers(0, 100))
def test_calibrated_probabilities_grow_with_the_score_and_are_near_the_truth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=1_500)
    is_true = rng.random(1_500) < 1 / (1 + np.exp(-2 * scores))
    found = calibrate(scores, is_true)
    told = found.probability(np.sort(scores))
    assert (np.diff(told) >= 0).all()
    assert ((told > 0) & (told < 1)).all()
    assert found.error < 0.07
    assert calibration_error(1 - found.probability(scores), is_true) > found.error


def test_a_few_right_ones_at_the_top_are_not_told_as_certain() -> None:
    scores = np.arange(100.0)
    is_true = scores >= 98
    is_true[:40:5] = True
    told = calibrate(scores, is_true).probability(scores)
    assert 0.2 < told[-1] < 0.65  # 2 of 2
    many = scores >= 60
    assert calibrate(scores, many).probability(scores)[-1] > 0.95  # 40 of 40
    np.testing.assert_array_less(-1e-12, np.diff(told))


def test_too_few_examples_give_no_probability() -> None:
    with pytest.raises(BadInput, match="too few"):
        calibrate(np.arange(10.0), np.arange(10) > 7)
    with pytest.raises(BadInput, match="finite"):
        calibrate(np.array([np.nan] * 20), np.arange(20) > 9)


def test_a_threshold_gives_the_precision_that_was_asked_for() -> None:
    probabilities = np.linspace(0.01, 0.99, 99)
    is_true = probabilities > 0.5
    cut = threshold_for(probabilities, is_true, 0.9)
    assert cut is not None
    assert is_true[probabilities >= cut].mean() >= 0.9
    assert is_true[probabilities >= cut - 0.02].mean() < 0.9
    assert threshold_for(probabilities, ~is_true, 0.9) is None


def test_a_threshold_takes_all_that_is_told_alike() -> None:
    told = np.array([0.9] * 6 + [0.1] * 20)
    is_true = np.array([True] * 6 + [True, False] * 10)
    assert threshold_for(told, is_true, 0.8) == 0.9  # not somewhere among those at 0.1
    assert threshold_for(told, is_true, 0.6) == 0.1
    assert threshold_for(np.array([0.1] * 8), np.array([True] * 6 + [False] * 2), 0.8) is None


def test_the_best_paths_are_the_ones_that_carry_the_answer() -> None:
    pytest.importorskip("torch")
    from kg.completion.paths import PathNetwork, PathOptions, Shape
    from kg.completion.paths.frontier import Bounds
    from tests.contracts.link_model_contract import grandparents

    split = grandparents(8, 0)
    model = PathNetwork(
        PathOptions(epochs=4, shape=Shape("frontier", 3, 16, True, False, Bounds()))
    )
    model.fit(split.graph, split.valid)
    graph = split.graph
    queries, answers = queries_of(split.test, graph.n_relations)
    child_of = graph.relation_index["childOf"]
    two_steps = 0
    for query, end in zip(queries, answers, strict=True):
        paths = model.explain(graph, query, int(end))
        assert paths
        for path in paths:
            assert path.steps[0].start == query[0]
            assert path.steps[-1].end == end
            for before, after in zip(path.steps, path.steps[1:], strict=False):
                assert before.end == after.start
        two_steps += any(
            [step.relation % 2 for step in path.steps] == [child_of] * 2 for path in paths
        )
    assert two_steps >= len(queries) * 0.9


def test_scoring_over_all_edges_is_scoring_and_paths_keep_the_answer() -> None:
    pytest.importorskip("torch_geometric")
    from kg.completion.paths import LinkPath, PathNetwork, PathOptions, Shape, Step
    from kg.completion.paths.frontier import Bounds
    from tests.contracts.link_model_contract import grandparents

    split = grandparents(6, 0)
    graph = split.graph
    for form in ("dense", "frontier"):
        shape = Shape(form, 3, 16, True, False, Bounds())  # type: ignore[arg-type]
        model = PathNetwork(PathOptions(epochs=3, shape=shape))
        model.fit(graph, split.valid)
        queries, answers = queries_of(split.test[:3], graph.n_relations)
        every = [LinkPath(tuple(Step(*triple) for triple in graph.triples.tolist()), 0.0)]
        np.testing.assert_allclose(
            model.score_over(graph, queries, every), model.score(graph, queries), atol=1e-4
        )
        for query, end in zip(queries, answers, strict=True):
            paths = model.explain(graph, query, int(end))
            shown = model.score_over(graph, query[None], paths)[0, end]
            nothing = model.score_over(graph, query[None], [])[0, end]
            assert shown > nothing
