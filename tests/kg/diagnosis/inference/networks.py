"""Small random networks, and the posterior by counting every configuration."""

from __future__ import annotations

from itertools import product
from math import log
from random import Random

import numpy as np

from kg.diagnosis.inference import Network, NoisyMax, Observation, Table, Variable


def random_network(
    seed: int,
    size: int = 6,
    *,
    zeros: bool = True,
    noisy: float = 0.4,
    most_parents: int = 3,
    most_states: int = 3,
) -> Network:
    """A network of `size` variables with 2 or 3 states, some noisy-MAX, some certain rows."""
    chance = Random(seed)
    numbers = np.random.default_rng(seed)
    variables: list[Variable] = []
    for place in range(size):
        own = min(chance.choice((2, 2, 3)), most_states)
        parents = chance.sample(variables, min(place, chance.randrange(most_parents + 1)))
        sizes = [p.size for p in parents]
        if parents and chance.random() < noisy:
            strengths = []
            for count in sizes:
                rows = _rows(numbers, chance, (count, own), zeros)
                rows[0] = np.eye(own)[0]
                strengths.append(rows)
            given: Table | NoisyMax = NoisyMax(
                _rows(numbers, chance, (own,), zeros), tuple(strengths)
            )
        else:
            given = Table(_rows(numbers, chance, (*sizes, own), zeros))
        states = tuple(f"s{i}" for i in range(own))
        variables.append(Variable(f"v{place}", states, tuple(p.name for p in parents), given))
    chance.shuffle(variables)
    return Network(variables)


def _rows(
    numbers: np.random.Generator, chance: Random, shape: tuple[int, ...], zeros: bool
) -> np.ndarray:
    rows = numbers.dirichlet(np.full(shape[-1], 0.7), shape[:-1])
    if zeros and chance.random() < 0.3:
        rows = np.eye(shape[-1])[rows.argmax(axis=-1)]
    return rows


def count_everything(
    network: Network, observations: dict[str, Observation]
) -> tuple[dict[str, np.ndarray], float]:
    """Posteriors and log evidence by summing over every configuration."""
    names = list(network)
    at = {name: i for i, name in enumerate(names)}
    tables = {name: network.table(name) for name in names}
    sums = {name: np.zeros(network[name].size) for name in names}
    total = 0.0
    for states in product(*(range(network[name].size) for name in names)):
        weight = 1.0
        for name in names:
            row = tuple(states[at[p]] for p in network[name].parents)
            weight *= tables[name][(*row, states[at[name]])]
            if name in observations:
                weight *= observations[name].likelihood[states[at[name]]]
        total += weight
        for name in names:
            sums[name][states[at[name]]] += weight
    if total <= 0.0:
        return {}, float("-inf")
    return {name: values / total for name, values in sums.items()}, log(total)


def random_observations(network: Network, seed: int, count: int) -> dict[str, Observation]:
    """Hard states, excluded states and soft readings of some variables."""
    chance = Random(seed)
    found: dict[str, Observation] = {}
    for name in chance.sample(list(network), min(count, len(network))):
        size = network[name].size
        kind = chance.choice(("state", "against", "soft"))
        if kind == "state":
            seen = chance.randrange(size)
            values = [float(i == seen) for i in range(size)]
        elif kind == "against":
            out = chance.randrange(size)
            values = [float(i != out) for i in range(size)]
        else:
            values = [chance.random() for _ in range(size)]
        found[name] = Observation(name, kind, tuple(values))  # type: ignore[arg-type]
    return found
