"""From a cohort to its common causes: tests, selection, checks, rules and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from statsmodels.stats.multitest import multipletests

from kg.model.errors import BadInput
from kg.narration import Phrase
from kg.traceability.commonality import wording
from kg.traceability.commonality.bands import add_bands, sharpen
from kg.traceability.commonality.cohort import Cohort, Factor, Mask, merge_identical
from kg.traceability.commonality.effects import Effect, measure_effect
from kg.traceability.commonality.exact import Floats
from kg.traceability.commonality.family import Tested, best_of_family
from kg.traceability.commonality.pairs import add_pairs
from kg.traceability.commonality.results import (
    Cause,
    CommonCauses,
    FactorShown,
    LeftOut,
    Minimum,
    Needed,
    RankedFactor,
    Rival,
    Rule,
    StratifiedCheck,
)
from kg.traceability.commonality.selecting import (
    Chosen,
    Selection,
    mask_of,
    select_causes,
    tails,
    test_given,
)

_EXAMPLES = 10
_RIVALS_AMONG = 25
_RULE_DEPTH = 3
_SURE = 0.5  # support below which a cause is told with a doubt
_DOUBT = 0.05  # p above which a factor says nothing beyond another
_SHARES = (0.01, 0.05, 0.1, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class CauseOptions:
    """How causes are looked for.

    `alpha` bounds the share of runs that report anything where there is no cause; .03 keeps it
    below .05 whatever the luck of the shuffles. Where there is one, a factor is told if sets with
    it have `support` of the weight of all sets. `stratify` names strata of the cohort within which
    alone units are compared; the other strata serve as checks.
    """

    alpha: float = 0.03
    support: float = 0.1
    shuffles: int = 999
    seed: int = 0
    limit: int = 20
    pairs: bool = True
    stratify: tuple[str, ...] = ()


def find_common_causes(
    cohort: Cohort,
    options: CauseOptions | None = None,
    *,
    left_out: Sequence[LeftOut] = (),
    notes: Sequence[Phrase] = (),
) -> CommonCauses:
    """What the bad units have in common that the good ones have not.

    Raises BadInput for options that make no sense, such as strata that the cohort does not have.
    """
    options = options or CauseOptions()
    _check(cohort, options)
    production, merged = _production(cohort, options)
    finder = _Finder(production, options)
    selection = finder.select()
    causes = finder.tell(selection)
    looked = merge_identical(cohort.of_role("inspection"))
    inspection = _rank(looked, 5) if looked.factors and looked.bad_total else ()
    found_by = inspection[0].factor.label if inspection and inspection[0].q_bh <= 0.05 else None
    explained, unexplained = finder.explained(selection)
    ranking = _rank(production, options.limit)
    return CommonCauses(
        units=cohort.total,
        bad=cohort.bad_total,
        good=cohort.total - cohort.bad_total,
        factors=len(production.factors),
        merged=merged,
        summary=wording.summary(
            [c.factor.label for c in causes],
            units=cohort.total,
            bad=cohort.bad_total,
            explained=explained,
            factors=len(production.factors),
            first=ranking[0].factor.label if ranking else None,
        ),
        causes=causes,
        ranking=ranking,
        inspection=inspection,
        inspection_note=wording.inspectors(found_by) if found_by is not None else None,
        explained=explained,
        unexplained=unexplained,
        minimum=_minimum(production, selection.first, options.alpha),
        left_out=tuple(left_out),
        stratified_by=options.stratify,
        alpha=options.alpha,
        shuffles=selection.first.shuffles,
        seed=options.seed,
        notes=tuple(notes),
    )


def _check(cohort: Cohort, options: CauseOptions) -> None:
    if not 0 < options.alpha < 1 or options.shuffles < 19 or options.limit < 1:
        raise BadInput("alpha lies between 0 and 1; shuffles are at least 19, the limit 1.")
    for name in options.stratify:
        if name not in cohort.strata:
            known = ", ".join(cohort.strata) or "none"
            raise BadInput(f"Units cannot be compared within the same {name!r}; known: {known}.")
    if cohort.total and not 0 < cohort.bad_total < cohort.total:
        raise BadInput(
            f"There is nothing to compare: {cohort.bad_total:,} of {cohort.total:,} units are bad;"
            " some have to be bad and some good."
        )
    if not cohort.total:
        raise BadInput("There are no units to compare; name bad units and good ones.")


def _production(cohort: Cohort, options: CauseOptions) -> tuple[Cohort, int]:
    """Production factors with bands and pairs, identical ones merged; and how many were merged."""
    plain = cohort.of_role("production")
    singles = merge_identical(add_bands(plain))
    if options.pairs:
        singles = merge_identical(add_pairs(singles, least=max(4, cohort.total // 200)))
    before = len(plain.factors)
    after = sum(f.kind not in ("band", "pair") for f in singles.factors)
    return singles, max(0, before - after)


class _Finder:
    def __init__(self, cohort: Cohort, options: CauseOptions) -> None:
        self._cohort = cohort
        self._options = options
        self._rng = np.random.default_rng(options.seed)
        codes = [cohort.strata[name] for name in options.stratify]
        self._base = (
            np.unique(np.stack(codes), axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
            if codes
            else np.zeros(cohort.total, dtype=np.int64)
        )

    def select(self) -> Selection:
        return select_causes(
            self._cohort,
            strata=self._base,
            alpha=self._options.alpha,
            support=self._options.support,
            shuffles=self._options.shuffles,
            rng=self._rng,
        )

    def tell(self, selection: Selection) -> tuple[Cause, ...]:
        if not selection.chosen:
            return ()
        fisher = tails(self._cohort, is_whole=True)
        return tuple(
            self._cause(rank, c, fisher[c.index], selection)
            for rank, c in enumerate(selection.chosen, 1)
        )

    def explained(self, selection: Selection) -> tuple[int, tuple[str, ...]]:
        touched = np.zeros(self._cohort.total, dtype=np.bool_)
        for c in selection.chosen:
            touched |= c.mask
        left = np.flatnonzero(self._cohort.bad & ~touched)
        shown = tuple(self._cohort.units[i] for i in left[:_EXAMPLES])
        return int((self._cohort.bad & touched).sum()), shown

    def _cause(self, rank: int, c: Chosen, fisher: float, selection: Selection) -> Cause:
        cohort, factor, mask = self._cohort, c.factor, c.mask
        effect = _effect(cohort.bad, mask)
        checks = tuple(self._check(name, mask) for name in cohort.strata if self._is_check(name))
        rule = self._rule(factor, mask)
        rivals = self._rivals(c, selection)
        name = wording.factor(factor)
        told = wording.cause(name, effect, bad_total=cohort.bad_total, others_found=rank - 1)
        if c.support < _SURE and c.corrected > self._options.alpha:
            told = _plus(told, wording.less_sure())
        if rule is not None:
            told = _plus(told, wording.rule(rule.label, rule.units, rule.bad))
        if factor.same:
            told = _plus(told, wording.same_as([wording.condition(s) for s in factor.same]))
        if rivals:
            told = _plus(told, wording.rivals([r.factor.label for r in rivals]))
        for check in checks:
            if check.holds is not None:
                told = _plus(told, wording.holds(check.by, check.holds))
        before = np.zeros(cohort.total, dtype=np.bool_)
        for earlier in selection.chosen[: rank - 1]:
            before |= earlier.mask
        newly = int((cohort.bad & mask & ~before).sum())
        bad_ones = np.flatnonzero(cohort.bad & mask)[:_EXAMPLES]
        return Cause(
            rank, show(factor), c.support, c.p, c.corrected, float(fisher), c.given_others,
            effect, checks, rule, rivals, newly, tuple(cohort.units[i] for i in bad_ones), told,
        )  # fmt: skip

    def _is_check(self, name: str) -> bool:
        return name not in self._options.stratify

    def _check(self, name: str, mask: Mask) -> StratifiedCheck:
        codes = self._cohort.strata[name]
        strata = int(codes.max(initial=0)) + 1
        n = np.bincount(codes, minlength=strata)
        r = np.bincount(codes[self._cohort.bad], minlength=strata)
        k = np.bincount(codes[mask], minlength=strata)
        # Bad units in strata where there is something to compare.
        useful = (r > 0) & (r < n) & (k > 0) & (k < n)
        inside = np.isin(codes, np.flatnonzero(useful))
        if self._cohort.bad[inside].sum() < 2:
            return StratifiedCheck(name, strata, None, None)
        p = test_given(mask, self._cohort.bad, codes)
        return StratifiedCheck(name, strata, p, p <= _DOUBT)

    def _rule(self, factor: Factor, mask: Mask) -> Rule | None:
        """Further conditions that hold most of the bad ones among the units with the cause."""
        cohort = self._cohort
        conditions = list(factor.conditions)
        inside, corrected = mask.copy(), 1.0
        while len(conditions) < _RULE_DEPTH:
            n, r = int(inside.sum()), int(cohort.bad[inside].sum())
            if r < 4 or n - r < 4:
                break
            part = cohort.subset(inside)
            single = np.array([f.kind != "pair" for f in part.factors])
            taken = {c.column for c in conditions}
            fresh = np.array([not {c.column for c in f.conditions} & taken for f in part.factors])
            tested = best_of_family(
                part.exposed, part.bad, np.zeros(n, dtype=np.int64),
                np.array([f.weight for f in part.factors]),
                alpha=self._options.alpha, shuffles=min(199, self._options.shuffles),
                rng=self._rng, allowed=single & fresh,
            )  # fmt: skip
            # A rule has to keep most of the bad ones: it sharpens, it does not pick.
            if tested.best < 0 or tested.corrected > self._options.alpha:
                break
            if tested.met[tested.best] < 0.6 * r:
                break
            added, narrower = part.factors[tested.best], mask_of(cohort, tested.best) & inside
            if added.kind == "band":
                added, sharp = sharpen(cohort, added, inside)
                narrower = sharp & inside
            conditions += added.conditions
            inside, corrected = narrower, tested.corrected
        if len(conditions) == len(factor.conditions):
            return None
        return Rule(
            tuple(conditions), wording.conditions(conditions), int(inside.sum()),
            int(cohort.bad[inside].sum()), corrected, _effect(cohort.bad, inside),
        )  # fmt: skip

    def _rivals(self, c: Chosen, selection: Selection) -> tuple[Rival, ...]:
        """Strong factors that could as well be it: neither says anything beyond the other."""
        cohort = self._cohort
        own = self._cohort.factors[c.index]
        order = np.argsort(selection.first.p * _weights(cohort), kind="stable")
        found: list[Rival] = []
        for i in order[:_RIVALS_AMONG]:
            other = cohort.factors[int(i)]
            if int(i) == c.index or other.kind == "pair":
                continue
            if other.kind == "band" and other.parameters & own.parameters:
                continue
            mask = mask_of(cohort, int(i))
            if (cohort.bad & mask).any() and (
                test_given(c.mask, cohort.bad, mask.astype(np.int64)) > _DOUBT
            ):
                found.append(
                    Rival(
                        show(other), int(mask.sum()), int((cohort.bad & mask).sum()),
                        float(selection.first.p[i]),
                    )
                )  # fmt: skip
        return tuple(found[:5])


def find_factor_tests(cohort: Cohort) -> list[tuple[Factor, float, int, int]]:
    """Every production factor by itself, pairs aside: (factor, weighted mid-p, units, bad)."""
    made = merge_identical(add_bands(cohort.of_role("production")))
    p = np.minimum(1.0, tails(made) * _weights(made))
    sizes = np.asarray(made.exposed.sum(axis=0)).reshape(-1)
    met = np.asarray(made.exposed[made.bad].sum(axis=0)).reshape(-1)
    return [
        (factor, float(p[i]), int(sizes[i]), int(met[i])) for i, factor in enumerate(made.factors)
    ]


def show(factor: Factor) -> FactorShown:
    """A factor for people and programs."""
    first = factor.conditions[0]
    return FactorShown(
        wording.factor(factor), first.facet, factor.kind, factor.role, first.column, first.value,
        first.low, first.high, factor.conditions, factor.same,
    )  # fmt: skip


def _rank(cohort: Cohort, limit: int) -> tuple[RankedFactor, ...]:
    """All factors by their own p-value; of one parameter only the strongest band."""
    if not cohort.factors or not cohort.bad_total:
        return ()
    p = tails(cohort)
    weighted = np.minimum(1.0, p * _weights(cohort))
    q_bh = multipletests(weighted, method="fdr_bh")[1]
    q_by = multipletests(weighted, method="fdr_by")[1]
    sizes = np.asarray(cohort.exposed.sum(axis=0)).reshape(-1)
    met = np.asarray(cohort.exposed[cohort.bad].sum(axis=0)).reshape(-1)
    order = np.lexsort((np.arange(len(p)), -met, weighted))
    shown: list[RankedFactor] = []
    parameters: set[frozenset[str]] = set()
    for i in order:
        factor = cohort.factors[int(i)]
        if factor.kind == "band":
            if factor.parameters in parameters:
                continue
            parameters.add(factor.parameters)
        a, n = int(met[i]), int(sizes[i])
        c, m = cohort.bad_total - a, cohort.total - n
        ratio = (a + 0.5) * (m - c + 0.5) / ((n - a + 0.5) * (c + 0.5))
        shown.append(
            RankedFactor(
                len(shown) + 1, show(factor), n, a, float(p[i]), float(q_bh[i]), float(q_by[i]),
                float(f"{ratio:.4g}"),
            )
        )  # fmt: skip
        if len(shown) >= limit:
            break
    return tuple(shown)


def _minimum(cohort: Cohort, first: Tested, alpha: float) -> Minimum:
    """How many bad units it takes, all of them exposed, to go below the p that must be reached."""
    n, r = cohort.total, cohort.bad_total
    reach = first.threshold or alpha / max(1, len(cohort.factors))
    needed = tuple(Needed(s, _needed(n, s, reach)) for s in _SHARES)
    sizes = np.unique(np.asarray(cohort.exposed.sum(axis=0)).reshape(-1))
    best = max((int(k) for k in sizes if r and _at_best(n, r, int(k)) < log(reach)), default=None)
    largest = None if best is None else best / n
    told_shares = [(x.share, x.bad_units) for x in needed if x.share >= 0.05 and x.bad_units]
    told = wording.minimum(r, largest, told_shares)
    return Minimum(reach, largest, needed, largest is not None, told)


def _at_best(n: int, r: int, k: int) -> float:
    """The logarithm of the mid-p where as many bad units as possible have the factor."""
    ways = _log_ways(k, r) if k >= r else _log_ways(n - k, r - k)
    return log(0.5) + ways - _log_ways(n, r)


def _log_ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _needed(n: int, share: float, reach: float) -> int | None:
    size = max(2, round(n * share))
    logs = log(0.5)
    for r in range(1, size + 1):
        logs += log((size - r + 1) / (n - r + 1))
        if logs <= log(reach):
            return r
    return None


def _weights(cohort: Cohort) -> Floats:
    return np.array([f.weight for f in cohort.factors], dtype=np.float64)


def _effect(bad: Mask, mask: Mask) -> Effect:
    exposed, met = int(mask.sum()), int((bad & mask).sum())
    return measure_effect(exposed, met, len(bad) - exposed, int(bad.sum()) - met)


def _plus(one: Phrase, other: Phrase) -> Phrase:
    return Phrase(one.en + other.en, one.zh + other.zh)
