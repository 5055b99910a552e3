"""QuickScore and covering agree with counting every configuration, and with each other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.diagnosis.inference.quickscore import cover, quickscore, score


def _case(seed: int, causes: int, findings: int) -> tuple[np.ndarray, ...]:
    numbers = np.random.default_rng(seed)
    states = int(numbers.integers(2, 4))
    prior = numbers.dirichlet(np.ones(states), causes) * numbers.uniform(0.5, 1.0, (causes, 1))
    quiet = numbers.uniform(0.0, 1.0, (findings, causes, states))
    quiet[numbers.random((findings, causes)) < 0.5] = 1.0
    quiet[:, :, 0] = 1.0
    quiet[numbers.random(quiet.shape) < 0.05] = 0.0
    leak = numbers.uniform(0.0, 0.2, findings)
    likelihood = numbers.choice([0.0, 1.0, 0.3, 0.8], (findings, 2))
    likelihood[likelihood.sum(axis=1) == 0.0, 1] = 1.0
    return prior, quiet, leak, likelihood


def _count(
    prior: np.ndarray, quiet: np.ndarray, leak: np.ndarray, likelihood: np.ndarray
) -> tuple[np.ndarray, float]:
    causes, states = prior.shape
    sums, total = np.zeros_like(prior), 0.0
    for chosen in product(range(states), repeat=causes):
        weight = float(np.prod([prior[c, s] for c, s in enumerate(chosen)]))
        for i in range(leak.size):
            off = (1 - leak[i]) * np.prod([quiet[i, c, s] for c, s in enumerate(chosen)])
            weight *= likelihood[i, 0] * off + likelihood[i, 1] * (1 - off)
        total += weight
        for c, s in enumerate(chosen):
            sums[c, s] += weight
    return sums / total if total > 0 else sums, total


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), causes=st.integers(1, 5), findings=st.integers(0, 4))
def test_both_ways_agree_with_counting(seed: int, causes: int, findings: int) -> None:
    case = _case(seed, causes, findings)
    expected, total = _count(*case)
    stable = cover(*case)
    signed, lost = quickscore(*case)
    if total <= 0.0:
        assert stable.log_evidence == float("-inf")
        return
    assert np.exp(stable.log_evidence) == pytest.approx(total)
    assert stable.posterior == pytest.approx(expected, abs=1e-9)
    if lost < 1e-9:
        assert np.exp(signed.log_evidence) == pytest.approx(total)
        assert signed.posterior == pytest.approx(expected, abs=1e-8)


def test_what_no_state_can_give_is_impossible() -> None:
    prior = np.array([[0.5, 0.5], [0.5, 0.5]])
    quiet = np.ones((2, 2, 2))
    quiet[:, :, 1] = 0.5  # either cause brings on either finding at times
    quiet[0, 0] = 0.0  # the first cause brings on the first finding in every state
    likelihood = np.array([[1.0, 0.0], [0.0, 1.0]])  # the first finding is absent
    found = cover(prior, quiet, np.array([0.1, 0.1]), likelihood)
    assert found.log_evidence == float("-inf")


def test_rare_findings_keep_their_digits() -> None:
    causes, findings = 40, 6
    numbers = np.random.default_rng(3)
    prior = np.tile([1 - 1e-6, 1e-6], (causes, 1))
    quiet = np.ones((findings, causes, 2))
    quiet[:, :, 1] = np.where(numbers.random((findings, causes)) < 0.2, 0.3, 1.0)
    leak, likelihood = np.full(findings, 1e-7), np.tile([0.0, 1.0], (findings, 1))
    _, lost = quickscore(prior, quiet, leak, likelihood)
    assert lost > 1e-6  # the signed sum knows that it is worth nothing here
    found = score(prior, quiet, leak, likelihood)
    assert found.method == "covering"
    # one by one: what is likeliest is the fewest causes that explain all
    assert -120.0 < found.log_evidence < -20.0
    assert (found.posterior[:, 1] >= 0.0).all()
    assert found.posterior[:, 1].max() > 0.1


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_the_two_ways_agree_on_larger_cases(seed: int) -> None:
    prior, quiet, leak, likelihood = _case(seed, 30, 7)
    likelihood[:] = [0.0, 1.0]
    signed, lost = quickscore(prior, quiet, leak, likelihood)
    stable = cover(prior, quiet, leak, likelihood)
    assert stable.log_evidence == pytest.approx(signed.log_evidence, abs=1e-6 + 10 * lost)
    assert stable.posterior == pytest.approx(signed.posterior, abs=1e-7 + 100 * lost)
