"""Causes one after the other, each given those already found.

Overlapping factors light up together: the furnace, its operator, the week. So the strongest factor
is taken, units are stratified by it, and only what is still stronger than chance within these
strata is a further cause. At the end every cause has to hold given all the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kg.traceability.commonality.bands import sharpen
from kg.traceability.commonality.cohort import Cohort, Factor, Mask, combine_strata
from kg.traceability.commonality.exact import Floats, Ints, null_tables
from kg.traceability.commonality.family import Tested, best_of_family

_OVERLAP = 0.5  # share of the units, or of the bad ones, that makes two bands of a parameter one


@dataclass(frozen=True, slots=True)
class Chosen:
    """A factor that holds: its place in the cohort and its tests.

    A band is sharpened, so `factor` and the units `mask` may differ a little from the cohort's.
    """

    index: int
    factor: Factor
    mask: Mask
    p: float  # given the causes found before
    corrected: float  # the same, over the family
    given_others: float  # given all other causes found


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found, and the first look at everything."""

    chosen: tuple[Chosen, ...]
    first: Tested  # all factors, before any was chosen
    last: Tested  # all factors, given those chosen


def select_causes(
    cohort: Cohort,
    *,
    strata: Ints | None = None,
    alpha: float = 0.05,
    further: float = 0.2,
    shuffles: int = 999,
    limit: int = 8,
    rng: np.random.Generator,
) -> Selection:
    """Stepwise selection over all factors of the cohort.

    `alpha` bounds the chance that anything at all is reported where there is no cause. Where one
    has been found, a further one may be less sure: its corrected p has to reach `further`.
    """
    base = np.zeros(cohort.total, dtype=np.int64) if strata is None else strata
    weights = np.array([f.weight for f in cohort.factors], dtype=np.float64)
    chosen: list[Chosen] = []
    allowed = np.ones(len(cohort.factors), dtype=np.bool_)
    given = base
    first: Tested | None = None
    while True:
        tested = best_of_family(
            cohort.exposed, cohort.bad, given, weights,
            alpha=alpha, shuffles=shuffles, rng=rng, allowed=allowed,
        )  # fmt: skip
        first = first or tested
        enough = further if chosen else alpha
        if tested.best < 0 or tested.corrected > enough or len(chosen) >= limit:
            break
        best = tested.best
        factor, mask = _sharpened(cohort, best, chosen)
        p = float(tested.p[best])
        chosen.append(Chosen(best, factor, mask, p, tested.corrected, p))
        given = combine_strata(given, mask.astype(np.int64))
        allowed[best] = False
        allowed &= ~_alike(cohort, best, mask)
    return Selection(tuple(_hold(cohort, base, chosen, alpha)), first, tested)


def test_given(mask: Mask, bad: Mask, strata: Ints) -> float:
    """The exact stratified mid-p of one factor that touches the units in `mask`."""
    count = int(strata.max(initial=-1)) + 1
    sizes = np.bincount(strata, minlength=count)
    bads = np.bincount(strata[bad], minlength=count)
    touched = np.bincount(strata[mask], minlength=count).reshape(-1, 1)
    tables = null_tables(sizes, bads, touched)
    return float(tables.look_up(np.array([(mask & bad).sum()]))[0])


def tails(cohort: Cohort, *, is_whole: bool = False) -> Floats:
    """The one-sided p of every factor, unstratified: mid-p, or Fisher's conservative one."""
    sizes = np.array([cohort.total])
    touched = np.asarray(cohort.exposed.sum(axis=0), dtype=np.int64).reshape(1, -1)
    tables = null_tables(sizes, np.array([cohort.bad_total]), touched, is_whole=is_whole)
    met = np.asarray(cohort.exposed[cohort.bad].sum(axis=0), dtype=np.int64).reshape(-1)
    return tables.look_up(met)


def _hold(cohort: Cohort, base: Ints, chosen: list[Chosen], alpha: float) -> list[Chosen]:
    """Those that hold given all the others; the weakest goes first, until all hold."""
    kept = list(chosen)
    while len(kept) > 1:
        tested: list[Chosen] = []
        for c in kept:
            others = [o.mask.astype(np.int64) for o in kept if o is not c]
            p = test_given(c.mask, cohort.bad, combine_strata(base, *others))
            tested.append(replace(c, given_others=p))
        worst = max(tested, key=lambda c: c.given_others)
        kept = tested
        if worst.given_others <= alpha:
            break
        kept = [c for c in tested if c is not worst]
    return kept


def mask_of(cohort: Cohort, index: int) -> Mask:
    """The units that a factor touches."""
    found: Mask = np.asarray(cohort.exposed[:, [index]].todense()).reshape(-1) > 0
    return found


def _sharpened(cohort: Cohort, index: int, chosen: list[Chosen]) -> tuple[Factor, Mask]:
    """The factor; a band with its ends where they separate best, other bands of it aside."""
    factor = cohort.factors[index]
    if factor.kind != "band":
        return factor, mask_of(cohort, index)
    among = np.ones(cohort.total, dtype=np.bool_)
    for c in chosen:
        if c.factor.parameters & factor.parameters:
            among &= ~c.mask
    return sharpen(cohort, factor, among)


def _alike(cohort: Cohort, index: int, mask: Mask) -> Mask:
    """Factors that only say the chosen one again: overlapping bands of the same parameters, and
    what touches almost the same units."""
    sizes = np.asarray(cohort.exposed.sum(axis=0)).reshape(-1)
    shared = np.asarray(cohort.exposed[mask].sum(axis=0)).reshape(-1)
    union = sizes + int(mask.sum()) - shared
    found: Mask = shared / np.maximum(1, union) >= 0.9
    chosen = cohort.factors[index]
    if chosen.kind == "band":
        parts = _parts(cohort, index)
        met = np.asarray(cohort.exposed[cohort.bad].sum(axis=0)).reshape(-1)
        met_there = np.asarray(cohort.exposed[cohort.bad & mask].sum(axis=0)).reshape(-1)
        smaller = np.minimum(sizes, int(mask.sum()))
        for i, factor in enumerate(cohort.factors):
            if (
                factor.kind == "band"
                and _parts(cohort, i) & parts
                and (
                    shared[i] >= _OVERLAP * max(1, smaller[i])
                    or met_there[i] >= _OVERLAP * max(1, met[i])
                )
            ):
                found[i] = True
    return found


def _parts(cohort: Cohort, index: int) -> frozenset[str]:
    """The parameters of a band; of a derived one also those that it is made of."""
    names = cohort.factors[index].parameters
    made_of = {p.column: p.parts for p in cohort.parameters}
    return names | {part for name in names for part in made_of.get(name, ())}
