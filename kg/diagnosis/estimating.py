"""Probabilities from counts that are smoothed and never trusted when small.

A probability begins with what is generally known. Each level of records, from the furthest to the
nearest, then pulls it towards what was counted there:

    p_l = (hits_l + K * p_before) / (trials_l + K)

K records' worth of trust stays with what was believed before. The result is a sum with one term for
each source, which `terms` keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

KNOWLEDGE, COMPONENTS = "knowledge", "components"


class Count(NamedTuple):
    """Records of one level: in `trials` of them it could have been so, in `hits` it was."""

    level: str
    hits: float
    trials: float
    indirect: float = 0.0  # of the hits, those that name only a component


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability with what each source gives to it (the terms add up to it)."""

    value: float
    terms: dict[str, float]
    counts: tuple[Count, ...]  # furthest first
    begun: float  # before any record was counted
    steps: tuple[tuple[str, float], ...]  # the value after each source, in order


def estimate(begun: float, counts: Sequence[Count], trust: float) -> Estimate:
    """The smoothed probability. `counts` go from the furthest level to the nearest."""
    terms = {KNOWLEDGE: begun}
    steps = [(KNOWLEDGE, begun)]
    used: list[Count] = []
    for count in counts:
        if count.trials <= 0:
            continue
        used.append(count)
        whole = count.trials + trust
        terms = {source: value * trust / whole for source, value in terms.items()}
        hits = min(count.hits, count.trials)
        indirect = min(count.indirect, hits)
        terms[count.level] = terms.get(count.level, 0.0) + (hits - indirect) / whole
        if indirect > 0:
            terms[COMPONENTS] = terms.get(COMPONENTS, 0.0) + indirect / whole
        steps.append((count.level, sum(terms.values())))
    return Estimate(sum(terms.values()), terms, tuple(used), begun, tuple(steps))
