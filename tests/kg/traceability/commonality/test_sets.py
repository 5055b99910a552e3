"""Sets of causes: the marginal likelihood against quadrature, the search against all sets."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp

from kg.traceability.commonality.cohort import Factor
from kg.traceability.commonality.likelihood import Strengths, exposure_cells, log_evidence
from kg.traceability.commonality.selecting import select_causes
from kg.traceability.commonality.sets import weigh_sets
from tests.kg.traceability.commonality.cohorts import cohort_of

ONE = np.ones(1)


def _quadrature(units: np.ndarray, bad: np.ndarray, causes: int, prior: Strengths) -> float:
    """The same integral on a grid, up to the constant that Laplace's form leaves out."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    weights = weights / np.sqrt(2 * np.pi)
    acts = exposure_cells(causes)
    terms = []
    for picked in product(range(len(nodes)), repeat=causes + 1):
        at = [nodes[i] for i in picked]
        base = np.exp(prior.base + prior.base_sd * at[0])
        rates = np.exp(prior.cause + prior.cause_sd * np.array(at[1:]))
        hazard = base + acts @ rates
        fit = (bad * np.log(-np.expm1(-hazard)) - (units - bad) * hazard).sum()
        terms.append(fit + sum(np.log(weights[i]) for i in picked))
    return float(logsumexp(terms))


@pytest.mark.parametrize("met", [0, 2, 5, 9, 14])
def test_evidence_is_near_the_integral(met: int) -> None:
    total, exposed, bad = 225, 40, 16
    prior = Strengths.of(bad, total)
    units, bads = np.array([[total - exposed, exposed]]), np.array([[bad - met, met]])
    alone = log_evidence(np.array([[total]]), np.array([[bad]]), 0, ONE, prior)[0][0]
    gained = log_evidence(units, bads, 1, ONE, prior)[0][0] - alone
    exact = _quadrature(units[0], bads[0], 1, prior) - _quadrature(
        np.array([total]), np.array([bad]), 0, prior
    )
    assert gained == pytest.approx(exact, abs=0.6)


def test_evidence_does_not_depend_on_empty_cells_or_the_order_of_causes() -> None:
    prior = Strengths.of(12, 100)
    units, bad = np.array([[50, 20, 20, 10]]), np.array([[1, 2, 5, 4]])
    swapped = [[0, 2, 1, 3]]
    one = log_evidence(units, bad, 2, ONE, prior)
    other = log_evidence(
        np.take_along_axis(units, np.array(swapped), 1),
        np.take_along_axis(bad, np.array(swapped), 1), 2, ONE, prior,
    )  # fmt: skip
    assert one[0] == pytest.approx(other[0])
    assert one[1][0, [0, 2, 1]] == pytest.approx(other[1][0])


@pytest.mark.parametrize("seed", range(4))
def test_search_weighs_as_looking_at_every_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    total, count = 60, 6
    mask = rng.random((total, count)) < rng.uniform(0.1, 0.5, count)
    chance = 0.05 + 0.5 * mask[:, 0] + 0.3 * mask[:, 1]
    bad = rng.random(total) < np.minimum(0.95, chance)
    weights = np.array([1.0, 1, 1, 20, 1, 5])
    strata = rng.integers(0, 2, total) if seed % 2 else np.zeros(total, dtype=np.int64)
    families = np.full(count, -1)
    found = weigh_sets(
        sparse.csr_matrix(mask.astype(np.int32)), bad, strata, weights, families, limit=3
    )
    every = {frozenset(s) for k in range(4) for s in combinations(range(count), k)}
    assert set(found.sets) == every
    assert found.weight.sum() == pytest.approx(1)
    # The same one by one, straight from the units.
    prior = Strengths.of(int(bad.sum()), total)
    groups = int(strata.max()) + 1
    base = np.ones(1)
    if groups > 1:
        met = np.bincount(strata[bad], minlength=groups)
        base = (met + 1) / (np.bincount(strata) * bad.mean() + 1)
    share = min(0.2, 1.5 / (1 / weights).sum())
    logs = {}
    for members in every:
        listed = sorted(members)
        cell = strata * (1 << len(listed))
        for j, i in enumerate(listed):
            cell = cell + (mask[:, i].astype(np.int64) << j)
        cells = groups << len(listed)
        units, bads = (np.bincount(x, minlength=cells)[None] for x in (cell, cell[bad]))
        odds = share / weights[listed] / (1 - share / weights[listed])
        evidence = log_evidence(units, bads, len(listed), base, prior)[0][0]
        logs[members] = evidence + np.log(odds).sum()
    whole = logsumexp(list(logs.values()))
    for members, weight in zip(found.sets, found.weight, strict=True):
        assert weight == pytest.approx(np.exp(logs[members] - whole), abs=1e-6)


def test_what_only_lies_across_two_causes_is_not_told() -> None:
    """A factor that is stronger than either of two causes, by touching both, explains neither."""
    exposures = {
        "press": range(20), "lot": range(100, 120), "shift": [*range(16), *range(100, 116)],
    }  # fmt: skip
    cohort = cohort_of(
        300, [*range(9), *range(14, 18), *range(100, 109), *range(114, 118)], exposures
    )
    found = select_causes(cohort, shuffles=99, rng=np.random.default_rng(1))
    told = [c.factor.conditions[0].value for c in found.chosen]
    assert {"press", "lot"} <= set(told[:2])


def test_of_two_that_cannot_be_told_apart_both_have_part_of_the_support() -> None:
    exposures = {"press": range(30), "operator": [*range(2, 30), 40, 41], "oven": range(60, 200)}
    cohort = cohort_of(300, range(5, 17), exposures)
    found = select_causes(cohort, shuffles=99, support=0.1, rng=np.random.default_rng(1))
    support = {c.factor.conditions[0].value: c.support for c in found.chosen}
    assert support["press"] == pytest.approx(support["operator"], abs=0.1)
    assert "oven" not in support


def test_cause_is_not_told_again_under_a_further_condition() -> None:
    bad = [*range(12), *range(16, 19)]
    cohort = cohort_of(200, bad, {"press": range(20), "shift": range(60)})
    press = cohort.factors[0].conditions
    step = Factor((*press, replace(press[0], value="punching")), kind="step", weight=2.0)
    exposed = np.zeros((200, 1), dtype=np.int32)
    exposed[:16] = 1
    cohort = cohort.with_factors([step], sparse.csr_matrix(exposed))
    found = select_causes(cohort, shuffles=99, support=0.01, rng=np.random.default_rng(1))
    assert sum(c.factor.conditions[:1] == press for c in found.chosen) == 1
