"""The strongest of many factors, with a p-value that allows for having looked at all of them.

Labels are shuffled within strata and the smallest p-value over all factors noted (Westfall and
Young, 1993, step 1 of the single-step min-P). Factors that overlap or nest are thus no more than
they are: under no cause at most `alpha` of runs report any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kg.traceability.commonality.cohort import Mask
from kg.traceability.commonality.exact import Floats, Ints, count_by_stratum, null_tables

_CELLS = 4_000_000  # of the counts that are held at once
_FIRST = 99  # shuffles after which a hopeless case ends


@dataclass(frozen=True, slots=True)
class Tested:
    """All factors tested given some strata. Shapes: (factors,)."""

    met: Ints  # bad units that the factor touches
    p: Floats  # mid-p, one-sided: more bad ones than by chance
    best: int  # the strongest factor by weighted p; -1 where there is none
    corrected: float  # of the best, or of the one asked about, over the family
    threshold: float  # weighted p that a factor has to reach (the alpha quantile of the minimum)
    shuffles: int
    is_exact: bool


def best_of_family(
    exposed: sparse.csr_matrix,
    bad: Mask,
    strata: Ints,
    weights: Floats,
    *,
    alpha: float,
    shuffles: int,
    rng: np.random.Generator,
    allowed: Mask | None = None,
    of: int | None = None,
) -> Tested:
    """Test all factors (columns of `exposed`) and correct the best for the number of looks.

    With `of` it is this factor that is corrected, whether it is the best or not.
    """
    count = int(strata.max(initial=-1)) + 1
    sizes = np.bincount(strata, minlength=count)
    bads = np.bincount(strata[bad], minlength=count)
    touched = count_by_stratum(exposed, strata, count)
    tables = null_tables(sizes, bads, touched)
    met = np.asarray(exposed[bad].sum(axis=0), dtype=np.int64).reshape(-1)
    p = tables.look_up(met)
    usable = _informative(sizes, bads, touched)
    if allowed is not None:
        usable[~allowed] = False
    if not usable.any():
        return Tested(met, p, -1, 1.0, 0.0, 0, tables.is_exact)
    weighted = np.where(usable, p * weights, np.inf)
    best = _strongest(weighted, met)
    reached = weighted[best if of is None else of]
    kept = np.flatnonzero(usable)
    family = exposed[:, kept].tocsr()
    kinds, scale = tables.kind[kept], weights[kept]
    minima: list[Floats] = []
    done = below = 0
    for portion in _portions(len(kept), shuffles):
        counts = _shuffled_counts(family, bad, strata, sizes, bads, portion, rng)
        found = (tables.tails[kinds[None, :], counts] * scale[None, :]).min(axis=1)
        minima.append(found)
        done += portion
        below += int((found <= reached * (1 + 1e-9)).sum())
        if done >= _FIRST and below / done > max(0.3, 4 * alpha):
            break
    threshold = float(np.quantile(np.concatenate(minima), alpha, method="lower"))
    corrected = (1 + below) / (1 + done)
    return Tested(met, p, best, corrected, threshold, done, tables.is_exact)


def _strongest(weighted: Floats, met: Ints) -> int:
    """The smallest; of equal ones that which meets most bad units, then the first."""
    order = np.lexsort((np.arange(len(met)), -met, weighted))
    return int(order[0])


def _informative(sizes: Ints, bad: Ints, touched: Ints) -> Mask:
    """Whether a stratum has bad and good, exposed and unexposed units."""
    mixed = ((bad > 0) & (bad < sizes))[:, None]
    useful = mixed & (touched > 0) & (touched < sizes[:, None])
    return np.asarray(useful.any(axis=0), dtype=np.bool_)


def _portions(factors: int, shuffles: int) -> list[int]:
    most = max(1, _CELLS // max(1, factors))
    portions: list[int] = []
    left = shuffles
    while left > 0:
        size = min(most, left, _FIRST if not portions else left)
        portions.append(size)
        left -= size
    return portions


def _shuffled_counts(
    family: sparse.csr_matrix,
    bad: Mask,
    strata: Ints,
    sizes: Ints,
    bads: Ints,
    times: int,
    rng: np.random.Generator,
) -> Ints:
    """Bad units that each factor meets when labels are shuffled; shape: (times, factors)."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    order = np.argsort(strata, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for s, (n, r) in enumerate(zip(sizes, bads, strict=True)):
        members = order[starts[s] : starts[s + 1]]
        if r == 0:
            continue
        if r == n:
            drawn = np.tile(members, (times, 1))
        elif n * times <= _CELLS:
            keys = rng.random((times, int(n)), dtype=np.float32)
            drawn = members[np.argpartition(keys, int(r) - 1, axis=1)[:, : int(r)]]
        else:
            drawn = np.stack(
                [
                    members[rng.choice(int(n), int(r), replace=False, shuffle=False)]
                    for _ in range(times)
                ]
            )
        rows.append(np.repeat(np.arange(times), int(r)))
        columns.append(drawn.reshape(-1))
    if not rows:
        return np.zeros((times, family.shape[1]), dtype=np.int64)
    ij = np.concatenate(rows), np.concatenate(columns)
    chosen = sparse.csr_matrix((np.ones(len(ij[0]), dtype=np.int32), ij), (times, len(bad)))
    return np.asarray((chosen @ family).todense(), dtype=np.int64)
