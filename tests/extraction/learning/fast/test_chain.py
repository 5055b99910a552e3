"""Chains against all paths counted one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from scipy import sparse

from extraction.learning.fast.chain import (
    ChainData,
    Sums,
    Weights,
    pack,
    sum_paths,
    train_chain,
)
from extraction.learning.fast.layers import (
    UnitSpan,
    allowed_steps,
    inner_layer,
    outer_layer,
    span_probabilities,
    tags_count,
    tags_of,
)

LABELS = 2
TAGS = tags_count(LABELS)


def random_weights(seed: int) -> Weights:
    chance = np.random.default_rng(seed)
    closed = np.where(allowed_steps(LABELS), 0.0, -30.0)
    steps = chance.normal(size=(TAGS, TAGS)) + closed
    begin, end = chance.normal(size=TAGS) + closed[0], chance.normal(size=TAGS) + closed[:, 0]
    return Weights(np.zeros((0, TAGS)), steps, begin, end)


def spans_of_path(path: tuple[int, ...]) -> set[UnitSpan]:
    found, start = set(), 0
    for n, tag in enumerate(path):
        kind = (tag - 1) % 4 + 1 if tag else 0
        if kind in (1, 4):
            start = n
        if kind in (3, 4):
            found.add(UnitSpan(start, n + 1, (tag - 1) // 4))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_marginals_and_span_probabilities_are_sums_over_all_paths(seed: int) -> None:
    weights = random_weights(seed)
    lengths = [2, 4, 1]
    pieces = [(0, 2), (2, 6), (6, 7)]
    scores = np.random.default_rng(seed + 10).normal(size=(sum(lengths), TAGS))
    packed = pack(pieces)
    sums = sum_paths(scores[packed.order], packed, weights)
    back = np.argsort(packed.order)
    ordered = Sums(0.0, sums.forward[back], sums.backward[back], sums.local[back], sums.steps)
    piece_of = np.repeat(np.arange(3), lengths)
    found = span_probabilities(ordered, piece_of, LABELS, 4, 1e-9)
    given = {(int(a), int(a + n), int(c)): float(p) for a, n, c, p in zip(*found, strict=True)}
    total = 0.0
    for begin, end in pieces:
        partition, spans, marginals = 0.0, {}, np.zeros((end - begin, TAGS))
        for path in product(range(TAGS), repeat=end - begin):
            value = weights.begin[path[0]] + weights.end[path[-1]]
            value += sum(scores[begin + n, tag] for n, tag in enumerate(path))
            value += sum(weights.steps[a, b] for a, b in pairwise(path))
            share = float(np.exp(value))
            partition += share
            for n, tag in enumerate(path):
                marginals[n, tag] += share
            for span in spans_of_path(path) if share > 1e-9 else ():
                key = (begin + span.first, begin + span.last, span.label)
                spans[key] = spans.get(key, 0.0) + share
        total += float(np.log(partition))
        mine = (ordered.forward * ordered.backward)[begin:end]
        assert mine == pytest.approx(marginals / partition, abs=1e-6)
        for key, share in spans.items():
            if share / partition > 1e-3:
                assert given[key] == pytest.approx(share / partition, rel=1e-4)
    assert sums.log_partition == pytest.approx(total, rel=1e-6)


def test_a_chain_learns_what_one_feature_says() -> None:
    gold = np.array([0, 4, 0, 1, 3, 0])  # nothing, single, nothing, begin, end, nothing
    rows = sparse.identity(6, format="csr", dtype=np.float32)
    table = sparse.identity(6, format="csr", dtype=np.float32)
    packed = pack([(0, 6)])
    data = ChainData(rows, table, packed, gold[packed.order], np.ones(6, dtype=np.float32))
    weights = train_chain(data, tags_count(1), allowed_steps(1), 0.01, 60)
    sums = sum_paths(np.asarray(rows @ weights.features)[packed.order], packed, weights)
    likeliest = (sums.forward * sums.backward).argmax(axis=1)
    assert likeliest[np.argsort(packed.order)].tolist() == gold.tolist()


def test_layers_hold_the_longest_and_the_shortest_spans() -> None:
    spans = [UnitSpan(0, 3, 0), UnitSpan(1, 3, 0), UnitSpan(2, 3, 1), UnitSpan(4, 5, 1)]
    assert outer_layer(spans) == [UnitSpan(0, 3, 0), UnitSpan(4, 5, 1)]
    assert inner_layer(spans) == [UnitSpan(2, 3, 1), UnitSpan(4, 5, 1)]
    assert tags_of(outer_layer(spans), 6).tolist() == [1, 2, 3, 0, 8, 0]
    assert spans_of_path((1, 2, 3, 0, 8, 0)) == set(outer_layer(spans))
