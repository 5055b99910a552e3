"""Small cohorts with known causes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from kg.narration import Phrase
from kg.traceability.commonality import Cohort, Condition, Factor, make_matrix


def cohort_of(
    units: int, bad: Collection[int], exposures: Mapping[str, Collection[int]],
    looked: Collection[str] = (),
) -> Cohort:  # fmt: skip
    """A cohort whose factors touch the units told; those in `looked` are of inspection."""
    names = list(exposures)
    factors = tuple(
        Factor(
            (Condition("machine", name, Phrase(name, name), "machine"),),
            "inspection" if name in looked else "production",
        )
        for name in names
    )
    pairs = [(u, i) for i, name in enumerate(names) for u in exposures[name]]
    labels = np.zeros(units, dtype=np.bool_)
    labels[list(bad)] = True
    ids = tuple(f"U{i:04}" for i in range(units))
    return Cohort(ids, labels, factors, make_matrix(units, pairs, len(names)))


def random_cohort(seed: int, *, units: int = 120, factors: int = 60) -> Cohort:
    """Factors of many sizes that overlap at random, and no bad unit."""
    rng = np.random.default_rng(seed)
    exposures = {}
    for i in range(factors):
        size = int(rng.integers(6, units // 2))
        exposures[f"F{i:02}"] = set(map(int, rng.choice(units, size, replace=False)))
    return cohort_of(units, [], exposures)
