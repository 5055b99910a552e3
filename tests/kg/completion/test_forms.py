"""What both forms of the path network hide, bound and count, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("torch_geometric")

from kg.completion.graph import LinkGraph, queries_of  # noqa: E402
from kg.completion.paths import priors  # noqa: E402
from kg.completion.paths.dense import score_densely  # noqa: E402
from kg.completion.paths.frontier import Bounds, score_by_frontier  # noqa: E402
from kg.completion.paths.hiding import Hidden  # noqa: E402
from kg.completion.paths.network import PathParameters, Sizes  # noqa: E402
from kg.completion.paths.products import expand_ranges  # noqa: E402
from kg.completion.paths.training import thin  # noqa: E402

TRIPLES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 1), st.integers(0, 6)), min_size=1, max_size=20
)


def graph_of(triples: list[tuple[int, int, int]]) -> LinkGraph:
    empty = LinkGraph(tuple("abcdefg"), ("r", "s"), np.zeros((0, 3), dtype=np.int64))
    return empty.with_triples(np.array(triples, dtype=np.int64))


def network() -> PathParameters:
    torch.manual_seed(0)
    made = PathParameters(Sizes(2, 8, 3))
    torch.nn.init.normal_(made.type_query.weight)
    torch.nn.init.normal_(made.type_alike.weight)
    torch.nn.init.normal_(made.popularity_of.weight)
    made.eval()
    return made


@given(TRIPLES, st.data())
def test_hiding_an_edge_scores_as_if_it_were_not_in_the_graph(
    triples: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    graph = graph_of(triples)
    triple = graph.triples[data.draw(st.integers(0, len(graph.triples) - 1))]
    if triple[0] == triple[2]:
        return  # a loop is its own inverse's neighbour: never asked in training alone
    queries, answers = queries_of(triple[None], 2)
    without = graph.with_triples(graph.triples[(graph.triples != triple).any(axis=1)])
    made = network()
    for query, answer in zip(queries, answers, strict=True):
        hidden = Hidden(query[:1], query[1:], np.array([answer]), False)
        with torch.no_grad():
            seen = score_densely(made, graph.adjacency, query[None], hidden, 1.0)
            cut = score_densely(made, without.adjacency, query[None], None, 1.0)
            np.testing.assert_allclose(seen, cut, rtol=1e-3, atol=1e-4)
            walked = score_by_frontier(made, graph.adjacency, query[None], hidden, 1.0, Bounds())
            other = score_by_frontier(made, without.adjacency, query[None], None, 1.0, Bounds())
            # the start's own profile is left as it is: it is no candidate of its own query, but
            # may be among the ends that tell what ends are like
            known = graph.triples[graph.triples[:, 1] == query[1] % 2]
            if query[0] in known[:, 2 if query[1] < 2 else 0]:
                continue
            keep = np.arange(7) != query[0]
            np.testing.assert_allclose(walked[:, keep], other[:, keep], rtol=1e-3, atol=1e-4)


@given(TRIPLES)
def test_bounds_hold_and_still_give_finite_scores(triples: list[tuple[int, int, int]]) -> None:
    graph = graph_of(triples)
    queries, _ = queries_of(graph.triples, 2)
    with torch.no_grad():
        found = score_by_frontier(network(), graph.adjacency, queries, None, 1.0, Bounds(1, 2))
    assert torch.isfinite(found).all()


def test_ranges_are_expanded_with_their_owners() -> None:
    members, owner = expand_ranges(np.array([0, 2, 2, 5]), np.array([2, 1, 0]))
    assert members.tolist() == [2, 3, 4, 0, 1]
    assert owner.tolist() == [0, 0, 0, 2, 2]


@given(TRIPLES, st.data())
def test_a_thinned_graph_keeps_what_is_asked_and_adds_nothing(
    triples: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    graph = graph_of(triples)
    queries, answers = queries_of(graph.triples, 2)
    asked = np.array(data.draw(st.lists(st.integers(0, len(queries) - 1), min_size=1)))
    seed = data.draw(st.integers(0, 9))
    shown = thin(graph, queries[asked], answers[asked], 1.0, np.random.default_rng(seed))
    kept = shown.answers(queries)
    for place, (query, answer) in enumerate(zip(queries, answers, strict=True)):
        # both directions of a triple stay, or neither
        inverse = np.array([[answer, (query[1] + 2) % 4]])
        assert (answer in kept[place]) == (query[0] in shown.answers(inverse)[0])
        assert answer in kept[place] or place not in asked
    assert len(shown.ends) <= len(graph.adjacency.ends)
    whole = thin(graph, queries[asked], answers[asked], 0.0, np.random.default_rng(seed))
    assert whole is graph.adjacency


def test_hiding_a_link_that_is_not_stored_gives_finite_scores() -> None:
    graph = graph_of([(0, 0, 1), (1, 1, 2)])
    hidden = Hidden(np.array([0]), np.array([0]), np.array([5]), False)
    with torch.no_grad():
        made, asked = network(), np.array([[0, 0]])
        walked = score_by_frontier(made, graph.adjacency, asked, hidden, 1.0, Bounds())
        whole = score_densely(made, graph.adjacency, asked, hidden, 1.0)
    assert torch.isfinite(walked).all()
    assert torch.isfinite(whole).all()


def test_random_rivals_stand_for_all_nodes_of_a_vast_graph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    names = tuple(f"n{at}" for at in range(60))
    empty = LinkGraph(names, ("r", "s"), np.zeros((0, 3), dtype=np.int64))
    triples = np.stack(
        [rng.integers(60, size=70), rng.integers(2, size=70), rng.integers(60, size=70)]
    )
    graph = empty.with_triples(triples.T)
    queries, ends = (some[:3] for some in queries_of(graph.triples, 2))
    hidden = Hidden(queries[:, 0], queries[:, 1], ends, False)
    reached = np.array([0, 1, 1]), np.array([50, 51, 52])
    made = network()
    made.forget.p = 0.0
    made.train()

    def rate() -> np.ndarray:
        with torch.no_grad():
            found = priors.rate_nodes_in_lesson(
                made, graph.adjacency, queries[:, 1], hidden, reached
            )
        return found.double().numpy()

    whole = rate()
    monkeypatch.setattr(priors, "_KINDS_AT_MOST", 0)
    monkeypatch.setattr(priors, "_RIVALS", 15)
    drawn = [rate() for _ in range(400)]
    for some in drawn[:20]:
        np.testing.assert_allclose(some[reached], whole[reached], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(
            some[range(3), ends], whole[range(3), ends], rtol=1e-4, atol=1e-4
        )
        assert (some < -1e8).any(axis=1).all()
    mean = np.mean([np.exp(some).sum(axis=1) for some in drawn], axis=0)
    np.testing.assert_allclose(mean, np.exp(whole).sum(axis=1), rtol=0.05)


@pytest.mark.parametrize("kept_bytes", [0, 7 * 4, 10_000])
def test_kept_priors_are_those_of_each_relation(
    monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    monkeypatch.setattr(priors, "_KEPT_BYTES", kept_bytes)
    adjacency = graph_of([(0, 0, 1), (1, 1, 2), (3, 1, 2), (3, 0, 6)]).adjacency
    made = network()
    kept = priors.Priors(made, adjacency)
    units = priors.type_units(made, adjacency)
    for asked in ([0], [3, 0], [1, 1, 2], [0, 3], [2]):
        relations = np.array(asked)
        wanted = priors.rate_nodes(made, adjacency, relations, units).detach().numpy()
        np.testing.assert_allclose(kept.of(relations).numpy(), wanted, rtol=1e-5)


@given(TRIPLES, st.data())
def test_the_usual_ends_of_a_relation_do_not_tell_which_is_hidden(
    triples: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    graph = graph_of(triples)
    queries, answers = queries_of(graph.triples, 2)
    row = data.draw(st.integers(0, len(queries) - 1))
    units = torch.rand(7, 3)
    place = np.arange(7)
    for lost in (0.0, 1.0):
        found = priors.usual_units_without(
            graph.adjacency,
            units,
            place,
            queries[row : row + 1, 1],
            answers[row : row + 1],
            torch.tensor([[lost]]),
        )
        ends = {int(a) for q, a in zip(queries, answers, strict=True) if q[1] == queries[row, 1]}
        if lost:
            ends -= {int(answers[row])}
        wanted = units[sorted(ends)].mean(0) if ends else torch.zeros(3)
        np.testing.assert_allclose(found[0], wanted, rtol=1e-4, atol=1e-5)


def test_of_many_ends_some_are_taken() -> None:
    empty = LinkGraph(tuple(f"n{at:03}" for at in range(300)), ("r", "s"), np.zeros((0, 3), int))
    star = np.array([(0, 0, at) for at in range(1, 300)] + [(5, 1, 6)])
    relations, nodes = empty.with_triples(star).adjacency.some_ends
    assert np.bincount(relations, minlength=4).tolist() == [100, 1, 1, 1]
    assert nodes[relations == 1].tolist() == [6]
    assert nodes[relations == 2].tolist() == [0]
    assert nodes[relations == 0].max() > 280
