"""Ranks against brute force, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.completion.controls import OnEmptyGraph, RelationPopularity
from kg.completion.evaluation import evaluate, rank_queries, seen_ends
from kg.completion.graph import LinkGraph, build_graph, queries_of
from kg.completion.splits import (
    read_split,
    split_by_entity,
    split_by_time,
    split_randomly,
)
from kg.model.errors import BadInput

TRIPLES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=20
)


def graph_of(triples: list[tuple[int, int, int]]) -> LinkGraph:
    empty = LinkGraph(tuple("abcdef"), ("r", "s"), np.zeros((0, 3), dtype=np.int64))
    return empty.with_triples(np.array(triples, dtype=np.int64))


@given(TRIPLES, st.integers(0, 1000))
def test_ranks_are_filtered_and_realistic(triples: list[tuple[int, int, int]], seed: int) -> None:
    known = graph_of(triples)
    test = known.triples[:3]
    queries, answers = queries_of(test, 2)
    scores = np.random.default_rng(seed).integers(0, 3, (len(queries), 6)).astype(np.float32)
    places = {tuple(query): row for row, query in enumerate(queries.tolist())}
    ranking = rank_queries(
        lambda some: scores[[places[tuple(q)] for q in some.tolist()]], queries, answers, known
    )
    facts = {tuple(t) for t in known.triples.tolist()}
    for row, ((entity, relation), answer) in enumerate(
        zip(queries.tolist(), answers.tolist(), strict=True)
    ):
        own = scores[places[entity, relation]]
        better, equal = 0, 0
        for other in range(6):
            fact = (entity, relation, other) if relation < 2 else (other, relation - 2, entity)
            if fact in facts:
                continue
            better += own[other] > own[answer]
            equal += own[other] == own[answer]
        assert ranking.ranks[row] == 1 + better + equal / 2


def test_knowing_nothing_ranks_in_the_middle() -> None:
    graph = build_graph([(f"a{i}", "r", "b") for i in range(9)])
    ranking = evaluate(OnEmptyGraph(RelationPopularity()), graph, graph.triples, graph)
    assert ranking.part(ranking.queries[:, 1] == 0).ranks.tolist() == [5.5] * 9


def test_only_allowed_ends_compete() -> None:
    graph = build_graph([("a", "r", "b"), ("a", "s", "c"), ("d", "r", "b")])
    ranking = evaluate(RelationPopularity(), graph, graph.triples, graph, allowed=seen_ends(graph))
    assert ranking.candidates.max() == 1
    assert ranking.mrr == 1


@given(TRIPLES)
def test_answers_are_those_of_the_triples(triples: list[tuple[int, int, int]]) -> None:
    graph = graph_of(triples)
    asked = np.array([[e, r] for e in range(6) for r in range(4)])
    for (entity, relation), ends in zip(
        asked.tolist(), graph.adjacency.answers(asked), strict=True
    ):
        if relation < 2:
            expected = {o for s, r, o in graph.triples.tolist() if (s, r) == (entity, relation)}
        else:
            expected = {s for s, r, o in graph.triples.tolist() if (o, r + 2) == (entity, relation)}
        assert set(ends.tolist()) == expected


def test_splits_lose_nothing_and_keep_their_promise() -> None:
    rng = np.random.default_rng(0)
    empty = LinkGraph(tuple("abcdefghij"), ("r",), np.zeros((0, 3), dtype=np.int64))
    graph = empty.with_triples(
        np.stack([rng.integers(0, 10, 60), np.zeros(60, int), rng.integers(0, 10, 60)], axis=1)
    )
    split = split_randomly(graph, 1)
    np.testing.assert_array_equal(split.known.triples, graph.triples)
    moments = list(range(len(graph.triples)))
    timed = split_by_time(graph, moments)
    np.testing.assert_array_equal(timed.known.triples, graph.triples)
    assert timed.test.tolist() == graph.triples[-len(timed.test) :].tolist()
    seen, context, test = split_by_entity(graph, 3)
    trained = set(seen.triples[:, [0, 2]].ravel().tolist())
    assert all(not trained.issuperset({s, o}) for s, _, o in test.tolist())
    assert len(context.triples) + len(test) == len(graph.triples)
    with pytest.raises(BadInput, match="finite"):
        split_by_time(graph, [float("nan")] * len(graph.triples))


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no triples"), ("a\tb\n", "line 1"), ("a\tr\tb\n\nx\ty\n", "line 3")],
)
def test_a_bad_folder_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=r"train\.txt is not there"):
        read_split(tmp_path)
    for name in ("valid.txt", "test.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "train.txt").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        read_split(tmp_path)


def test_unseen_relations_are_named(tmp_path: Path) -> None:
    for name in ("train.txt", "valid.txt", "test.txt"):
        (tmp_path / name).write_text("a\tnew\tb\n", encoding="utf-8")
    with pytest.raises(BadInput, match="'new'"):
        read_split(tmp_path, relations=("old",))
