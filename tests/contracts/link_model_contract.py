"""What every link model must do, as tests; subclass it and say how the model is made."""

from __future__ import annotations

import numpy as np
import pytest

from kg.completion.evaluation import evaluate
from kg.completion.graph import LinkGraph, build_graph, queries_of
from kg.completion.protocol import LinkModel
from kg.completion.splits import Split
from kg.model.errors import BadInput


def grandparents(families: int, seed: int, *, name: str = "p") -> Split:
    """Families of three generations: who is a grandparent follows from two steps."""
    rng = np.random.default_rng(seed)
    triples = []
    for family in range(families):
        old, *middle = (f"{name}{family}.{i}" for i in range(4))
        for number, parent in enumerate(middle):
            triples.append((parent, "childOf", old))
            for child in range(2):
                young = f"{name}{family}.{number}.{child}"
                triples.append((young, "childOf", parent))
                triples.append((young, "grandchildOf", old))
    graph = build_graph(triples)
    chosen = np.flatnonzero(graph.triples[:, 1] == graph.relation_index["grandchildOf"])
    rng.shuffle(chosen)
    held = chosen[: len(chosen) // 3]
    stays = np.setdiff1d(np.arange(len(graph.triples)), held)
    half = len(held) // 2
    return Split(
        graph.with_triples(graph.triples[stays]),
        graph.triples[held[:half]],
        graph.triples[held[half:]],
    )


class LinkModelContract:
    """Override `make`; `learns` says whether it should find what two steps imply."""

    learns = True

    def make(self) -> LinkModel:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    def split(self) -> Split:
        return grandparents(12, 0)

    @pytest.fixture(scope="class")
    def model(self, split: Split) -> LinkModel:
        model = self.make()
        model.fit(split.graph, split.valid)
        return model

    def test_scores_are_finite_and_have_one_column_an_entity(
        self, model: LinkModel, split: Split
    ) -> None:
        queries, _ = queries_of(split.test, split.graph.n_relations)
        scores = model.score(split.graph, queries)
        assert scores.shape == (len(queries), split.graph.n_entities)
        assert np.isfinite(scores).all()

    def test_scores_do_not_depend_on_what_is_asked_together(
        self, model: LinkModel, split: Split
    ) -> None:
        queries, _ = queries_of(split.test[:4], split.graph.n_relations)
        together = model.score(split.graph, queries)
        alone = np.concatenate([model.score(split.graph, query[None]) for query in queries])
        np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)

    def test_the_same_seed_gives_the_same_scores(self, model: LinkModel, split: Split) -> None:
        again = self.make()
        again.fit(split.graph, split.valid)
        queries, _ = queries_of(split.test[:3], split.graph.n_relations)
        np.testing.assert_allclose(
            again.score(split.graph, queries), model.score(split.graph, queries), atol=1e-5
        )

    def test_it_learns_what_two_steps_imply(self, model: LinkModel, split: Split) -> None:
        if not self.learns:
            pytest.skip("a control knows nothing of paths")
        ranking = evaluate(model, split.graph, split.test, split.known)
        assert ranking.mrr > 0.6

    def test_new_entities_are_scored_or_refused(self, model: LinkModel) -> None:
        new = grandparents(3, 1, name="n")
        queries, _ = queries_of(new.test, new.graph.n_relations)
        if model.is_inductive:
            assert np.isfinite(model.score(new.graph, queries)).all()
        else:
            with pytest.raises(BadInput, match="entities"):
                model.score(new.graph, queries)

    def test_isolated_entities_and_single_examples_do_no_harm(self) -> None:
        graph = build_graph(
            [("a", "r", "b"), ("b", "r", "c"), ("x", "once", "y")], entities=["alone"]
        )
        model = self.make()
        model.fit(graph, graph.triples[:0])
        both = np.array([[graph.entity_index["alone"], 0], [graph.entity_index["x"], 3]])
        assert np.isfinite(model.score(graph, both)).all()

    def test_an_empty_graph_is_refused_by_what_learns(self) -> None:
        if not self.learns:
            pytest.skip("a control learns nothing")
        empty = LinkGraph(("a", "b"), ("r",), np.zeros((0, 3), dtype=np.int64))
        with pytest.raises(BadInput, match="no triples"):
            self.make().fit(empty, empty.triples)
