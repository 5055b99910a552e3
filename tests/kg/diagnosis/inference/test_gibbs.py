"""Gibbs chains agree with counting where they mix, and say so where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from kg.diagnosis.inference import (
    Network,
    Table,
    Variable,
    collect,
    infer,
    noisy_or,
    observe,
)
from kg.diagnosis.inference.gibbs import run_chains
from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.reducing import Component, reduce_network
from tests.kg.diagnosis.inference.networks import count_everything, random_network


def largest(network: Network, seen: dict[str, object]) -> Component:
    reduced = reduce_network(network, seen, list(network.variables))  # type: ignore[arg-type]
    return max(reduced.components, key=lambda c: len(c.nodes))


def anywhere(component: Component, seed: int) -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(seed)
    return {n.name: numbers.integers(0, n.size, 128) for n in component.nodes}


@pytest.mark.parametrize("seed", range(6))
def test_chains_agree_with_counting(seed: int) -> None:
    network = random_network(seed, 7, zeros=False, noisy=0.6)
    leaf = network.leaves[0]
    seen = collect(network, observe(network, leaf, network[leaf].states[0]))
    component = largest(network, seen)
    names = [n.name for n in component.nodes]
    values, errors, worth = run_chains(
        component, names, anywhere(component, seed), seconds=2.0, seed=seed
    )
    truth, _ = count_everything(network, seen)
    off = [float(np.abs(values[n] - truth[n]).max()) / errors[n] for n in names]
    assert np.mean(np.array(off) <= 1) >= 0.6
    assert max(off) < 3
    assert worth > 100


def test_chains_agree_with_quickscore_on_improbable_findings() -> None:
    numbers = np.random.default_rng(3)
    causes = [
        Variable(f"c{i}", distribution=Table(np.array([0.98, 0.02])), role="cause")
        for i in range(25)
    ]
    findings = [
        Variable(
            f"f{j}",
            parents=tuple(f"c{i}" for i in sorted(numbers.choice(25, 8, replace=False))),
            distribution=noisy_or(1e-3, list(numbers.uniform(0.2, 0.9, 8))),
        )
        for j in range(10)
    ]
    network = Network([*causes, *findings])
    seen = collect(network, *(observe(network, f"f{j}", "present") for j in range(10)))
    exact = infer(network, seen)
    assert exact.exact
    component = largest(network, seen)
    start = {n.name: (numbers.random(128) < 0.3).astype(np.intp) for n in component.nodes}
    names = [n.name for n in component.nodes if n.name.startswith("c")]
    values, errors, _ = run_chains(component, names, start, seconds=3.0, seed=1)
    for name in names:
        off = float(np.abs(values[name] - exact.by_variable[name]).max())
        assert off <= 3 * max(errors[name], 0.01), name


def test_chains_that_cannot_move_are_no_answer() -> None:
    """Two variables that must be equal: one at a time, neither can change."""
    even = np.array([0.5, 0.5])
    network = Network([
        Variable("a", distribution=Table(even)),
        Variable("b", parents=("a",), distribution=Table(np.eye(2))),
        Variable("c", parents=("a", "b"), distribution=Table(np.full((2, 2, 2), 0.5))),
    ])  # fmt: skip
    seen = collect(network, observe(network, "c", network["c"].states[0]))
    component = Component(reduce_network(network, seen, ["a", "b"]).components[0].nodes, ())
    same = np.random.default_rng(0).integers(0, 2, 128)
    start = {n.name: same for n in component.nodes}
    with pytest.raises(TooLarge, match="do not agree"):
        run_chains(component, ["a"], start, seconds=0.5, seed=0)


def chain_of_families(nodes: int, most_states: int, window: int, seed: int) -> Network:
    """Like the large published networks: each variable depends on a few of those shortly before."""
    numbers = np.random.default_rng(seed)
    variables: list[Variable] = []
    for i in range(nodes):
        size = int(numbers.integers(2, most_states + 1))
        before = variables[max(0, i - window) : i]
        chosen = numbers.choice(len(before), min(len(before), int(numbers.integers(0, 4))), False)
        parents = [before[p] for p in sorted(chosen)]
        while parents and np.prod([p.size for p in parents]) * size > 1_500:
            parents.pop()
        shape = tuple(p.size for p in parents)
        table = numbers.dirichlet(np.full(size, 0.4), shape)
        variables.append(
            Variable(f"v{i}", tuple(f"s{k}" for k in range(size)),
                     tuple(p.name for p in parents), Table(table))
        )  # fmt: skip
    return Network(variables)


@pytest.mark.parametrize(
    ("nodes", "states", "window"), [(500, 4, 120), (400, 3, 300), (250, 21, 60)]
)
def test_large_networks_end_with_an_answer_or_a_reason(
    nodes: int, states: int, window: int
) -> None:
    network = chain_of_families(nodes, states, window, seed=nodes)
    seen = collect(network, *(observe(network, n, "s0") for n in network.leaves[-3:]))
    found = infer(network, seen, targets=network.roots, seconds=2.0)
    if found.refused:
        assert found.by_variable == {}
        return
    assert found.exact or found.error is not None
    for name in network.roots:
        assert found.by_variable[name].sum() == pytest.approx(1)
