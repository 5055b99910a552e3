"""Linear-chain conditional random fields over factored features.

A position's scores are the sum of rows of a table, one row a channel; a row is the weighted sum of
the features of a word or a word sequence. So the loss needs two sparse products, and the sums over
paths run over all texts at once, position by position (Lafferty, McCallum, Pereira 2001; scaled
forward-backward as in Rabiner 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from extraction.learning.fast.optimising import Floats, descend

Ints = NDArray[np.int64]
IMPOSSIBLE = -30.0  # log weight of a step that labels never make


class Packed(NamedTuple):
    """Sequences of positions, longest first, laid out step by step.

    `order`: positions in packed order; `counts[t]`: how many sequences have a step t; `of`: the
    sequence (as given) that each packed row of step 0 belongs to.
    """

    order: Ints  # shape: (positions,)
    counts: Ints  # shape: (longest,)
    of: Ints  # shape: (sequences,)


def pack(pieces: Sequence[tuple[int, int]]) -> Packed:
    """Lay out half-open ranges of positions."""
    lengths = np.array([end - start for start, end in pieces], dtype=np.int64)
    starts = np.array([start for start, _ in pieces], dtype=np.int64)
    of = np.argsort(-lengths, kind="stable")
    lengths, starts = lengths[of], starts[of]
    longest = int(lengths[0]) if len(lengths) else 0
    counts = np.array([int((lengths > t).sum()) for t in range(longest)], dtype=np.int64)
    steps = [starts[: counts[t]] + t for t in range(longest)]
    order = np.concatenate(steps) if steps else np.zeros(0, dtype=np.int64)
    return Packed(order, counts, of)


class Weights(NamedTuple):
    """What a chain has learnt. Shapes: (features, labels), (labels, labels), (labels,) twice."""

    features: Floats
    steps: Floats
    begin: Floats
    end: Floats


class Sums(NamedTuple):
    """Forward and backward sums in packed order, scaled so that their product is a marginal."""

    log_partition: float
    forward: Floats  # shape: (positions, labels)
    backward: Floats  # shape: (positions, labels)
    local: Floats  # shape: (positions, labels); exp of the scores, divided by the scale
    steps: Floats  # shape: (labels, labels); exp of the step weights


def sum_paths(scores: Floats, packed: Packed, weights: Weights) -> Sums:
    """Sums over all paths. `scores`: packed order, shape: (positions, labels)"""
    counts = packed.counts
    dtype = scores.dtype
    steps = np.exp(weights.steps).astype(dtype)
    scores = scores.copy()
    ends = np.cumsum(counts)
    begins = ends - counts
    if len(counts):
        scores[: counts[0]] += weights.begin.astype(dtype)
        for t in range(len(counts)):
            after = counts[t + 1] if t + 1 < len(counts) else 0
            scores[begins[t] + after : ends[t]] += weights.end.astype(dtype)
    top = scores.max(axis=1)
    local = np.exp(scores - top[:, None])
    forward = np.empty_like(local)
    scale = np.empty(len(local), dtype=dtype)
    for t in range(len(counts)):
        here = slice(begins[t], ends[t])
        if t == 0:
            alpha = local[here]
        else:
            before = forward[begins[t - 1] : begins[t - 1] + counts[t]]
            alpha = (before @ steps) * local[here]
        total = alpha.sum(axis=1)
        scale[here] = total
        forward[here] = alpha / total[:, None]
    local /= scale[:, None]
    backward = np.ones_like(local)
    for t in range(len(counts) - 2, -1, -1):
        n = counts[t + 1]
        after = slice(begins[t + 1], ends[t + 1])
        backward[begins[t] : begins[t] + n] = (local[after] * backward[after]) @ steps.T
    log_partition = float(np.log(scale.astype(np.float64)).sum() + top.astype(np.float64).sum())
    return Sums(log_partition, forward, backward, local, steps)


class ChainData(NamedTuple):
    """What a chain learns from.

    `rows`: positions in packed order by table rows. `table`: the first table rows by features; the
    rows behind stand for one feature each. `gold`: label of every position in packed order.
    `weight`: of every position, the same within a sequence.
    """

    rows: sparse.csr_matrix
    table: sparse.csr_matrix
    packed: Packed
    gold: Ints
    weight: NDArray[np.float32]


def row_scores(table: sparse.csr_matrix, weights: Any) -> Any:
    """Scores of table rows. shape: (table rows, labels)"""
    described = table.shape[1]
    return np.concatenate([table @ weights[:described], weights[described:]])


def train_chain(
    data: ChainData,
    labels: int,
    allowed: NDArray[np.bool_],
    penalty: float,
    iterations: int,
    told: Callable[[int], None] | None = None,
    start: Weights | None = None,
) -> Weights:
    """The weights that make the gold labels likely. `allowed`: steps, shape: (labels, labels)"""
    rows, table, packed, gold, weight = data
    turned_rows, turned_table = rows.T.tocsr(), table.T.tocsr()
    described = table.shape[0]
    features = table.shape[1] + rows.shape[1] - described
    counts = packed.counts
    ends = np.cumsum(counts)
    begins = ends - counts
    size = len(gold)
    # the row before each packed position that is not a first one
    later = np.arange(counts[0], size)
    step_of = np.repeat(np.arange(len(counts)), counts)
    previous = later - counts[step_of[later] - 1]
    gold_steps = np.zeros((labels, labels), dtype=np.float32)
    np.add.at(gold_steps, (gold[previous], gold[later]), weight[later])
    is_last = np.ones(size, dtype=bool)
    is_last[previous] = False
    last = np.flatnonzero(is_last)
    everything = np.arange(size)
    closed = np.where(allowed, 0.0, IMPOSSIBLE).astype(np.float32)
    # what may follow nothing may begin, and what nothing may follow may end; tag 0 is nothing
    closed_begin, closed_end = closed[0], closed[:, 0]
    cuts = np.cumsum([features * labels, labels * labels, labels])

    def unpack(flat: Any) -> Weights:
        f, s, b, e = np.split(flat, cuts)
        steps: Any = s.reshape(labels, labels) + closed
        return Weights(f.reshape(features, labels), steps, b + closed_begin, e + closed_end)

    def loss(flat: Any) -> tuple[float, Any]:
        w = unpack(flat)
        scores = rows @ row_scores(table, w.features)
        sums = sum_paths(scores, packed, w)
        d: Any = sums.forward * sums.backward
        d *= (weight / d.sum(axis=1))[:, None]
        first = slice(0, counts[0])
        value = _weighted_partition(scores, sums, w, packed, weight, last)
        value -= float(weight @ scores[everything, gold])
        value -= float((gold_steps * w.steps).sum())
        value -= float(weight[first] @ w.begin[gold[first]])
        value -= float(weight[last] @ w.end[gold[last]])
        onward = sums.local * sums.backward
        onward *= weight[:, None]
        d_steps: Any = np.zeros((labels, labels), dtype=np.float32)
        for t in range(1, len(counts)):
            before = slice(begins[t - 1], begins[t - 1] + counts[t])
            d_steps += sums.forward[before].T @ onward[begins[t] : ends[t]]
        d_steps = d_steps * sums.steps - gold_steps
        d[everything, gold] -= weight
        by_row = turned_rows @ d
        gradient = np.concatenate(
            [
                (turned_table @ by_row[:described]).ravel(),
                by_row[described:].ravel(),
                d_steps.ravel(),
                d[first].sum(axis=0),
                d[last].sum(axis=0),
            ]
        )
        gradient += np.float32(penalty) * flat
        return value + penalty / 2 * float(flat @ flat), gradient

    origin = np.zeros(int(cuts[-1]) + labels, dtype=np.float32)
    if start is not None:
        origin[:] = np.concatenate(
            [
                start.features.ravel(),
                (start.steps - closed).ravel(),
                start.begin - closed_begin,
                start.end - closed_end,
            ]
        )
    return unpack(descend(loss, origin, iterations, told))


def _weighted_partition(
    scores: Any, sums: Sums, w: Weights, packed: Packed, weight: Any, last: Ints
) -> float:
    """The sum over sequences of weight times log partition.

    log partition = sum over positions of log scale + top; the scale is found again from `local`.
    """
    shifted = scores.copy()
    shifted[: packed.counts[0]] += w.begin.astype(scores.dtype)
    shifted[last] += w.end.astype(scores.dtype)
    best = shifted.argmax(axis=1)
    at = np.arange(len(best))
    # local = exp(score - top) / scale, so score - log(local) = top + log(scale)
    terms = shifted[at, best].astype(np.float64) - np.log(sums.local[at, best].astype(np.float64))
    return float(weight.astype(np.float64) @ terms)
