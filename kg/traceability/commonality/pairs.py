"""Pairs of factors: what is bad only where two things meet, such as a lot on one press."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kg.traceability.commonality.cohort import Cohort, Factor

_MAX_PAIRS = 4000
_PAIRED = 400  # the factors most often seen
PAIR_WEIGHT = 100.0  # a pair is told only where no single factor tells as much


def add_pairs(cohort: Cohort, *, least: int) -> Cohort:
    """The cohort with pairs of production factors that meet on at least `least` units.

    Which pairs are looked at does not depend on which units are bad.
    """
    sizes = np.asarray(cohort.exposed.sum(axis=0)).reshape(-1)
    able = [
        i
        for i, f in enumerate(cohort.factors)
        if f.role == "production" and f.kind in ("value", "step") and sizes[i] >= least
    ]
    able = sorted(able, key=lambda i: (-sizes[i], i))[:_PAIRED]
    if len(able) < 2:
        return cohort
    columns = cohort.exposed[:, able].tocsc()
    together = sparse.triu((columns.T @ columns).tocoo(), k=1).tocoo()
    pairs = [
        (int(n), int(i), int(j))
        for i, j, n in zip(together.row, together.col, together.data, strict=True)
        # A pair that is almost one of its parts tells nothing that the part does not.
        if least <= n <= 0.8 * min(sizes[able[i]], sizes[able[j]])
        and cohort.factors[able[i]].conditions[0].column
        != cohort.factors[able[j]].conditions[0].column
    ]
    pairs.sort(key=lambda x: (-x[0], x[1], x[2]))
    pairs = pairs[:_MAX_PAIRS]
    if not pairs:
        return cohort
    first = columns[:, [i for _, i, _ in pairs]]
    second = columns[:, [j for _, _, j in pairs]]
    factors = [
        Factor(
            (*cohort.factors[able[i]].conditions, *cohort.factors[able[j]].conditions),
            kind="pair",
            weight=PAIR_WEIGHT,
        )
        for _, i, j in pairs
    ]
    return cohort.with_factors(factors, first.multiply(second).tocsr())
