"""Nested spans as layers of flat ones, each learnt by a chain of its own.

The outer layer holds the longest spans, the inner layer the shortest; a text without nesting has
both alike, and a corpus without nesting has one layer. A unit's label says whether a span begins,
goes on, ends or stands alone there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.fast.chain import Ints, Sums

OUTSIDE = 0
BEGIN, INSIDE, END, SINGLE = 1, 2, 3, 4


class UnitSpan(NamedTuple):
    """A span in units: half-open, with the number of its class."""

    first: int
    last: int
    label: int


def tag(kind: int, label: int) -> int:
    """The number of a unit's label."""
    return 4 * label + kind


def tags_count(labels: int) -> int:
    return 1 + 4 * labels


def allowed_steps(labels: int) -> NDArray[np.bool_]:
    """Which unit label may follow which. shape: (tags, tags)"""
    n = tags_count(labels)
    opens = np.zeros(n, dtype=bool)
    opens[[OUTSIDE, *(tag(k, c) for c in range(labels) for k in (BEGIN, SINGLE))]] = True
    steps = np.zeros((n, n), dtype=bool)
    for before in range(n):
        kind = (before - 1) % 4 + 1 if before else OUTSIDE
        label = (before - 1) // 4
        if kind in (BEGIN, INSIDE):
            steps[before, [tag(INSIDE, label), tag(END, label)]] = True
        else:
            steps[before] = opens
    return steps


def outer_layer(spans: Sequence[UnitSpan]) -> list[UnitSpan]:
    """The longest spans that do not touch each other."""
    return _choose(sorted(spans, key=lambda s: (s.first - s.last, s)))


def inner_layer(spans: Sequence[UnitSpan]) -> list[UnitSpan]:
    """The shortest spans that do not touch each other."""
    return _choose(sorted(spans, key=lambda s: (s.last - s.first, s)))


def _choose(spans: Sequence[UnitSpan]) -> list[UnitSpan]:
    chosen: list[UnitSpan] = []
    for span in spans:
        if all(span.last <= other.first or other.last <= span.first for other in chosen):
            chosen.append(span)
    return sorted(chosen)


def tags_of(spans: Sequence[UnitSpan], size: int) -> Ints:
    """The unit labels of a flat layer."""
    tags = np.zeros(size, dtype=np.int64)
    for first, last, label in spans:
        if last - first == 1:
            tags[first] = tag(SINGLE, label)
            continue
        tags[first + 1 : last - 1] = tag(INSIDE, label)
        tags[first], tags[last - 1] = tag(BEGIN, label), tag(END, label)
    return tags


class Found(NamedTuple):
    """Spans with their probabilities. All arrays have the shape (spans,)."""

    first: Ints  # position of the first unit
    size: Ints  # units
    label: Ints
    probability: NDArray[np.float64]


def span_probabilities(sums: Sums, pieces: Ints, labels: int, longest: int, floor: float) -> Found:
    """All spans that a chain gives at least the probability `floor`.

    `sums` in the order of positions; `pieces`: the sequence of each position, which spans do not
    leave. A span's probability is the sum of all paths that hold it.
    """
    forward, backward, local, steps = sums.forward, sums.backward, sums.local, sums.steps
    found: list[tuple[Ints, Ints, Ints, NDArray[np.float64]]] = []
    size = len(pieces)

    def keep(at: Ints, length: int, label: int, p: NDArray[np.float64]) -> None:
        high = p >= floor
        if high.any():
            n = int(high.sum())
            found.append((at[high], np.full(n, length), np.full(n, label), p[high]))

    for label in range(labels):
        b, i, e, s = (tag(k, label) for k in (BEGIN, INSIDE, END, SINGLE))
        everywhere = np.arange(size)
        keep(everywhere, 1, label, (forward[:, s] * backward[:, s]).astype(np.float64))
        begun = forward[:, b].astype(np.float64)
        at = everywhere[begun * backward[:, b] >= floor]
        path = begun[at]
        before = b
        for length in range(2, longest + 1):
            inside = at + length - 1 < size
            at, path = at[inside], path[inside]
            here = at + length - 1
            same = pieces[here] == pieces[at]
            at, path, here = at[same], path[same], here[same]
            if not len(at):
                break
            keep(at, length, label, path * steps[before, e] * local[here, e] * backward[here, e])
            path = path * steps[before, i] * local[here, i]
            onward = path * backward[here, i] >= floor
            at, path = at[onward], path[onward]
            before = i
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Found(none, none, none, np.zeros(0))
    return Found(*(np.concatenate(column) for column in zip(*found, strict=True)))
