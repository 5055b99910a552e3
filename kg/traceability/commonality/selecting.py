"""From all factors to the causes that are told.

Whether there is any cause at all is decided by shuffling labels (`family`), so that the share of
runs that report something where nothing is stays below `alpha` by construction. Which factors it
is, is decided by weighing whole sets of them (`sets`): a factor is told if the sets that it is in,
or another that says the same, have enough of the weight. Of two that cannot be told apart both may
be told, each with less of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kg.traceability.commonality.bands import sharpen
from kg.traceability.commonality.cohort import Cohort, Factor, Mask, combine_strata
from kg.traceability.commonality.exact import Floats, Ints, null_tables
from kg.traceability.commonality.family import Tested, best_of_family
from kg.traceability.commonality.sets import WeighedSets, weigh_sets

_OVERLAP = 0.5  # share of the units, or of the bad ones, that makes two bands of a parameter one
_HARDLY = 0.01  # inclusion below which a factor stands for no others
_LOOKED_AT = 60  # the factors with most weight; others cannot be told


@dataclass(frozen=True, slots=True)
class Chosen:
    """A factor that is told: its place in the cohort and its tests.

    A band is sharpened, so `factor` and the units `mask` may differ a little from the cohort's.
    """

    index: int
    factor: Factor
    mask: Mask
    support: float  # weight of the sets that it is in, or another that says the same
    p: float  # given the causes before
    corrected: float  # the same, over the family
    given_others: float  # given all other causes told


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found, and the first look at everything."""

    chosen: tuple[Chosen, ...]
    first: Tested  # all factors, before any was chosen


def select_causes(
    cohort: Cohort,
    *,
    strata: Ints | None = None,
    alpha: float = 0.03,
    support: float = 0.1,
    shuffles: int = 999,
    limit: int = 8,
    rng: np.random.Generator,
) -> Selection:
    """The causes among all factors of the cohort, the best supported first.

    `alpha` bounds the chance that anything at all is reported where there is no cause. Where there
    is one, every factor whose support reaches `support` is told.
    """
    base = np.zeros(cohort.total, dtype=np.int64) if strata is None else strata
    weights = np.array([f.weight for f in cohort.factors], dtype=np.float64)
    first = best_of_family(
        cohort.exposed, cohort.bad, base, weights, alpha=alpha, shuffles=shuffles, rng=rng
    )
    if first.best < 0 or first.corrected > alpha:
        return Selection((), first)
    weighed = weigh_sets(cohort.exposed, cohort.bad, base, weights, _families(cohort), limit=limit)
    tester = _Tester(cohort, base, weights, first, alpha, shuffles, rng)
    for index, weight in _supported(cohort, weighed, first, weights, support)[:limit]:
        tester.add(index, weight)
    inclusion = weighed.inclusion(len(cohort.factors))
    while len(tester.chosen) < limit:
        further = tester.strongest_left()
        if further is None:
            break
        tester.add(further, float(inclusion[further]))
    return Selection(tester.tested(), first)


def _supported(
    cohort: Cohort, weighed: WeighedSets, first: Tested, weights: Floats, support: float
) -> list[tuple[int, float]]:
    """Factors with their support, each standing for those that only say it again."""
    inclusion = weighed.inclusion(len(cohort.factors))
    strength = first.p * weights
    order = np.lexsort((strength, -np.round(inclusion, 2)))[:_LOOKED_AT]
    told: list[tuple[int, float]] = []
    taken: set[int] = set()
    for i in map(int, order):
        if i in taken or inclusion[i] < _HARDLY:
            continue
        again = _alike(cohort, i, mask_of(cohort, i))
        alike = frozenset(map(int, np.flatnonzero(again))) | _narrower(cohort, i, order)
        taken |= alike
        together = weighed.of_any(alike | {i})
        if together >= support:
            told.append((i, together))
    if not told:
        # Many share what is certain as a whole: the strongest stands for them.
        told = [(first.best, float(inclusion[first.best]))]
    return sorted(told, key=lambda x: (-round(x[1], 2), strength[x[0]]))


class _Tester:
    """The tests of each cause: given those before, the same over the family, given all others."""

    def __init__(
        self, cohort: Cohort, base: Ints, weights: Floats, first: Tested, alpha: float,
        shuffles: int, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self._cohort, self._base, self._given = cohort, base, base
        self._weights, self._next = weights, first
        self._alpha, self._shuffles, self._rng = alpha, shuffles, rng
        self._allowed = np.ones(len(cohort.factors), dtype=np.bool_)
        self.chosen: list[Chosen] = []

    def add(self, index: int, support: float) -> None:
        """Add a factor to those that are given."""
        if self._next.best != index:
            self._next = self._look(index)
        factor, mask = _sharpened(self._cohort, index, self.chosen)
        p = float(self._next.p[index])
        self.chosen.append(Chosen(index, factor, mask, support, p, self._next.corrected, p))
        self._given = combine_strata(self._given, mask.astype(np.int64))
        self._allowed[index] = False
        self._allowed &= ~_alike(self._cohort, index, mask)
        self._next = replace(self._next, best=-1)

    def strongest_left(self) -> int | None:
        """What is stronger than chance within the strata of all told, such as a second condition
        without which the first does no harm; no set of causes that act by themselves shows it."""
        self._next = self._look(None)
        is_told = self._next.best >= 0 and self._next.corrected <= self._alpha
        return self._next.best if is_told else None

    def tested(self) -> tuple[Chosen, ...]:
        """Those added, each also given all the others."""
        if len(self.chosen) < 2:
            return tuple(self.chosen)
        found: list[Chosen] = []
        for c in self.chosen:
            others = [o.mask.astype(np.int64) for o in self.chosen if o is not c]
            p = test_given(c.mask, self._cohort.bad, combine_strata(self._base, *others))
            found.append(replace(c, given_others=p))
        return tuple(found)

    def _look(self, of: int | None) -> Tested:
        return best_of_family(
            self._cohort.exposed, self._cohort.bad, self._given, self._weights,
            alpha=self._alpha, shuffles=self._shuffles, rng=self._rng,
            allowed=self._allowed, of=of,
        )  # fmt: skip


def _narrower(cohort: Cohort, index: int, among: Ints) -> frozenset[int]:
    """Factors that are this one under a further condition, such as at one step only."""
    own = set(cohort.factors[index].conditions)
    return frozenset(int(i) for i in among if own < set(cohort.factors[int(i)].conditions))


def _families(cohort: Cohort) -> Ints:
    """A number for the parameters that each band is about; -1 for what is no band."""
    known: dict[frozenset[str], int] = {}
    return np.array(
        [
            known.setdefault(f.parameters, len(known)) if f.kind == "band" else -1
            for f in cohort.factors
        ],
        dtype=np.int64,
    )


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
