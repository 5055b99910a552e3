"""How large the tables of exact inference would get: known before anything is computed.

Variables are eliminated by smallest resulting table first; the largest table met is what a
junction tree needs, up to the luck of the heuristic (Kjærulff 1990).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from math import log
from typing import NamedTuple


class Effort(NamedTuple):
    """Logarithms (natural) of the cells of the largest table and of all together."""

    log_largest: float
    log_total: float


def estimate_effort(
    scopes: Iterable[tuple[str, ...]], sizes: Mapping[str, int], *, log_limit: float
) -> Effort:
    """The effort of eliminating all variables; stops early once it passes `log_limit`."""
    weight = {name: log(size) if size > 1 else 0.0 for name, size in sizes.items()}
    near: dict[str, set[str]] = {name: set() for name in sizes}
    for scope in scopes:
        for name in scope:
            near[name].update(scope)
    for name, others in near.items():
        others.discard(name)
    cost = {name: weight[name] + sum(weight[o] for o in near[name]) for name in near}
    heap = [(value, name) for name, value in cost.items()]
    heapq.heapify(heap)
    largest = total = 0.0
    while heap:
        value, name = heapq.heappop(heap)
        if cost.get(name) != value:
            continue
        largest = max(largest, value)
        total = _log_add(total, value)
        if largest > log_limit:
            return Effort(largest, total)
        around = near.pop(name)
        del cost[name]
        for other in around:
            mine = near[other]
            mine |= around
            mine.discard(name)
            mine.discard(other)
        for other in around:
            cost[other] = weight[other] + sum(weight[o] for o in near[other])
            heapq.heappush(heap, (cost[other], other))
    return Effort(largest, total)


def _log_add(a: float, b: float) -> float:
    from math import exp, log1p

    high, low = max(a, b), min(a, b)
    return high + log1p(exp(low - high))
