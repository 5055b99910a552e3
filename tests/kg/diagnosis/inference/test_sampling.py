"""Sampling agrees with counting within its own error, and the limits are kept."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from kg.diagnosis.inference import Network, Table, Variable, collect, infer, noisy_or, observe
from kg.diagnosis.inference.expanding import expand
from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.propagating import Impossible
from kg.diagnosis.inference.reducing import reduce_network
from kg.diagnosis.inference.sampling import sample
from tests.kg.diagnosis.inference.networks import (
    count_everything,
    random_network,
    random_observations,
)


def test_sampled_posteriors_lie_within_their_intervals() -> None:
    inside = outside = 0
    for seed in range(25):
        network = random_network(seed)
        seen = random_observations(network, seed + 1, 2)
        expected, _ = count_everything(network, seen)
        reduced = reduce_network(network, seen, list(network))
        for component in reduced.components:
            names = [node.name for node in component.nodes]
            try:
                found = sample(component, expand(component), names, seconds=2.0, seed=seed)
            except Impossible:
                assert not expected
                break
            except TooLarge:
                continue
            for name in names:
                off = np.abs(found.posteriors[name] - expected[name]).max()
                assert off < 4 * found.errors[name] + 1e-9
                inside += bool(off <= found.errors[name])
                outside += bool(off > found.errors[name])
    assert inside > 40
    assert outside <= 0.1 * (inside + outside) + 2


def _dense(causes: int, findings: int) -> Network:
    chance = Random(1)
    variables = [
        Variable(f"c{i}", distribution=Table(np.array([0.95, 0.05])), role="cause")
        for i in range(causes)
    ]
    names = [v.name for v in variables]
    for j in range(findings):
        parents = [n for n in names if chance.random() < 0.5]
        variables.append(
            Variable(
                f"f{j}",
                parents=tuple(parents),
                distribution=noisy_or(0.01, [chance.uniform(0.2, 0.9) for _ in parents]),
            )
        )
    return Network(variables)


def test_a_dense_network_is_answered_with_its_error_or_refused() -> None:
    network = _dense(40, 24)
    seen = collect(network, *(observe(network, f"f{j}", "present") for j in range(24)))
    found = infer(network, seen, seconds=3.0)
    if found.refused is None:
        assert not found.exact
        assert found.error is not None
        assert 0.0 < found.error < 0.2
        assert found.effective_samples is not None
    else:
        assert found.by_variable == {}


def test_a_cap_of_memory_turns_exact_into_sampled() -> None:
    chance = np.random.default_rng(2)
    size = 9
    variables = []
    for i in range(size):
        for j in range(size):
            parents = [f"g{i - 1}_{j}"] * (i > 0) + [f"g{i}_{j - 1}"] * (j > 0)
            table = chance.dirichlet([2.0, 2.0], (2,) * len(parents))
            variables.append(Variable(f"g{i}_{j}", ("a", "b"), tuple(parents), Table(table)))
    network = Network(variables)
    seen = collect(network, observe(network, f"g{size - 1}_{size - 1}", "a"))
    exact = infer(network, seen, targets=["g0_0"])
    rough = infer(network, seen, targets=["g0_0"], memory_mb=0.01)
    assert exact.exact
    assert not rough.exact
    assert rough.error is not None
    assert rough.by_variable["g0_0"] == pytest.approx(
        exact.by_variable["g0_0"], abs=3 * rough.error
    )
