"""Where a span stands among the others of its window, and a pair of spans among the other pairs.

The same is told to the fast tier's model of ties by its features (`fast.pairs`). Only spans that
surely stand there count as others: in training the labelled ones, in reading the likely ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NESTS = 4  # whether a span holds another, and whether it lies within one
PLACES = 16  # which one of its label it is, and of how many, both to 3
NEARS = 9  # how near either end is to the other, beside others of its label
_INSIDE = 2
_MOST = 3
_FAR = np.iinfo(np.int64).max

Numbers = NDArray[np.int64]


class Around(NamedTuple):
    """What stands around spans, and pairs of them, as small numbers."""

    nest: Numbers  # shape: (spans,), less than NESTS
    place: Numbers  # shape: (spans,), less than PLACES
    near: Numbers  # shape: (pairs,), less than NEARS


def look_around(
    window: Numbers,
    first: Numbers,
    last: Numbers,
    label: Numbers,
    standing: NDArray[np.bool_],
    source: Numbers,
    target: Numbers,
) -> Around:
    """Of spans sorted by their window, and of ordered pairs of them within windows.

    A pair's number tells for its target whether it is the nearest standing span of its label to the
    source (0), only on its side (1), or not even that (2); and likewise for its source.
    """
    one, other = pair_up(window)
    same = (first[one] == first[other]) & (last[one] == last[other])
    counts = standing[other] & ~same
    holds = counts & (first[one] <= first[other]) & (last[other] <= last[one])
    within = counts & (first[other] <= first[one]) & (last[one] <= last[other])
    nest = np.zeros(len(window), np.int64)
    nest[one[holds]] = 1
    inside = np.zeros(len(window), bool)
    inside[one[within]] = True
    nest += _INSIDE * inside
    outer = standing & ~inside
    alike = outer[other] & (label[one] == label[other])
    count = outer.astype(np.int64) + np.bincount(one[alike], minlength=len(window))
    ahead = alike & (first[other] < first[one])
    before = np.bincount(one[ahead], minlength=len(window))
    place = (_MOST + 1) * np.minimum(before, _MOST) + np.minimum(count, _MOST)
    return Around(
        nest, place, _nearness(first, last, label, standing, (one, other), source, target)
    )


def pair_up(groups: Numbers) -> tuple[Numbers, Numbers]:
    """All ordered pairs of different members of the same group; `groups` is sorted.

    Returns the numbers of the first and of the second member of every pair.
    """
    if not len(groups):
        return groups, groups
    values, starts, counts = np.unique(groups, return_index=True, return_counts=True)
    sizes = np.repeat(counts, counts)
    begins = np.repeat(starts, counts)
    one = np.repeat(np.arange(len(groups)), sizes)
    within = np.arange(len(one)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    other = np.repeat(begins, sizes) + within
    different = one != other
    del values
    return one[different], other[different]


def _nearness(
    first: Numbers,
    last: Numbers,
    label: Numbers,
    standing: NDArray[np.bool_],
    everyone: tuple[Numbers, Numbers],
    source: Numbers,
    target: Numbers,
) -> Numbers:
    labels = int(label.max(initial=0)) + 1
    least = np.full((len(label), labels, 2), _FAR)
    one, other = everyone
    kept = standing[other]
    one, other = one[kept], other[kept]
    np.minimum.at(
        least,
        (one, label[other], _side(first, last, one, other)),
        _gap(first, last, one, other),
    )

    def rank(a: Numbers, b: Numbers) -> Numbers:
        side, gap = _side(first, last, a, b), _gap(first, last, a, b)
        nearer_here = least[a, label[b], side] < gap
        nearer_there = least[a, label[b], 1 - side] < gap
        ranks: Numbers = np.where(nearer_here, 2, nearer_there.astype(np.int64))
        return ranks

    return 3 * rank(source, target) + rank(target, source)


def _side(first: Numbers, last: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """1 where `b` begins behind `a`."""
    return (first[b] > last[a]).astype(np.int64)


def _gap(first: Numbers, last: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """Words between; 0 where they touch or overlap."""
    gaps: Numbers = np.maximum(0, np.maximum(first[b] - last[a], first[a] - last[b]) - 1)
    return gaps
