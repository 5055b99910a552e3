"""Which sets of factors explain the bad units, and how much of their weight each factor has.

Factors that overlap or nest light up together, and the strongest by itself need not belong to the
best set: two causes together often leave nothing to a third that looked stronger than either. So
sets are compared as a whole, by the marginal likelihood of `likelihood` and a prior that makes
`EXPECTED` causes likely among all factors looked at (Bayesian variable selection; Hoeting et al.,
Statistical Science 14, 1999). All factors are looked at alone and beside the best sets, and sets
grow by what is promising (beam search).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import logsumexp

from kg.traceability.commonality.cohort import Mask
from kg.traceability.commonality.exact import Floats, Ints
from kg.traceability.commonality.likelihood import Strengths, log_evidence

EXPECTED = 1.5  # causes, where there are any
_MOST_LIKELY = 0.2  # the prior of one factor never exceeds this
_ALONE = 300  # factors that are weighed alone, the most promising first
_BEAM = 16  # sets of each size that are grown
_PARTNERS = 16  # factors that each is grown by
_TINY = 1e-6  # weights that do not count
_PER_FAMILY = 4  # of which as many are bands of the same parameters
_NOTHING_MORE = -4.6  # log share of all weight below which a larger size is the last one


@dataclass(frozen=True, slots=True)
class WeighedSets:
    """Sets of factors with their share of the weight. Shapes: `weight` (sets,)."""

    sets: tuple[frozenset[int], ...]
    weight: Floats

    def inclusion(self, factors: int) -> Floats:
        """The weight of all sets that each factor is in; shape: (factors,)."""
        found = np.zeros(factors)
        for members, weight in zip(self.sets, self.weight, strict=True):
            for i in members:
                found[i] += weight
        return found

    def of_any(self, group: frozenset[int]) -> float:
        """The weight of all sets with any factor of the group."""
        return sum(
            float(w)
            for s, w in zip(self.sets, self.weight, strict=True)
            if w > _TINY and not s.isdisjoint(group)
        )


def weigh_sets(
    exposed: sparse.csr_matrix, bad: Mask, strata: Ints, weights: Floats,
    families: Ints, *, limit: int,
) -> WeighedSets:  # fmt: skip
    """Weigh sets of up to `limit` factors (columns of `exposed`); the empty set is among them.

    `weights` make factors unlikely in advance: one of weight 20 is a twentieth as likely.
    `families` number the parameters that bands belong to, -1 for none. Shapes: (factors,).
    """
    return _Search(exposed, bad, strata, weights, families).run(limit)


class _Search:
    def __init__(
        self, exposed: sparse.csr_matrix, bad: Mask, strata: Ints, weights: Floats, families: Ints
    ) -> None:
        self._columns = exposed.tocsc()
        self._across = self._columns.T.tocsr()
        self._families = families
        self._bad = bad.astype(np.float64)
        self._met = np.asarray(self._across @ self._bad).reshape(-1)
        self._strata = strata
        self._count = int(strata.max(initial=0)) + 1
        self._total = len(bad)
        self._believed = Strengths.of(int(bad.sum()), self._total)
        self._base = _base_rates(bad, strata, self._count)
        share = min(_MOST_LIKELY, EXPECTED / max(1e-9, float((1 / weights).sum())))
        self._log_prior = np.log(share / weights) - np.log1p(-share / weights)
        self._score: dict[frozenset[int], float] = {}
        self._rates: dict[frozenset[int], Floats] = {}

    def run(self, limit: int) -> WeighedSets:
        nothing: tuple[int, ...] = ()
        self._weigh([nothing], [None])
        front = [nothing]
        for size in range(limit):
            most = _PARTNERS if size else _ALONE
            promises = self._promises(front)
            fresh: dict[frozenset[int], tuple[tuple[int, ...], int]] = {}
            for leader, promise in zip(front, promises, strict=True):
                for other in self._first(np.argsort(-promise, kind="stable"), most + size):
                    grown = frozenset((*leader, other))
                    if other not in leader and grown not in self._score:
                        fresh[grown] = leader, other
            if not fresh:
                break
            before = logsumexp(list(self._score.values()))
            self._weigh(*map(list, zip(*fresh.values(), strict=True)))
            ranked = sorted(fresh, key=lambda s: -self._score[s])
            front = [tuple(sorted(s)) for s in ranked[:_BEAM]]
            if size and logsumexp([self._score[s] for s in fresh]) - before < _NOTHING_MORE:
                break
        sets = tuple(self._score)
        logs = np.array([self._score[s] for s in sets])
        return WeighedSets(sets, np.exp(logs - logsumexp(logs)))

    def _promises(self, leaders: Sequence[tuple[int, ...]]) -> Floats:
        """How much each factor is likely to add to each set; shape: (leaders, factors).

        It is the log likelihood ratio of a Poisson count: the bad units met against those that the
        set explains.
        """
        chances = np.stack([self._chances(leader) for leader in leaders])
        expected = np.maximum(np.asarray((self._across @ chances.T).T), 1e-9)
        met = self._met[None, :]
        more = met > expected
        ratio = np.where(more, met * np.log(np.maximum(met, 1e-9) / expected) - met + expected, 0)
        return np.asarray(ratio - 0.5 * np.log1p(met) + self._log_prior[None, :])

    def _chances(self, leader: tuple[int, ...]) -> Floats:
        """The chance of every unit to be bad, by a set as it fits best; shape: (units,)."""
        rates = self._rates[frozenset(leader)]
        hazard = rates[0] * self._base[self._strata]
        for i, rate in zip(sorted(leader), rates[1:], strict=True):
            hazard[self._touched(i)] += rate
        return np.asarray(-np.expm1(-hazard), dtype=np.float64)

    def _first(self, order: Ints, count: int) -> list[int]:
        """The first of an order, few of one family."""
        taken: Counter[int] = Counter()
        found: list[int] = []
        for i in order:
            family = int(self._families[i])
            if family < 0 or taken[family] < _PER_FAMILY:
                taken[family] += 1
                found.append(int(i))
                if len(found) == count:
                    break
        return found

    def _weigh(self, leaders: Sequence[tuple[int, ...]], others: Sequence[int | None]) -> None:
        """Score every leader, all of one size and in order, with the other factor beside it."""
        each = list(dict.fromkeys(leaders))
        size = len(each[0])
        cells = self._count << size
        cell = np.tile(self._strata.astype(np.int64), (len(each), 1))
        for k, leader in enumerate(each):
            for i in reversed(leader):
                cell[k] *= 2
                cell[k, self._touched(i)] += 1
        cell += cells * np.arange(len(each))[:, None]
        units, bad = (
            self._split(cell, cells, each, leaders, others, what)
            for what in (np.ones(self._total), self._bad)
        )
        added = 0 if others[0] is None else 1
        evidence, rates = log_evidence(units, bad, size + added, self._base, self._believed)
        for leader, other, score, rate in zip(leaders, others, evidence, rates, strict=True):
            members = [*leader, *([] if other is None else [other])]
            key = frozenset(members)
            self._score[key] = float(score) + float(self._log_prior[members].sum())
            self._rates[key] = np.concatenate([rate[:1], rate[1:][np.argsort(members)]])

    def _split(
        self, cell: Ints, cells: int, each: Sequence[tuple[int, ...]],
        leaders: Sequence[tuple[int, ...]], others: Sequence[int | None], what: Floats,
    ) -> Floats:  # fmt: skip
        """Counts by cell, without and with the other factor; shape: (leaders, cells · 2)."""
        weights = np.tile(what, len(each))
        whole = np.bincount(cell.reshape(-1), weights=weights, minlength=cells * len(each))
        whole = whole.reshape(len(each), cells)
        at = {leader: k for k, leader in enumerate(each)}
        row = np.array([at[leader] for leader in leaders])
        partners = [i for i in others if i is not None]
        if not partners:
            return np.asarray(whole[row], dtype=np.float64)
        columns, place = np.unique(partners, return_inverse=True)
        rows = np.tile(np.arange(self._total), len(each))
        member = sparse.csr_matrix(
            (weights, (cell.reshape(-1), rows)), (cells * len(each), self._total)
        )
        met = np.asarray((member @ self._columns[:, columns]).todense(), dtype=np.float64)
        inside = met.reshape(len(each), cells, -1)[row, :, place.reshape(-1)]
        shape = (len(row), self._count, cells // self._count)
        both = [(whole[row] - inside).reshape(shape), inside.reshape(shape)]
        return np.concatenate(both, axis=2).reshape(len(row), -1)

    def _touched(self, index: int) -> Ints:
        pointers = self._columns.indptr
        return np.asarray(self._columns.indices[pointers[index] : pointers[index + 1]])


def _base_rates(bad: Mask, strata: Ints, count: int) -> Floats:
    """How bad each stratum is against all, drawn towards 1 where it has few units."""
    units = np.bincount(strata, minlength=count)
    expected = units * bad.mean()
    found: Floats = (np.bincount(strata[bad], minlength=count) + 1.0) / (expected + 1.0)
    return found if count > 1 else np.ones(1)
